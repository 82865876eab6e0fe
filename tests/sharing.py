"""Which tests go to one worker, and which are begun first."""

from xdist.scheduler import LoadScopeScheduling

MADE_ONCE = {  # what takes long to make, and the files whose tests use it: begun first, on one worker each
    "shipped report": (
        "tests/test_notebooks.py",
        "tests/test_offline.py",
        "tests/test_privacy.py",
        "tests/report/test_data.py",
    ),
    "real releases": ("tests/real/",),
}


def scope(nodeid: str) -> str:
    """The tests that stay together: those that share what takes long to make, else those of a file."""
    return next((name for name, files in MADE_ONCE.items() if nodeid.startswith(files)), nodeid.split("::")[0])


class BySharing(LoadScopeScheduling):  # type: ignore[misc]  # xdist ships no types
    """Sends tests that share what takes long to make, or a file, to one worker: another would make it again."""

    def _split_scope(self, nodeid: str) -> str:
        return scope(nodeid)


def turn(nodeid: str) -> int:
    """What takes long to make is begun first, in the order in which it stands above."""
    order = list(MADE_ONCE)
    return order.index(scope(nodeid)) if scope(nodeid) in order else len(order)
