"""The hand-kept tables: what enters, and that every damaged row is refused by name."""

import csv
import io
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from indicators import catalog, contracts, published, warehouse
from indicators.errors import DataError

OURS = Path(__file__).parents[1] / "data" / "raw"
FIGURE = {
    "metric": "extraditions_mx_us", "place": "MX", "first_day": "2019-01-01", "last_day": "2019-12-31",
    "clock": "year", "value": "12", "unit": "persons", "lower": "", "upper": "", "maturity": "final",
    "publisher": "Agency", "document": "Report", "published_on": "2020-03", "url": "https://example.org/a",
    "grade": "B", "note_en": "", "note_es": "",
}  # fmt: skip
EVENT = {
    "event": "meeting_1", "date": "2024-06", "kind": "cabinet_meeting", "status": "held", "title_en": "Met",
    "title_es": "Se reunieron", "actors": "US;MX", "quantity": "", "of": "", "unit": "", "publisher": "Agency",
    "published_on": "", "url": "https://example.org/b", "grade": "A", "note_en": "", "note_es": "",
}  # fmt: skip
OBJECTIVE = {
    "code": "1.1", "level": "statement_2021", "goal_en": "Protect", "goal_es": "Proteger",
    "objective_en": "Health", "objective_es": "Salud",
    **{key: value for name in contracts.ELEMENTS for key, value in ((name, "no"), (f"{name}_evidence", "none found"))},
    "coder": "first", "coded_on": "2026-01-31", "url": "https://example.org/c", "note_en": "", "note_es": "",
}  # fmt: skip


def text_of(*rows: dict[str, str]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


@pytest.fixture
def put(tmp_path: Path) -> Callable[..., Path]:
    """Write rows (or bytes) into a raw folder and give that folder back."""

    def write(*rows: dict[str, str], name: str = "published/figures.csv", data: bytes | None = None) -> Path:
        path = tmp_path / "raw" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text_of(*rows).encode() if data is None else data)
        return tmp_path / "raw"

    return write


def refusal(raw: Path) -> DataError:
    with pytest.raises(DataError) as caught:
        published.load(raw)
    return caught.value


def test_our_own_tables_are_whole_and_follow_the_rules():
    tables = published.load(OURS)
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
    tables = published.load(tmp_path)
    assert {table: frame.height for table, frame in tables.items()} == dict.fromkeys(contracts.HAND_KEPT, 0)
    assert set(tables["published_figures"].columns) == set(contracts.HAND_KEPT["published_figures"].columns)


def test_a_good_row_is_typed_and_says_where_it_stands(put):
    row = published.load(put(FIGURE))["published_figures"].row(0, named=True)
    assert row["value"] == 12.0
    assert (row["period_start"], row["period_end"]) == (date(2019, 1, 1), date(2019, 12, 31))
    assert row["known_from"] == date(2020, 3, 31)
    assert (row["file"], row["line"], row["note_en"]) == ("published/figures.csv", 2, None)


@pytest.mark.parametrize(
    ("written", "known"),
    [("2023", date(2023, 12, 31)), ("2024-02", date(2024, 2, 29)), ("2024-06-05", date(2024, 6, 5))],
)
def test_a_partial_date_is_known_from_the_last_day_it_allows(put, written, known):
    frame = published.load(put(FIGURE | {"published_on": written}))["published_figures"]
    assert frame["known_from"].to_list() == [known]


def test_a_bom_blank_rows_and_a_second_file_are_taken(put, tmp_path):
    data = b"\xef\xbb\xbf" + text_of(FIGURE).encode() + b",,,,,,,,,,,,,,,,\r\n"
    put(data=data)
    raw = put(FIGURE | {"publisher": "Another"}, name="published/more.csv")
    assert published.load(raw)["published_figures"]["publisher"].to_list() == ["Agency", "Another"]


def test_two_publishers_that_disagree_stay_two_rows(put):
    frame = published.load(put(FIGURE, FIGURE | {"publisher": "Another", "value": "13"}))["published_figures"]
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
        ("stock", "2019-02-01", "2019-02-02", False),
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
        assert published.load(raw)["published_figures"]["clock"].to_list() == [clock]
    else:
        assert refusal(raw).column == "clock"


def test_a_share_is_written_in_percent_and_never_above_a_hundred(put):
    share = FIGURE | {"metric": "atf_us_sourced_share", "unit": "percent", "value": "70.5"}
    assert published.load(put(share))["published_figures"]["value"].to_list() == [70.5]
    assert refusal(put(share | {"value": "170.5"})).column == "value"
    assert refusal(put(share | {"unit": "share", "value": "0.705"})).column == "unit"


