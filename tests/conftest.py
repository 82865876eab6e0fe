"""What tests of every part share."""

import os
from pathlib import Path

import pytest


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
