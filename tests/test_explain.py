"""The chain of one number: every cell that it names is in the file, and together they are the number."""

import csv
import gzip
import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest

import indicators
from cells import wrong
from command import Run
from indicators import catalog
from indicators.catalog.scorecard import goals
from indicators.catalog.tables import FACTS
from indicators.errors import DataError, UsageError
from indicators.paths import Home
from indicators.releases import ingest, store, tidy_cache
from indicators.report import explain
from sesnsp_tables import Nation, as_csv, in_municipalities
from wrapped import workbook

HOMICIDES = "mx_homicide_victims"
COMPUTED = [line for goal in goals() for line in goal.lines if catalog.metrics()[line.metric].table]
NOT_IN_THE_EDITION = {"currency_seized_usd"}
SNAPSHOT = date(2021, 11, 30)


@pytest.fixture
def shipped(edition_home: Home, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("INDICATORS_HOME", str(edition_home.root))
    return edition_home


@pytest.fixture
def at_home(small_home: Home, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("INDICATORS_HOME", str(small_home.root))
    return small_home


def texts(home: Home, release: str) -> list[list[str]]:
    """The lines of a stored file as a spreadsheet shows them, read by the test alone."""
    vintage = next(one for one in store.all_vintages(home.raw) if one.id == release)
    data = vintage.path(home.raw).read_bytes()
    data = gzip.decompress(data) if vintage.file.endswith(".gz") else data
    return list(csv.reader(io.StringIO(data.decode("latin-1"), newline="")))


# The cells make the number


@pytest.mark.parametrize("line", COMPUTED, ids=lambda line: line.metric)
def test_a_line_of_the_scorecard_is_the_sum_of_its_cells(shipped: Home, line: catalog.scorecard.Line) -> None:
    if line.metric in NOT_IN_THE_EDITION:
        with pytest.raises(UsageError, match="no release out by"):
            indicators.explain(line.metric, line.place)
        return
    found = indicators.explain(line.metric, line.place)
    assert wrong(found) == []
    assert {part.cells["line"].null_count() for part in found.sums} == {0}
    assert found.releases["sha256"].str.len_chars().unique().to_list() == [64]


@pytest.mark.parametrize(
    ("metric", "place", "period", "window"),
    [
        (HOMICIDES, "MX", "2016-03", None),
        (HOMICIDES, "MX-CHH", "2015", None),
        (HOMICIDES, "MX", "2016Q2", None),
        (HOMICIDES, "MX", "2016-09", "12_month_rolling"),
        ("mx_intentional_killings_rate", "MX-CHH", "2016-06", None),
        ("mx_homicide_firearm_share", "MX", "2016-06", None),
        ("us_overdose_deaths_12m", "US-TX", "2016-02", None),
        ("us_overdose_deaths_12m_predicted", "US", "2016-02", None),
        ("sw_encounters", "US-SWB", "2016-10", None),
        ("sw_encounters", "US", "2016-10", None),
        ("sw_family_share", "US-SWB", "2016-11", None),
        ("mx_missing_new", "MX", None, None),
        ("mx_missing_stock", "MX", "2020-07", None),
    ],
)
def test_each_cell_is_in_the_file_where_the_chain_says(
    at_home: Home, metric: str, place: str, period: str | None, window: str | None
) -> None:
    found = indicators.explain(metric, place, period, window=window)
    assert wrong(found) == []
    for (release,), cells in found.cells.group_by("release"):
        header, *_ = lines = texts(at_home, str(release))
        names = [" ".join(name.removeprefix("ï»¿").split()) for name in header]
        for line, column, text in cells.select("line", "column", "text").iter_rows():
            assert lines[line - 1][names.index(column.encode().decode("latin-1", "replace"))].strip() == text


@pytest.fixture(scope="module")
def files(
    fixtures: Path, federal: pl.DataFrame, sesnsp_nation: Nation
) -> Callable[[str], tuple[str, bytes, date | None]]:
    """Name, bytes and release day of a small file in the layout of each source."""

    def file(source: str) -> tuple[str, bytes, date | None]:
        by_state = sesnsp_nation("sesnsp_cases/IDEFC_one_state.csv", date(2016, 3, 31))
        labels = list(catalog.sources()["ohss_encounters"].categories["month"])
        months = [[2001, label, 1_000] for label in labels] + [[2002, label, 990] for label in labels[:2]]
        border, sector = (
            [[*row[:2], name, row[2]] for row in months] for name in ("Southwest Land Border", "Tucson, AZ")
        )
        sheets: dict[str, list[list[object]]] = {
            "Monthly Count": [["Fiscal\nYear", "Month", "Quantity"], *months],
            "Monthly Region": [["Fiscal\nYear", "Month", "Region", "Quantity"], *border],
            "Monthly Sector": [["Fiscal\nYear", "Month", "Sector", "Quantity"], *sector],
        }
        made: dict[str, Callable[[], tuple[str, bytes]]] = {
            "ohss_encounters": lambda: ("KHSM Encounters (USBP) fy02m11.xlsx", workbook(**sheets)),
            "sesnsp_cases": lambda: ("IDEFC_NM_mar16.csv", as_csv(by_state)),
            "sesnsp_federal": lambda: ("IDEFF_mar19.csv", as_csv(federal)),
            "sesnsp_municipal": lambda: ("IDM_NM_mar16.csv", as_csv(in_municipalities(by_state, 1, 998), "latin-1")),
        }
        if source in made:
            return *made[source](), None
        path = fixtures / source
        return path.name, path.read_bytes(), SNAPSHOT if source.startswith(("population", "rnpdno")) else None

    return file


@pytest.mark.parametrize(
    "source",
    [
        "bts_border_crossings/Border_Crossing_Entry_Data_20240503.csv",
        "cbp_currency/currency-seizures-fy22-fy23-oct.csv",
        "cbp_drugs/amo-drug-seizures-fy22-fy23-oct.csv",
        "cbp_drugs/nationwide-drugs-fy22-fy23-nov.csv",
        "cbp_encounters/nationwide-encounters-fy22-fy23-oct-aor.csv",
        "cbp_weapons/weapons-ammunition-seizures-fy22-fy23-oct.csv",
        "ohss_encounters",
        "population_mx/00_Pob_Mitad_1950_2070.csv",
        "population_us/nst-est2020.csv",
        "rnpdno/unfiltered.json",
        "rnpdno/rnpdno_state_year.csv",
        "sesnsp_cases",
        "sesnsp_federal",
        "sesnsp_municipal",
    ],
)
def test_the_cells_of_every_source_make_its_rows(
    tmp_path: Path, files: Callable[[str], tuple[str, bytes, date | None]], source: str
) -> None:
    """A reader that loses its lines on the way, or changes what it adds up, is found here."""
    name, data, released = files(source)
    (tmp_path / name).write_bytes(data)
    raw = tmp_path / "raw"
    outcome = ingest.add(tmp_path / name, raw, ingest.IngestRequest(received=date(2026, 11, 1), released=released))
    assert outcome.status == "added", outcome.error
    vintage = outcome.stored()
    rows = tidy_cache.read(raw, vintage).rows
    assert isinstance(rows, pl.DataFrame)
    key = ["place", "period_start", "period_end"]
    for measure in FACTS[catalog.sources()[vintage.source].table].measures:
        if measure.startswith("line_items"):  # counts of lines, which no cell contains
            continue
        if vintage.layout == "dashboard":  # the totals of the nation lie at no path of their own
            rows = rows.filter(pl.col("sex") != "all")
        cells = tidy_cache.cells(raw, vintage, measure, rows)
        summed = cells.group_by(key).agg(pl.col("number").sum()).sort(key)
        expected = rows.group_by(key).agg(pl.col(measure).sum().cast(pl.Float64)).sort(key)
        both = expected.filter(pl.col(measure) != 0).join(summed, on=key, how="left")
        assert both.height
        assert both.filter((pl.col(measure) - pl.col("number")).abs().fill_null(1) > 1e-6).is_empty()


def test_rows_that_the_file_no_longer_has_are_refused(at_home: Home) -> None:
    vintage = next(one for one in store.all_vintages(at_home.raw) if one.source == "rnpdno")
    rows = tidy_cache.read(at_home.raw, vintage).rows
    assert isinstance(rows, pl.DataFrame)
    with pytest.raises(DataError, match="indicators build"):
        tidy_cache.cells(at_home.raw, vintage, "persons", rows.with_columns(place=pl.lit("MX-NO-SUCH")))


# What the chain says


def test_the_command_prints_the_chain_in_eighty_columns(run: Run, small_home: Home) -> None:
    said = run("explain", HOMICIDES, "--place", "MX", "--period", "2016-03", home=small_home)
    assert said.code == 0
    assert max(map(len, said.out.splitlines())) <= 80
    value = indicators_of(run, small_home)
    words = (f"Value: {value} victims, ", "Formula: the sum of the cells", "sesnsp_rnid_2026", f"Sum: {value}")
    for expected in (
        *words,
        "subtype = Homicidio doloso",
        "sha256 ",
        "IDVFC_NM_nov16.csv.gz",
        "Marzo",
        "added by hand",
    ):
        assert expected in said.out
    spanish = run("explain", HOMICIDES, "--period", "2016-03", "--lang", "es", home=small_home).out
    assert f"Valor: {value} víctimas" in spanish
    assert "Fórmula: la suma" in spanish


def indicators_of(run: Run, home: Home) -> str:
    rows = json.loads(run("metric", HOMICIDES, "--format", "json", home=home).out)
    (value,) = [row["value"] for row in rows if row["period_start"] == "2016-03-01"]
    return f"{value:,.0f}"


def test_json_and_csv_have_every_cell(run: Run, small_home: Home) -> None:
    words = ("explain", HOMICIDES, "--place", "MX", "--period", "2016-03")
    chain = json.loads(run(*words, "--format", "json", home=small_home).out)
    rows = list(csv.DictReader(io.StringIO(run(*words, "--format", "csv", home=small_home).out)))
    assert len(chain["cells"]) == len(rows) > explain.SHOWN
    assert sum(float(row["number"]) for row in rows) == chain["value"] == sum(one["number"] for one in chain["cells"])
    assert chain["breaks"] == {"sesnsp_rnid_2026": False}
    assert chain["releases"][0]["provenance"] == "as_received"


def test_a_rate_names_its_interval_and_both_days_of_the_population(at_home: Home) -> None:
    said = str(indicators.explain("mx_intentional_killings_rate", "MX-CHH", "2016-06"))
    for expected in (
        "Byar",
        "numerator / residents",
        "Numerator: ",
        "2015-12-31, the middle",
        "2015-07 ",
        "conapo.csv",
    ):
        assert expected in said


def test_a_month_without_a_row_is_zero_because_a_release_covers_it(shipped: Home) -> None:
    found = indicators.explain("mx_feminicide_victims", "MX-AGU", "2015-01")
    assert found.row["value"] == 0
    assert found.cells.is_empty()
    said = " ".join(str(found).split())
    assert f"2015-01: no cell above zero. {found.row['vintage']} covers the month" in said
    assert found.releases["vintage"].to_list() == [found.row["vintage"]]


def test_a_withheld_cell_is_named_with_its_reason(shipped: Home) -> None:
    said = str(indicators.explain("us_synthetic_opioid_deaths_12m", "US-TX", "2015-01"))
    assert "No value: below the quality threshold" in said
    assert "(blank)" in said


def test_a_break_in_the_period_is_told_with_its_reason(shipped: Home) -> None:
    found = indicators.explain("sw_encounters", "US-SWB", "2020-03")
    assert "cbp_title_42_begins lies in the period: " in str(found)


def test_a_published_figure_names_its_source_and_those_that_differ(shipped: Home) -> None:
    found = indicators.explain("mx_homicide_inegi", "MX", "2024")
    said = str(found)
    assert found.cells["value"].to_list()[0] == found.row["value"] == 33550
    for expected in ("INEGI; grade B", "https://", "data/raw/published/figures.csv:", "another one than that taken"):
        assert expected in said


@pytest.mark.parametrize("metric", [one.id for one in catalog.metrics().values() if one.rule and not one.searched])
def test_a_number_of_the_ledger_names_its_events(shipped: Home, metric: str) -> None:
    found = indicators.explain(metric)
    rule, value = catalog.metrics()[metric].rule, found.row["value"]
    assert found.cells.height
    if rule in ("in_twelve_months", "so_far"):
        assert found.cells.height == value
    if rule == "latest":
        assert found.cells["quantity"].to_list() == [value]
    assert "data/raw/ledger/" in str(found)


# What is refused


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (
            ["--period", "2031-01"],
            "(no such period; write it like 2025-03, 2025, 2025Q1 or, for a stock, 2025-03-31): its first value is of",
        ),
        (["--period", "2016"], "has no value for 2016 (not published): its first value is of 2015, its last of 2015"),
        (["--period", "March"], "mx_homicide_victims in MX has no value for March (no such period"),
        (["--period", "2031-01"], "its first value is of 2015-01, its last of 2016-"),
        (["--place", "US"], "mx_homicide_victims has no US; it has MX"),
        (["--as-of", "2001-01-01"], "no release out by 2001-01-01"),
        (["--lang", "fr"], '"fr" is no language'),
    ],
)
def test_a_question_without_an_answer_gets_a_message(run: Run, small_home: Home, words: list[str], reason: str) -> None:
    said = run("explain", HOMICIDES, *words, home=small_home)
    assert (said.code, said.out) == (1, "")
    assert reason in said.err


def test_hostile_text_is_shown_and_does_nothing(at_home: Home) -> None:
    """A cell clears no screen, opens no line of its own, is no markup, and is no formula in a spreadsheet."""
    found = indicators.explain("sw_encounters", "US-SWB", "2016-10")
    hostile = "=cmd|' /C calc'!A0\x1b[2J\r\nSum: 0 [red]"
    cells = found.sums[0].cells.with_columns(text=pl.lit(hostile), column=pl.lit(f"{hostile}\u202e"))
    releases = found.releases.with_columns(file=pl.lit(hostile), found_at=pl.lit(f"https://x.y/{hostile}"))
    shown = replace(found, sums=[replace(found.sums[0], cells=cells)], releases=releases)
    said = str(shown)
    assert not {"\x1b", "\r", "\u202e"} & set(said)
    assert [line for line in said.splitlines() if line.startswith("Sum:")] == [f"Sum: {found.row['value']:,.0f}"]
    assert "[red]" in said
    assert "'=cmd" in shown.written("csv")
