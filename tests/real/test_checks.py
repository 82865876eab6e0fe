"""What the checks say of the agencies' own releases: nothing is refused, and what is said is true."""

import json

import duckdb
import pytest

from indicators.i18n import Text
from indicators.releases import checks

pytestmark = pytest.mark.real


def findings(connection: duckdb.DuckDBPyConnection, severity: str) -> list[tuple[str, str, dict[str, str]]]:
    rows = connection.execute(
        "SELECT vintage, code, facts FROM finding WHERE severity = $severity ORDER BY ALL",
        {"severity": severity},
    ).fetchall()
    return [(vintage.rsplit("-", 1)[0], code, json.loads(facts)) for vintage, code, facts in rows]


def test_no_real_release_is_refused(real_connection: duckdb.DuckDBPyConnection) -> None:
    """Each against the last one before it, in the order of release."""
    assert findings(real_connection, "refusal") == []


def test_every_banner_about_a_real_release_is_true(real_connection: duckdb.DuckDBPyConnection) -> None:
    """CBP's 1,792 pounds of ecstasy of April 2025 were 26 in the next release.

    RNID began in January 2026: 129 of 779 files of other crimes against life moved to other crimes within a month, and
    the modality of assaults was filled in within three. New months that lie far from the last twelve: elections of June
    2024, Campeche's files of July 2024, Sinaloa's homicides of September 2024.
    """
    said = {
        (vintage, code, facts.get("label") or facts.get("month") or "")
        for vintage, code, facts in findings(real_connection, "banner")
    }
    assert said == {
        ("cbp_drugs-2025-06-30", "newest_unusual", "2025-04"),
        ("cbp_drugs-2026-01-31", "outside_band", "2025-04"),
        ("sesnsp_cases-2024-07-31", "cell_new_unusual", "Electorales"),
        ("sesnsp_cases-2024-09-30", "cell_new_unusual", "MX-CAM"),
        ("sesnsp_victims-2024-07-31", "cell_new_unusual", "MX-BCN"),
        ("sesnsp_victims-2024-11-30", "cell_new_unusual", "MX-SIN"),
        ("sesnsp_cases-2026-03-31", "cell_moved", "MX-CMX"),
        ("sesnsp_cases-2026-03-31", "cell_moved", "Otros delitos que atentan contra la vida y la integridad corporal"),
        ("sesnsp_cases-2026-04-30", "cell_moved", "No especificado"),
    }


@pytest.mark.parametrize("lang", ["en", "es"])
def test_every_finding_about_a_real_release_reads(real_connection: duckdb.DuckDBPyConnection, lang: str) -> None:
    for severity in ("note", "banner"):
        for vintage, code, facts in findings(real_connection, severity):
            words = checks.sentence(code, facts, Text(lang))
            print(f"{severity:8}{vintage:30}{words}")
            assert "{" not in words
