import re
import subprocess
import sys
from datetime import date
from functools import reduce
from pathlib import Path

import pytest

from indicators import catalog
from indicators.errors import UsageError
from indicators.i18n import LANGUAGES, Leaf, Text, TextError, leaves, placeholders
from indicators.periods import Clock
from indicators.readers import hand_kept

EN, ES = Text("en"), Text("es")


def parity(english: dict[str, Leaf], spanish: dict[str, Leaf]) -> list[str]:
    """Return a sentence for each key or placeholder that only one of the two languages has."""
    apart = [f"{key}: missing in es" for key in english.keys() - spanish.keys()]
    apart += [f"{key}: missing in en" for key in spanish.keys() - english.keys()]
    for key in english.keys() & spanish.keys():
        ours, theirs = placeholders(english[key]), placeholders(spanish[key])
        if ours != theirs:
            apart.append(f"{key}: placeholders {sorted(ours)} in en, {sorted(theirs)} in es")
        if isinstance(english[key], dict) != isinstance(spanish[key], dict):
            apart.append(f"{key}: plural forms in one language only")
    return sorted(apart)


def test_both_languages_have_the_same_keys_and_placeholders():
    assert parity(*map(leaves, LANGUAGES)) == []


def test_parity_names_what_is_apart():
    english = {"a": "{x}", "b": "b", "c": {"one": "{n}", "other": "{n}"}}
    spanish = {"a": "{y}", "d": "d", "c": "{n}"}
    assert parity(english, spanish) == [
        "a: placeholders ['x'] in en, ['y'] in es",
        "b: missing in es",
        "c: plural forms in one language only",
        "d: missing in en",
    ]


@pytest.mark.parametrize(
    ("key", "values", "words"),
    [
        ("no.such", {}, 'no text "no.such" in es.toml'),
        ("number.amount", {"value": "1"}, "takes ['unit', 'value'], got ['value']"),
        ("page.skip", {"extra": "x"}, "takes [], got ['extra']"),
        ("number.amount", {"value": 1.5, "unit": "x"}, "got 1.5"),
        ("unit.deaths", {"n": "2"}, "needs the number n"),
    ],
)
def test_a_wrong_key_or_value_is_named(key, values, words):
    with pytest.raises(TextError) as error:
        ES.t(key, **values)
    assert words in str(error.value)


def test_an_unknown_language_is_refused():
    with pytest.raises(UsageError, match="fr"):
        Text("fr")


@pytest.mark.parametrize("text", [EN, ES])
def test_numbers_read_alike_in_both_languages(text):
    assert text.number(1234567) == "1,234,567"
    assert text.number(-1234.56, 1) == "−1,234.6"
    assert text.number(-0.01, 1) == "0.0"
    assert text.percent(0.1234) == "12.3%"
    assert text.signed_percent(0.1234) == "+12.3%"
    assert text.signed_percent(-0.04, 0) == "−4%"
    assert text.signed_percent(-0.0001) == "0.0%"


@pytest.mark.parametrize("absent", [None, float("nan")])
def test_a_missing_value_is_a_word(absent):
    for words in (
        ES.number(absent),
        ES.percent(absent),
        ES.signed_percent(absent),
        ES.amount(absent, "deaths"),
    ):
        assert words == "n. d."


def test_days_months_and_periods():
    assert EN.day(date(2024, 8, 31)) == "August 31, 2024"
    assert ES.day(date(2024, 8, 31)) == "31 de agosto de 2024"
    assert ES.month(date(2024, 9, 1)) == "septiembre de 2024"
    assert ES.month_short(date(2024, 9, 1)) == "sep 2024"
    bounds = date(2023, 10, 1), date(2024, 9, 30)
    assert ES.period(*bounds, Clock.TWELVE_MONTH_ENDING) == "12 meses terminados en septiembre de 2024"
    assert EN.period(*bounds, "fiscal_year") == "U.S. fiscal year 2024"
    assert EN.period(date(2024, 4, 1), date(2024, 6, 30), "quarter") == "second quarter of 2024"
    assert ES.period(bounds[1], bounds[1], Clock.STOCK) == "al 30 de septiembre de 2024"


def test_the_end_of_a_month_that_stands_for_an_unknown_day_is_not_told_as_a_day():
    month, year = (date(2024, 9, 1), date(2024, 9, 30)), (date(2024, 1, 1), date(2024, 12, 31))
    assert EN.period(*month, Clock.STOCK) == "as of September 2024"
    assert ES.period(*month, Clock.STOCK) == "a septiembre de 2024"
    assert EN.period(*month, Clock.EVENT) == EN.point(*month, Clock.EVENT) == "September 2024"
    assert ES.period(*year, Clock.EVENT) == ES.point(*year, Clock.STOCK) == "2024"


