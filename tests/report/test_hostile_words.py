"""What somebody else wrote arrives on a page as words: scripts, links, templates and file names stay inert."""

import csv
import json
import shutil
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest

from indicators.errors import DataError
from indicators.paths import Home
from indicators.periods import parse_day
from indicators.readers import hand_kept
from indicators.releases import ingest
from indicators.report import notebooks, page
from indicators.report.notebooks import Job
from indicators.warehouse import build

PROJECT = Path(__file__).parents[2]
SCRIPT = "<script>alert(1)</script>"
IMAGE = "<img src=x onerror=alert(2)>"
LINK = "[press](javascript:alert(3)) ![x](https://example.org/x.png)"
BREAKOUT = "\"><svg onload=alert(4)> '--> ]]> </script></textarea>"
TEMPLATE = "{{ 7*7 }} {% raw %} ${7*7} %(x)s $x^2$ `code` **bold**"
REASON = f"{SCRIPT} {LINK}"
EVENT = {
    "event": "hostile", "date": "2016-05-01", "kind": "meeting", "status": "held", "title_en": f"{SCRIPT}{TEMPLATE}",
    "title_es": f"{SCRIPT}{TEMPLATE}", "actors": IMAGE, "quantity": "", "of": "", "unit": "", "publisher": BREAKOUT,
    "published_on": "2016-05-02", "url": "https://example.org/\"onmouseover=\"alert(5)", "grade": "A",
    "note_en": LINK, "note_es": LINK,
}  # fmt: skip


class Elements(HTMLParser):
    """The elements of a page, with their attributes, and its text apart from scripts and styles."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, dict[str, str]]] = []
        self.text: list[str] = []
        self.scripts: list[str] = []
        self._raw = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))
        self._raw = tag if tag in ("script", "style") else ""

    def handle_endtag(self, tag: str) -> None:
        self._raw = ""

    def handle_data(self, data: str) -> None:
        (self.scripts if self._raw == "script" else self.text).append(data)


@pytest.fixture(scope="module")
def home(small_home: Home, small_releases: Path, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The small home with an event, a file's name and a reason that somebody wrote to do harm."""
    found = Home(tmp_path_factory.mktemp("hostile") / "home")
    shutil.copytree(small_home.raw, found.raw)
    shutil.copytree(PROJECT / "data" / "raw" / "published", found.raw / "published", dirs_exist_ok=True)
    ledger = found.raw / "ledger"
    shutil.copytree(PROJECT / "data" / "raw" / "ledger", ledger, dirs_exist_ok=True)
    with (ledger / "hostile.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(EVENT))
        writer.writeheader()
        writer.writerow(EVENT)
    rows = (small_releases / "VSRR_20170315.csv").read_text(encoding="utf-8").splitlines()
    thousands = [
        ",".join(f"{cell}000" if number in (-7, -1) else cell for number, cell in enumerate(line.split(","), -12))
        if "Synthetic" not in line
        else line
        for line in rows[1:]
    ]
    hostile = tmp_path_factory.mktemp("files") / f"VSRR_20170401 {IMAGE.replace('/', '')}.csv"
    hostile.write_text("\n".join([rows[0], *thousands]) + "\n", encoding="utf-8")
    outcome = ingest.add(hostile, found.raw, ingest.IngestRequest(received=date(2021, 1, 4), accept=REASON))
    assert outcome.error is None, outcome.error
    assert outcome.stored().accepted == REASON
    build.build(build.BuildInputs(found.raw, found.edition), found.warehouse)
    return found


@pytest.fixture(scope="module", params=["en", "es"])
def pages(request: pytest.FixtureRequest, home: Home) -> dict[str, Elements]:
    """Two pages on which these words stand, as they are published."""
    names = ["70_governance", "90_data_quality"]
    parameters = {"quarter": "2016Q3", "as_of": "2020-12-31", "warehouse": str(home.warehouse)}
    jobs = [Job(PROJECT / "notebooks" / f"{name}.ipynb", parameters | {"lang": request.param}) for name in names]
    executed = notebooks.run_all([jobs])
    facts = {
        name: page.Facts(
            lang=request.param, name=name, quarter="2016Q3", as_of=parse_day("2020-12-31"), warnings=(REASON,),
            json_ld={"description": BREAKOUT},
        )
        for name in names
    }  # fmt: skip
    return {name: Elements(page.render(executed[job], facts[name])) for name, job in zip(names, jobs, strict=True)}


def test_nothing_somebody_wrote_becomes_an_element(pages: dict[str, Elements]) -> None:
    for found in pages.values():
        for tag, attributes in found.found:
            assert not [name for name in attributes if name.startswith("on")], (tag, attributes)
            assert not attributes.get("href", "").strip().lower().startswith(("javascript:", "data:text"))
            assert not attributes.get("src", "").startswith(("http", "x"))
        assert not [one for one in found.scripts if "alert(" in one and not _is_data(one)]


def _is_data(script: str) -> bool:
    try:
        json.loads(script)
    except ValueError:
        return False
    return True


def test_what_somebody_wrote_stands_there_as_it_was_written(pages: dict[str, Elements]) -> None:
    governance = "".join(pages["70_governance"].text)
    for words in (SCRIPT, TEMPLATE, BREAKOUT):
        assert words in governance
    quality = "".join(pages["90_data_quality"].text)
    assert IMAGE.replace("/", "") in quality  # the file's name
    assert REASON in quality


@pytest.mark.parametrize(
    "words", ["=HYPERLINK(1)", "@SUM(A1)", "+cmd|' /C calc'!A0", "Fiscal\u202eia", "a\x07b", "x\u2066y"]
)
def test_formulas_and_what_turns_text_never_enter(tmp_path: Path, words: str) -> None:
    (tmp_path / "ledger").mkdir()
    with (tmp_path / "ledger" / "events.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(EVENT))
        writer.writeheader()
        writer.writerow(EVENT | {"title_en": words})
    with pytest.raises(DataError) as caught:
        hand_kept.load(tmp_path)
    assert (caught.value.line, caught.value.column) == (2, "title_en")
