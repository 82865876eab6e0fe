"""What agencies' servers do: each fault is told with what to do, and the store stays as it was."""

import gzip
import time
from collections.abc import Callable
from datetime import date
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import httpx
import pytest

from indicators import catalog, vintages
from indicators.fetch import Outcome
from indicators.fetch import client as fetch_client
from indicators.fetch.client import Client
from indicators.fetch.problem import Problem
from indicators.paths import Home

Ask = Callable[..., list[Outcome]]
HOSTS = frozenset({"www.cbp.gov"})
CHALLENGE = "<html><title>Challenge Validation</title>" + "<script>x</script>" * 100 + "</html>"


def store_of(home: Home) -> list[str]:
    return sorted(str(path) for path in home.raw.rglob("*")) if home.raw.exists() else []


@pytest.fixture
def failed(ask: Ask, drugs: catalog.Source, home: Home) -> Callable[[], str]:
    """Fetch the one source: it fails, nothing is stored, and the message is given back."""

    def _failed() -> str:
        before = store_of(home)
        (outcome,) = ask(drugs)
        assert outcome.status == "failed"
        assert store_of(home) == before == []
        return str(outcome.error)

    return _failed


def test_a_file_that_is_new_goes_into_the_store_with_its_address_and_day(
    agencies: Any, ask: Ask, drugs: catalog.Source, drugs_url: str, drugs_csv: bytes, home: Home
) -> None:
    agencies.on(drugs_url, drugs_csv, Last_Modified="Wed, 14 Dec 2022 15:05:45 GMT", ETag='"a"')
    (outcome,) = ask(drugs)
    assert (outcome.status, outcome.rows > 0) == ("fetched", True)
    (held,) = vintages.all_vintages(home.raw)
    assert (held.how, held.url, held.received) == ("fetched", drugs_url, date(2026, 11, 22))
    assert (held.released, held.released_estimated) == (date(2022, 12, 14), False)
    assert held.read(home.raw) == drugs_csv
    assert agencies.asked[0][2]["User-Agent"].startswith("cross-border-crime-indicators/")


def test_a_file_that_did_not_change_is_not_sent_again_and_recorded_as_checked(
    agencies: Any, ask: Ask, drugs: catalog.Source, drugs_url: str, drugs_csv: bytes, home: Home
) -> None:
    agencies.on(drugs_url, drugs_csv, ETag='"a"', Last_Modified="Wed, 14 Dec 2022 15:05:45 GMT")
    agencies.on(drugs_url, status=304)
    first, second = ask(drugs)[0], ask(drugs, today=date(2026, 12, 1))[0]
    asked = agencies.asked[-1][2]
    assert asked["If-None-Match"] == '"a"'
    assert asked["If-Modified-Since"] == "Wed, 14 Dec 2022 15:05:45 GMT"
    assert (second.status, second.vintage) == ("unchanged", first.vintage)
    assert vintages.checks(home.raw) == [vintages.Check(date(2026, 12, 1), first.vintage.id)]  # type: ignore[union-attr]


def test_the_same_table_under_other_marks_is_unchanged_too(
    agencies: Any, ask: Ask, drugs: catalog.Source, drugs_url: str, drugs_csv: bytes, home: Home
) -> None:
    agencies.on(drugs_url, drugs_csv)
    agencies.on(drugs_url, drugs_csv, ETag='"b"')
    assert [ask(drugs)[0].status, ask(drugs)[0].status] == ["fetched", "unchanged"]
    assert len(vintages.all_vintages(home.raw)) == 1


def test_a_vintage_deleted_by_hand_is_asked_for_whole(
    agencies: Any, ask: Ask, drugs: catalog.Source, drugs_url: str, drugs_csv: bytes, home: Home
) -> None:
    agencies.on(drugs_url, drugs_csv, ETag='"a"')
    held = ask(drugs)[0].vintage
    assert held
    folder = held.path(home.raw).parent
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    assert ask(drugs)[0].status == "fetched"
    assert "If-None-Match" not in agencies.asked[-1][2]


@pytest.mark.parametrize(
    ("header", "date_in_store"),
    [
        ("Wed, 14 Dec 2022 15:05:45 GMT", date(2022, 12, 14)),
        ("Tue, 01 Nov 2022 00:00:00 GMT", date(2022, 12, 31)),  # before the data end: the name tells
        ("Sun, 22 Nov 2099 00:00:00 GMT", date(2022, 12, 31)),  # a server's clock gone wrong
        ("yesterday", date(2022, 12, 31)),
    ],
)
def test_release_day_from_the_header_where_it_can_be_true(
    agencies: Any,
    ask: Ask,
    drugs: catalog.Source,
    drugs_url: str,
    drugs_csv: bytes,
    header: str,
    date_in_store: date,
) -> None:
    agencies.on(drugs_url, drugs_csv, Last_Modified=header)
    assert ask(drugs)[0].vintage.released == date_in_store  # type: ignore[union-attr]


