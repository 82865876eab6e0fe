"""Files that are not what they seem, and files made to do harm."""

import gzip
import io
import re
import stat
import sys
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indicators.errors import HIDDEN, DataError
from indicators.readers import files
from indicators.readers.files import JsonDocument, TextTable, may_hide, open_file
from wrapped import PLAIN, refused, table, workbook, zipped

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


# Files made to do harm


def test_a_bomb_is_refused_before_it_fills_the_memory() -> None:
    """60 MB of zeros in 60 kB: a table of an agency unpacks to forty times its size at most."""
    zeros = b"a,b\n" + b"0,0\n" * 15_000_000
    for bomb in (gzip.compress(zeros), zipped(**{"table.csv": zeros})):
        assert refused(bomb).found == "more"


def test_a_workbook_that_is_a_bomb(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "SMALL_BYTES", 10_000)
    data = workbook(Hoja1=[["a"], *([0] for _ in range(10_000))])
    monkeypatch.setattr(files, "MAX_RATIO", 2)
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


def test_every_hidden_character_is_looked_for() -> None:
    hidden = [one for one in map(chr, range(sys.maxunicode)) if re.match(HIDDEN, one)]
    assert [one for one in hidden if not may_hide(f"a,b\n1,{one}\n".encode())] == []
    assert not may_hide("año,b\r\n1,\t2\r\n".encode())


@pytest.mark.parametrize("other", [";", "\t", "|"])
def test_another_delimiter_is_named(other: str) -> None:
    error = refused(PLAIN.replace(",", other).encode())
    assert (error.line, error.found) == (1, f"{other!r} between them")


def test_a_number_of_thousands_of_digits_in_json() -> None:
    assert refused(b'{"a": ' + b"9" * 5_000 + b"}").expected == "whole JSON"


STARTS = [b"", b"a,b\n", b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"{", b"[", b"\xef\xbb\xbf", b'"a\n']
NAMES = ["a.csv", "a.xlsx", "a.xls", "a.zip", "a.json", "a.csv.gz", ""]
BODIES = st.binary(max_size=200) | st.text('a,"\n\r;0\t {}[]:é\x00', max_size=60).map(str.encode)


@settings(max_examples=300)
@given(st.sampled_from(NAMES), st.sampled_from(STARTS), BODIES, st.booleans())
def test_any_bytes_are_a_table_or_a_refusal(name: str, start: bytes, body: bytes, packed: bool) -> None:
    data = gzip.compress(start + body) if packed else start + body
    try:
        content = open_file(name, data)
    except DataError:
        return
    assert isinstance(content, TextTable | JsonDocument)
