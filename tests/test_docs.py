"""The docs say what the code does: the reference is current, nothing is left out of it, and no link is dead."""

import re
from pathlib import Path

import pytest
import typer

import indicators
import reference_docs as docs
from indicators import catalog, cli
from indicators.catalog.tables import FACTS, HAND_KEPT
from indicators.paths import Home
from indicators.report.notebooks import parameters, read
from indicators.warehouse import build

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / docs.FOLDER / "reference"
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("data/**/README.md")])
ENGLISH_ONLY = {
    "CHANGELOG.md",
    "architecture.md",
    "benchmarks.md",
    "drift.md",
    "glossary.md",
    "threat-model.md",
}  # for developers, and the glossary, which has both languages on one page
GUIDES = [
    page
    for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]
    if not page.name.endswith(".es.md") and page.name not in ENGLISH_ONLY
]
LINK = re.compile(r"\]\(([^)\s]+)\)")


def shape(page: Path) -> tuple[list[str], list[str]]:
    """The levels of a page's headings, and its blocks of commands without their comments."""
    text = page.read_text(encoding="utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    commands = [line.partition(" #")[0].strip() for block in blocks for line in block.splitlines()]
    prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    return re.findall(r"^#+(?= )", prose, re.MULTILINE), commands


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.name)
def test_every_guide_is_there_in_both_languages_with_the_same_commands(page: Path) -> None:
    spanish = page.with_name(f"{page.stem.removesuffix('.en')}.es.md")
    assert spanish.exists()
    assert shape(spanish) == shape(page)


def headings(page: str, level: int) -> list[str]:
    return re.findall(rf"^{'#' * level} (.+)$", (REFERENCE / page).read_text(encoding="utf-8"), re.MULTILINE)


@pytest.fixture(scope="module")
def reference() -> dict[str, str]:
    return docs.pages(Home(ROOT))


def test_the_reference_is_current_and_no_page_is_left_over(reference: dict[str, str]) -> None:
    texts = {name: ROOT / docs.FOLDER / name for name in reference}
    assert set(REFERENCE.iterdir()) <= set(texts.values())
    stale = [name for name, path in texts.items() if path.read_text(encoding="utf-8") != reference[name]]
    assert stale == [], "run `make docs`"


def test_every_metric_has_its_entry_once() -> None:
    assert sorted(headings("metrics.md", 3)) == sorted(catalog.metrics())


def test_every_source_has_its_entry_and_every_layout_its_header() -> None:
    assert headings("sources.md", 2) == list(catalog.sources())
    layouts = [f"{one.id}, layout {name}" for one in catalog.sources().values() for name in one.layouts]
    assert headings("sources.md", 3) == layouts


def test_every_table_has_its_entry() -> None:
    tables = [*FACTS, *HAND_KEPT, *build.OWN_TABLES]
    assert headings("data-dictionary.md", 3) == tables


def test_every_command_has_its_entry_and_every_parameter_its_meaning() -> None:
    commands = typer.main.get_command(cli.app).commands
    assert headings("commands.md", 2) == sorted(commands)
    for name, command in commands.items():
        assert command.help, name
        assert [one.name for one in command.params if not one.help] == [], name


def test_every_function_of_the_api_has_its_entry() -> None:
    assert headings("python.md", 2) == indicators.__all__


def test_every_notebook_parameter_has_its_meaning() -> None:
    text = (REFERENCE / "notebooks.md").read_text(encoding="utf-8")
    notebooks = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
    assert notebooks
    for path in notebooks:
        assert f"| `{path.stem}` |" in text
        for name in parameters(read(path)):
            assert re.search(rf"^\| `{name}` \| \w+ \| .+ \| .+ \|$", text, re.MULTILINE), name


def test_stale_pages_are_written_and_current_ones_left(tmp_path: Path, reference: dict[str, str]) -> None:
    (tmp_path / "notebooks").symlink_to(ROOT / "notebooks")
    home = Home(tmp_path)
    assert docs.write(home) == len(reference)
    (tmp_path / docs.FOLDER / "reference" / "metrics.md").write_text("edited by hand", encoding="utf-8")
    assert docs.write(home) == 1
    assert docs.write(home) == 0


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        if re.match(r"(https?|mailto):", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), f"{target}: no such file"
        assert file.is_relative_to(ROOT), f"{target}: outside the project"
        if anchor:
            assert anchor in anchors(file), f"{target}: no such heading"


def anchors(page: Path) -> set[str]:
    """The anchors that a page's headings get where it is shown."""
    lines = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", line.lower()).replace(" ", "-") for line in lines}
