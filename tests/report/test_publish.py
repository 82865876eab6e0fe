"""A report as a whole: what it is made of, what its record says, and the same bytes each time."""

import json
import re
from datetime import date
from hashlib import sha256
from importlib.metadata import version

import pytest
from filelock import FileLock

from indicators import catalog
from indicators.errors import UsageError
from indicators.paths import Home
from indicators.report import publish, record
from indicators.report.publish import Made
from indicators.warehouse import query
from small_report import (
    ENCOUNTERS,
    HOMICIDES,
    QUARTER,
    make,
    run_of,
    state,
    write,
)


def test_what_a_report_is_made_of(home: Home) -> None:
    write(home, "40_encounters", ENCOUNTERS)
    lines: list[str] = []
    made = publish.make(home, publish.ReportRequest(), progress=lines.append)
    assert made == Made(QUARTER, home.reports / QUARTER, home.reports / "index.html", 4)
    for lang in ("en", "es"):
        pages = {path.name for path in (made.folder / lang).glob("*.html")}
        assert pages == {"homicides.html", "encounters.html"}
        assert list((made.folder / "data" / lang).glob("*.csv"))
        assert f'<html lang="{lang}"' in (made.folder / lang / "homicides.html").read_text(encoding="utf-8")
    assert [line.split("]")[0] for line in lines] == [f"[{number}/4" for number in range(1, 5)]
    assert {path.name for path in home.reports.iterdir()} == {QUARTER, "assets", "feed.xml", "index.html"}


def test_each_page_warns_of_its_own_sources_that_are_overdue(home: Home) -> None:
    write(home, "40_encounters", ENCOUNTERS)
    made = make(home, as_of=date(2020, 1, 1), langs=["en"])
    first, second = ((made.folder / "en" / f"{name}.html").read_text() for name in ("homicides", "encounters"))
    overdue = {one.name["en"] for one in catalog.sources().values() if f"<li>{one.name['en']}: a newer" in first}
    assert catalog.sources()["cdc_overdose"].name["en"] in overdue
    own = {name for name in overdue if f"<li>{name}: a newer" in second}
    assert own == {catalog.sources()["cbp_encounters"].name["en"]}


def test_record_says_what_it_stands_on(home: Home) -> None:
    make(home, quarter="2016Q2", as_of=date(2016, 12, 1), langs=["en", "es"])
    run = run_of(home, "2016Q2")
    assert (run["quarter"], run["as_of"], run["languages"]) == ("2016Q2", "2016-12-01", ["en", "es"])
    assert (run["published"], run["previous"], run["pages"]) == (False, None, ["homicides"])
    assert {one["released"] for one in run["releases"]} == {"2016-11-14", "2016-11-30"}
    assert all(len(one["sha256"]) == 64 for one in run["releases"])


def test_record_names_what_it_was_made_of_and_what_was_asked_for(home: Home) -> None:
    (home.root / "requirements.lock").write_text("polars==2.1\n")
    (home.raw / "ledger").mkdir(exist_ok=True)
    make(home, quarter=QUARTER)
    run = run_of(home)
    assert run["parameters"] == {"quarter": QUARTER, "as_of": None, "languages": ["en"], "note": ""}
    assert run["lock_sha256"] == sha256(b"polars==2.1\n").hexdigest()
    path = home.notebooks / "20_homicides.ipynb"
    assert run["notebooks_sha256"] == {path.name: sha256(path.read_bytes()).hexdigest()}
    tables = sorted(path for name in ("published", "ledger") for path in (home.raw / name).glob("*.csv"))
    assert list(run["hand_kept_sha256"].values()) == [sha256(path.read_bytes()).hexdigest() for path in tables]
    assert run["package"] == f"cross-border-crime-indicators {version('cross-border-crime-indicators')}"
    assert {len(run[f"{name}_sha256"]) for name in ("inputs", "code", "catalogue")} == {64}
    assert isinstance(run["findings"], list)


def test_made_twice_it_is_the_same_bytes(home: Home, reported: Home) -> None:
    """In another folder, from the same inputs."""
    make(home)
    assert state(home.reports) == state(reported.reports)
    assert run_of(home) == run_of(reported)


def test_cell_without_source_is_no_empty_cell(home: Home) -> None:
    """Jupyter leaves one at the end of most notebooks."""
    write(home, "20_homicides", HOMICIDES, "")
    assert make(home).pages == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"langs": ["fr"]}, "a report is in en and es, not 'fr'"),
        ({"langs": ["en", ""]}, "a report is in en and es"),
        ({"quarter": "2016"}, "write it like 2025Q2"),
        ({"quarter": "../2016Q3"}, "write it like 2025Q2"),
        ({"quarter": "2031Q1"}, "2031Q1 had not begun on"),
        ({"as_of": date(2001, 1, 1)}, "2001-01-01"),
        ({"quarter": "2016Q3", "as_of": date(2016, 3, 1)}, "had not begun on 2016-03-01"),
    ],
)
def test_words_that_do_not_fit_are_refused(home: Home, options: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=re.escape(said)):
        make(home, **options)  # type: ignore[arg-type]
    assert not list(home.reports.glob("*")) or not (home.reports / QUARTER).exists()


def test_one_language_alone(home: Home) -> None:
    made = make(home, langs=[" es", "es"])
    assert made.pages == 1
    assert {path.name for path in made.folder.iterdir()} == {"es", "data", record.RUN}
    index = made.index.read_text(encoding="utf-8")
    assert f'href="{QUARTER}/es/homicides.html"' in index
    assert f'href="{QUARTER}/en/' not in index


def test_second_run_waits_for_the_first(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("indicators.files.PATIENCE_SECONDS", 0.1)
    with FileLock(home.processed / "report.lock"), pytest.raises(UsageError, match=r"report\.lock"):
        make(home)
    assert make(home).pages == 1


def test_figures_of_a_report_are_those_of_the_warehouse(reported: Home) -> None:
    """The data beside a page is what the page draws."""
    path = next((reported.reports / QUARTER / "data" / "en").glob("*.csv"))
    text = path.read_text(encoding="utf-8")
    with query.connect(reported.warehouse) as connection:
        september = connection.sql(
            "SELECT sum(victims)::BIGINT FROM crime_victims_asof('2020-12-31')"
            " WHERE subtype = 'Homicidio doloso' AND period_start = '2016-09-01'"
        ).fetchall()[0][0]
    assert re.search(rf"2016-09-01.*\b{september}\b", text), text[-300:]
    assert "2016-11-01" in text  # each series to its newest period
    assert json.loads((reported.reports / QUARTER / record.RUN).read_text())["quarter"] == QUARTER
