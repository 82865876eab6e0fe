"""Which quarter is taken where none is given, and why none can be."""

from datetime import date

import pytest

from indicators.errors import UsageError
from indicators.report.view import default_quarter
from small_warehouse import DEATHS, Small

AS_OF = date(2025, 9, 1)


def refused(held: Small) -> str:
    with pytest.raises(UsageError) as caught:
        default_quarter(held.connection, AS_OF)
    return str(caught.value)


def test_a_release_that_is_not_out_is_said_to_be_none() -> None:
    assert refused(Small()).startswith("no release of us_overdose_deaths_12m was out by 2025-09-01:")


def test_a_release_without_a_value_is_not_said_to_be_none() -> None:
    """It was out: an analyst who was told to wait for it looked in the wrong place."""
    held = Small()
    withheld = {
        "period_start": date(2024, 7, 1),
        "period_end": date(2025, 6, 30),
        "missing_code": "not_published",
    }
    held.add("overdose_deaths", "cdc_overdose", [DEATHS | withheld])
    expected = "the releases of us_overdose_deaths_12m that were out by 2025-09-01 have no value for US:"
    assert refused(held).startswith(expected)
