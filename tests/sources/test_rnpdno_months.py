"""RNPDNO by municipality and month: what a real snapshot did, or could do, to a careless reader."""

from datetime import date
from functools import partial
from pathlib import Path

import polars as pl
import pytest

from indicators.errors import DataError
from indicators.readers import Tidy
from indicators.releases.ingest import IngestRequest, add
from reading import FIXTURES, Edit, edited, refused, replaced, total

CHIHUAHUA_JAN_2023 = "08001,08,chihuahua,001,cabecera,1,2,0,3,2023,1,7"

persons = partial(total, "persons")


def read(edit: Edit = str, released: date = date(2024, 2, 15)) -> Tidy:
    return edited("rnpdno", "rnpdno_disappeared_not_located.csv", edit, released=released)


def test_municipalities_are_added_up_to_their_state() -> None:
    found = read()
    assert persons(found) == 141
    chihuahua = found.facts.filter(place="MX-CHH", period_start=date(2022, 12, 1))
    assert chihuahua.select("period_end", "clock", "sex", "persons", "part").rows() == [
        (date(2022, 12, 31), "month", "male", 11, "month missing")
    ]


def test_no_municipality_enters() -> None:
    assert set(read().facts.columns) == {
        *("place", "period_start", "period_end", "clock", "status", "sex", "persons", "maturity", "part")
    }


def test_two_names_of_one_state_are_one_by_their_code() -> None:
    coahuila = read().facts.filter(place="MX-COA")
    assert dict(coahuila.select("sex", "persons").rows()) == {"female": 3, "male": 4}


def test_unknown_and_unresolved_states_are_kept_as_unknown() -> None:
    found = read()
    assert persons(found, place="MX-UNK") == 3
    assert found.notes == [("persons_without_state", {"missing": "3"})]


def test_codes_that_lost_their_zeros_are_padded() -> None:
    found = read(replaced(CHIHUAHUA_JAN_2023, CHIHUAHUA_JAN_2023.replace("08001,08", "8001,8")))
    assert persons(found, place="MX-CHH") == persons(read(), place="MX-CHH")


def test_monthly_tables_never_make_a_stock() -> None:
    found = read()
    assert found.facts["clock"].unique().to_list() == ["month"]
    assert found.parts.rows() == [("month missing", date(2022, 12, 1), date(2023, 12, 31))]


def test_newest_six_months_are_incomplete_and_none_is_final() -> None:
    months = dict(read().facts.select(pl.col("period_start").dt.strftime("%Y-%m"), "maturity").rows())
    assert months == {
        **dict.fromkeys(["2022-12", "2023-01", "2023-02"], "provisional"),
        **dict.fromkeys(["2023-07", "2023-08", "2023-12"], "incomplete"),
    }


def test_month_of_the_snapshot_is_covered_to_its_day_only() -> None:
    found = read(released=date(2023, 12, 10))
    assert found.parts["period_through"].to_list() == [date(2023, 12, 10)]


