"""The whole tables of SESNSP, made of one state and year."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from indicators import catalog
from indicators.readers.files import decode
from sesnsp_cases import MARCH_2016
from sesnsp_tables import Nation


@pytest.fixture(scope="session")
def by_state(sesnsp_nation: Nation) -> pl.DataFrame:
    return sesnsp_nation("sesnsp_cases/IDEFC_one_state.csv", MARCH_2016)


@pytest.fixture(scope="session")
def cnsp(by_state: pl.DataFrame) -> pl.DataFrame:
    return by_state


@pytest.fixture(scope="session")
def rnid(sesnsp_nation: Nation) -> pl.DataFrame:
    return sesnsp_nation("sesnsp_cases/RNID-Delitos_one_state.csv", date(2026, 3, 31))


@pytest.fixture(scope="session")
def federal(fixtures: Path) -> pl.DataFrame:
    """Every state and abroad, 2012 to March 2019; two offences only since 2019, later months blank."""
    text, _ = decode((fixtures / "sesnsp_federal" / "one_state_one_year.csv").read_bytes())
    since_2019 = ("HIDROCARBUROS", "LEY GENERAL EN MATERIA DE DELITOS ELECTORALES")
    block = pl.read_csv(text.encode(), infer_schema=False)
    labels = catalog.sources()["sesnsp_federal"].categories["state"]
    assert isinstance(labels, dict)
    states = [(label, catalog.places()[place].code.lstrip("0")) for label, place in labels.items()]
    old = block.filter(~pl.col("TIPO").str.contains_any(since_2019))
    years = [old.with_columns(pl.lit(str(year)).alias("AÑO")) for year in range(2012, 2019)]
    newest = block.with_columns(pl.lit("").alias(month) for month in block.columns[-9:])
    return pl.concat(
        year.with_columns(ENTIDAD=pl.lit(label), INEGI=pl.lit(code))
        for year in [*years, newest]
        for label, code in states
    )
