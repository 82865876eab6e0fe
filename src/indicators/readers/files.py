"""An agency's bytes as a table of text: containers, encodings, cells, and files that are not what they seem.

Nothing is interpreted here: every cell stays the text that was published, stripped of surrounding blanks.
Nothing unpacked is written, so a name inside a container leads nowhere.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import lzma
import re
import stat
import zipfile
import zlib
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Any

import polars as pl
import pyarrow as pa
import pyarrow.csv as pacsv

from indicators.errors import HIDDEN, DataError

MAX_CELL_CHARACTERS = 2_000  # CDC's longest footnote has under 200
HEADER_CHARACTERS = 100_000  # the header and what follows it, at most
BLANKS = b"\xef\xbb\xbf \r\n\t"  # the first three are the mark that some put before UTF-8
HIDDEN_BYTES = bytes(one for one in range(128) if re.match(HIDDEN, chr(one)))
HIDDEN_BEGIN = (b"\xe2\x80", b"\xe2\x81")  # the first bytes of all other hidden characters
NO_CELL = "no agency publishes such a cell: check where the file came from"
AGAIN = "download the file again"
LINE = "line"
SHEET = "sheet"
COLUMN = "column"  # the column of a file, by our name, that a number comes from
IMPOSTORS = {
    b"version https://git-lfs": ("a Git LFS pointer", "fetch the file itself (git lfs pull)"),
    b"<": (
        "a web page (often a robot check answered with status 200)",
        "open the agency's page in a browser and save the file by hand",
    ),
    b"%pdf": ("a PDF", "add the agency's CSV or XLSX edition instead"),
}
MAX_UNPACKED_BYTES = 2_000_000_000
MAX_RATIO = 250  # of unpacked to packed bytes, above SMALL_BYTES: agencies' tables stay under 60
SMALL_BYTES = 50_000_000
ZIP_ERRORS = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, NotImplementedError, RuntimeError, ValueError,
)  # fmt: skip


@dataclass(frozen=True)
class TextTable:
    """A table as published: its header, and its cells as text with the line of each row.

    ``ended`` is False where nothing shows that the last cell is whole: no line end, and no container.
    """

    file: str
    header: tuple[str, ...]
    rows: pl.DataFrame
    encoding: str
    ended: bool = True


@dataclass(frozen=True)
class LargeTable:
    """A table too large for the memory as text: its header, and its published bytes (``blocks`` splits them)."""

    file: str
    header: tuple[str, ...]
    data: bytes
    ended: bool = True


@dataclass(frozen=True)
class JsonDocument:
    """A JSON answer as published."""

    file: str
    content: Any


def open_file(
    name: str,
    data: bytes,
    sheets: Iterable[Sequence[str]] = (),
    large: Iterable[Collection[str]] = (),
    small: Iterable[Collection[str]] = (),
) -> TextTable | LargeTable | JsonDocument:
    """Unpack, decode and split one agency file.

    Takes csv, gz, a zip of one file, xlsx and json. A workbook has one table, or all of a set in ``sheets``:
    those are read as one table, with blanks where a sheet lacks a column of another, and a column ``sheet``;
    lines stay those of each sheet. Of a csv that has all the headers of a set in ``large``, and of none in
    ``small``, only the header is read. Raises DataError for anything that is no table: an empty file, a cut
    archive, a web page, a pointer to a file elsewhere, ragged rows.
    """
    inner, content = unpack(name, data)
    ended, data = content is not data or data.endswith((b"\n", b"\r")), content
    _refuse_impostors(name, data)
    if inner.lower().endswith((".xlsx", ".xls")):
        return _read_workbook(name, data, sheets)
    if data[:2000].lstrip(BLANKS)[:1] in (b"{", b"["):
        return _read_json(name, data)
    header = _names(decode(data[:HEADER_CHARACTERS].rpartition(b"\n")[0])[0])
    if any(set(one) <= set(header) for one in large) and not any(set(one) <= set(header) for one in small):
        return LargeTable(name, header, data, ended)
    return _read_csv(name, data, ended)


def unpack(name: str, data: bytes) -> tuple[str, bytes]:
    """Return name and bytes of the only file inside a gz or zip container, and of anything else as it is.

    Raises DataError for a container that is cut, locked, a link, or unpacks to more than such tables ever do.
    """
    if data[:2] == b"\x1f\x8b":
        try:
            with gzip.open(io.BytesIO(data)) as stream:
                return re.sub(r"\.gz$", "", name), _bounded(name, stream, len(data))
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise DataError(name, "a whole gz file", str(error), AGAIN) from None
    if data[:4] in (b"PK\x03\x04", b"PK\x05\x06") and not name.lower().endswith(".xlsx"):
        try:
            return _unzip(name, data)
        except ZIP_ERRORS as error:
            raise DataError(name, "a whole zip file", str(error), AGAIN) from None
    return name, data


def decode(data: bytes) -> tuple[str, str]:
    """Return a text and its encoding: UTF-8 (with or without a mark) or else Windows-1252."""
    for encoding in ("utf-8-sig", "cp1252"):
        with suppress(UnicodeDecodeError):
            return data.decode(encoding), encoding
    return data.decode("latin-1"), "latin-1"  # it decodes every byte


def ragged(name: str, message: str, above: int = 0) -> DataError:
    """Return Arrow's message about rows that cannot be split as an error; ``above`` lines were split before."""
    match = re.search(r"Row #(\d+): Expected (\d+) columns, got (\d+)", message)
    if not match:
        return DataError(name, "a table of comma-separated values", message[:200], AGAIN)
    line, expected, got = match.groups()
    todo = "the file looks cut or edited: download it again"
    return DataError(name, f"{expected} columns", f"{got} columns", todo, line=above + int(line))


