"""A maker of small series, so that a test says only what matters to it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing
from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pytest

import hand_kept
from counted import Counted
from indicators.catalog import Break
from indicators.metrics.series import COLUMNS, Series
from indicators.periods import Clock, add_months, month_end
from small_warehouse import Small


def _series(
    values: Sequence[float | None],
    *,
    first: date = date(2015, 1, 1),
    breaks: tuple[Break, ...] = (),
    maturities: Sequence[str] | None = None,
    source: str = "sesnsp_victims",
    place: str = "mx",
    kind: str = "count",
    unit: str = "victims",
    of: Sequence[float] | None = None,
    clock: Clock = Clock.MONTH,
) -> Series:
    starts = [add_months(first, step) for step in range(len(values))]
    back = -11 if clock == Clock.TWELVE_MONTH_ENDING else 0
    frame = pl.DataFrame(
        {
            "period_start": [add_months(start, back) for start in starts],
            "period_end": [month_end(start) for start in starts],
            "value": [v / n if of and v is not None else v for v, n in zip(values, of or values, strict=True)],
            "lower": [None] * len(values),
            "upper": [None] * len(values),
            "numerator": list(values),
            "denominator": list(of) if of else [None] * len(values),
            "maturity": maturities or ["final"] * len(values),
            "missing_code": [None if v is not None else "suppressed" for v in values],
            "vintage": ["2026-08"] * len(values),
            "provenance": ["as_received"] * len(values),
            "note": [None] * len(values),
        },
        schema=COLUMNS,
        strict=False,
    )
    return Series("mx_homicide_victims", place, source, clock, unit, kind, frame, breaks)


@pytest.fixture(scope="session")
def series() -> Callable[..., Series]:
    return _series


@pytest.fixture(scope="session")
def a_break() -> Callable[..., Break]:
    def make(first: date, last: date | None = None, blocks: bool = True) -> Break:
        return Break(
            id="changed",
            sources=["sesnsp_victims"],
            first=first,
            last=last or first,
            blocks=blocks,
            splits=blocks,
            reason={"en": "The method changed.", "es": "Cambió el método."},
        )

    return make


@pytest.fixture
def small() -> Iterator[Counted]:
    """A warehouse in memory for a test to fill."""
    made = Counted()
    yield made
    made.connection.close()


@pytest.fixture
def opened(tmp_path: Path) -> Callable[..., AbstractContextManager[duckdb.DuckDBPyConnection]]:
    """A warehouse of these figures, events and objectives only, opened."""

    def connect(
        figures: Sequence[hand_kept.Row] = (),
        events: Sequence[hand_kept.Row] = (),
        objectives: Sequence[hand_kept.Row] = (),
    ) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        kept = {
            "published/figures": figures,
            "ledger/events": events,
            "ledger/framework_objectives": objectives,
        }
        for name, rows in kept.items():
            if rows:
                hand_kept.write(tmp_path, *rows, name=f"{name}.csv")
        return closing(Small(tmp_path).connection)

    return connect
