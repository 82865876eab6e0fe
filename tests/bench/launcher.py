"""Run a command, wait for all its descendants, and print the cost as JSON: ``python launcher.py COMMAND…``.

Linux adds the processor time of a process to its parent's account when the parent waits for it. A process whose
parent has ended, such as a child of a fork server, goes to init and would be lost; this process is a subreaper, so
such a process comes here instead and is waited for.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import subprocess
import sys
import tempfile
import time

PR_SET_CHILD_SUBREAPER = 36  # of linux/prctl.h
KILOBYTES_A_MEGABYTE = 1024


def main(command: list[str]) -> None:
    """Run ``command`` to its end and that of its descendants; print exit code, output, times and peak memory."""
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl did not make this process a subreaper")
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=out, stderr=err)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        wait_for_the_others()
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        out.seek(0)
        err.seek(0)
        cost = {
            "exit_code": process.returncode,
            "out": out.read(),
            "err": err.read(),
            "seconds": seconds,
            "cpu_seconds": children.ru_utime + children.ru_stime,
            "peak_mb": usage.ru_maxrss / KILOBYTES_A_MEGABYTE,
        }
    print(json.dumps(cost))


def wait_for_the_others() -> None:
    """Return when no descendant is left."""
    while True:
        try:
            os.wait()
        except ChildProcessError:
            return


if __name__ == "__main__":
    main(sys.argv[1:])
