"""Headlines on rebuilt or transcribed files are published only where somebody signs for them."""

import json
import re
import shutil
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest

from indicators.catalog.scorecard import goals
from indicators.errors import UsageError
from indicators.paths import Home
from indicators.report import site
from indicators.warehouse import build
from small_report import HOMICIDES, QUARTER, RELEASES, make, run_of, state, with_pages, write

NAME, REASON = "A. Reader", "The state totals equal <i>those</i> of the agency's dashboard, {all} & each."
HOMICIDE = "mx_homicide_victims"
LINES = [{"metric": HOMICIDE, "place": "MX", "provenance": "rebuilt"}]
Signed = dict[str, str]


@pytest.fixture
def rebuilt(once: Callable[..., Path], small_home: Home, tmp_path: Path) -> Home:
    """A home with the small store, of which SESNSP's releases are rebuilt files, and a page on data quality."""

    def make(root: Path) -> None:
        home = with_pages(small_home, root, "20_homicides")
        write(home, "90_data_quality", RELEASES)
        for path in home.raw.glob("sesnsp_victims/*/vintage.json"):
            record = json.loads(path.read_text(encoding="utf-8"))
            path.write_text(json.dumps(record | {"provenance": "rebuilt"}), encoding="utf-8")
        build.ensure(home)

    return Home(shutil.copytree(once("rebuilt", make), tmp_path / "rebuilt"))


@pytest.fixture
def one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave one line on the scorecard: each of its fifty asks the warehouse."""
    (goal,) = [one for one in goals() if any(line.metric == HOMICIDE for line in one.lines)]
    left = goal.model_copy(update={"lines": [line for line in goal.lines if line.metric == HOMICIDE]})
    monkeypatch.setattr(import_module("indicators.report.scorecard"), "goals", lambda: (left,))


@pytest.fixture
def signed() -> Signed:
    return {"signed_by": NAME, "reason": REASON}


def test_without_a_signature_nothing_is_published_and_the_refusal_names_lines_and_command(rebuilt: Home) -> None:
    """Headlines that rested on files rebuilt by others went out like the agency's own."""
    make(rebuilt)
    before = state(rebuilt.reports)
    with pytest.raises(UsageError) as caught:
        make(rebuilt, publish=True)
    said = str(caught.value)
    assert "Victims of intentional homicide (prosecutors' files), Mexico" in said
    assert re.match(rf"{QUARTER} takes \d of its headlines from rebuilt or transcribed releases: ", said)
    assert said.endswith(f"sign: indicators report {QUARTER} --publish --signed-by NAME --reason TEXT")
    assert said.count(". ") == 1  # two sentences
    assert state(rebuilt.reports) == before
    assert not run_of(rebuilt)["published"]


@pytest.mark.usefixtures("one_line")
def test_a_signature_is_in_the_record_and_on_the_page_of_data_quality(rebuilt: Home, signed: Signed) -> None:
    assert make(rebuilt, publish=True, langs=["en", "es"], **signed).pages == 4
    run = run_of(rebuilt)
    assert (run["published"], run["signed_by"], run["signed_reason"]) == (True, NAME, REASON)
    assert run["signed_lines"] == LINES
    pages = {path: path.read_text(encoding="utf-8") for path in rebuilt.reports.glob(f"{QUARTER}/*/*.html")}
    shown = {f"{path.parent.name}/{path.name}" for path, html in pages.items() if NAME in html}
    assert shown == {"en/data-quality.html", "es/data-quality.html"}
    for html in (html for html in pages.values() if NAME in html):
        assert "equal &lt;i&gt;those&lt;/i&gt; of the agency&#39;s dashboard, {all} &amp; each." in html
        assert "<i>those" not in html
        assert re.search(r"(file rebuilt by a third party|archivo reconstruido por un tercero)\)", html)


@pytest.mark.usefixtures("one_line")
def test_a_figure_of_the_index_on_a_rebuilt_file_says_so_in_its_own_line(rebuilt: Home) -> None:
    index = make(rebuilt, langs=["en", "es"]).index.read_text(encoding="utf-8")
    figures = re.findall(r'<p class="figure">.*?</p>', index)
    assert [figure for figure in figures if "; file rebuilt by a third party</span>" in figure]
    assert [figure for figure in figures if "; archivo reconstruido por un tercero</span>" in figure]


