"""Rows of the hand-kept tables, and their files."""

import csv
import io
from pathlib import Path

import pytest

from indicators.catalog.tables import ELEMENTS
from indicators.errors import DataError
from indicators.readers import hand_kept

Row = dict[str, str]
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
    **{key: value for name in ELEMENTS for key, value in ((name, "no"), (f"{name}_evidence", "none found"))},
    "coder": "first", "coded_on": "2026-01-31", "url": "https://example.org/c", "note_en": "", "note_es": "",
}  # fmt: skip


def text_of(*rows: Row) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def write(raw: Path, *rows: Row, name: str = "published/figures.csv", data: bytes | None = None) -> Path:
    """Write rows (or bytes) into a raw folder and give that folder back."""
    path = raw / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text_of(*rows).encode() if data is None else data)
    return raw


def refusal(raw: Path) -> DataError:
    with pytest.raises(DataError) as caught:
        hand_kept.load(raw)
    return caught.value
