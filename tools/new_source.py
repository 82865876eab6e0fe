"""Begin a source with a stub of every file that the source needs: ``make new-source NAME=atf_firearm_traces``.

Each stub fails until it is written. ``MARK`` comes before what is left to write; ``left_to_write`` lists it for a
checkout, and a test fails while the list is not empty. templates/new_source contains a template for each stub.
"""

from __future__ import annotations

import argparse
import keyword
import re
import sys
from collections.abc import Iterable, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from indicators import catalog
from indicators.catalog.tables import FACTS, HAND_KEPT
from indicators.errors import UsageError
from indicators.files import replace_file
from indicators.paths import home

MARK = "TO WRITE:"
TEMPLATES = Path(__file__).parent / "templates" / "new_source"
NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
LANGUAGES = {"en": "English", "es": "Spanish"}


def main() -> None:
    """Begin the source that the command line names and print what is left to write."""
    parser = argparse.ArgumentParser(description="Begin a source: write a stub of every file that it needs.")
    parser.add_argument("name", help="agency and series, such as bts_border_crossings")
    parser.add_argument("--table", default="", help="fact table of its rows (default: name without agency)")
    parser.add_argument("--measure", default="", help="what is counted (default: last word of the name)")
    given = parser.parse_args()
    try:
        left = begin(home().root, given.name, given.table, given.measure)
    except (UsageError, OSError) as error:
        sys.exit(f"new-source: {error}")
    print("\n".join(left))
    print("Next: docs/add-a-source.en.md, step 1")


def begin(root: Path, source: str, table: str, measure: str) -> list[str]:
    """Write the stubs of ``source`` into the checkout at ``root``; return a line for each thing left to write.

    ``table`` is the fact table of its rows, begun too unless it exists; by default the name without the agency.
    ``measure`` is the column of its number, named after what is counted; by default the last word of the name.
    Raises UsageError for names that do not fit, and OSError; the checkout is then unchanged.
    """
    table = table or source.partition("_")[2]
    measure = measure or source.rpartition("_")[2]
    _refuse(root, source, table, measure)
    files = _files(root, source, table, measure)
    write_all(files)
    return left_to_write(root, files)


def left_to_write(root: Path, paths: Iterable[Path] = ()) -> list[str]:
    """Return ``file, line: what to write`` for every mark in ``paths``, or in all files of the checkout."""
    found = []
    for path in paths or _texts(root):
        text = path.read_text(encoding="utf-8", errors="replace")  # fixtures are in the agencies' encodings
        for number, line in enumerate(text.splitlines(), 1):
            for what in re.findall(rf'{MARK} ([^"]+)', line):
                found.append(f"{path.relative_to(root)}, line {number}: write {what}")
    return found


def _texts(root: Path) -> list[Path]:
    inside = [*(root / "src").rglob("*"), *(root / "tests").rglob("*")]
    return sorted(path for path in inside if path.suffix in {".py", ".toml", ".csv"})


def _refuse(root: Path, source: str, table: str, measure: str) -> None:
    if "_" not in source:
        raise UsageError(f'"{source}" cannot name a source. Use agency and series, such as cbp_drugs.')
    for name, what in ((source, "source"), (table, "table"), (measure, "measure")):
        if not NAME.fullmatch(name) or keyword.iskeyword(name):
            raise UsageError(f'"{name}" cannot name a {what}. Use small letters, digits and _, such as cbp_drugs.')
    package = root / "src" / "indicators"
    if not (package / "catalog" / "sources.toml").is_file():
        raise UsageError(
            f"{root} is no checkout of the project. Run the tool in the folder that contains src/ and tests/."
        )
    if source in catalog.sources() or (package / "readers" / f"{source}.py").exists():
        raise UsageError(f"The source {source} exists already. Choose another name.")
    if table in HAND_KEPT:
        raise UsageError(f"The table {table} is entered by hand. Choose another table.")


def _files(root: Path, source: str, table: str, measure: str) -> dict[Path, str]:
    """Return the whole text of every file that is new or changes."""
    package, tests = root / "src" / "indicators", root / "tests"
    environment = Environment(loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, keep_trailing_newline=True)
    words = {"source": source, "table": table, "measure": measure, "mark": MARK}

    def filled(template: str, **more: str) -> str:
        return environment.get_template(template).render(words | more)

    listed = package / "catalog" / "sources.toml"
    files = {
        listed: listed.read_text(encoding="utf-8") + filled("source.toml.jinja"),
        package / "readers" / "__init__.py": _registered(package / "readers" / "__init__.py", source),
        package / "readers" / f"{source}.py": filled("reader.py.jinja"),
        package / "catalog" / "metrics" / f"{source}.toml": filled("metric.toml.jinja"),
        tests / "fixtures" / source / "release.csv": filled("fixture.csv.jinja"),
        tests / "sources" / f"test_{source}.py": filled("test_source.py.jinja"),
    }
    if table not in FACTS:
        tables = package / "catalog" / "tables.toml"
        files[tables] = tables.read_text(encoding="utf-8") + filled("fact.toml.jinja")
    for lang, language in LANGUAGES.items():
        path = package / "catalog" / "text" / f"{lang}.toml"
        sections, text = catalog.read_toml(path), path.read_text(encoding="utf-8")
        for section in ("measure", "unit"):
            if measure not in sections[section]:
                block = filled(f"{section}.toml.jinja", language=language)
                files[path] = text = insert(path, f"[{section}]", "", block, text)
    return files


def _registered(path: Path, source: str) -> str:
    """Return the text of the readers' dictionary with the reader of ``source``, its lines in order."""
    text = insert(path, "from indicators.readers import (", ")", f"    {source},\n", in_order=True)
    return insert(path, "READERS: dict", "}", f'    "{source}": {source}.tidy,\n', text, in_order=True)


def insert(path: Path, opening: str, closing: str, block: str, text: str = "", in_order: bool = False) -> str:
    """Return the text with ``block`` before the first line ``closing`` after the line ``opening``, or in its order.

    The text is that of ``path``, or ``text``. Raises UsageError for a text without these lines.
    """
    lines = (text or path.read_text(encoding="utf-8")).splitlines(keepends=True)
    first = next((number for number, line in enumerate(lines) if line.startswith(opening)), None)
    rest = range(len(lines) if first is None else first, len(lines))
    last = next((number for number in rest if lines[number].strip("\n") == closing), None)
    if last is None:
        raise UsageError(f'{path} contains no line "{opening}" with its end "{closing}". Begin this source by hand.')
    between = [*lines[first or 0 : last], block]
    head, rows = (between[:1], sorted(between[1:])) if in_order else (between, [])
    return "".join([*lines[: first or 0], *head, *rows, *lines[last:]])


def write_all(files: Mapping[Path, str]) -> None:
    """Write every file; if one cannot be written, leave all files unchanged. Raises OSError."""
    before = {path: path.read_bytes() if path.exists() else None for path in files}
    made = [folder for path in files for folder in (path.parent,) if not folder.exists()]
    try:
        with ExitStack() as written:  # the files take their places when all are written
            for path, text in files.items():
                written.enter_context(replace_file(path)).write_text(text, encoding="utf-8")
    except OSError:
        for path, old in before.items():
            if old is None:
                path.unlink(missing_ok=True)
            elif path.read_bytes() != old:
                path.write_bytes(old)
        for folder in made:
            with suppress(OSError):
                folder.rmdir()
        raise


if __name__ == "__main__":
    main()
