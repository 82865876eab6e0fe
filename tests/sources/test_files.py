"""Files that are not what they seem, and the wrappings a good table comes in."""

import gzip
import io
import stat
import zipfile
from collections.abc import Callable

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.errors import DataError
from indicators.sources import containers
from indicators.sources.files import JsonDocument, TextTable, open_file

PLAIN = "Entidad,Año,Total\nMéxico,2024,01\nYucatán,2024,2\n"


def table(data: bytes, name: str = "table.csv") -> TextTable:
    content = open_file(name, data)
    assert isinstance(content, TextTable)
    return content


def refused(data: bytes, name: str = "table.csv") -> DataError:
    with pytest.raises(DataError) as caught:
        open_file(name, data)
    assert caught.value.file == name
    return caught.value


def zipped(**members: bytes | str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def workbook(**sheets: list[list[object]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


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
def test_containers_are_known_by_their_bytes_and_not_by_name(
    wrap: Callable[[bytes], bytes], name: str
) -> None:
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


# Files that are something else


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", "an empty file"),
        (b"\xef\xbb\xbf \r\n\n", "an empty file"),
        (gzip.compress(b"", mtime=0), "an empty file"),
        (zipped(**{"a.csv": b""}), "an empty file"),
        (b"<!DOCTYPE html><html><title>Challenge Validation</title></html>", "a web page"),
        (b"\r\n <HTML><body>503</body></HTML>", "a web page"),
        (b"<?xml version='1.0'?><Error/>", "a web page"),
        (b"\xef\xbb\xbf<!-- decoy --><body>", "a web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", "a Git LFS pointer"),
        (
            gzip.compress(b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", mtime=0),
            "a Git LFS pointer",
        ),
        (b"%PDF-1.7\n", "a PDF"),
        ("a,b\n1,2\n".encode("utf-16"), "NUL bytes"),
        (b"a,b\n" + b"1,2\n" * 50_000 + b"1,\x00\n", "NUL bytes"),
    ],
)
def test_impostors_are_named(data: bytes, found: str) -> None:
    assert refused(data).found.startswith(found)


def test_a_web_page_saved_as_xls() -> None:
    assert "web page" in refused(b"<html><table><tr><td>1</td></tr></table></html>", "table.xls").found


def test_a_text_saved_as_xlsx_is_no_workbook() -> None:
    assert refused(PLAIN.encode(), "table.xlsx").expected == "a readable workbook"


def test_a_table_without_rows() -> None:
    for data in (b"a,b\n", b"a,b", b"Service unavailable"):
        assert refused(data).expected == "a header and rows below it"


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
    monkeypatch.setattr(containers, "MAX_UNPACKED_BYTES", 1_000)
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


# Files made to do harm


def test_a_bomb_is_refused_before_it_fills_the_memory() -> None:
    """60 MB of zeros in 60 kB: a table of an agency unpacks to forty times its size at most."""
    zeros = b"a,b\n" + b"0,0\n" * 15_000_000
    for bomb in (gzip.compress(zeros), zipped(**{"table.csv": zeros})):
        assert refused(bomb).found == "more"


def test_a_workbook_that_is_a_bomb(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(containers, "SMALL_BYTES", 10_000)
    data = workbook(Hoja1=[["a"], *([0] for _ in range(100_000))])
    monkeypatch.setattr(containers, "MAX_RATIO", 2)
    assert refused(data, "a.xlsx").found == "more"


@pytest.mark.parametrize("inside", ["../../../etc/cron.d/table.csv", "/etc/table.csv", "C:\\table.csv"])
def test_a_path_inside_a_zip_leads_nowhere(inside: str) -> None:
    assert table(zipped(**{inside: PLAIN}), "outer.zip").file == "outer.zip"


def test_a_link_inside_a_zip() -> None:
    link = zipfile.ZipInfo("table.csv")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(link, "/etc/passwd")
    assert refused(buffer.getvalue()).found == "a link"


def test_a_locked_zip() -> None:
    data = bytearray(zipped(**{"a.csv": PLAIN}))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + at] |= 1
    assert refused(bytes(data)).expected == "a whole zip file"


def test_a_cell_that_is_absurdly_long() -> None:
    error = refused(b"a,b\n1,2\n1," + b"x" * 5_000 + b"\n")
    assert (error.line, error.column, error.found) == (3, "b", "5,000 characters")


def test_a_line_longer_than_any_table_has() -> None:
    assert isinstance(refused(b"a,b\n" + b"x" * 3_000_000 + b",1\n"), DataError)
    assert isinstance(refused(b"a" * 300_000 + b",b\n1,2\n"), DataError)


@pytest.mark.parametrize("mark", ["\u202e", "\u2066", "\u200f", "\u200b", "\x1b", "\x07"])
def test_characters_that_turn_or_hide_text(mark: str) -> None:
    """A state that reads otherwise than it is compared."""
    error = refused(f"a,b\n1,So{mark}nora\n".encode())
    assert (error.line, error.column) == (2, "b")
    assert mark not in str(error)


@pytest.mark.parametrize("other", [";", "\t", "|"])
def test_another_delimiter_is_named(other: str) -> None:
    error = refused(PLAIN.replace(",", other).encode())
    assert (error.line, error.found) == (1, f"{other!r} between them")


def test_a_number_of_thousands_of_digits_in_json() -> None:
    assert refused(b'{"a": ' + b"9" * 5_000 + b"}").expected == "whole JSON"


STARTS = [b"", b"a,b\n", b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"{", b"[", b"\xef\xbb\xbf", b'"a\n']
NAMES = ["a.csv", "a.xlsx", "a.xls", "a.zip", "a.json", "a.csv.gz", ""]
BODIES = st.binary(max_size=200) | st.text('a,"\n\r;0\t {}[]:é\x00', max_size=60).map(str.encode)


@settings(deadline=None, max_examples=300)
@given(st.sampled_from(NAMES), st.sampled_from(STARTS), BODIES, st.booleans())
def test_any_bytes_are_a_table_or_a_refusal(name: str, start: bytes, body: bytes, packed: bool) -> None:
    data = gzip.compress(start + body) if packed else start + body
    try:
        content = open_file(name, data)
    except DataError:
        return
    assert isinstance(content, TextTable | JsonDocument)
