"""Tables in the wrappings that a file comes in, and what becomes of them."""

import io
import zipfile

import openpyxl
import pytest

from indicators.errors import DataError
from indicators.readers.files import TextTable, open_file

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