def test_too_many_requests_waits_as_long_as_the_server_asks(
    agencies: Any, ask: Ask, drugs: catalog.Source, drugs_url: str, drugs_csv: bytes, clock: Any
) -> None:
    agencies.on(drugs_url, status=429, Retry_After="37")
    agencies.on(drugs_url, drugs_csv)
    assert ask(drugs)[0].status == "fetched"
    assert 37.0 in clock.slept


def test_retry_after_as_a_moment(
    agencies: Any, ask: Ask, drugs: catalog.Source, drugs_url: str, drugs_csv: bytes, clock: Any
) -> None:
    clock.now = 0.0
    agencies.on(drugs_url, status=503, Retry_After="Thu, 01 Jan 1970 00:01:30 GMT")
    agencies.on(drugs_url, drugs_csv)
    assert ask(drugs)[0].status == "fetched"
    assert max(clock.slept) == pytest.approx(90, abs=5)


def test_a_server_that_asks_for_an_hour_is_left_alone(
    agencies: Any, failed: Callable[[], str], drugs_url: str, clock: Any
) -> None:
    agencies.on(drugs_url, status=429, Retry_After="3600")
    said = failed()
    assert "status 429, which asks to come back in 3,600 s" in said
    assert "try again later: indicators fetch cbp_drugs" in said
    assert agencies.times(drugs_url) == 1
    assert max(clock.slept) < 10


def test_errors_of_the_server_that_pass(
    agencies: Any, ask: Ask, drugs: catalog.Source, drugs_url: str, drugs_csv: bytes, clock: Any
) -> None:
    for status in (500, 502, 504):
        agencies.on(drugs_url, status=status)
    agencies.on(drugs_url, drugs_csv)
    assert ask(drugs)[0].status == "fetched"
    assert agencies.times(drugs_url) == 4
    waits = [one for one in clock.slept if one > 1]
    assert len(waits) == 3
    assert all(low <= wait <= low + 3 for low, wait in zip((2, 4, 8), waits, strict=True))  # with jitter


def test_errors_of_the_server_that_stay(agencies: Any, failed: Callable[[], str], drugs_url: str) -> None:
    agencies.on(drugs_url, status=500)
    assert "status 500" in failed()
    assert agencies.times(drugs_url) == fetch_client.ATTEMPTS


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


def test_a_length_too_short_cuts_a_row_and_is_refused(
    agencies: Any, failed: Callable[[], str], drugs_url: str, drugs_csv: bytes
) -> None:
    agencies.by(drugs_url, _cut(drugs_csv, len(drugs_csv) - 30))
    assert "line 33\n  expected: 9 columns\n  found:    5 columns" in failed()


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


def test_a_file_said_to_be_too_large_is_not_read(
    agencies: Any, failed: Callable[[], str], drugs_url: str
) -> None:
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


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_on_the_agencys_host_is_followed(
    agencies: Any, ask: Ask, drugs: catalog.Source, drugs_url: str, drugs_csv: bytes, status: int
) -> None:
    agencies.on(drugs_url, status=status, Location="/new/nationwide-drugs-fy22-fy23-nov.csv")
    agencies.on("https://www.cbp.gov/new/nationwide-drugs-fy22-fy23-nov.csv", drugs_csv)
    assert ask(drugs)[0].status == "fetched"


@pytest.mark.parametrize(
    ("to", "found"),
    [
        ("https://evil.example/drugs.csv", "https://evil.example"),
        ("http://www.cbp.gov/drugs.csv", "http://www.cbp.gov"),
        ("https://www.cbp.gov@evil.example/drugs.csv", "https://www.cbp.gov@evil.example"),
        ("https://www.cbp.gov:8443/drugs.csv", "https://www.cbp.gov:8443"),
        ("https://login.microsoftonline.com/", "https://login.microsoftonline.com"),
        ("file:///etc/passwd", "file://"),
        ("https://[broken", "https://[broken"),
    ],
)
def test_a_redirect_elsewhere_is_refused(
    agencies: Any, failed: Callable[[], str], drugs_url: str, to: str, found: str
) -> None:
    agencies.on(drugs_url, status=302, Location=to)
    assert f"found:    {found}" in failed()
    assert len(agencies.asked) == 2


def test_redirects_in_a_circle(agencies: Any, failed: Callable[[], str], drugs_url: str) -> None:
    agencies.on(drugs_url, status=302, Location=drugs_url)
    assert "at most 5 redirects" in failed()


def test_a_challenge_page_in_place_of_the_listing(
    agencies: Any, failed: Callable[[], str], drugs: catalog.Source
) -> None:
    page = drugs.fetch[0].page
    agencies.on(page, CHALLENGE, Content_Type="text/html")
    said = failed()
    assert "a robot check (a page of" in said
    assert f"open {page} in a browser" in said
    assert "indicators add FILE --source cbp_drugs" in said


def test_a_challenge_page_in_place_of_the_file(
    agencies: Any, failed: Callable[[], str], drugs: catalog.Source, drugs_url: str
) -> None:
    agencies.on(drugs_url, CHALLENGE, Content_Type="text/csv")
    said = failed()
    assert "a web page with status 200" in said
    assert f"open {drugs.fetch[0].page} in a browser" in said


