"""The whole tables of SESNSP, made of one state and year."""

from datetime import date

import polars as pl
import pytest

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
