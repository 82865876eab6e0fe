"""What the docs show in code is there: commands and their options, targets of make, files, names; and it runs."""

import re
import shlex
import sys
from importlib import import_module
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

import indicators
from indicators import cli
from indicators.errors import UsageError
from indicators.paths import Home

ROOT = Path(__file__).parents[1]
GENERATED = ROOT / "docs" / "reference"
PAGES = [
    page
    for page in sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("data/raw/*.md")])
    if GENERATED not in page.parents
]
PAST = {"CHANGELOG.md"}
GUIDES = [page for page in PAGES if page.name not in PAST]
BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)
SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
EXAMPLE = "atf_firearm_traces"  # the source that the guide begins, and nobody has
ASKING = {"claims", "diff", "metric", "metrics", "sql", "status"}
COMMANDS = typer.main.get_command(cli.app).commands
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
TOOLS = {path.name for path in Path(sys.executable).parent.iterdir()}
FILES = [
    str(path.relative_to(ROOT))
    for folder in ("src", "tests", "tools", "notebooks", "docs", "data/raw")
    for path in (ROOT / folder).rglob("*")
    if path.is_file()
]


def blocks(page: Path) -> list[str]:
    """The lines of a page's shell blocks, without comments."""
    text = "".join(BLOCK.findall(page.read_text(encoding="utf-8")))
    return [line for line in text.splitlines() if shlex.split(line, comments=True)]


def spans(page: Path) -> list[str]:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    return SPAN.findall(text)


def words(line: str) -> list[str]:
    """A shell line as words, without its comment and the variables set before the command."""
    found = shlex.split(line, comments=True)
    while found and re.match(r"[A-Z_]+=", found[0]):
        found.pop(0)
    return found


def check(line: str) -> None:
    """Refuse a line that this project does not understand."""
    head, *rest = words(line)
    if head == "source":
        assert rest == [".venv/bin/activate"]
    elif head == "make":
        assert {one for one in rest if "=" not in one} <= TARGETS, line
    elif head.startswith(".venv/bin/"):
        tool = head.removeprefix(".venv/bin/")
        assert tool in TOOLS, line
        if tool == "indicators":
            check(" ".join(["indicators", *map(shlex.quote, rest)]))
        for one in rest:
            if one.startswith("tests/") and EXAMPLE not in one:
                assert (ROOT / one).exists(), line
    else:
        assert head == "indicators", f"{line}: a command that no test knows"
        check_command(rest, line)


def check_command(rest: list[str], line: str) -> None:
    name, *arguments = rest
    assert name in COMMANDS, line
    options = {flag: one for one in COMMANDS[name].params for flag in one.opts if flag.startswith("--")}
    taken = 0
    while arguments:
        one = arguments.pop(0)
        if one.startswith("--"):
            flag, _, value = one.partition("=")
            assert flag in options, f"{line}: no option {flag}"
            if not value and not getattr(options[flag], "is_flag", False):
                assert arguments, f"{line}: {flag} wants a value"
                arguments.pop(0)
        else:
            taken += 1
    places = [one for one in COMMANDS[name].params if one.param_type_name == "argument"]
    if all(one.nargs == 1 for one in places):
        assert taken <= len(places), f"{line}: more words than {name} takes"


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_shown_in_blocks_exist_with_their_options(page: Path) -> None:
    for line in blocks(page):
        check(line)


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_shown_in_sentences_exist(page: Path) -> None:
    for span in spans(page):
        if re.match(r"(indicators|make|\.venv/bin/\w+) [a-z.]", span):
            check(span.replace("…", ""))


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: str(page.relative_to(ROOT)))
def test_files_named_in_sentences_exist(page: Path) -> None:
    for span in spans(page):
        if re.fullmatch(r"[\w./-]+\.(py|toml|ipynb)", span) and EXAMPLE not in span:
            assert [one for one in FILES if f"/{one}".endswith(f"/{span}")] or (ROOT / span).exists(), span
        elif re.fullmatch(r"(src|tests|tools|docs|notebooks)/[\w./-]*", span) and EXAMPLE not in span:
            assert (ROOT / span).exists(), span


def test_names_in_the_architecture_are_those_of_the_code() -> None:
    for span in spans(ROOT / "docs" / "architecture.md"):
        if re.fullmatch(r"[a-z_]+(\.[A-Za-z_]+)+", span) and not span.endswith((".py", ".toml", ".duckdb", ".json")):
            assert resolves(span), span


ROW = re.compile(r"^\| ([a-z].+) \| (.+) \|$", re.MULTILINE)


def test_each_question_of_the_architecture_is_answered_by_three_files_at_most() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = ROW.findall(text.split("## I want to …")[1].split("| --- | --- |")[1])
    assert len(rows) == 23
    for question, answer in rows:
        paths = [ROOT / "src" / "indicators" / span for span in SPAN.findall(answer)]
        paths += [ROOT / "docs" / link for link in re.findall(r"\]\(([^)]+)\)", answer)]
        assert 1 <= len(paths) <= 3, question
        assert [str(path) for path in paths if not path.is_file()] == [], question


def resolves(name: str) -> bool:
    module, _, rest = name.removeprefix("indicators.").partition(".")
    if name.startswith("indicators."):
        return module in indicators.__all__
    found: object = import_module(f"indicators.{module}")
    for part in rest.split("."):
        try:
            found = getattr(found, part, None) or import_module(f"{found.__name__}.{part}")  # type: ignore[attr-defined]
        except ImportError:
            return False
    return True


SHOWN = sorted(
    {
        shlex.join(words(line)[1:])
        for page in GUIDES
        for line in blocks(page)
        if words(line)[0] == "indicators" and words(line)[1] in ASKING and "/tmp/" not in line
    }
)


@pytest.mark.parametrize("line", SHOWN)
def test_what_the_guides_ask_is_answered(line: str, small_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INDICATORS_HOME", str(small_home.root))
    done = CliRunner().invoke(cli.app, shlex.split(line))
    if done.exception and not isinstance(done.exception, UsageError):
        raise done.exception
    assert done.exit_code == 0, done.exception
    assert done.output.strip()


SPANISH = [page for page in GUIDES if page.name.endswith(".es.md")]


@pytest.mark.parametrize("page", SPANISH, ids=lambda page: str(page.relative_to(ROOT)))
def test_both_languages_show_the_same_commands_under_as_many_headings(page: Path) -> None:
    stem = page.name.removesuffix(".es.md")
    english = next(one for one in (page.with_name(f"{stem}.md"), page.with_name(f"{stem}.en.md")) if one.exists())
    here = [[one.replace("Descargas", "Downloads") for one in words(line)] for line in blocks(page)]
    assert here == [words(line) for line in blocks(english)]
    counts = [len(re.findall(r"^## ", one.read_text(encoding="utf-8"), re.MULTILINE)) for one in (page, english)]
    assert counts[0] == counts[1]


@pytest.mark.parametrize("page", ["update-a-quarter.en.md", "update-a-quarter.es.md"])
def test_the_list_of_a_quarter_on_github_is_that_of_the_guide(page: str) -> None:
    template = (ROOT / ".github" / "ISSUE_TEMPLATE" / "quarter.md").read_text(encoding="utf-8")
    steps = re.findall(r"^## \d+\. (.+)$", (ROOT / "docs" / page).read_text(encoding="utf-8"), re.MULTILINE)
    assert len(steps) == template.count("- [ ]")
    assert [step for step in steps if f"**{step}**" not in template] == []


def test_there_is_something_to_check() -> None:
    assert len([line for page in GUIDES for line in blocks(page)]) > 20
    assert len(SHOWN) > 2
