"""Cells become typed columns, or a refusal that names file, line, column, expected and found."""

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from indicators.errors import DataError
from indicators.readers.columns import Origin, categories, decimals, every_key_once, whole_numbers

ORIGIN = Origin("a.csv", {"count": "Total", "kind": "Tipo"})


def column(*cells: str, name: str = "count") -> pl.DataFrame:
    return pl.DataFrame({name: cells}).with_row_index("line", offset=2)


def numbers(*cells: str, **options: Any) -> list[int | None]:
    return whole_numbers(column(*cells), ["count"], ORIGIN, **options)["count"].to_list()


def test_whole_numbers_with_commas_floats_and_blanks() -> None:
    assert numbers("12", "1,124", "9584.0", "", "0") == [12, 1124, 9584, None, 0]
    assert numbers("-3", limits=(-5, 5)) == [-3]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("1.5", "a whole number"),
        ("1,5", "a whole number"),  # a decimal comma: it had been read as 15
        ("12,34", "a whole number"),
        ("12.000", "a whole number"),  # twelve thousand, in Spanish
        ("1 234", "a whole number"),
        ("1e3", "a whole number"),
        ("１２", "a whole number"),
        ("n.d.", "a whole number"),
        ("NaN", "a whole number"),
        ("inf", "a whole number"),
        ("1e300", "a whole number"),
        ("9007199254740993", "a whole number"),
        ("-1", "at least 0"),
    ],
)
def test_a_cell_that_is_no_count_is_refused_with_its_place(cell: str, expected: str) -> None:
    with pytest.raises(DataError) as caught:
        numbers("1", "2", cell, "3")
    error = caught.value
    assert (error.file, error.line, error.column) == ("a.csv", 4, "Total")
    assert (error.expected, error.found) == (expected, repr(cell))


def test_a_year_after_the_last_one_possible_is_refused() -> None:
    assert numbers("2026", limits=(0, 2026)) == [2026]
    with pytest.raises(DataError) as caught:
        numbers("2026", "2027", limits=(0, 2026))
    assert (caught.value.line, caught.value.expected) == (3, "at most 2026")


def test_a_blank_where_none_may_be_is_refused() -> None:
    with pytest.raises(DataError) as caught:
        numbers("1", "", blanks=False)
    assert (caught.value.line, caught.value.found) == (3, "''")


@pytest.mark.parametrize("beside", ["4", "1,000"])
@pytest.mark.parametrize("read", [whole_numbers, decimals])
def test_a_plus_sign_is_refused_whatever_stands_beside_it(read: Callable[..., object], beside: str) -> None:
    """``+5`` was five where all other cells were bare digits, and refused where one had a comma."""
    with pytest.raises(DataError) as caught:
        read(column(beside, "+5"), ["count"], ORIGIN)
    assert (caught.value.line, caught.value.found) == (3, "'+5'")


@pytest.mark.parametrize("cell", ["1,5", "1.234,5", "1 234.5", "0x10", "1,2345"])
def test_decimals_of_another_country_are_refused(cell: str) -> None:
    with pytest.raises(DataError):
        decimals(column("1.5", cell), ["count"], ORIGIN)


def test_a_cell_is_shown_short_and_without_what_turns_text() -> None:
    with pytest.raises(DataError) as caught:
        numbers("1\u202e" + "9" * 1_000)
    assert "\u202e" not in str(caught.value)
    assert len(str(caught.value)) < 1_500


def test_decimals_with_commas_and_blanks() -> None:
    typed = decimals(column("1,234.5", "", "100", "5e-16"), ["count"], ORIGIN)
    assert typed["count"].to_list() == [1234.5, None, 100.0, 5e-16]


@pytest.mark.parametrize("cell", ["99.5+", "inf", "nan", "<10", "-0.1"])
def test_a_cell_that_is_no_decimal_is_refused(cell: str) -> None:
    with pytest.raises(DataError) as caught:
        decimals(column("1", cell), ["count"], ORIGIN)
    assert (caught.value.line, caught.value.column, caught.value.found) == (3, "Total", repr(cell))


def test_labels_become_codes() -> None:
    rows = categories(
        column("Hombre", "Mujer", name="kind"),
        "kind",
        {"Hombre": "male", "Mujer": "female"},
        ORIGIN,
        "[x]",
    )
    assert rows["kind"].to_list() == ["male", "female"]


def test_labels_of_a_list_stay_as_published() -> None:
    rows = categories(column("Rapto", name="kind"), "kind", ["Rapto"], ORIGIN, "[x]")
    assert rows["kind"].to_list() == ["Rapto"]


def test_an_unknown_label_names_the_nearest_and_where_to_add_it() -> None:
    with pytest.raises(DataError) as caught:
        categories(
            column("Rapto", "Secuestros", name="kind"),
            "kind",
            ["Rapto", "Secuestro"],
            ORIGIN,
            "[x.y] in catalog/sources.toml",
        )
    error = caught.value
    assert (error.line, error.column, error.found) == (3, "Tipo", "'Secuestros'")
    assert 'nearest: "Secuestro"' in error.expected
    assert "[x.y] in catalog/sources.toml" in error.todo


def test_a_label_like_no_other_names_none() -> None:
    with pytest.raises(DataError) as caught:
        categories(column("", name="kind"), "kind", ["Rapto"], ORIGIN, "[x]")
    assert caught.value.expected == "a known label"


def test_a_key_that_comes_twice_names_both_lines() -> None:
    rows = column("a", "b", "a", name="kind")
    every_key_once(rows.head(2), ["kind"], "a.csv")
    with pytest.raises(DataError) as caught:
        every_key_once(rows, ["kind"], "a.csv")
    assert caught.value.line == 4
    assert caught.value.found == "the same kind a on line 2"


def test_the_message_says_where_what_and_what_to_do() -> None:
    with pytest.raises(DataError) as caught:
        numbers("n.d.")
    assert str(caught.value) == (
        'a.csv, line 2, column "Total"\n'
        "  expected: a whole number\n"
        "  found:    'n.d.'\n"
        "  to do:    check the cell against the agency's own file"
    )
