"""The hand-kept figures: what enters, and that every damaged row is refused by name."""

from datetime import date
from pathlib import Path

import pytest

from hand_kept import FIGURE, refusal, text_of
from indicators.catalog.tables import HAND_KEPT
from indicators.readers import hand_kept

OURS = Path(__file__).parents[1] / "data" / "raw"


def test_our_own_tables_are_whole_and_follow_the_rules():
    tables = hand_kept.load(OURS)
    figures = tables["published_figures"]
    assert figures.height > 350
    assert tables["ledger_events"].height > 80
    statement = tables["framework_objectives"].filter(level="statement_2021", coder="1")
    assert statement["code"].to_list() == [
        "1.1",
        "1.2",
        "1.3",
        "2.1",
        "2.2",
        "2.3",
        "2.4",
        "3.1",
        "3.2",
        "3.3",
    ]
    running = figures.filter(metric="mx_firearms_seized")
    assert running["clock"].unique().to_list() == ["running_counter"]
    whole = figures.filter(metric="mx_homicide_inegi", clock="year")
    assert ((whole["period_end"] - whole["period_start"]).dt.total_days() >= 364).all()


def test_no_folder_gives_empty_tables_of_the_same_columns(tmp_path):
    tables = hand_kept.load(tmp_path)
    assert {table: frame.height for table, frame in tables.items()} == dict.fromkeys(HAND_KEPT, 0)
    assert set(tables["published_figures"].columns) == set(HAND_KEPT["published_figures"].columns)


def test_a_good_row_is_typed_and_says_where_it_stands(put):
    row = hand_kept.load(put(FIGURE))["published_figures"].row(0, named=True)
    assert row["value"] == 12.0
    assert (row["period_start"], row["period_end"]) == (date(2019, 1, 1), date(2019, 12, 31))
    assert row["known_from"] == date(2020, 3, 31)
    assert (row["file"], row["line"], row["note_en"]) == ("published/figures.csv", 2, None)


@pytest.mark.parametrize(
    ("written", "known"),
    [
        ("2023", date(2023, 12, 31)),
        ("2024-02", date(2024, 2, 29)),
        ("2024-06-05", date(2024, 6, 5)),
        ("read 2026-11-21", date(2026, 11, 21)),
    ],
)
def test_a_partial_date_is_known_from_the_last_day_it_allows(put, written, known):
    frame = hand_kept.load(put(FIGURE | {"published_on": written}))["published_figures"]
    assert frame["known_from"].to_list() == [known]


def test_a_bom_blank_rows_and_a_second_file_are_taken(put, tmp_path):
    data = b"\xef\xbb\xbf" + text_of(FIGURE).encode() + b",,,,,,,,,,,,,,,,\r\n"
    put(data=data)
    raw = put(FIGURE | {"publisher": "Another"}, name="published/more.csv")
    assert hand_kept.load(raw)["published_figures"]["publisher"].to_list() == ["Agency", "Another"]


def test_two_publishers_that_disagree_stay_two_rows(put):
    frame = hand_kept.load(put(FIGURE, FIGURE | {"publisher": "Another", "value": "13"}))["published_figures"]
    assert frame["value"].to_list() == [12.0, 13.0]


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("metric", "extraditions"),
        ("metric", "sw_encounters"),  # computed from releases: no published figure joins it
        ("metric", "cabinet_meetings"),
        ("place", "US"),
        ("place", ""),
        ("first_day", "01/01/2019"),
        ("first_day", "2019"),
        ("last_day", "2019-02-30"),
        ("last_day", "2018-12-31"),
        ("clock", "half_year"),
        ("clock", "yearly"),
        ("value", ""),
        ("value", "1,234"),
        ("value", "12 persons"),
        ("value", "nan"),
        ("value", "1e400"),
        ("value", "-3"),
        ("value", "=SUM(A1:A2)"),
        ("value", "#REF!"),
        ("unit", "people"),
        ("lower", "13"),
        ("upper", "11"),
        ("maturity", "definitive"),
        ("publisher", ""),
        ("document", ""),
        ("published_on", ""),
        ("published_on", "2020-13"),
        ("published_on", "marzo de 2020"),
        ("published_on", "seen 2020-03-01"),
        ("published_on", "2018"),  # before its period began
        ("url", ""),
        ("url", "www.example.org/a"),
        ("url", "javascript:alert(1)"),
        ("url", "https://exa mple.org"),
        ("grade", "D"),
        ("note_en", "only one language"),
        ("publisher", "FiscalÃ\xada"),
        ("publisher", "Fiscal\ufffda"),
        ("publisher", "Fiscal\u202eia"),  # turns the words after it
        ("publisher", "Fiscal\u200bia"),
        ("document", "one\x1b[2Jtwo"),
        ("document", "@SUM(A1:A9)"),
        ("document", "+cmd|' /C calc'!A0"),
        ("document", '=HYPERLINK("https://example.org","x")'),
    ],
)
def test_a_damaged_figure_is_refused_with_its_line_and_column(put, column, cell):
    error = refusal(put(FIGURE, FIGURE | {"publisher": "Another", column: cell}))
    assert (error.file, error.line) == ("published/figures.csv", 3)
    assert error.column == {"note_en": "note_es"}.get(column, column)
    assert error.expected
    assert error.todo


