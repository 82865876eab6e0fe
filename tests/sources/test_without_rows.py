"""Tables that hold no figure: a header alone was once taken as a release, and put the edition's in the shade."""

from collections.abc import Iterator
from datetime import date

import pytest

from indicators import catalog
from indicators.errors import DataError
from indicators.readers import recognise, tidy
from wrapped import workbook

YEARS = ("2020", "2021", "2022")
LAYOUTS = [
    (source.id, name)
    for source in catalog.sources().values()
    for name, layout in source.layouts.items()
    if layout.format != "json"
]


def header_of(source: str, layout: str) -> list[str]:
    """The header of a table of this layout, each column once."""
    shape = catalog.sources()[source].layouts[layout]
    columns = [one if isinstance(one, str) else one[0] for one in shape.columns.values()]
    by_year = [one.replace("{year}", year) for one in shape.by_year.values() for year in YEARS]
    return [*columns, *shape.months, *by_year]


def quoted(cells: list[str]) -> bytes:
    return ",".join(f'"{cell}"' for cell in cells).encode()


def empty_tables(header: list[str]) -> Iterator[tuple[str, bytes]]:
    """Files under a name that tells their month, with a header and nothing that could be counted."""
    commas = b"," * (len(header) - 1)
    for rows in (
        b"",
        b"\n",
        b"\n\n",
        b"\n" + commas + b"\n",
        b"\n" + commas + b"\n" + commas + b"\n",
        b"\r" + commas,
    ):
        yield "table_mar24.csv", quoted(header) + rows
    blanks: list[object] = [" "] * len(header)
    yield "table_mar24.xlsx", workbook(table=[list(header), blanks])
    yield "table_mar24.xlsx", workbook(table=[list(header)])


@pytest.mark.parametrize(("source", "layout"), LAYOUTS)
def test_a_header_above_nothing_is_refused(source: str, layout: str) -> None:
    for name, data in empty_tables(header_of(source, layout)):
        with pytest.raises(DataError) as caught:
            tidy(recognise(name, data), released=date(2024, 4, 30), data_month=date(2024, 3, 31))
        assert caught.value.todo


@pytest.mark.parametrize(("source", "layout"), LAYOUTS)
def test_the_header_alone_is_not_what_is_refused(source: str, layout: str) -> None:
    header = header_of(source, layout)
    match = recognise("table.csv", quoted(header) + b"\n" + b"," * (len(header) - 1) + b"\n")
    assert (match.source.id, match.layout) == (source, layout)


def test_rows_of_nothing_but_zeros_are_no_release() -> None:
    header = "Port Name,State,Port Code,Border,Date,Measure,Value,Latitude,Longitude,Point"
    cells = "Laredo,Texas,2304,US-Mexico Border,Jan 2020,Trucks,0,27.5,-99.5,POINT (-99.5 27.5)"
    match = recognise("table.csv", f"{header}\n{cells}\n".encode())
    with pytest.raises(DataError) as caught:
        tidy(match, released=date(2024, 4, 30))
    assert (caught.value.expected, caught.value.found) == ("a figure", "none")


def test_a_table_without_the_three_sheets_that_are_read_is_refused() -> None:
    """It ended in an assertion: rows of other sheets are left out, and nothing stayed."""
    header = quoted(header_of("ohss_encounters", "monthly_sheets"))
    row = b"Annual Count,2020,,100" + b"," * (header.count(b",") - 3)
    with pytest.raises(DataError) as caught:
        tidy(recognise("table.csv", header + b"\n" + row + b"\n"), released=date(2024, 4, 30))
    assert caught.value.file == 'table.csv, sheet "Monthly Count"'
    assert caught.value.expected == "rows below the header"
