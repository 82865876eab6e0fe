"""Redirects, robot gates, files that moved, certificates: told with what to do, and never gone around."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from indicators import catalog
from indicators.fetch import Outcome
from indicators.fetch.client import Client, Problem

Ask = Callable[..., list[Outcome]]
HOSTS = frozenset({"www.cbp.gov"})
CHALLENGE = "<html><title>Challenge Validation</title>" + "<script>x</script>" * 100 + "</html>"


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
    assert agencies.times(drugs_url) == 6


@pytest.mark.parametrize("gate", [CHALLENGE, CHALLENGE + " " * 9_000, "<html>One moment</html>", ""])
def test_a_challenge_page_in_place_of_the_listing(
    agencies: Any, failed: Callable[[], str], drugs: catalog.Source, gate: str
) -> None:
    page = drugs.fetch[0].page
    agencies.on(page, gate, Content_Type="text/html")
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
    assert "then correct [[cbp_drugs.fetch]] in catalog/sources.toml" in said
    assert agencies.times(drugs_url) == 1


def test_a_listing_without_such_a_link(agencies: Any, failed: Callable[[], str], drugs: catalog.Source) -> None:
    agencies.on(drugs.fetch[0].page, "<html>" + '<a href="/about">About</a>' * 500 + "</html>")
    assert "expected: a link like" in failed()


def test_a_certificate_that_does_not_hold_is_not_tried_again(clock: Any) -> None:
    tries = []

    def refuse(request: httpx.Request) -> httpx.Response:
        tries.append(request)
        raise httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] unable to get local issuer certificate")

    client = Client(transport=httpx.MockTransport(refuse), clock=clock)
    with pytest.raises(Problem) as caught:
        client.get("https://www.cbp.gov/x", HOSTS, limit_mb=1)
    said = str(caught.value.as_error("cbp_drugs", "https://www.cbp.gov/page"))
    assert "unable to get local issuer certificate" in said
    assert "do not bypass this" in said
    assert len(tries) == 1


def test_no_connection(clock: Any) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("Name or service not known")

    client = Client(transport=httpx.MockTransport(refuse), clock=clock)
    with pytest.raises(Problem) as caught:
        client.get("https://www.cbp.gov/x", HOSTS, limit_mb=1)
    assert caught.value.found == "no connection: Name or service not known"


@pytest.mark.parametrize("url", ["http://www.cbp.gov/x", "https://evil.example/x", "ftp://www.cbp.gov/x", "/x"])
def test_nothing_but_https_to_the_hosts_named(client: Client, agencies: Any, url: str) -> None:
    with pytest.raises(Problem, match="redirect"):
        client.get(url, HOSTS, limit_mb=1)
    assert agencies.asked == []
