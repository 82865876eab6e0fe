"""The rows of a table that is too large for the memory as text, a block at a time.

Labels are decoded once for each text that occurs and not once a cell. Numbers are read as they are split; a
block in which one is written otherwise (``1,234``, ``12.0``) is split again as text, and read as all tables are.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from itertools import islice

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.csv as pacsv

from indicators.errors import DataError
from indicators.readers.columns import MAX_WHOLE, Origin, whole_numbers
from indicators.readers.files import AGAIN, LINE, LargeTable, decode, is_odd_cell, ragged, refuse_odd_cells

BLOCK_BYTES = 8 << 20  # a smaller one costs time, a larger one memory
CACHE_BYTES = 1 << 20  # what is split at once stays near the processor
MAX_TAIL_BYTES = 1000


def blocks(table: LargeTable, headers: Mapping[str, str], numbers: Collection[str]) -> Iterator[pl.DataFrame]:
    """Yield rows under our own names, in order: the line of each, labels as categories, ``numbers`` as Int32 or Int64.

    A blank number is null; a negative one is left to the caller. Raises DataError as ``whole_numbers`` does,
    for rows of another width than the header, and for a label that is blank or has characters that no cell may have.
    """
    labels: dict[bytes, str] = {}
    odd: set[str] = set()

    def decoded(texts: pa.DictionaryArray) -> pl.Series:
        different = texts.dictionary.to_pylist()
        new = {one: decode(one)[0].strip() for one in different if one not in labels}
        labels.update(new)
        odd.update(label for label in new.values() if not label or is_odd_cell(label))
        return pl.Series([labels[one] for one in different], dtype=pl.Categorical).gather(texts.indices.to_numpy())

    for line, batch in _batches(table, headers, numbers):
        cells = dict(zip(headers, (column.chunk(0) for column in batch.columns), strict=True))
        as_text = [name for name in numbers if pa.types.is_dictionary(cells[name].type)]
        rows = pl.DataFrame(
            {name: decoded(one) if pa.types.is_dictionary(one.type) else pl.Series(one) for name, one in cells.items()}
        ).with_row_index(LINE, offset=line)
        rows = rows.with_columns(pl.col(as_text).cast(pl.String))
        rows = whole_numbers(rows, as_text, Origin(table.file, headers), (-MAX_WHOLE, MAX_WHOLE))
        if odd:
            labelled = {name: header for name, header in headers.items() if name not in numbers}
            _refuse_labels(rows, odd, labelled, table.file)
        yield rows


def _refuse_labels(rows: pl.DataFrame, odd: Collection[str], headers: Mapping[str, str], file: str) -> None:
    """Raise DataError for the first of the ``odd`` labels: it is blank, or has what no cell of any table may have."""
    for name, header in headers.items():
        bad = rows.filter(pl.col(name).is_in(list(odd)))
        blank = bad.filter(pl.col(name) == "")
        if not blank.is_empty():
            line, *cells = blank.row(0)
            todo = "the file was edited: download it again"
            if all(cell is None or cell == "" for cell in cells):
                raise DataError(file, "a row with some content", "a blank row", todo, line=line)
            raise DataError(file, "a label in every row", "''", todo, line=line, column=header)
        refuse_odd_cells(file, bad.select(LINE, pl.col(name).cast(pl.String).alias(header)))


def _batches(table: LargeTable, headers: Mapping[str, str], numbers: Collection[str]) -> Iterator[tuple[int, pa.Table]]:
    """Yield each block of rows, in order, with the line of its first row."""
    split = partial(_split, table=table, headers=headers, numbers=numbers)
    line = 2
    try:  # Arrow's own reader of blocks splits one after another
        for batch in _ahead(split, _pieces(table), workers=os.cpu_count() or 1):
            yield line, batch
            line += batch.num_rows
    except pa.ArrowInvalid as error:
        raise ragged(table.file, str(error), above=line - 1) from None


def _ahead(make: Callable[[pa.Buffer], pa.Table], pieces: Iterator[pa.Buffer], workers: int) -> Iterator[pa.Table]:
    """Yield ``make`` of every piece, in order, while the next few are made: memory has few at a time."""
    with ThreadPoolExecutor(workers) as pool:
        waiting = deque(pool.submit(make, one) for one in islice(pieces, workers))
        while waiting:
            made = waiting.popleft().result()
            waiting += [pool.submit(make, one) for one in islice(pieces, 1)]
            yield made


def _pieces(table: LargeTable) -> Iterator[pa.Buffer]:
    """Yield the bytes below the header, cut at ends of lines."""
    data = table.data
    tail = data[-MAX_TAIL_BYTES:]
    end = len(data) - len(tail) + len(tail.rstrip())
    start = data.find(b"\n", 0, end) + 1
    if not start:
        raise DataError(table.file, "a header and rows below it", "none", AGAIN, line=1)
    whole = pa.py_buffer(data)
    while start < end:
        cut = data.find(b"\n", start + BLOCK_BYTES, end) + 1 or end
        yield whole.slice(start, cut - start)
        start = cut


def _split(piece: pa.Buffer, table: LargeTable, headers: Mapping[str, str], numbers: Collection[str]) -> pa.Table:
    """Return the cells of a block, each different text of a column once.

    Numbers are read, or are text where one of them is no plain number; labels are the published bytes.
    """
    text = pa.dictionary(pa.int32(), pa.binary())
    plain = {header: pa.int32() if name in numbers else text for name, header in headers.items()}
    if not _has_hexadecimal(piece):
        with suppress(pa.ArrowInvalid):
            return _read(piece, table, plain)
    return _read(piece, table, dict.fromkeys(headers.values(), text))


def _has_hexadecimal(piece: pa.Buffer) -> bool:
    """Return True where ``0x`` occurs: Arrow reads what follows it as a number, which all other tables refuse."""
    letters = np.frombuffer(piece, np.uint8)
    for start in range(0, piece.size, CACHE_BYTES):
        part = letters[start : start + CACHE_BYTES + 1]
        is_x = (part[1:] == ord("x")) | (part[1:] == ord("X"))
        if np.any(is_x & (part[:-1] == ord("0"))):
            return True
    return False


def _read(piece: pa.Buffer, table: LargeTable, types: Mapping[str, pa.DataType]) -> pa.Table:
    split = pacsv.read_csv(
        pa.BufferReader(piece),
        pacsv.ReadOptions(use_threads=False, block_size=CACHE_BYTES, column_names=list(table.header)),
        pacsv.ParseOptions(ignore_empty_lines=False),
        pacsv.ConvertOptions(
            column_types=types,
            include_columns=list(types),
            null_values=[""],
            strings_can_be_null=False,
            check_utf8=False,
        ),
        memory_pool=pa.system_memory_pool(),  # Arrow's own pool does not free what a block no longer needs
    )
    return split.unify_dictionaries().combine_chunks()
