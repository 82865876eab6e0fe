"""The hand-kept events and objectives, and what the warehouse shows of all hand-kept tables on a day."""

from datetime import date

import pytest

from hand_kept import EVENT, FIGURE, OBJECTIVE, refusal
from indicators import catalog
from indicators.errors import DataError
from indicators.readers import hand_kept
from indicators.warehouse import build, query


def test_an_event_without_its_own_date_of_publication_is_known_from_its_last_day(put):
    row = hand_kept.load(put(EVENT, name="ledger/events.csv"))["ledger_events"].row(0, named=True)
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
    build.build(build.BuildInputs(raw, tmp_path / "edition"), target)

    def publishers(day: str) -> list[str]:
        sql = f"SELECT publisher FROM published_figures_asof('{day}') ORDER BY ALL"
        return query.query(target, sql)["publisher"].to_list()

    assert publishers("2020-03-30") == []
    assert publishers("2020-03-31") == ["Agency"]
    assert publishers("2021-05-02") == ["Agency", "Another"]
    events = query.query(target, "SELECT event FROM ledger_events_asof('2025-12-30')")
    assert events["event"].to_list() == ["meeting_1"]
    build.build(build.BuildInputs(raw, tmp_path / "edition", as_of=date(2020, 6, 30)), target)
    assert query.query(target, "SELECT count(*) AS n FROM published_figures")["n"].to_list() == [1]


def test_a_refused_row_leaves_the_last_good_warehouse(put, tmp_path):
    target = tmp_path / "warehouse.duckdb"
    build.build(build.BuildInputs(put(FIGURE), tmp_path / "edition"), target)
    with pytest.raises(DataError):
        build.build(build.BuildInputs(put(FIGURE | {"url": ""}), tmp_path / "edition"), target)
    assert query.query(target, "SELECT count(*) AS n FROM published_figures")["n"].to_list() == [1]


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
