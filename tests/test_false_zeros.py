"""A zero that is no zero: a state that did not report its newest month, a withheld cell that was saved as 0."""

import csv
import io
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from command import Run
from indicators.paths import Home
from indicators.releases import ingest
from indicators.warehouse import build, query
from released import DEATHS, codes, noticed, rows, totals
from sesnsp_tables import as_csv, in_municipalities

Nation = Callable[..., pl.DataFrame]
GUANAJUATO, OAXACA = "Guanajuato", "Oaxaca"


def without_counts(table: pl.DataFrame, state: str, year: str, months: Sequence[str]) -> pl.DataFrame:
    """The table with zero in every crime of a state in some months."""
    here = (pl.col("Entidad") == state) & (pl.col("Año") == year)
    return table.with_columns(pl.when(here).then(pl.lit("0")).otherwise(pl.col(one)).alias(one) for one in months)


def added(home: Home, name: str, data: bytes) -> ingest.Outcome:
    path = home.root / name
    path.write_bytes(data)
    outcome = ingest.add(path, home.raw, ingest.IngestRequest(received=date(2026, 11, 30)))
    if outcome.status == "added":
        build.build(build.BuildInputs(home.raw, home.edition), home.warehouse)
    return outcome


def months_of(run: Run, place: str, metric: str = "mx_homicide_victims") -> dict[str, tuple[str, str]]:
    """The value and the reason of each month of a metric, as `indicators metric` prints them."""
    said = run("metric", metric, "--place", place, "--format", "csv", "--as-of", "2026-11-30")
    assert said.code == 0, said.err
    table = csv.DictReader(io.StringIO(said.out))
    return {row["period_start"][:7]: (row["value"], row["missing_code"]) for row in table if row["clock"] == "month"}


def noted(home: Home, code: str) -> list[str]:
    return [
        str(one) for one in query.query(home.warehouse, f"SELECT facts FROM finding WHERE code = '{code}'")["facts"]
    ]


def test_newest_month_of_a_state_with_zero_in_every_crime_is_missing_in_the_state_and_the_nation(
    run: Run, tmp_path: Path, sesnsp_nation: Nation
) -> None:
    """The metric said that Guanajuato had no victim of homicide in its newest month."""
    table = sesnsp_nation("sesnsp_victims/IDVFC_one_state.csv", date(2016, 3, 31))
    home = Home(tmp_path)
    silent = without_counts(table, GUANAJUATO, "2016", ["Marzo"])
    outcome = added(home, "IDVFC_NM_mar16.csv", as_csv(silent))
    assert outcome.status == "added", outcome.error
    for place in ("MX-GUA", "MX"):
        found = months_of(run, place)
        assert found["2016-03"] == ("", "not_published"), place
        assert float(found["2016-02"][0]) > 0
    assert float(months_of(run, "MX-OAX")["2016-03"][0]) > 0
    (facts,) = noted(home, "not_reported")
    assert "MX-GUA 2016-03" in facts


def test_month_that_a_state_reports_later_is_a_figure_again(run: Run, tmp_path: Path, sesnsp_nation: Nation) -> None:
    block, home = "sesnsp_victims/IDVFC_one_state.csv", Home(tmp_path)
    silent = without_counts(sesnsp_nation(block, date(2016, 3, 31)), GUANAJUATO, "2016", ["Febrero", "Marzo"])
    assert added(home, "IDVFC_NM_mar16.csv", as_csv(silent)).status == "added"
    (facts,) = noted(home, "not_reported")
    assert "MX-GUA 2016-02, MX-GUA 2016-03" in facts
    added(home, "IDVFC_NM_abr16.csv", as_csv(sesnsp_nation(block, date(2016, 4, 30))))
    found = months_of(run, "MX-GUA")
    assert {month: float(found[month][0]) > 0 for month in ("2016-02", "2016-03", "2016-04")} == {
        "2016-02": True, "2016-03": True, "2016-04": True,
    }  # fmt: skip


