"""Revisions between the agencies' own releases, to the published numbers of cells, net and gross."""

from datetime import date

import duckdb
import polars as pl
import pytest

from indicators.warehouse import compare
from indicators.warehouse.compare import Revision

pytestmark = pytest.mark.real


READ: dict[str, compare.Snapshot] = {}  # most releases are compared twice


def through(
    connection: duckdb.DuckDBPyConnection, source: str, last: date, part: str | None = None
) -> compare.Snapshot:
    """The release of a source whose data end with ``last`` (and that holds ``part``)."""
    rows = connection.execute(
        "SELECT DISTINCT vintage FROM vintage JOIN vintage_part USING (vintage)"
        " WHERE source = $source AND data_through = $last AND part = coalesce($part, part)",
        {"source": source, "last": last, "part": part},
    ).fetchall()
    assert len(rows) == 1, rows
    vintage = rows[0][0]
    if vintage not in READ:
        READ[vintage] = compare.release(connection, vintage)
    return READ[vintage]


def between(
    connection: duckdb.DuckDBPyConnection, source: str, old: date, new: date, part: str | None = None
) -> Revision:
    return compare.compare(through(connection, source, old, part), through(connection, source, new, part))


VICTIMS = [
    (date(2024, 5, 31), date(2024, 6, 30), 86, 13, 187, date(2021, 2, 28), 8),
    (date(2024, 6, 30), date(2024, 7, 31), 108, 59, 171, date(2022, 2, 28), 8),
    (date(2024, 7, 31), date(2024, 8, 31), 263, 109, 547, date(2016, 9, 30), 11),
    (date(2024, 10, 31), date(2024, 11, 30), 144, 43, 229, date(2023, 10, 31), 11),
    (date(2024, 11, 30), date(2025, 6, 30), 570, 191, 1313, date(2021, 7, 31), 22),
]


@pytest.mark.parametrize(("old", "new", "cells", "net", "gross", "oldest", "states"), VICTIMS)
def test_victims_moved_as_published(
    real_connection: duckdb.DuckDBPyConnection,
    old: date, new: date, cells: int, net: int, gross: int, oldest: date, states: int,
) -> None:  # fmt: skip
    found = between(real_connection, "sesnsp_victims", old, new).totals()
    assert found.select("cells", "net", "gross", "oldest", "places").rows() == [(cells, net, gross, oldest, states)]


def test_victims_of_older_months_move_less(real_connection: duckdb.DuckDBPyConnection) -> None:
    found = between(real_connection, "sesnsp_victims", date(2024, 11, 30), date(2025, 6, 30))
    lags = found.totals("lag_months")
    assert lags["lag_months"].min() == 0
    assert lags.filter(pl.col("lag_months") <= 6)["cells"].sum() > found.cells.height / 2


CASES = [
    (date(2023, 7, 31), date(2023, 9, 30), 283),
    (date(2023, 9, 30), date(2023, 11, 30), 273),
    (date(2023, 11, 30), date(2023, 12, 31), 110),
    (date(2023, 12, 31), date(2024, 1, 31), 184),
    (date(2024, 4, 30), date(2024, 6, 30), 159),
    (date(2024, 6, 30), date(2024, 8, 31), 277),
    (date(2024, 8, 31), date(2024, 11, 30), 241),
]


@pytest.mark.parametrize(("old", "new", "cells"), CASES)
def test_between_110_and_283_cells_of_cases_moved(
    real_connection: duckdb.DuckDBPyConnection, old: date, new: date, cells: int
) -> None:
    found = between(real_connection, "sesnsp_cases", old, new)
    assert found.cells.height == cells
    assert 110 <= cells <= 283


def test_rnid_january_to_february(real_connection: duckdb.DuckDBPyConnection) -> None:
    found = between(real_connection, "sesnsp_cases", date(2026, 1, 31), date(2026, 2, 28))
    assert found.totals().select("cells", "net").rows() == [(53, 105)]
    homicides = found.cells.filter(subtype="Homicidio doloso")
    assert homicides["change"].sum() == 21


def test_injuries_of_the_state_of_mexico_only_changed_their_label(
    real_connection: duckdb.DuckDBPyConnection,
) -> None:
    """RNID, February to March 2026: 2,837 + 2,841 injuries went from No especificado to another weapon."""
    found = between(real_connection, "sesnsp_cases", date(2026, 2, 28), date(2026, 3, 31))
    assert found.totals().select("net", "gross").rows() == [(19, 14025)]
    state = found.cells.filter(place="MX-MEX")
    assert (state["change"].sum(), state["change"].abs().sum()) == (0, 13386)
    assert set(state["move"]) == {"relabelled"}
    assert set(state["along"]) == {"modality"}
    gone = state.filter(subtype="Lesiones dolosas", modality="No especificado")
    assert gone.select("period_start", "change").rows() == [
        (date(2026, 1, 1), -2837),
        (date(2026, 2, 1), -2841),
    ]
    assert found.reported.filter(place="MX-MEX").is_empty()


