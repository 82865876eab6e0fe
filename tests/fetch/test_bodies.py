"""Answers that are cut, packed, too large, too slow or not as long as they say."""

import gzip
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from indicators import catalog
from indicators.fetch import Outcome
from indicators.paths import Home

Ask = Callable[..., list[Outcome]]


def _cut(data: bytes, said: int) -> Callable[[BaseHTTPRequestHandler, dict[str, str]], None]:
    """Send these bytes under a Content-Length of ``said``, then hang up."""

    def reply(handler: BaseHTTPRequestHandler, asked: dict[str, str]) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(said))
        handler.end_headers()
        handler.wfile.write(data)
        handler.close_connection = True

    return reply


def test_a_connection_cut_in_the_middle_is_tried_again(
    agencies: Any, ask: Ask, drugs: catalog.Source, drugs_url: str, drugs_csv: bytes
) -> None:
    agencies.by(drugs_url, _cut(drugs_csv[:300], len(drugs_csv)))
    agencies.on(drugs_url, drugs_csv)
    assert ask(drugs)[0].status == "fetched"


def test_a_connection_that_is_always_cut(
    agencies: Any, failed: Callable[[], str], drugs_url: str, drugs_csv: bytes
) -> None:
    agencies.by(drugs_url, _cut(drugs_csv[:300], len(drugs_csv)))
    assert "connection cut" in failed()


def test_a_length_too_long_is_no_whole_file(
    agencies: Any, failed: Callable[[], str], drugs_url: str, drugs_csv: bytes
) -> None:
    agencies.by(drugs_url, _cut(drugs_csv, len(drugs_csv) + 1))
    assert "connection cut" in failed()


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        (30, "line 33\n  expected: 9 columns\n  found:    5 columns"),
        (4, "expected: a line end after the last row"),  # inside its last figure
    ],
)
def test_a_length_too_short_cuts_a_row_and_is_refused(
    agencies: Any, failed: Callable[[], str], drugs_url: str, drugs_csv: bytes, missing: int, said: str
) -> None:
    agencies.by(drugs_url, _cut(drugs_csv, len(drugs_csv) - missing))
    assert said in failed()


def test_gzip_is_unpacked(
    agencies: Any, ask: Ask, drugs: catalog.Source, drugs_url: str, drugs_csv: bytes, home: Home
) -> None:
    agencies.on(drugs_url, gzip.compress(drugs_csv), Content_Encoding="gzip")
    assert ask(drugs)[0].vintage.read(home.raw) == drugs_csv  # type: ignore[union-attr]


def test_gzip_cut_short_without_a_length(
    agencies: Any, failed: Callable[[], str], drugs_url: str, drugs_csv: bytes
) -> None:
    def reply(handler: BaseHTTPRequestHandler, asked: dict[str, str]) -> None:
        handler.send_response(200)
        handler.send_header("Content-Encoding", "gzip")
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.wfile.write(gzip.compress(drugs_csv)[:-20])

    agencies.by(drugs_url, reply)
    assert "the packed answer ends before its end" in failed()


def test_a_gzip_bomb_is_let_go_at_the_limit(agencies: Any, failed: Callable[[], str], drugs_url: str) -> None:
    bomb = gzip.compress(bytes(2_000_000), 9)
    assert len(bomb) < 3_000
    agencies.on(drugs_url, bomb, Content_Encoding="gzip")
    said = failed()
    assert "at most 1 MB" in said
    assert "raise limit_mb in [[cbp_drugs.fetch]]" in said


def test_other_packings_are_refused(agencies: Any, failed: Callable[[], str], drugs_url: str) -> None:
    agencies.on(drugs_url, gzip.compress(gzip.compress(b"x")), Content_Encoding="gzip, gzip")
    assert 'one in "gzip, gzip"' in failed()


def test_a_file_said_to_be_too_large_is_not_read(agencies: Any, failed: Callable[[], str], drugs_url: str) -> None:
    agencies.by(drugs_url, _cut(b"a,b\n", 3_000_000_000))
    assert "more (3,000,000,000 bytes" in failed()


def test_a_slow_drip_ends_at_the_total_time_out(
    agencies: Any, failed: Callable[[], str], drugs_url: str, clock: Any
) -> None:
    def reply(handler: BaseHTTPRequestHandler, asked: dict[str, str]) -> None:
        clock.tick = 100.0  # from here on every look at the clock is 100 s later
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        for _ in range(1000):
            handler.wfile.write(b"x")
            time.sleep(0.001)

    agencies.by(drugs_url, reply)
    said = failed()
    assert "an answer within 900 s" in said
    assert agencies.times(drugs_url) == 1