@pytest.mark.parametrize(
    ("status_id", "status"),
    [
        ("0", "registered"),
        ("7", "missing"),
        ("4", "disappeared"),
        ("5", "not_located"),
        ("6", "located"),
        ("2", "located_alive"),
        ("3", "located_dead"),
    ],
)
def test_each_status_is_a_part_of_its_own(status_id: str, status: str) -> None:
    found = read(lambda text: text.replace(",7\n", f",{status_id}\n"))
    assert found.facts["status"].unique().to_list() == [status]
    assert found.parts["part"].to_list() == [f"month {status}"]


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("08001,08,chihuahua,001,cabecera,1,2,0,4,2023,1,7", "the sum of male, female, undefined"),
        ("08001,08,chihuahua,001,cabecera,1.5,1.5,0,3,2023,1,7", "a whole number"),
        ("08001,08,chihuahua,001,cabecera,1,2,0,3,2023,13,7", "a month from 1 to 12"),
        ("08001,08,chihuahua,001,cabecera,1,2,0,3,20235,1,7", "at most 2024"),
        ("08001,08,chihuahua,001,cabecera,1,2,0,3,2023,1,9", "known label"),
        ("08001,40,chihuahua,001,cabecera,1,2,0,3,2023,1,7", "known label"),
        ("08001,09,chihuahua,001,cabecera,1,2,0,3,2023,1,7", "a municipality of the state"),
        ("08001,08,chihuahua,001,cabecera,1,2,0,3,2024,3,7", "nothing after the snapshot of 2024-02-15"),
    ],
)
def test_bad_cell_is_refused_with_its_line(cell: str, message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        read(replaced(CHIHUAHUA_JAN_2023, cell))
    assert caught.value.line == 10


def test_float_text_and_thousands_commas_are_taken() -> None:
    edit = replaced(CHIHUAHUA_JAN_2023, '08001,08,chihuahua,001,cabecera,"1,000",2.0,0,1002.0,2023,1,7')
    found = read(edit)
    assert persons(found, place="MX-CHH", period_start=date(2023, 1, 1)) == 1_002


def test_table_cut_at_the_end_of_a_row_is_refused_for_its_missing_states() -> None:
    with pytest.raises(DataError, match="none of status missing for MX-ZAC"):
        read(lambda text: text[: text.index("32001")])


# one year of disappearance, all statuses: the table of July 2026


def read_year(edit: Edit = str, released: date = date(2024, 7, 9)) -> Tidy:
    return edited("rnpdno", "all-states-2024.csv", edit, released=released)


def test_a_year_is_added_up_to_its_states_without_the_records_that_have_no_month() -> None:
    """Each of the seventeen files repeats all records without a month: 39,065, seventeen times."""
    found = read_year()
    assert found.facts.select("place", "period_start", "status", "sex", "persons", "maturity").rows() == [
        ("MX-DUR", date(2024, 1, 1), "located_alive", "female", 3, "provisional"),
        ("MX-DUR", date(2024, 2, 1), "located_dead", "not_identified", 1, "incomplete"),
        ("MX-CHH", date(2024, 1, 1), "missing", "female", 3, "provisional"),
        ("MX-CHH", date(2024, 1, 1), "missing", "male", 7, "provisional"),
        ("MX-UNK", date(2024, 7, 1), "missing", "male", 4, "incomplete"),
    ]


def test_a_month_without_records_is_covered_as_the_whole_year_is() -> None:
    assert read_year().parts.rows() == [
        (f"month {status}", date(2024, 1, 1), date(2024, 7, 9))
        for status in ("located_alive", "located_dead", "missing")
    ]


@pytest.mark.parametrize(
    ("edit", "column"),
    [
        (replaced("33,ENTIDAD NO ESPECIFICADA,SIN_FECHA,LOCALIZADA_SIN_VIDA,,,,99,2024-07-08\n", ""), None),
        (replaced("2024-02,LOCALIZADA_SIN_VIDA", "2023-02,LOCALIZADA_SIN_VIDA"), "periodo"),
        (replaced("2024-02,LOCALIZADA_SIN_VIDA", "2024-13,LOCALIZADA_SIN_VIDA"), "periodo"),
        (replaced("HOMBRE,08019", "HOMBRE,10005"), "cve_municipio"),
        (replaced(",ZACATECAS,2,2024-07-09", ",SINALOA,2,2024-07-09"), None),
    ],
    ids=["cut at its end", "another year", "no month", "municipality of another state", "a row twice"],
)
def test_a_year_that_is_cut_or_edited_is_refused(edit: Edit, column: str | None) -> None:
    assert refused(read_year, edit).column == column


def test_a_year_has_the_day_on_which_it_was_asked_for(tmp_path: Path) -> None:
    """The folder of the files gives their month alone, whose last day is after the day of the query."""
    assert "--released 2024-07-09" in refused(read_year, released=date(2024, 7, 31)).todo
    path = tmp_path / "vintage-2024-07" / "2024.csv"
    path.parent.mkdir()
    path.write_bytes((FIXTURES / "rnpdno" / "all-states-2024.csv").read_bytes())
    added = add(path, tmp_path / "raw", IngestRequest(received=date(2024, 8, 1)))
    assert added.vintage
    assert (added.vintage.released, added.vintage.released_estimated) == (date(2024, 7, 9), False)
