"""The wrappings a good table comes in, and what a cut or mangled one is refused for."""

import gzip
from collections.abc import Callable

import pytest

from indicators.errors import DataError
from indicators.readers import files
from indicators.readers.files import JsonDocument, TextTable, open_file
from wrapped import PLAIN, refused, table, workbook, zipped

# Good tables


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends_give_the_same_cells(encoding: str, line_end: str) -> None:
    found = table(PLAIN.replace("\n", line_end).encode(encoding))
    assert found.header == ("Entidad", "Año", "Total")
    assert found.rows.rows() == [(2, "México", "2024", "01"), (3, "Yucatán", "2024", "2")]


def test_bytes_that_windows_1252_lacks_are_read_as_latin_1() -> None:
    found = table("a,b\n1,é\x81\n".encode("latin-1"))
    assert (found.encoding, found.rows["b"][0]) == ("latin-1", "é\x81")


@pytest.mark.parametrize(
    "wrap",
    [
        gzip.compress,
        lambda data: zipped(**{"table.csv": data}),
        lambda data: zipped(**{"2025/": b"", "2025/table.csv": data}),
        lambda data: zipped(**{"table.csv": data, "__MACOSX/._table.csv": b"\x00"}),
    ],
    ids=["gz", "zip", "zip with a folder", "zip made on a Mac"],
)
@pytest.mark.parametrize("name", ["table.csv", "table.bin"])
def test_containers_are_known_by_their_bytes_and_not_by_name(wrap: Callable[[bytes], bytes], name: str) -> None:
    assert table(wrap(PLAIN.encode()), name).rows.equals(table(PLAIN.encode()).rows)


def test_cells_keep_their_text() -> None:
    found = table(b'a,b,c\n007,"1,234",2.50\nNA,null,1e3\n')
    assert found.rows.rows() == [(2, "007", "1,234", "2.50"), (3, "NA", "null", "1e3")]


def test_blanks_around_cells_and_headers_are_dropped() -> None:
    found = table(" a ,Data\u00a0Value\n x , y\u00a0\n".encode())
    assert found.header == ("a", "Data Value")
    assert found.rows.rows() == [(2, "x", "y")]


def test_rows_of_commas_only_are_dropped_and_lines_stay_right() -> None:
    found = table(b"a,b\n1,2\n,\n\n3,4\n,\n")
    assert found.rows.rows() == [(2, "1", "2"), (5, "3", "4")]


def test_a_workbook_with_one_sheet() -> None:
    data = workbook(Hoja1=[["Año", "Total", "Nota"], [2024, 12.0, None], [2025, 1.5, "x"]], Notas=[])
    expected = [(2, "2024", "12", ""), (3, "2025", "1.5", "x")]
    assert table(data, "Estatal Delitos - marzo 2019.xlsx").rows.rows() == expected
    assert table(data, "saved-under-another-name.csv").rows.rows() == expected
    assert table(zipped(**{"inner.xlsx": data}), "outer.zip").rows.rows() == expected


def test_sheets_that_belong_together_are_one_table() -> None:
    data = workbook(
        Notes=[["Read me"], ["x"]],
        Total=[["Fiscal\nYear", "Quantity"], [2024, 30.0]],
        Region=[["Fiscal\nYear", "Region", "Quantity"], [2024, "North", 10], [2024, "South", 20]],
    )
    found = open_file("counts.xlsx", data, [["Total", "Elsewhere"], ["Total", "Region"]])
    assert isinstance(found, TextTable)
    assert found.header == ("sheet", "Fiscal Year", "Quantity", "Region")
    assert found.rows.rows() == [
        (2, "Total", "2024", "30", ""),
        (2, "Region", "2024", "10", "North"),
        (3, "Region", "2024", "20", "South"),
    ]


def test_a_sheet_without_rows_among_those_that_belong_together() -> None:
    data = workbook(Total=[["Year"], [2024]], Region=[["Year", "Region"]])
    with pytest.raises(DataError, match="none in Region"):
        open_file("counts.xlsx", data, [["Total", "Region"]])


def test_json_is_a_document() -> None:
    assert open_file("answer.json", b'\xef\xbb\xbf {"a": [1]}') == JsonDocument("answer.json", {"a": [1]})


# Files that are cut or mangled


@pytest.mark.parametrize("kept", [3, 10, 40, -1, -12])
def test_a_truncated_gz(kept: int) -> None:
    whole = gzip.compress(PLAIN.encode() * 40, mtime=0)
    assert refused(whole[:kept]).expected == "a whole gz file"


def test_a_gz_with_a_wrong_checksum() -> None:
    whole = bytearray(gzip.compress(PLAIN.encode()))
    whole[-8] ^= 1
    assert refused(bytes(whole)).expected == "a whole gz file"


@pytest.mark.parametrize("kept", [30, 100, -1])
def test_a_cut_zip(kept: int) -> None:
    assert refused(zipped(**{"a.csv": PLAIN * 40})[:kept]).expected == "a whole zip file"


def test_a_zip_of_two_files_or_of_none() -> None:
    assert refused(zipped(**{"a.csv": PLAIN, "b.csv": PLAIN})).found == "a.csv, b.csv"
    assert refused(zipped()).found == "no file"


def test_a_file_that_unpacks_to_more_than_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_UNPACKED_BYTES", 1_000)
    assert table(gzip.compress(b"a,b\n" + b"1,2\n" * 100)).rows.height == 100
    assert refused(gzip.compress(b"a,b\n" + b"1,2\n" * 1_000)).found == "more"


def test_a_row_that_is_cut() -> None:
    error = refused(b"a,b,c\n1,2,3\n4,5\n")
    assert (error.line, error.expected, error.found) == (3, "3 columns", "2 columns")


def test_a_row_with_a_cell_too_many() -> None:
    error = refused(b"a,b,c\n1,2,3,4\n")
    assert (error.line, error.found) == (2, "4 columns")


@pytest.mark.parametrize("cut", ['4,5,"70,6', '4,"5'])
def test_a_file_cut_inside_a_quoted_number(cut: str) -> None:
    # "70,699" cut to "70,6" in the last column would otherwise be read as 706
    error = refused(f'a,b,c\n1,2,"72,224"\n{cut}'.encode())
    assert error.expected == "every quotation mark closed"


def test_a_header_that_names_a_column_twice() -> None:
    error = refused(b"a,b, a\n1,2,3\n")
    assert (error.line, error.found) == (1, "twice: a")
    assert refused(workbook(Hoja1=[["a", "a"], [1, 2]]), "a.xlsx").expected == "every column once"


def test_a_workbook_with_two_tables() -> None:
    rows: list[list[object]] = [["a"], [1]]
    assert refused(workbook(one=rows, two=rows), "a.xlsx").expected == "one sheet with a table"


def test_a_cut_workbook() -> None:
    assert refused(workbook(one=[["a"], [1]])[:200], "a.xlsx").expected == "a readable workbook"


def test_cut_json() -> None:
    assert refused(b'{"a": [1, 2').expected == "whole JSON"
    assert refused(b"[" * 100_000).expected == "whole JSON"
