"""A server on this machine that speaks for every agency, a clock that needs no waiting, and a store to fill.

Production code knows nothing of it: the client is given a transport that leads every https host here.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import httpx
import pytest

from indicators import catalog, fetch
from indicators.catalog.downloads import Listing
from indicators.fetch import Outcome
from indicators.fetch.client import Client
from indicators.paths import Home

TODAY = date(2026, 11, 22)
Reply = Callable[[BaseHTTPRequestHandler, dict[str, str]], None]


class Agencies:
    """What each address answers, in order, the last answer for ever; and what was asked."""

    def __init__(self) -> None:
        self.replies: defaultdict[tuple[str, str], list[Reply]] = defaultdict(list)
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        self.at_once: defaultdict[str, int] = defaultdict(int)
        self.most_at_once: defaultdict[str, int] = defaultdict(int)
        self.lock = threading.Lock()

    def on(self, url: str, body: bytes | str = b"", *, status: int = 200, **headers: str) -> None:
        """Answer ``url`` with this from now on (once, where more is said of it later)."""
        data = body.encode() if isinstance(body, str) else body

        def reply(handler: BaseHTTPRequestHandler, asked: dict[str, str]) -> None:
            handler.send_response(status)
            for name, value in {"Content-Length": str(len(data)), **headers}.items():
                handler.send_header(name.replace("_", "-"), value)
            handler.end_headers()
            handler.wfile.write(data)

        self.by(url, reply)

    @staticmethod
    def send(handler: BaseHTTPRequestHandler, body: bytes, **headers: str) -> None:
        """Send 200 and this body."""
        handler.send_response(200)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    @staticmethod
    def page(*links: tuple[str, str]) -> str:
        """A page, long enough to be no robot check, with these links: address and words."""
        listed = "".join(f'<p><a href="{address}"><b>{words}</b></a></p>' for address, words in links)
        return f"<!DOCTYPE html><html>{'<p>Public data of the agency.</p>' * 200}{listed}</html>"

    def by(self, url: str, reply: Reply) -> None:
        """Answer ``url`` by a function of the handler and what was asked (query or form)."""
        parts = urlsplit(url)
        self.replies[parts.netloc, unquote(parts.path)].append(reply)

    def times(self, url: str) -> int:
        """How often an address was asked for."""
        parts = urlsplit(url)
        return sum((host, path) == (parts.netloc, unquote(parts.path)) for host, path, _ in self.asked)

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        host, parts = handler.headers["Host"], urlsplit(handler.path)
        form = handler.rfile.read(int(handler.headers.get("Content-Length") or 0)).decode()
        asked = {k: v[0] for k, v in parse_qs(form or parts.query, keep_blank_values=True).items()}
        path = unquote(parts.path)
        with self.lock:
            self.asked.append((host, path, {**dict(handler.headers), **asked}))
            self.at_once[host] += 1
            self.most_at_once[host] = max(self.most_at_once[host], self.at_once[host])
            replies = self.replies.get((host, path)) or self.replies[("*", "*")]
            reply = replies.pop(0) if len(replies) > 1 else replies[0]
        time.sleep(0.002)  # long enough for a second request to show
        with self.lock:
            self.at_once[host] -= 1
        reply(handler, asked)


@pytest.fixture
def agencies() -> Iterator[Agencies]:
    """The server's answers; what nobody spoke of is answered with 404."""
    answers = Agencies()
    answers.on("https://*", status=404)
    answers.replies["*", "*"] = answers.replies.pop(("*", ""))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            answers.answer(self)

        do_POST = do_GET

        def log_message(self, *words: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *words: Any) -> None:
            """A client that hangs up is what some tests are about."""

    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    answers.port = server.server_port  # type: ignore[attr-defined]
    yield answers
    server.shutdown()
    server.server_close()


class HereInstead(httpx.BaseTransport):
    """Leads every https host to the server here; the Host header still says which was meant."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.inner = httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        assert request.url.scheme == "https"
        url = request.url.copy_with(scheme="http", host="127.0.0.1", port=self.port)
        there = httpx.Request(
            request.method, url, headers=request.headers, stream=request.stream, extensions=request.extensions
        )
        return self.inner.handle_request(there)

    def close(self) -> None:
        self.inner.close()


class Clock:
    """Time that passes when somebody sleeps, and by ``tick`` whenever somebody looks."""

    def __init__(self) -> None:
        self.now, self.tick = 1_000_000.0, 0.0
        self.slept: list[float] = []
        self.lock = threading.Lock()

    def monotonic(self) -> float:
        with self.lock:
            self.now += self.tick
            return self.now

    def time(self) -> float:
        return self.monotonic()

    def sleep(self, seconds: float, /) -> None:
        with self.lock:
            self.slept.append(seconds)
            self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("tenacity.nap.time", clock)
    return clock


@pytest.fixture
def client(agencies: Agencies, clock: Clock) -> Iterator[Client]:
    made = Client(transport=HereInstead(agencies.port), clock=clock)  # type: ignore[attr-defined]
    yield made
    made.close()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


Ask = Callable[..., list[Outcome]]


@pytest.fixture
def ask(home: Home, client: Client) -> Ask:
    """Fetch sources (ids, or entries changed for the test) into the home's store."""

    def _ask(*wanted: str | catalog.Source, today: date = TODAY) -> list[Outcome]:
        sources = [catalog.sources()[one] if isinstance(one, str) else one for one in wanted]
        client._pages.clear()  # as in a run of its own
        return fetch.fetch(sources, home, client, today)

    return _ask


def _stored(home: Home) -> list[Path]:
    return sorted(home.raw.rglob("*")) if home.raw.exists() else []


@pytest.fixture
def failed(ask: Ask, drugs: catalog.Source, home: Home) -> Callable[[], str]:
    """Fetch the one source: it fails, nothing is stored, and the message is given back."""

    def _failed() -> str:
        before = _stored(home)
        (outcome,) = ask(drugs)
        assert outcome.status == "failed"
        assert _stored(home) == before == []
        return str(outcome.error)

    return _failed


@pytest.fixture
def drugs() -> catalog.Source:
    """A source with one listing page and one kind of file: what most tests of faults are made on."""
    source = catalog.sources()["cbp_drugs"]
    return source.model_copy(update={"fetch": [source.fetch[0].model_copy(update={"limit_mb": 1})]})


DRUGS_FILE = "nationwide-drugs-fy22-fy23-nov.csv"


@pytest.fixture
def drugs_url(agencies: Agencies, drugs: catalog.Source) -> str:
    """The listing page links to the file at this address; what it answers is for the test to say."""
    way = drugs.fetch[0]
    assert isinstance(way, Listing)
    path = f"/sites/default/files/2022-12/{DRUGS_FILE}"
    agencies.on(way.page, agencies.page((path, "Download")), Content_Type="text/html")
    return f"https://www.cbp.gov{path}"


@pytest.fixture
def drugs_csv(fixtures: Path) -> bytes:
    return (fixtures / "cbp_drugs" / DRUGS_FILE).read_bytes()