@pytest.mark.parametrize("status", [401, 403])
def test_a_machine_that_is_not_let_in(
    agencies: Any, failed: Callable[[], str], drugs: catalog.Source, status: int
) -> None:
    agencies.on(drugs.fetch[0].page, status=status)
    said = failed()
    assert f"status {status}: refused to a machine" in said
    assert "in a browser" in said


def test_a_file_that_moved(agencies: Any, failed: Callable[[], str], drugs_url: str) -> None:
    agencies.on(drugs_url, status=404)
    said = failed()
    assert "status 404: not there any more" in said
    assert "then mend [[cbp_drugs.fetch]] in catalog/sources.toml" in said
    assert agencies.times(drugs_url) == 1


def test_a_listing_without_such_a_link(
    agencies: Any, failed: Callable[[], str], drugs: catalog.Source
) -> None:
    agencies.on(drugs.fetch[0].page, "<html>" + '<a href="/about">About</a>' * 500 + "</html>")
    assert "expected: a link like" in failed()


def test_a_column_that_was_renamed(
    agencies: Any, failed: Callable[[], str], drugs_url: str, drugs_csv: bytes
) -> None:
    agencies.on(drugs_url, drugs_csv.replace(b"Drug Type", b"Drug Kind"))
    said = failed()
    assert "expected: the header of cbp_drugs" in said
    assert '"Drug Kind"' in said


def test_another_series_under_this_name(
    agencies: Any, failed: Callable[[], str], drugs_url: str, fixtures: Path
) -> None:
    other = fixtures / "cbp_weapons" / "weapons-ammunition-seizures-fy22-fy23-oct.csv"
    agencies.on(drugs_url, other.read_bytes())
    assert "the header of cbp_weapons" in failed()


def test_an_empty_answer(agencies: Any, failed: Callable[[], str], drugs_url: str) -> None:
    agencies.on(drugs_url, b"")
    assert "an empty answer" in failed()


def test_a_failure_leaves_the_release_that_is_held_alone(
    agencies: Any, ask: Ask, drugs: catalog.Source, drugs_url: str, drugs_csv: bytes, home: Home
) -> None:
    agencies.on(drugs_url, drugs_csv)
    agencies.on(drugs_url, drugs_csv.replace(b"Drug Type", b"Drug Kind"))
    ask(drugs)
    before = {path: path.read_bytes() for path in home.raw.rglob("*") if path.is_file()}
    assert ask(drugs)[0].status == "failed"
    assert {path: path.read_bytes() for path in home.raw.rglob("*") if path.is_file()} == before


def test_a_certificate_that_does_not_hold_is_not_tried_again(clock: Any) -> None:
    tries = []

    def refuse(request: httpx.Request) -> httpx.Response:
        tries.append(request)
        raise httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] unable to get local issuer certificate")

    client = Client(transport=httpx.MockTransport(refuse), clock=clock)
    with pytest.raises(Problem) as caught:
        client.get("https://www.cbp.gov/x", HOSTS, limit_mb=1)
    said = str(caught.value.told("cbp_drugs", "https://www.cbp.gov/page"))
    assert "unable to get local issuer certificate" in said
    assert "never go around this" in said
    assert len(tries) == 1


def test_no_connection(clock: Any) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("Name or service not known")

    client = Client(transport=httpx.MockTransport(refuse), clock=clock)
    with pytest.raises(Problem) as caught:
        client.get("https://www.cbp.gov/x", HOSTS, limit_mb=1)
    assert caught.value.found == "no connection: Name or service not known"


@pytest.mark.parametrize(
    "url", ["http://www.cbp.gov/x", "https://evil.example/x", "ftp://www.cbp.gov/x", "/x"]
)
def test_nothing_but_https_to_the_hosts_named(client: Client, agencies: Any, url: str) -> None:
    with pytest.raises(Problem, match="redirect"):
        client.get(url, HOSTS, limit_mb=1)
    assert agencies.asked == []


def test_a_name_that_would_leave_its_folder_does_not(
    agencies: Any, ask: Ask, drugs: catalog.Source, drugs_url: str, drugs_csv: bytes, home: Home
) -> None:
    name = "../../../nationwide-drugs-fy22-fy23-nov.csv"
    agencies.on(drugs_url, drugs_csv, Content_Disposition=f'attachment; filename="{name}"')
    (outcome,) = ask(drugs)
    assert (outcome.status, outcome.name) == ("fetched", "nationwide-drugs-fy22-fy23-nov.csv")
    assert all(home.root in path.parents for path in home.raw.rglob("*"))


def test_a_full_disk_fails_one_file_and_is_told(
    agencies: Any,
    ask: Ask,
    drugs: catalog.Source,
    drugs_url: str,
    drugs_csv: bytes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    agencies.on(drugs_url, drugs_csv)
    monkeypatch.setattr(vintages, "store", full)
    (outcome,) = ask(drugs)
    assert outcome.status == "failed"
    assert "No space left on device" in str(outcome.error)
