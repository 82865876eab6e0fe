"""A table too large to hold as text, a block of rows at a time.

Labels are decoded, and numbers read, once for each text that occurs and not once a cell: of 30 million cells a
few thousand differ, and nearly all are 0.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice

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

    def decoded(texts: pa.DictionaryArray) -> pl.Series:
        different = texts.dictionary.to_pylist()
        labels.update({one: decode(table.file, one)[0].strip() for one in different if one not in labels})
        return pl.Series([labels[one] for one in different], dtype=pl.Categorical).gather(
            texts.indices.to_numpy()
        )

    def counts(name: str, cells: pa.BinaryArray, line: int) -> pl.Series:
        other = pc.not_equal(cells, b"0")
        texts = cells.filter(other).dictionary_encode()
        different = texts.dictionary.to_pylist()
        for position, text in enumerate(different):
            if text not in known:
                row = pc.indices_nonzero(other)[pc.index(texts.indices, position).as_py()].as_py()
                known[text] = _number(text, table.file, name, headers, line + row)
        read = pa.array([known[one] for one in different], pa.int64()).take(texts.indices)
        zeros = pa.repeat(pa.scalar(0, pa.int64()), len(cells))
        return pl.Series(pc.replace_with_mask(zeros, other, read))

    for line, batch in _batches(table, headers, numbers):
        cells = {name: column.chunk(0) for name, column in zip(headers, batch.columns, strict=True)}
        yield pl.DataFrame(
            {
                name: counts(name, one, line) if name in numbers else decoded(one)
                for name, one in cells.items()
            }
        ).with_row_index(LINE, offset=line)


def _number(text: bytes, file: str, name: str, headers: Mapping[str, str], line: int) -> int | None:
    if text.isdigit() and len(text) < 10:
        return int(text)
    cell = pl.DataFrame({LINE: [line], name: [decode(file, text)[0].strip()]})
    number: int | None = whole_numbers(cell, [name], file, headers, least=-(2**53))[name][0]
    return number


def _batches(
    table: LargeTable, headers: Mapping[str, str], numbers: Collection[str]
) -> Iterator[tuple[int, pa.Table]]:
    """Each block of rows, in order, with the line of its first row."""
    split = partial(_split, table=table, headers=headers, numbers=numbers)
    line = 2
    try:  # Arrow's own reader of blocks splits one after another
        for batch in _ahead(split, _pieces(table), workers=os.cpu_count() or 1):
            yield line, batch
            line += batch.num_rows
    except pa.ArrowInvalid as error:
        raise ragged(table.file, str(error), above=line - 1) from None


def _ahead(
    make: Callable[[pa.Buffer], pa.Table], pieces: Iterator[pa.Buffer], workers: int
) -> Iterator[pa.Table]:
    """What ``make`` gives for every piece, in order, the next ones made meanwhile: memory holds few at a time."""
    with ThreadPoolExecutor(workers) as pool:
        waiting = deque(pool.submit(make, one) for one in islice(pieces, workers))
        while waiting:
            made = waiting.popleft().result()
            waiting += [pool.submit(make, one) for one in islice(pieces, 1)]
            yield made


def _pieces(table: LargeTable) -> Iterator[pa.Buffer]:
    """The bytes below the header, cut at ends of lines."""
    data = table.data
    tail = data[-MAX_TAIL_BYTES:]
    end = len(data) - len(tail) + len(tail.rstrip())
    start = data.find(b"\n", 0, end) + 1
    if not start:
        raise DataError(table.file, "a header and rows below it", "none", "download the file again", line=1)
    whole = pa.py_buffer(data)
    while start < end:
        cut = data.find(b"\n", start + BLOCK_BYTES, end) + 1 or end
        yield whole.slice(start, cut - start)
        start = cut


def _split(
    piece: pa.Buffer, table: LargeTable, headers: Mapping[str, str], numbers: Collection[str]
) -> pa.Table:
    """The cells of a block as they are written; of a column of labels each different one is kept once."""
    label = pa.dictionary(pa.int32(), pa.binary())
    types = {header: pa.binary() if name in numbers else label for name, header in headers.items()}
    return pacsv.read_csv(
        pa.BufferReader(piece),
        pacsv.ReadOptions(use_threads=False, block_size=piece.size + 1, column_names=list(table.header)),
        pacsv.ParseOptions(ignore_empty_lines=False),
        pacsv.ConvertOptions(
            column_types=types,
            include_columns=list(headers.values()),
            strings_can_be_null=False,
            check_utf8=False,
        ),
        memory_pool=pa.system_memory_pool(),  # Arrow's own pool keeps what a block no longer needs
    )
