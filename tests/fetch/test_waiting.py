"""Servers that ask for patience, and servers that need some: nothing here waits for real."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from indicators import catalog
from indicators.fetch import Outcome
from indicators.fetch import client as fetch_client
from indicators.fetch.client import Client

Ask = Callable[..., list[Outcome]]


def test_a_second_between_two_requests_to_a_host(
    agencies: Any, ask: Ask, drugs: catalog.Source, drugs_url: str, drugs_csv: bytes, clock: Any
) -> None:
    agencies.on(drugs_url, drugs_csv)
    ask(drugs)
    assert len(agencies.asked) == 2
    assert clock.slept == [1.0]


def test_one_request_at_a_time_to_a_host_whoever_asks(agencies: Any, client: Client) -> None:
    urls = [f"https://www.cbp.gov/{number}" for number in range(8)]
    for url in urls:
        agencies.on(url, "x")
    with ThreadPoolExecutor(8) as pool:
        answers = pool.map(lambda url: client.get(url, frozenset({"www.cbp.gov"}), limit_mb=1), urls)
        assert [answer.body for answer in answers] == [b"x"] * 8
    assert agencies.most_at_once == {"www.cbp.gov": 1}


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