@pytest.mark.usefixtures("one_line")
def test_a_signature_is_in_the_single_file_too(rebuilt: Home, signed: Signed) -> None:
    """The file for a mail has the warnings of the first page only."""
    make(rebuilt, publish=True, **signed)
    assert site.write(rebuilt.reports, QUARTER, "en").read_text(encoding="utf-8").count(NAME) == 1


@pytest.mark.usefixtures("one_line")
def test_without_a_page_on_data_quality_the_first_page_shows_the_signature(rebuilt: Home, signed: Signed) -> None:
    (rebuilt.notebooks / "90_data_quality.ipynb").unlink()
    make(rebuilt, publish=True, **signed)
    assert NAME in (rebuilt.reports / QUARTER / "en" / "homicides.html").read_text(encoding="utf-8")


@pytest.mark.usefixtures("one_line")
def test_a_published_report_takes_no_second_signature(rebuilt: Home, signed: Signed) -> None:
    make(rebuilt, publish=True, **signed)
    before = run_of(rebuilt)
    assert make(rebuilt, publish=True).pages == make(rebuilt, publish=True, **signed).pages == 0
    with pytest.raises(UsageError, match="is published and stays as it is"):
        make(rebuilt, publish=True, signed_by="B. Other", reason="Mine.")
    assert run_of(rebuilt) == before


@pytest.mark.usefixtures("one_line")
def test_each_correction_is_signed_anew(rebuilt: Home, signed: Signed) -> None:
    make(rebuilt, publish=True, **signed)
    write(rebuilt, "20_homicides", HOMICIDES, HOMICIDES.replace('MX"', 'MX-CHH"'))
    correction = {"quarter": f"{QUARTER}-r1", "publish": True, "note": "A chart was left out."}
    with pytest.raises(UsageError, match=f"{QUARTER}-r1 takes 1 of its headlines"):
        make(rebuilt, **correction)
    assert make(rebuilt, **correction, **signed).pages == 2


@pytest.mark.usefixtures("one_line")
def test_a_report_that_needs_no_signature_takes_none(home: Home, signed: Signed) -> None:
    with pytest.raises(UsageError, match="has no headline on a rebuilt or transcribed release: leave the sign-off out"):
        make(home, publish=True, **signed)
    assert make(home, publish=True).pages == 1
    assert "signed_by" not in run_of(home)


@pytest.mark.usefixtures("one_line")
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"reason": ""}, "a name and a reason: give both"),
        ({"signed_by": ""}, "a name and a reason: give both"),
        ({"signed_by": " \u00a0\t\n"}, "a name and a reason: give both"),
        ({"signed_by": " ", "reason": "\n"}, "of its headlines from rebuilt or transcribed releases"),
        (
            {"reason": "checked \u202eton"},
            r"hidden or turn the text, leave them out: 'checked \u202eton'",
        ),
        ({"signed_by": "A\u200b. Reader"}, "the name has characters that are hidden"),
        ({"signed_by": "A.\x1b[2J Reader"}, "the name has characters that are hidden"),
        ({"signed_by": "A\udcff"}, "the name has characters that are hidden"),
        ({"reason": "because " * 200}, "the reason has 1,599 characters: write at most 1,000"),
        ({"publish": False}, "belongs to a published report: add --publish"),
    ],
)
def test_a_signature_that_says_nothing_or_hides_something_is_refused(
    rebuilt: Home, signed: Signed, changes: dict[str, object], said: str
) -> None:
    with pytest.raises(UsageError) as caught:
        make(rebuilt, **{"publish": True, **signed, **changes})
    assert said in str(caught.value)
    assert not (rebuilt.reports / QUARTER).exists()


@pytest.mark.usefixtures("one_line")
def test_a_reason_of_several_lines_is_one_line(rebuilt: Home) -> None:
    make(rebuilt, publish=True, signed_by="  A.   Reader ", reason="First.\r\n\tSecond.\u2028Third.")
    run = run_of(rebuilt)
    assert (run["signed_by"], run["signed_reason"]) == (NAME, "First. Second. Third.")
