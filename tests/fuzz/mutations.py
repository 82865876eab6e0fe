"""Changed copies of a file of about the same shape: a few changes to its cells, rows, keys, links or bytes."""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
import zipfile
import zlib
from contextlib import suppress
from typing import Any

import openpyxl
import python_calamine as calamine

NASTY = [
    "", " ", "-1", "1,5", "1.234,5", "1e309", "nan", "inf", "9" * 400, "0x10", "1_000", "١٢", "NULL", "=1+1", "@x",
    "<script>alert(1)</script>", "[a](javascript:b)", "\u202eabc", "\u0000", "\x1b[2J", '"', '""', "\ufffd", "é" * 99,
    "a" * 5000, "2024-02-30", "99999", "True", "12 month-ending", "FYTD", "2024 (FYTD)", "\n", "\r\n", "|", ";",
]  # fmt: skip
ADDRESSES = [
    "//evil.example/a.csv", "https://www.cbp.gov@evil.example/a.csv", "http://[::1", "javascript:alert(1)",
    "../../../x", "%2e%2e/%2e%2e/x.csv", "\\\\host\\x.csv", "file:///etc/passwd", "https://www.cbp.gov:99999/x.csv",
    "?a=b", "#",
]  # fmt: skip
TAGS = ["<a href=", "</a>", "<!--", "<![CDATA[", "<a", "&#0;", "&#x110000;", "<base href="]


def mutate(data: bytes, most: int, seed: int) -> bytes:
    """Another file of about the same shape: a few changes to its cells, rows, columns or bytes."""
    rng = random.Random(seed)
    name, _, content = data.partition(b"\n")
    with suppress(UnicodeDecodeError, csv.Error, ValueError, calamine.CalamineError, zipfile.BadZipFile, zlib.error):
        if rng.random() < 0.8:
            if name.endswith(b".json"):
                content = _mutated_document(content, rng)
            elif name.endswith(b".xlsx"):
                content = _mutated_workbook(content, rng)
            elif name.endswith(b".html"):
                content = _mutated_page(content, rng)
            else:
                content = _mutated_text(content, rng)
    if rng.random() < 0.2:
        content = _mutated_bytes(content, rng)
    if rng.random() < 0.05:
        content = rng.choice([gzip.compress, _zipped])(content)
    if rng.random() < 0.02:
        name = rng.choice([b"a.csv", b"a.xlsx", b"a.zip", b"0_Pob_Inicio.csv", b"a.json"])
    return (name + b"\n" + content)[:most]


def _mutated_text(content: bytes, rng: random.Random) -> bytes:
    text = content.decode("utf-8" if rng.random() < 0.9 else "latin-1")
    rows = [row for row in csv.reader(io.StringIO(text, newline="")) if row]
    for _ in range(rng.choice([1, 1, 1, 2, 5])):
        rows = _mutated_table(rows, rng)
    return _written(rows, rng)


def _mutated_workbook(content: bytes, rng: random.Random) -> bytes:
    """One sheet of it changed as a table is; numbers come back as numbers, and as text."""
    book = calamine.load_workbook(io.BytesIO(content))
    sheets = {one: book.get_sheet_by_name(one).to_python() for one in book.sheet_names}
    chosen = rng.choice(list(sheets))
    rows = [[_as_text(cell) for cell in row] for row in sheets[chosen]]
    sheets[chosen] = _mutated_table(rows, rng)
    if rng.random() < 0.1:
        sheets[rng.choice(["Sheet2", "Monthly Count (2)", chosen.lower()])] = sheets.pop(chosen)
    made = openpyxl.Workbook(write_only=True)
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append([float(one) if one.isdecimal() and rng.random() < 0.99 else one for one in map(_as_text, row)])
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


def _as_text(cell: object) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def _mutated_document(content: bytes, rng: random.Random) -> bytes:
    document = json.loads(content)
    for _ in range(rng.choice([1, 1, 2, 5])):
        _change_somewhere(document, rng)
    return json.dumps(document).encode()


