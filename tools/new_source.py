"""A new source begun: every file it needs, as a stub that fails until it is written, or nothing at all.

What is still to be written stands after ``MARK``, on its line; ``left_to_write`` finds it in a checkout, and a
test fails while there is any. The templates are files of this package, one for each place that is written to.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from indicators import catalog, contracts
from indicators.errors import UsageError
from indicators.new_source.writing import insert, write_all

MARK = "TO WRITE:"
HERE = Path(__file__).parent
NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
LANGUAGES = {"en": "English", "es": "Spanish"}


def begin(root: Path, source: str, table: str, measure: str) -> list[str]:
    """Write the stubs of ``source`` into the checkout at ``root``; return what is left to write, a line each.

    ``table`` is the fact its rows go to, begun too unless it exists; ``measure`` is its number, named after
    what is counted. By default the two are the name without its agency, and the last word of the name.
    Raises UsageError, and changes nothing, for names that do not fit.
    """
    table = table or source.partition("_")[2]
    measure = measure or source.rpartition("_")[2]
    _refuse(root, source, table, measure)
    files = _files(root, source, table, measure)
    write_all(files)
    return left_to_write(root, files)


def left_to_write(root: Path, paths: Iterable[Path] = ()) -> list[str]:
    """What stubs ask for, as ``file, line: what``, in these files of a checkout or in all of them."""
    found = []
    for path in paths or _texts(root):
        text = path.read_text(encoding="utf-8", errors="replace")  # fixtures are in the agencies' encodings
        for number, line in enumerate(text.splitlines(), 1):
            for what in re.findall(rf'{MARK} ([^"]+)', line):
                found.append(f"{path.relative_to(root)}, line {number}: write {what}")
    return found


def _texts(root: Path) -> list[Path]:
    inside = [*(root / "src").rglob("*"), *(root / "tests").rglob("*")]
    return sorted(
        path
        for path in inside
        if path.suffix in {".py", ".toml", ".csv"} and "new_source" not in path.relative_to(root).parts
    )


def _refuse(root: Path, source: str, table: str, measure: str) -> None:
    if "_" not in source:
        raise UsageError(f'"{source}" cannot name a source: agency and series, such as cbp_drugs')
    for name, what in ((source, "source"), (table, "table"), (measure, "measure")):
        if not NAME.fullmatch(name) or keyword.iskeyword(name):
            raise UsageError(f'"{name}" cannot name a {what}: small letters, digits and _, such as cbp_drugs')
    package = root / "src" / "indicators"
    if not (package / "catalog" / "sources.toml").is_file():
        raise UsageError(f"{root} is no checkout of the project: run it where src/ and tests/ are")
    if source in catalog.sources() or (package / "sources" / f"{source}.py").exists():
        raise UsageError(f"{source} is there already: mend it, or choose another name")
    if table in contracts.HAND_KEPT:
        raise UsageError(f"{table} is kept by hand: choose another table")


def _files(root: Path, source: str, table: str, measure: str) -> dict[Path, str]:
    """The whole text of every file that is new or changes."""
    package, tests = root / "src" / "indicators", root / "tests"
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"), undefined=StrictUndefined, keep_trailing_newline=True
    )
    words = {"source": source, "table": table, "measure": measure, "mark": MARK}

    def filled(template: str, **more: str) -> str:
        return environment.get_template(template).render(words | more)

    listed = package / "catalog" / "sources.toml"
    files = {
        listed: listed.read_text(encoding="utf-8") + filled("source.toml.jinja"),
        package / "sources" / f"{source}.py": filled("reader.py.jinja"),
        package / "catalog" / "metrics" / f"{source}.toml": filled("metric.toml.jinja"),
        tests / "fixtures" / source / "release.csv": filled("fixture.csv.jinja"),
        tests / "sources" / f"test_{source}.py": filled("test_source.py.jinja"),
    }
    if table not in contracts.FACTS:
        facts, grains = package / "contracts" / "facts.py", package / "grain.py"
        files[facts] = insert(facts, "FACTS: dict", "}", filled("fact.py.jinja"))
        files[grains] = insert(grains, "GRAINS = {", "}", filled("grain.py.jinja"))
    for lang, language in LANGUAGES.items():
        path = package / "catalog" / "text" / f"{lang}.toml"
        known, text = catalog.read_toml(path), path.read_text(encoding="utf-8")
        for section in ("measure", "unit"):
            if measure not in known[section]:
                block = filled(f"{section}.toml.jinja", language=language)
                files[path] = text = insert(path, f"[{section}]", "", block, text)
    return files
