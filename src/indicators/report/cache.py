"""Executed notebooks in ``data/processed/cache/notebooks``, for pages of which nothing has changed.

The name of a file is a hash of everything that a page is made from: code, catalogue, libraries, warehouse, notebook,
parameters, and the files of the last published report where the page compares with it.
"""

from __future__ import annotations

import json
import os
import sys
from hashlib import sha256
from pathlib import Path

from nbformat import NotebookNode, from_dict

from indicators import files as replacing
from indicators.report.notebooks import Job

GENERATIONS = 2  # as many executed notebooks stay as the last runs had, in whichever languages and quarters


class Cache:
    """The executed notebooks made by one program from one warehouse (both named by their hashes)."""

    def __init__(self, folder: Path, program_sha256: str, warehouse_sha256: str) -> None:
        self.folder, self.made_from = folder, [program_sha256, warehouse_sha256, sys.version]

    def get(self, job: Job) -> NotebookNode | None:
        """Return the executed notebook of a job; None where there is none, or no whole one."""
        path = self._path(job)
        try:
            digest, _, content = path.read_text(encoding="utf-8").partition("\n")
        except (OSError, UnicodeDecodeError):
            return None
        if sha256(content.encode()).hexdigest() != digest:
            return None
        os.utime(path)
        notebook: NotebookNode = from_dict(json.loads(content))
        return notebook

    def put(self, job: Job, executed: NotebookNode) -> None:
        content = json.dumps(executed)
        with replacing.file(self._path(job)) as beside:
            beside.write_text(f"{sha256(content.encode()).hexdigest()}\n{content}", encoding="utf-8")

    def drop_old(self, jobs: int) -> None:
        """Delete all but the newest files, GENERATIONS for each of so many jobs."""
        newest_first = sorted(self.folder.glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in newest_first[GENERATIONS * jobs :]:
            path.unlink(missing_ok=True)

    def _path(self, job: Job) -> Path:
        previous = job.parameters.get("previous")
        folder = job.notebook.parent / previous if previous else None
        files = sorted(path for path in folder.rglob("*") if path.is_file()) if folder else []
        content = [sha256(path.read_bytes()).hexdigest() for path in [job.notebook, *files]]
        key = json.dumps([*self.made_from, content, dict(job.parameters)], sort_keys=True)
        return self.folder / f"{sha256(key.encode()).hexdigest()}.json"