def test_chihuahuas_age_swap_of_october_2024(real_connection: duckdb.DuckDBPyConnection) -> None:
    found = between(real_connection, "sesnsp_victims", date(2024, 11, 30), date(2025, 6, 30))
    swap = found.cells.filter(place="MX-CHH", period_start=date(2024, 10, 1), modality="Con arma de fuego", sex="male")
    assert swap.select("age_group", "old", "new", "move", "along").sort("old").rows() == [
        ("Adultos (18 y más)", 5, 94, "relabelled", "age_group"),
        ("Menores de edad (0-17)", 94, 5, "relabelled", "age_group"),
    ]
    assert found.reported.filter(place="MX-CHH", period_start=date(2024, 10, 1)).is_empty()


def test_closed_years_of_the_southwest_border_and_its_renamed_labels(
    real_connection: duckdb.DuckDBPyConnection,
) -> None:
    """UC / Single Minors became UAC, Title 42 apprehensions expulsions: neither moved a figure."""
    renamed = between(real_connection, "cbp_encounters", date(2022, 9, 30), date(2024, 11, 30), "southwest FY2022")
    assert renamed.cells.is_empty()
    found = between(real_connection, "cbp_encounters", date(2024, 11, 30), date(2025, 8, 31), "southwest FY2022")
    assert set(found.cells["part"]) == {"southwest FY2025"}
    assert found.rows()["changed"] == 22
    moved = found.totals("period_start").select("period_start", "net").rows()
    assert moved == [(date(2024, 10, 1), 106321 - 106335), (date(2024, 11, 1), 94186 - 94190)]


def test_closed_years_by_state_and_an_open_october(real_connection: duckdb.DuckDBPyConnection) -> None:
    closed = between(real_connection, "cbp_encounters", date(2023, 9, 30), date(2024, 9, 30), "nationwide_state FY2021")
    assert closed.cells.is_empty()
    found = between(real_connection, "cbp_encounters", date(2023, 10, 31), date(2024, 9, 30), "nationwide_state FY2021")
    assert set(found.cells["part"]) == {"nationwide_state FY2024"}
    assert found.totals()["net"].to_list() == [309024 - 309221]


def test_closed_years_of_drug_seizures_and_the_open_one(real_connection: duckdb.DuckDBPyConnection) -> None:
    part = "land_components FY2023"
    may = through(real_connection, "cbp_drugs", date(2025, 5, 31), part)
    december = through(real_connection, "cbp_drugs", date(2025, 12, 31), part)
    april = through(real_connection, "cbp_drugs", date(2026, 4, 30), part)
    first, second = compare.compare(may, december), compare.compare(december, april)
    assert set(first.cells["part"]) == {"land_components FY2025"}
    assert set(second.cells["part"]) == {"land_components FY2026"}
    assert [first.rows()[kind] for kind in ("changed", "removed", "added")] == [46, 3, 3]
    assert [second.rows()[kind] for kind in ("changed", "removed", "added")] == [210, 0, 1]
    events, pounds = (second.cells.filter(measure=name)["change"].sum() for name in ("events", "seized_lb"))
    assert (events, round(pounds)) == (14441 - 12351, 783)


def test_38_rows_of_cdc_moved_between_the_two_excerpts(real_connection: duckdb.DuckDBPyConnection) -> None:
    found = between(real_connection, "cdc_overdose", date(2025, 4, 30), date(2025, 9, 30))
    assert found.rows()["changed"] == 38
    changed = found.cells.filter(kind="changed")
    assert changed["period_end"].min() == date(2025, 1, 31)
    april = changed.filter(place="US", indicator="overdose", period_end=date(2025, 4, 30))
    assert april.select("measure", "old", "new").rows() == [
        ("predicted_deaths", 76516, 76448),
        ("reported_deaths", 73690, 75180),
    ]


def test_final_years_of_cdc_do_not_move(real_connection: duckdb.DuckDBPyConnection) -> None:
    """April to September 2019: no reported count of 2015 to 2017 changed; some became suppressed."""
    found = between(real_connection, "cdc_overdose", date(2018, 9, 30), date(2019, 2, 28))
    final = found.cells.filter(pl.col("period_end") <= date(2017, 12, 31), pl.col("measure") == "reported_deaths")
    assert "changed" not in set(final["kind"])
    assert "suppressed" in set(final["kind"])
    nation = found.cells.filter(
        place="US", indicator="overdose", period_end=date(2018, 9, 30), measure="reported_deaths"
    )
    assert nation.select("old", "new").rows() == [(67152, 68429)]


def test_the_register_of_missing_persons_by_year(real_connection: duckdb.DuckDBPyConnection) -> None:
    """Still missing of 2019: 7,350 in July 2020, 9,207 in November 2021."""
    old, new = compare.pair(real_connection, "rnpdno", "2020-07", "2021-11")
    found = compare.compare(old, new).reported.filter(status="missing", period_start=date(2019, 1, 1))
    assert found.select("place", "old", "new").rows() == [("MX", 7350, 9207)]


def test_what_one_day_knew_against_another(real_connection: duckdb.DuckDBPyConnection) -> None:
    days = [compare.as_of(real_connection, "sesnsp_victims", day) for day in (date(2024, 8, 1), date(2024, 9, 1))]
    found = compare.compare(*days)
    assert found.totals().select("cells", "net").rows() == [(108, 59)]
