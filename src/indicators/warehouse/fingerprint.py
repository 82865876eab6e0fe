"""Hashes of everything that a warehouse and a report are made of: a change of one of them makes both anew.

Nothing heavy is imported here, so that a report that is up to date takes no time.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from indicators.paths import Home
from indicators.releases.store import CHECKED, RECORD

DISTRIBUTION = "cross-border-crime-indicators"
PACKAGE = Path(__file__).parents[1]
ABOVE_THE_WAREHOUSE = ("api.py", "cli.py", "charts/", "fetch/", "metrics/", "report/", "catalog/text/")
Hashes = dict[str, str]


@dataclass(frozen=True)
class Inputs:
    """The sha256 of every file by its path, in the groups that change for different reasons."""

    code: Hashes  # of the package, its templates and static files among them
    catalogue: Hashes
    lock: Hashes
    notebooks: Hashes
    hand_kept: Hashes
    releases: Hashes  # of the records, which name the sha256 of every release
    checks: Hashes  # of the days on which a release was found again, unchanged
    edition: Hashes

    @cached_property
    def warehouse_sha256(self) -> str:
        """Return one hash over everything that the warehouse is built from."""
        package = {
            name: one
            for name, one in {**self.code, **self.catalogue}.items()
            if not name.startswith(ABOVE_THE_WAREHOUSE)
        }
        return _digest([package, self.hand_kept, self.releases, self.edition])

    @cached_property
    def report_sha256(self) -> str:
        """Return one hash over everything that a page is made of."""
        return _digest(asdict(self))

    @property
    def program_sha256(self) -> str:
        """Return one hash over code, catalogue and the versions of libraries."""
        return _digest([self.code, self.catalogue, self.lock])

    def record(self) -> dict[str, object]:
        """Return the fields of a report's record, with a hash of each notebook and each table kept by hand."""
        from importlib.metadata import version

        return {
            "package": f"{DISTRIBUTION} {version(DISTRIBUTION)}",
            "inputs_sha256": self.report_sha256,
            "program_sha256": self.program_sha256,
            "code_sha256": _digest(self.code),
            "catalogue_sha256": _digest(self.catalogue),
            "lock_sha256": next(iter(self.lock.values()), None),
            "notebooks_sha256": self.notebooks,
            "hand_kept_sha256": self.hand_kept,
        }


def read(home: Home) -> Inputs:
    """Return the hashes of everything as it is now, by content and not by the times of files."""
    package = _hashes(PACKAGE, (path for path in PACKAGE.rglob("[!.]*") if "__pycache__" not in path.parts))
    catalogue = {name: one for name, one in package.items() if name.startswith("catalog/")}
    tables = [path for folder in ("published", "ledger") for path in (home.raw / folder).glob("*.csv")]
    return Inputs(
        code={name: one for name, one in package.items() if name not in catalogue},
        catalogue=catalogue,
        lock=_hashes(home.root, home.root.glob("requirements.lock")),
        notebooks=_hashes(home.notebooks, home.notebooks.glob("[!.]*.ipynb")),
        hand_kept=_hashes(home.raw, tables),
        releases=_hashes(home.raw, home.raw.glob(f"*/[!.]*/{RECORD}")),
        checks=_hashes(home.raw, home.raw.glob(f"*/{CHECKED}")),
        edition=_hashes(home.edition, home.edition.glob("*.parquet")),
    )


def _hashes(root: Path, paths: Iterable[Path]) -> Hashes:
    return {
        path.relative_to(root).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in sorted(paths)
        if path.is_file()
    }


def _digest(content: object) -> str:
    return sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
