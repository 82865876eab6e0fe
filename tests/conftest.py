"""What tests of every part share."""

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from indicators import catalog
from indicators.sources.files import decode


@pytest.fixture(scope="session")
def fixtures() -> Path:
    """The folder of small files written for the tests, one folder a source."""
    return Path(__file__).parent / "fixtures"


@pytest.fixture(scope="session")
def real_raw() -> Path:
    """The folder of real releases, in INDICATORS_REAL_RAW or ``shared/raw`` beside the checkout."""
    beside = Path(__file__).parents[2] / "shared" / "raw"
    folder = Path(os.environ.get("INDICATORS_REAL_RAW") or beside)
    if not folder.is_dir():
        pytest.skip(f"real releases not at hand: {folder} is no folder (set INDICATORS_REAL_RAW)")
    return folder


@pytest.fixture(scope="session")
def sesnsp_nation(fixtures: Path) -> Callable[..., pl.DataFrame]:
    """A maker of whole SESNSP tables, as text: the one state and year of a fixture, for 32 states and years.

    The years go up to that of ``through``; the cells of the months after it hold ``unpublished``.
    """

    def nation(block: str, through: date, unpublished: str = "") -> pl.DataFrame:
        text, _ = decode(block, (fixtures / block).read_bytes())
        rows = pl.read_csv(text.encode(), infer_schema=False).fill_null("")
        first, width = int(rows["Año"][0]), len(rows["Clave_Ent"][0])
        labels = catalog.sources()["sesnsp_cases"].categories["state"].items()
        states = [(str(int(catalog.places()[place].code)).zfill(width), label) for label, place in labels]
        tables = []
        for year in range(first, through.year + 1):
            late = rows.columns[-12:][through.month :] if year == through.year else []
            of_year = rows.with_columns(pl.lit(unpublished).alias(month) for month in late)
            tables += [
                of_year.with_columns(
                    pl.lit(str(year)).alias("Año"), Clave_Ent=pl.lit(code), Entidad=pl.lit(name)
                )
                for code, name in states
            ]
        return pl.concat(tables)

    return nation