@pytest.mark.parametrize("text", [EN, ES])
@pytest.mark.parametrize("clock", list(Clock))
def test_every_clock_has_a_period_a_point_and_a_heading(text, clock):
    for words in (
        text.period(date(2023, 10, 1), date(2024, 9, 30), clock),
        text.point(date(2023, 10, 1), date(2024, 9, 30), clock),
    ):
        assert "202" in words
    assert text.clock(clock)


@pytest.mark.parametrize(
    ("x", "unit", "english", "spanish"),
    [
        (1, "deaths", "1 death", "1 muerte"),
        (80391, "deaths", "80,391 deaths", "80,391 muertes"),
        (0, "victims", "0 victims", "0 víctimas"),
        (
            24.123,
            "deaths_per_100k",
            "24.1 deaths per 100,000 residents",
            "24.1 muertes por cada 100 mil habitantes",
        ),
        (86.4, "victims_per_day", "86.4 victims per day", "86.4 víctimas por día"),
        (0.718, "share", "71.8%", "71.8%"),
        (840e9, "usd", "840 billion U.S. dollars", "840 mil millones de dólares estadounidenses"),
        (-48_407_000_000, "mxn", "−48.4 billion Mexican pesos", "−48.4 mil millones de pesos mexicanos"),
        (81_200_000, "usd", "81,200,000 U.S. dollars", "81,200,000 dólares estadounidenses"),
        (
            15732,
            "adults_per_100k_in_contact",
            "15,732 adults per 100,000 who had contact with a public servant",
            "15,732 personas adultas por cada 100 mil que tuvieron contacto con un servidor público",
        ),
        (
            12080.4,
            "victims_per_100k",
            "12,080 victims per 100,000 residents",
            "12,080 víctimas por cada 100 mil habitantes",
        ),
    ],
)
def test_amounts_agree_in_number_with_their_unit(x, unit, english, spanish):
    assert (EN.amount(x, unit), ES.amount(x, unit)) == (english, spanish)


def test_babel_is_not_imported_before_it_is_used():
    code = "import sys, indicators.i18n; sys.exit('babel' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


NAMES = (  # of outlets and institutions that go by their English name in Spanish too
    "American Immigration Council", "Binational Institutions", "Migration Policy Institute", "The Mexico City Post",
)  # fmt: skip
SPANISH = {  # every small word that may stand between the names of agencies and outlets
    "citado", "por", "conservado", "y", "otros", "vía", "reproducción", "de", "del", "la", "en", "estatales",
    "policías", "fiscalías", "informativa", "boletín", "comunicado", "actualización", "enero", "julio", "abril",
    "septiembre", "descripción", "copia", "un", "repositorio", "medido", "los", "archivos", "guardados",
    "data.cdc.gov", "irvingfisica",
}  # fmt: skip
ENGLISH = {"State", "Treasury", "Congress", "Census", "Bureau", "House", "Department", "Government", "Embassy",
           "United", "States", "Defense", "Command", "Patrol"}  # fmt: skip


def test_no_english_word_is_left_in_a_publisher_or_owner_shown_in_spanish():
    """«FGR and SSPC», «Congress; State» and «RNPDNO, kept by …» stood in the Spanish pages."""
    kept = hand_kept.load(Path(__file__).parents[1] / "data" / "raw")
    shown = {*kept["published_figures"]["publisher"], *kept["ledger_events"]["publisher"]}
    shown |= {owner for one in catalog.metrics().values() for owner in (one.owner_us, one.owner_mx)}
    left = set()
    for name in shown:
        words = re.findall(r"[^\s,;/()]+", reduce(lambda said, one: said.replace(one, ""), NAMES, ES.agency(name)))
        small = {word for word in words if word[0].islower()}
        left |= {(name, word) for word in words if word in (small - SPANISH) | ENGLISH}
    assert left == set()


def test_the_names_of_agencies_stay():
    assert ES.agency("FGR and SSPC") == "FGR y SSPC"
    assert ES.agency("Congress; State/INL") == "Congreso de EE. UU.; Departamento de Estado/INL"
    assert EN.agency("RNPDNO, kept by Data Cívica") == "RNPDNO, kept by Data Cívica"
    assert ES.agency("Binational Institutions") == "Binational Institutions"
