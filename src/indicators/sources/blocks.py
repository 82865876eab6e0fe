"""A table too large to hold as text, a block of rows at a time.

Labels are decoded, and numbers read, once for each text that occurs and not once a cell: of 30 million cells a
few thousand differ. That is what makes the municipal table as quick to read as a bare scan of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from indicators.errors import DataError
from indicators.sources.columns import whole_numbers
from indicators.sources.files import LINE, LargeTable, decode, ragged

BLOCK_BYTES = 8 << 20  # a smaller one costs time, a larger one memory
MAX_TAIL_BYTES = 1000


def blocks(table: LargeTable, headers: Mapping[str, str], numbers: Collection[str]) -> Iterator[pl.DataFrame]:
    """The rows under our own names, in order: the line of each, labels as categories, ``numbers`` as Int64.

    A blank number is null; a negative one is left to the caller. Raises DataError as ``whole_numbers`` does,
    and for rows of another width than the header.
    """
    labels: dict[bytes, str] = {}
    known: dict[bytes, int | None] = {b"": None}
    line = 2
    for batch in _batches(table, headers):
        columns = {}
        for name, column in zip(headers, batch.columns, strict=True):
            texts = column.dictionary.to_pylist()
            if name in numbers:
                for position, text in enumerate(texts):
                    if text not in known:
                        first = line + pc.index(column.indices, position).as_py()
                        known[text] = _number(text, table.file, name, headers, first)
                values = pa.array([known[text] for text in texts], pa.int64())
                columns[name] = pl.from_arrow(values.take(column.indices))
            else:
                labels |= {one: decode(table.file, one)[0].strip() for one in texts if one not in labels}
                decoded = pl.Series([labels[text] for text in texts], dtype=pl.Categorical)
                columns[name] = decoded.gather(column.indices.to_numpy())
        yield pl.DataFrame(columns).with_row_index(LINE, offset=line)
        line += batch.num_rows


def _number(text: bytes, file: str, name: str, headers: Mapping[str, str], line: int) -> int | None:
    if text.isdigit():
        return int(text)
    cell = pl.DataFrame({LINE: [line], name: [decode(file, text)[0].strip()]})
    number: int | None = whole_numbers(cell, [name], file, headers, least=-(2**53))[name][0]
    return number


def _batches(table: LargeTable, headers: Mapping[str, str]) -> Iterator[pa.RecordBatch]:
    try:
        yield from _split(table, headers, threads=True)
    except pa.ArrowInvalid:
        try:  # only a reader without threads knows the number of the row
            for _ in _split(table, headers, threads=False):
                pass
        except pa.ArrowInvalid as same:
            error = same
        raise ragged(table.file, str(error)) from None


def _split(table: LargeTable, headers: Mapping[str, str], *, threads: bool) -> Iterator[pa.RecordBatch]:
    tail = table.data[-MAX_TAIL_BYTES:]
    length = len(table.data) - len(tail) + len(tail.rstrip())
    if length <= table.data.find(b"\n"):
        raise DataError(table.file, "a header and rows below it", "none", "download the file again", line=1)
    text = pa.dictionary(pa.int32(), pa.binary())
    reader = pacsv.open_csv(
        pa.BufferReader(pa.py_buffer(table.data).slice(0, length)),
        pacsv.ReadOptions(
            use_threads=threads,
            block_size=BLOCK_BYTES,
            column_names=list(table.header),
            skip_rows_after_names=1,
        ),
        pacsv.ParseOptions(ignore_empty_lines=False),
        pacsv.ConvertOptions(
            column_types=dict.fromkeys(table.header, text),
            include_columns=list(headers.values()),
            strings_can_be_null=False,
            check_utf8=False,
        ),
    )
    with reader:
        yield from reader
