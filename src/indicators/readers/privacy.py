"""The check for what never enters the project: records of single persons, and large files.

``python -m indicators.readers.privacy FILE…`` checks files about to be committed; `pre-commit` calls it.
"""

from __future__ import annotations

import csv
import re
import sys
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from indicators import catalog

LARGEST_BYTES = 700_000  # the edition's largest table; a release of an agency is larger
TABLES = {".csv", ".tsv", ".txt"}
PERSONAL = {
    "nombre", "nombres", "nombrecompleto", "apellido", "apellidos", "primerapellido", "segundoapellido",
    "apellidopaterno", "apellidomaterno", "curp", "rfc", "foto", "fotografia", "rutafoto", "domicilio", "telefono",
    "fechanacimiento", "fechadenacimiento", "name", "fullname", "firstname", "lastname", "surname", "photo", "dob",
    "dateofbirth", "birthdate", "ssn", "phone",
}  # fmt: skip
BIRTH = r"\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
IDENTIFIERS = {
    "a CURP": re.compile(rf"\b[A-Z]{{4}}{BIRTH}[HMX][A-Z]{{5}}[A-Z0-9]\d\b"),
    "the RFC of a person": re.compile(rf"\b[A-ZÑ&]{{4}}{BIRTH}[A-Z0-9]{{3}}\b"),
}


def about_persons(names: Iterable[str]) -> list[str]:
    """Return the column names that say that every row is a person; a header of the catalogue says no such thing."""
    layouts = [layout for source in catalog.sources().values() for layout in source.layouts.values()]
    known = {header for layout in layouts for header in (*layout.accepted(), *layout.ignored)}
    return [one for one in names if one not in known and _plain(one) in PERSONAL]


def _plain(name: str) -> str:
    """Return the letters of a column's name, without case or accents."""
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKD", name.casefold()))


def findings(path: Path) -> list[str]:
    """Return the reasons not to commit a file, a line each, without the text that identifies a person."""
    data = path.read_bytes()
    found = []
    if len(data) > LARGEST_BYTES:
        todo = "releases belong in data/raw, which git leaves out"
        found.append(f"{path}: {len(data):,} bytes, more than {LARGEST_BYTES:,}: {todo}")
    if b"\x00" in data:
        return found
    lines = data.decode("utf-8", errors="replace").splitlines()
    if path.suffix in TABLES and lines:
        header = next(csv.reader(lines[:1], delimiter="\t" if path.suffix == ".tsv" else ","))
        found += [f'{path}, line 1: a column "{one}": rows are persons' for one in about_persons(header)]
    for number, line in enumerate(lines, 1):
        found += [f"{path}, line {number}: {what}" for what, one in IDENTIFIERS.items() if one.search(line)]
    return found


def main(names: Iterable[str]) -> int:
    """Print the findings on these files; return 1 if there are any."""
    found = [line for name in names for line in findings(Path(name))]
    for line in found:
        print(line, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