def _change_somewhere(document: Any, rng: random.Random) -> None:
    """Walk down to some place of a document, and change what is there."""
    while isinstance(document, dict) and document:
        key = rng.choice(list(document))
        if isinstance(document[key], dict) and document[key] and rng.random() < 0.8:
            document = document[key]
            continue
        kind = rng.randrange(5)
        if kind == 0:
            del document[key]
        elif kind == 1:
            document[rng.choice(NASTY)] = document.pop(key)
        elif kind == 2 and isinstance(document[key], int):
            document[key] *= rng.choice([10, 1000, -1, 10**30])
        else:
            document[key] = rng.choice([*NASTY, None, True, 1.5, -3, [], {}, [1, 2], {"a": {}}, 10**400])
        return


def _mutated_page(content: bytes, rng: random.Random) -> bytes:
    parts = content.decode("utf-8", "replace").split('"')
    for _ in range(rng.choice([1, 2, 5])):
        at = rng.randrange(len(parts))
        kind = rng.randrange(4)
        if kind == 0:
            parts[at] = rng.choice([*ADDRESSES, *NASTY])
        elif kind == 1:
            parts.insert(
                at,
                rng.choice(["<a href=", "</a>", "<!--", "<![CDATA[", "<a", "&#0;", "&#x110000;", "<base href="]),
            )
        elif kind == 2:
            del parts[at : at + rng.randrange(1, 4)]
            parts = parts or [""]
        else:
            parts[at] = parts[at].replace("fy", rng.choice(["FY", "fy99", "fyfy"])).replace("2022", rng.choice(NASTY))
    return '"'.join(parts).encode("utf-8", "replace")


def _mutated_table(rows: list[list[str]], rng: random.Random) -> list[list[str]]:
    if len(rows) < 2 or not rows[0]:
        return rows
    width, at = len(rows[0]), rng.randrange(1, len(rows))
    column, other = rng.randrange(width), rng.randrange(width)
    kind = rng.randrange(11)
    if kind == 0:
        return rows[:at]
    if kind == 1:
        return [*rows[:at], *rows[at + rng.randrange(1, 9) :]]
    if kind == 2:
        return [*rows, *rows[at : at + rng.randrange(1, 9)]]
    if kind == 3:
        return [[one for number, one in enumerate(row) if number != column] for row in rows]
    if kind == 4:
        return [[*row, "new" if number == 0 else rng.choice(NASTY)] for number, row in enumerate(rows)]
    rows = [list(row) for row in rows]
    if kind == 5:
        rows[0][column] = rng.choice([rows[0][column].lower(), rows[0][other], *NASTY])
    elif kind == 6:
        for row in rows:
            if max(column, other) < len(row):
                row[column], row[other] = row[other], row[column]
    elif kind == 7:
        for row in rows[1:]:
            if column < len(row) and row[column].isdecimal():
                row[column] = str(int(row[column]) * rng.choice([10, 1000, -1]))
    elif kind == 8:
        donor = rows[rng.randrange(1, len(rows))]
        rows[at][column : column + 1] = donor[column : column + 1]
    else:
        rows[at][column : column + 1] = [rng.choice(NASTY)]
    return rows


def _written(rows: list[list[str]], rng: random.Random) -> bytes:
    stream = io.StringIO()
    delimiter = rng.choice([","] * 20 + [";", "\t"])
    csv.writer(stream, delimiter=delimiter, lineterminator=rng.choice(["\n", "\r\n"])).writerows(rows)
    encoding = rng.choice(["utf-8"] * 12 + ["utf-8-sig", "cp1252", "utf-16", "latin-1"])
    return stream.getvalue().encode(encoding, "replace")


def _mutated_bytes(data: bytes, rng: random.Random) -> bytes:
    found = bytearray(data)
    for _ in range(rng.choice([1, 2, 8])):
        at = rng.randrange(len(found) + 1)
        if rng.random() < 0.5:
            found[at : at + rng.choice([0, 1, 4, 64])] = rng.randbytes(rng.choice([0, 1, 2]))
        else:
            found[at:at] = rng.choice(NASTY).encode()
    return bytes(found)


def _zipped(data: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("inside.csv", data)
    return stream.getvalue()