def test_a_change_may_be_negative_and_a_target_may_lie_ahead(put):
    change = FIGURE | {
        "metric": "us_homicide_fbi_change",
        "place": "US",
        "unit": "percent_change",
        "value": "-6.1",
    }
    assert published.load(put(change))["published_figures"]["value"].to_list() == [-6.1]
    aim = FIGURE | {"metric": "prs_overdose_target", "place": "US", "unit": "deaths", "published_on": "2017"}
    assert refusal(put(aim)).column == "published_on"
    assert published.load(put(aim | {"maturity": "target"}))["published_figures"].height == 1


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


def test_an_event_without_its_own_date_of_publication_is_known_from_its_last_day(put):
    row = published.load(put(EVENT, name="ledger/events.csv"))["ledger_events"].row(0, named=True)
    assert (row["first_day"], row["last_day"]) == (date(2024, 6, 1), date(2024, 6, 30))
    assert row["known_from"] == date(2024, 6, 30)


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"status": "planned"}, "published_on"),
        ({"status": "committed"}, "published_on"),
        ({"published_on": "2023-01"}, "published_on"),  # held, yet published before it happened
        ({"kind": "party"}, "kind"),
        ({"date": "June 2024"}, "date"),
        ({"event": "Meeting 1"}, "event"),
        ({"title_es": ""}, "title_es"),
        ({"quantity": "13"}, "unit"),
        ({"unit": "persons"}, "unit"),
        ({"quantity": "41", "of": "40", "unit": "persons"}, "of"),
        ({"of": "40"}, "of"),
        ({"url": ""}, "url"),
    ],
)
def test_a_damaged_event_is_refused(put, changes, column):
    assert refusal(put(EVENT | changes, name="ledger/events.csv")).column == column


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"target": "maybe"}, "target"),
        ({"target": "yes"}, "target_evidence"),
        ({"target_evidence": "https://example.org"}, "target_evidence"),
        ({"coded_on": "2026-01"}, "coded_on"),
        ({"level": "hearsay"}, "level"),
    ],
)
def test_an_objective_coded_without_evidence_is_refused(put, changes, column):
    assert refusal(put(OBJECTIVE | changes, name="ledger/framework_objectives.csv")).column == column


def test_the_warehouse_shows_only_what_was_published_by_the_day(put, tmp_path):
    put(EVENT, EVENT | {"event": "later", "published_on": "2025"}, name="ledger/events.csv")
    raw = put(FIGURE, FIGURE | {"publisher": "Another", "published_on": "2021-05-02"})
    target = tmp_path / "warehouse.duckdb"
    warehouse.build(raw, tmp_path / "edition", target)

    def publishers(day: str) -> list[str]:
        sql = f"SELECT publisher FROM published_figures_asof('{day}') ORDER BY ALL"
        return warehouse.query(target, sql)["publisher"].to_list()

    assert publishers("2020-03-30") == []
    assert publishers("2020-03-31") == ["Agency"]
    assert publishers("2021-05-02") == ["Agency", "Another"]
    events = warehouse.query(target, "SELECT event FROM ledger_events_asof('2025-12-30')")
    assert events["event"].to_list() == ["meeting_1"]
    warehouse.build(raw, tmp_path / "edition", target, as_of=date(2020, 6, 30))
    assert warehouse.query(target, "SELECT count(*) AS n FROM published_figures")["n"].to_list() == [1]


def test_a_refused_row_leaves_the_last_good_warehouse(put, tmp_path):
    target = tmp_path / "warehouse.duckdb"
    warehouse.build(put(FIGURE), tmp_path / "edition", target)
    with pytest.raises(DataError):
        warehouse.build(put(FIGURE | {"url": ""}), tmp_path / "edition", target)
    assert warehouse.query(target, "SELECT count(*) AS n FROM published_figures")["n"].to_list() == [1]


def test_every_published_metric_has_places_and_both_languages():
    for one in catalog.metrics().values():
        if one.kind in ("published", "ledger"):
            assert one.places(), one.id
            assert "each" not in one.places(), one.id
        for text in (one.name, one.definition, one.caveat):
            assert text.en.strip() != text.es.strip(), one.id


def test_outputs_of_enforcement_are_never_judged():
    judged = [one.id for one in catalog.metrics().values() if one.klass == "output" and one.good != "none"]
    assert judged == []