def refuse_odd_cells(name: str, rows: pl.DataFrame, look_for_hidden: bool = True) -> None:
    """Raise DataError for a cell that is longer than any cell can mean, or has characters that cannot be seen."""
    if bad := _first(rows, pl.exclude(LINE).str.len_bytes() > MAX_CELL_CHARACTERS):
        line, column, cell = bad
        expected = f"a cell of at most {MAX_CELL_CHARACTERS:,} characters"
        found = f"{len(cell):,} characters"
        raise DataError(name, expected, found, NO_CELL, line=line, column=column[:80])
    if look_for_hidden and (bad := _first(rows, pl.exclude(LINE).str.contains(HIDDEN))):
        line, column, cell = bad
        found = f"characters that are hidden or turn the text: {cell[:80]!a}"
        raise DataError(name, "text that shows as it is", found, NO_CELL, line=line, column=column[:80])


def may_hide(content: bytes) -> bool:
    """Return True where a text in UTF-8 can have a hidden character: cell by cell takes four times as long."""
    return len(content.translate(None, HIDDEN_BYTES)) < len(content) or any(one in content for one in HIDDEN_BEGIN)


def is_odd_cell(cell: str) -> bool:
    """Return True for a cell that ``refuse_odd_cells`` refuses."""
    return len(cell.encode()) > MAX_CELL_CHARACTERS or re.search(HIDDEN, cell) is not None


def _refuse_impostors(name: str, data: bytes) -> None:
    head = data[:2000].lstrip(BLANKS).lower()
    if not head:
        raise DataError(name, "a table", "an empty file", AGAIN)
    for start, (found, todo) in IMPOSTORS.items():
        if head.startswith(start):
            raise DataError(name, "a table", found, todo)
    if b"\x00" in data and data[:4] != b"PK\x03\x04":
        raise DataError(name, "text", "NUL bytes", "save the file as CSV in UTF-8 or Latin-1")


def _names(text: str) -> tuple[str, ...]:
    """Return the cells of the first line."""
    first = next(csv.reader(io.StringIO(text, newline="")), [])
    return tuple(one.strip().replace("\N{NO-BREAK SPACE}", " ") for one in first)


def _read_csv(name: str, data: bytes, ended: bool) -> TextTable:
    text, encoding = decode(data)
    text = text.rstrip()
    if text.count('"') % 2:
        todo = "the file looks cut: download it again"
        raise DataError(name, "every quotation mark closed", "one that is left open", todo)
    head = csv.reader(io.StringIO(text[:HEADER_CHARACTERS], newline=""))
    names = next(head, [])
    if not names or next(head, None) is None:
        raise DataError(name, "a header and rows below it", "none", AGAIN, line=1)
    if len(names) == 1 and (other := next((one for one in ";\t|" if one in names[0]), None)):
        todo = "save the table as CSV with commas between cells and a point before decimals"
        raise DataError(name, "commas between cells", f"{other!r} between them", todo, line=1)
    columns = [str(number) for number in range(len(names))]
    content = text.encode()
    try:
        table = pacsv.read_csv(
            io.BytesIO(content),
            pacsv.ReadOptions(use_threads=False, column_names=columns, skip_rows_after_names=1),
            pacsv.ParseOptions(ignore_empty_lines=False),
            pacsv.ConvertOptions(column_types=dict.fromkeys(columns, pa.string()), strings_can_be_null=False),
        )
    except pa.ArrowInvalid as error:
        raise ragged(name, str(error)) from None
    header = _names(text[:HEADER_CHARACTERS])
    if len(set(header)) != len(header):
        twice = sorted({one for one in header if header.count(one) > 1})
        raise DataError(name, "every column once", f"twice: {', '.join(twice)}", "mend the header", line=1)
    rows = pl.from_arrow(table.rename_columns(header))
    assert isinstance(rows, pl.DataFrame)
    rows = _strip(rows)
    refuse_odd_cells(name, rows, may_hide(content))
    return TextTable(name, header, rows, encoding, ended)