def test_month_of_a_state_with_zero_between_its_others_stays_zero(
    run: Run, tmp_path: Path, sesnsp_nation: Nation
) -> None:
    """Oaxaca entered its crimes of 2015 in four of the twelve months: its year is whole."""
    table = sesnsp_nation("sesnsp_victims/IDVFC_one_state.csv", date(2016, 3, 31))
    silent = without_counts(table, OAXACA, "2015", ["Mayo", "Junio"])
    home = Home(tmp_path)
    assert added(home, "IDVFC_NM_mar16.csv", as_csv(silent)).status == "added"
    found = months_of(run, "MX-OAX")
    assert [float(found[month][0]) for month in ("2015-05", "2015-06")] == [0.0, 0.0]
    assert float(months_of(run, "MX")["2015-05"][0]) > 0
    assert noted(home, "not_reported") == []


@pytest.mark.parametrize("source", ["cases", "RNID", "municipal"])
def test_every_table_of_sesnsp_has_its_silent_states(tmp_path: Path, sesnsp_nation: Nation, source: str) -> None:
    march, year = (date(2026, 3, 31), "2026") if source == "RNID" else (date(2016, 3, 31), "2016")
    block = "RNID-Delitos_one_state.csv" if source == "RNID" else "IDEFC_one_state.csv"
    silent = without_counts(sesnsp_nation(f"sesnsp_cases/{block}", march), GUANAJUATO, year, ["Marzo"])
    name = {
        "cases": "IDEFC_NM_mar16.csv",
        "RNID": "RNID-Delitos_Estatal-2026-mar2026.csv",
        "municipal": "IDM_NM_mar16.csv",
    }[source]
    home = Home(tmp_path)
    outcome = added(home, name, as_csv(in_municipalities(silent, 1) if source == "municipal" else silent, "latin-1"))
    assert outcome.status == "added", outcome.error
    found = query.query(home.warehouse, "SELECT place, period_start FROM unreported").rows()
    assert found == [("MX-GUA", march.replace(day=1))]


# CDC's withheld cells


def test_withheld_cell_of_cdc_saved_as_zero_is_refused_by_its_footnote(fixtures: Path, tmp_path: Path) -> None:
    """A spreadsheet saved 2,771 empty cells as 0, and states without deaths appeared."""
    text = (fixtures / "cdc_overdose" / "export.csv").read_text(encoding="utf-8")
    assert "Methadone (T40.3),,99.5+" in text
    wrong = text.replace("Methadone (T40.3),,99.5+", "Methadone (T40.3),0,99.5+")
    outcome = added(Home(tmp_path), "VSRR_20180912.csv", wrong.encode())
    assert outcome.status == "refused"
    assert outcome.error is not None
    assert "as the footnote beside it says" in outcome.error.expected
    assert "download the file again" in outcome.error.todo
    assert outcome.error.line == text[: text.index("Methadone (T40.3)")].count("\n") + 1


def test_withheld_cells_of_cdc_saved_as_zero_are_refused_by_their_past() -> None:
    """The footnotes can be lost in the same save."""
    small = pl.col("place") == "US-AZ", pl.col("indicator") == "synthetic_opioids"
    blank = rows(DEATHS).with_columns(
        pl.when(*small).then(None).otherwise(pl.col(name)).alias(name)
        for name in ("reported_deaths", "predicted_deaths")
    )
    blank = blank.with_columns(missing_code=pl.when(*small).then(pl.lit("suppressed")))
    zero = blank.with_columns(pl.col("reported_deaths").fill_null(0), missing_code=pl.lit(None, pl.String))
    found = noticed(totals("cdc_overdose", blank, "old"), totals("cdc_overdose", zero))
    assert "zeros_for_blanks" in codes(found, "refusal")
    (one,) = [one for one in found if one.code == "zeros_for_blanks"]
    assert one.facts["place"] == "US-AZ"
    assert codes(noticed(totals("cdc_overdose", blank, "old"), totals("cdc_overdose", blank))) == set()