@pytest.mark.parametrize(
    ("clock", "first", "last", "fits"),
    [
        ("half_year", "2019-01-01", "2019-06-30", True),
        ("half_year", "2019-03-01", "2019-08-31", False),
        ("year", "2019-01-01", "2019-06-30", False),
        ("year", "2019-01-01", "2020-12-31", False),
        ("fiscal_year", "2018-10-01", "2019-09-30", True),
        ("fiscal_year", "2019-01-01", "2019-12-31", False),
        ("quarter", "2019-04-01", "2019-06-30", True),
        ("month", "2019-02-01", "2019-02-27", False),
        ("stock", "2019-02-01", "2019-02-28", True),  # a day of that month, not known which
        ("stock", "2019-01-31", "2019-02-02", False),
        ("part_year", "2019-01-01", "2019-12-18", True),
        ("part_year", "2019-01-01", "2021-01-31", False),
        ("several_years", "2015-01-01", "2019-09-30", True),
        ("several_years", "2019-01-01", "2019-12-31", False),
        ("running_counter", "2018-12-01", "2019-03-25", True),
        ("12_month_ending", "2018-10-01", "2019-09-30", True),
        ("12_month_ending", "2019-01-01", "2019-12-31", True),
        ("12_month_ending", "2018-09-01", "2019-09-30", False),
    ],
)
def test_the_days_must_fit_the_clock(put, clock, first, last, fits):
    raw = put(FIGURE | {"clock": clock, "first_day": first, "last_day": last, "published_on": "2022"})
    if fits:
        assert hand_kept.load(raw)["published_figures"]["clock"].to_list() == [clock]
    else:
        assert refusal(raw).column == "clock"


def test_a_share_is_written_in_percent_and_never_above_a_hundred(put):
    share = FIGURE | {"metric": "atf_us_sourced_share", "unit": "percent", "value": "70.5"}
    assert hand_kept.load(put(share))["published_figures"]["value"].to_list() == [70.5]
    assert refusal(put(share | {"value": "170.5"})).column == "value"
    assert refusal(put(share | {"unit": "share", "value": "0.705"})).column == "unit"


def test_a_change_may_be_negative_and_a_target_may_lie_ahead(put):
    change = FIGURE | {
        "metric": "us_homicide_fbi_change",
        "place": "US",
        "unit": "percent_change",
        "value": "-6.1",
    }
    assert hand_kept.load(put(change))["published_figures"]["value"].to_list() == [-6.1]
    aim = FIGURE | {"metric": "prs_overdose_target", "place": "US", "unit": "deaths", "published_on": "2017"}
    assert refusal(put(aim)).column == "published_on"
    assert hand_kept.load(put(aim | {"maturity": "target"}))["published_figures"].height == 1


def test_the_same_figure_twice_is_refused_naming_both_lines(put):
    error = refusal(put(FIGURE, FIGURE | {"value": "13"}))
    assert error.line == 3
    assert "line 2 of published/figures.csv" in error.found


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (lambda text: text.replace(",", ";"), 1),  # a Spanish spreadsheet
        (lambda text: text.replace("metric,", "id,", 1), 1),
        (lambda text: "", 1),
        (lambda text: text + "extraditions_mx_us,MX\r\n", 3),
        (lambda text: text.replace(",Report,", ",Report, 2020,"), 2),
        (lambda text: text.replace("Agency", '"Agency', 1), 2),
    ],
)
def test_a_table_that_is_no_such_table_is_refused(put, change, line):
    error = refusal(put(data=change(text_of(FIGURE)).encode()))
    assert error.line == line
    assert error.file == "published/figures.csv"


def test_another_encoding_is_refused_with_the_line_of_the_first_letter(put):
    rows = text_of(FIGURE, FIGURE | {"publisher": "Fiscalía"})
    error = refusal(put(data=rows.encode("latin-1")))
    assert (error.expected, error.line) == ("text in UTF-8", 3)


def test_a_cell_over_two_lines_does_not_shift_the_line_numbers(put):
    first = FIGURE | {"note_en": "one\ntwo", "note_es": "uno\ndos"}
    assert refusal(put(first, FIGURE | {"grade": "?", "publisher": "Another"})).line == 5