def _strip(rows: pl.DataFrame) -> pl.DataFrame:
    """Return cells without surrounding blanks, each row with its line, without the rows of nothing but blanks."""
    return (
        rows.with_columns(pl.all().cast(pl.String).fill_null("").str.strip_chars())
        .with_row_index(LINE, offset=2)
        .filter(pl.any_horizontal(pl.exclude(LINE) != ""))
    )


def _first(rows: pl.DataFrame, bad: pl.Expr) -> tuple[int, str, str] | None:
    """Return line, column and text of the first cell that is ``bad``."""
    columns = rows.select(bad.any()).row(0, named=True)
    for column in (name for name, has in columns.items() if has):
        row = rows.select(LINE, column).filter(rows.select(bad)[column]).row(0)
        return row[0], column, row[1]
    return None


def _read_workbook(name: str, data: bytes, sheets: Iterable[Sequence[str]]) -> TextTable:
    import python_calamine as calamine

    _refuse_bomb(name, data)
    try:
        workbook = calamine.load_workbook(io.BytesIO(data))
        together = next((one for one in sheets if set(one) <= set(workbook.sheet_names)), ())
        read = {one: workbook.get_sheet_by_name(one).to_python() for one in together or workbook.sheet_names}
    except Exception as error:
        raise DataError(name, "a readable workbook", str(error), "save it as CSV and add that") from None
    filled = {one: rows for one, rows in read.items() if len(rows) > 1}
    if together and len(filled) < len(together):
        empty = ", ".join(one for one in together if one not in filled)
        raise DataError(name, f"tables in {', '.join(together)}", f"none in {empty}", "download it again")
    if not together and len(filled) != 1:
        raise DataError(name, "one sheet with a table", f"{len(filled)}", "save the sheet as CSV and add that")
    tables = {one: _sheet(name, rows) for one, rows in filled.items()}
    if together:
        stack = [rows.select(LINE, pl.lit(one).alias(SHEET), pl.exclude(LINE)) for one, rows in tables.items()]
        rows = pl.concat(stack, how="diagonal").with_columns(pl.exclude(LINE).fill_null(""))
    else:
        rows = next(iter(tables.values()))
    refuse_odd_cells(name, rows)
    return TextTable(name, tuple(one for one in rows.columns if one != LINE), rows, "xlsx")


def _sheet(name: str, rows: list[list[Any]]) -> pl.DataFrame:
    header, *cells = rows
    names = [" ".join(_cell(one).split()) for one in header]
    if len(set(names)) != len(names):
        raise DataError(name, "every column once", ", ".join(names), "mend the header", line=1)
    return _strip(pl.DataFrame({one: [_cell(row[i]) for row in cells] for i, one in enumerate(names)}))


def _cell(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)


def _read_json(name: str, data: bytes) -> JsonDocument:
    try:
        return JsonDocument(name, json.loads(decode(data)[0]))
    except (ValueError, RecursionError) as error:  # ValueError: a number of thousands of digits
        raise DataError(name, "whole JSON", str(error), "fetch the answer again") from None


def _unzip(name: str, data: bytes) -> tuple[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        files = [one for one in archive.infolist() if not one.is_dir()]
        members = [one for one in files if not one.filename.startswith("__MACOSX/")]
        if any(one.filename == "[Content_Types].xml" for one in members):
            return name + ".xlsx", data
        if len(members) != 1:
            found = ", ".join(one.filename for one in members[:5]) or "no file"
            more = f" and {len(members) - 5} more" if len(members) > 5 else ""
            raise DataError(name, "a zip of one file", found + more, "unpack it and add the file")
        if stat.S_ISLNK(members[0].external_attr >> 16):
            raise DataError(name, "a zip of a file", "a link", "add the file that it leads to")
        with archive.open(members[0]) as stream:
            return members[0].filename, _bounded(name, stream, len(data))


def _bounded(name: str, stream: IO[bytes] | gzip.GzipFile, packed: int) -> bytes:
    """Return the content of a stream, read piece by piece: it ends at the limit, not with the memory."""
    most = min(MAX_UNPACKED_BYTES, max(SMALL_BYTES, MAX_RATIO * packed))
    pieces, size = [], 0
    while piece := stream.read(1 << 20):
        size += len(piece)
        if size > most:
            todo = "check where the file came from: it unpacks to more than such a table ever does"
            raise DataError(name, f"at most {most:,} bytes unpacked", "more", todo)
        pieces.append(piece)
    return b"".join(pieces)


def _refuse_bomb(name: str, data: bytes) -> None:
    """Raise DataError for a workbook (a zip) that unpacks to too much, as its reader does not count."""
    with suppress(*ZIP_ERRORS), zipfile.ZipFile(io.BytesIO(data)) as archive:
        for member in archive.infolist():
            with archive.open(member) as stream:
                _bounded(name, stream, len(data))
