"""The files all pages share: plotly's cartesian bundle, the style sheet and the script.

They lie once beside the quarters, in ``reports/assets``. The style sheet and the script carry a part of their
hash in their name, so that a published page keeps the look it was published with.
"""

from __future__ import annotations

import gzip
from functools import cache
from hashlib import sha256
from pathlib import Path

from indicators import files as replacing

HERE = Path(__file__).parent / "static"
PLOTLY = "plotly-cartesian-4.1.1.min.js"


@cache
def files() -> dict[str, bytes]:
    """Every shared file by its published name."""
    return {
        PLOTLY: gzip.decompress((HERE / f"{PLOTLY}.gz").read_bytes()),
        "PLOTLY-LICENSE.txt": (HERE / "PLOTLY-LICENSE.txt").read_bytes(),
        name("report.css"): (HERE / "report.css").read_bytes(),
        name("report.js"): (HERE / "report.js").read_bytes(),
    }


@cache
def name(file: str) -> str:
    """The published name of our style sheet or script: ``report-1a2b3c4d.css``."""
    stem, suffix = file.split(".")
    return f"{stem}-{sha256((HERE / file).read_bytes()).hexdigest()[:8]}.{suffix}"


def read(file: str) -> str:
    """The text of a shared file, by its published name."""
    return files()[file].decode("utf-8")


def write_assets(reports: Path) -> list[Path]:
    """Write the shared files into ``reports/assets`` where missing or different; return what was written."""
    folder = reports / "assets"
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for file, content in files().items():
        path = folder / file
        if path.exists() and path.read_bytes() == content:
            continue
        with replacing.file(path) as beside:
            beside.write_bytes(content)
        written.append(path)
    return written
