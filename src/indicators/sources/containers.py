"""Containers: the one file inside a gz or a zip, counted while it is unpacked."""

from __future__ import annotations

import gzip
import io
import lzma
import re
import stat
import zipfile
import zlib
from contextlib import suppress
from typing import IO

from indicators.errors import DataError

MAX_UNPACKED_BYTES = 2_000_000_000
MAX_RATIO = 250  # of unpacked to packed bytes, above SMALL_BYTES: agencies' tables stay under 60
SMALL_BYTES = 50_000_000
ZIP_ERRORS = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, NotImplementedError, RuntimeError, ValueError,
)  # fmt: skip


def unpack(name: str, data: bytes) -> tuple[str, bytes]:
    """The one file inside a gz or zip container, with its name; anything else as it is.

    Nothing is written, so a name inside a container leads nowhere. Raises DataError for a container that is
    cut, locked, a link, or unpacks to more than such tables ever do.
    """
    if data[:2] == b"\x1f\x8b":
        try:
            with gzip.open(io.BytesIO(data)) as stream:
                return re.sub(r"\.gz$", "", name), _bounded(name, stream, len(data))
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise DataError(name, "a whole gz file", str(error), "download the file again") from None
    if data[:4] in (b"PK\x03\x04", b"PK\x05\x06") and not name.lower().endswith(".xlsx"):
        try:
            return _unzip(name, data)
        except ZIP_ERRORS as error:
            raise DataError(name, "a whole zip file", str(error), "download the file again") from None
    return name, data


def _unzip(name: str, data: bytes) -> tuple[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        files = [one for one in archive.infolist() if not one.is_dir()]
        members = [one for one in files if not one.filename.startswith("__MACOSX/")]
        if any(one.filename == "[Content_Types].xml" for one in members):
            return name + ".xlsx", data
        if len(members) != 1:
            found = ", ".join(one.filename for one in members[:5]) or "no file"
            more = f" and {len(members) - 5} more" if len(members) > 5 else ""
            raise DataError(name, "a zip that holds one file", found + more, "unpack it and add the file")
        if stat.S_ISLNK(members[0].external_attr >> 16):
            raise DataError(name, "a zip that holds a file", "a link", "add the file that it leads to")
        with archive.open(members[0]) as stream:
            return members[0].filename, _bounded(name, stream, len(data))


def _bounded(name: str, stream: IO[bytes] | gzip.GzipFile, packed: int) -> bytes:
    """What a stream unpacks to, read piece by piece: it ends at the limit, not with the memory."""
    most = min(MAX_UNPACKED_BYTES, max(SMALL_BYTES, MAX_RATIO * packed))
    pieces, size = [], 0
    while piece := stream.read(1 << 20):
        size += len(piece)
        if size > most:
            todo = "check where the file came from: it unpacks to more than such a table ever does"
            raise DataError(name, f"at most {most:,} bytes unpacked", "more", todo)
        pieces.append(piece)
    return b"".join(pieces)


def refuse_bomb(name: str, data: bytes) -> None:
    """A workbook is a zip: what it unpacks to is counted before a reader that does not count takes it."""
    with suppress(*ZIP_ERRORS), zipfile.ZipFile(io.BytesIO(data)) as archive:
        for member in archive.infolist():
            with archive.open(member) as stream:
                _bounded(name, stream, len(data))
