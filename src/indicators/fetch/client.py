"""The client that asks the servers of agencies: patient, bounded, and the only code that opens a socket."""

import logging
import threading
import time
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from typing import Any, Literal, Protocol
from urllib.parse import urljoin, urlsplit

import httpx
import stamina

from indicators.errors import DataError

Kind = Literal["gate", "moved", "unreachable", "certificate", "redirect", "too_large", "changed"]

TODO = {
    "gate": "open {page} in a browser, save the file unchanged, then: indicators add FILE --source {source}",
    "moved": "open {page}: if the file is there, save it and: indicators add FILE --source {source}; "
    "then correct [[{source}.fetch]] in catalog/sources.toml",
    "unreachable": "try again later: indicators fetch {source}; or open {page}, save the file, and: "
    "indicators add FILE --source {source}",
    "certificate": "do not bypass this: check the clock of this machine, and SSL_CERT_FILE behind a proxy; "
    "or open {page}, save the file, and: indicators add FILE --source {source}",
    "redirect": "open {page} and see where the agency keeps its files now; if that host is the agency's, add it "
    "to hosts in [[{source}.fetch]] of catalog/sources.toml",
    "too_large": "open {page}: if its file has really become so large, raise limit_mb in [[{source}.fetch]] of "
    "catalog/sources.toml",
    "changed": "open {page} and compare; if the agency answers in another form, correct [[{source}.fetch]] in "
    "catalog/sources.toml",
}


@dataclass
class Problem(Exception):
    """A request without a usable answer: its kind, its address, what was expected there and what was found."""

    kind: Kind
    url: str
    expected: str
    found: str

    def as_error(self, source: str, page: str) -> DataError:
        """Return the problem as a message with the remedy for this source.

        The words of a server are shown without the characters that could write over a terminal.
        """
        found = "".join(sign if sign.isprintable() else " " for sign in self.found)
        return DataError(self.url, self.expected, found, TODO[self.kind].format(source=source, page=page))


USER_AGENT = (
    f"cross-border-crime-indicators/{version('cross-border-crime-indicators')} "
    "(public statistics, asked for once a quarter, one request at a time)"
)
ATTEMPTS = 4
PAUSE_SECONDS = 1.0  # between two requests to a host
LONGEST_WAIT_SECONDS = 120.0  # a server that asks for more is not asked again in this run
TOTAL_SECONDS = 900.0  # for one whole answer, however slow
REDIRECTS = 5
GATES = {401, 403, 405, 406, 418, 451}  # as a rule refused to a machine, where a browser gets an answer
GONE = {404, 410}
PASSING = {408, 425, 429, 500, 502, 503, 504}

SHORT_NAMES = {
    "ConnectError": "no connection",
    "ConnectTimeout": "no connection in time",
    "ReadTimeout": "no answer in time",
    "ReadError": "connection cut",
    "RemoteProtocolError": "connection cut or answer garbled",
    "DecodingError": "answer garbled",
}
RETRY = stamina.RetryingCaller(ATTEMPTS, timeout=None, wait_initial=2, wait_max=60, wait_jitter=3)
logging.getLogger("stamina").addHandler(logging.NullHandler())  # a retry is no warning to an analyst

Progress = Callable[[str, int, int | None], None]
"""Called with the address, the bytes that have come, and the bytes in all (None: not said)."""


class Clock(Protocol):
    """The clock of the client, such as the module ``time``."""

    def monotonic(self) -> float: ...
    def sleep(self, seconds: float, /) -> None: ...
    def time(self) -> float: ...


@dataclass(frozen=True)
class Answer:
    """An answer: ``body`` unpacked, ``headers`` with their names in lower case."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes | bytearray = b""

    def is_html(self) -> bool:
        """Return whether this is a web page, whatever its name says."""
        return self.body[:2000].lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<")


@dataclass
class _Busy(Exception):
    """A passing refusal; ``after`` is the number of seconds for which the server asks."""

    status: int
    after: float | None


@dataclass
class _Turn:
    """The lock of a host, and the time at which the last request to it ended."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    last: float | None = None


class Client:
    """The client of agencies' servers. Every fault on the way is a Problem.

    ``transport`` and ``clock`` are for tests: no setting, file or variable changes them.
    """

    def __init__(
        self,
        *,
        transport: httpx.BaseTransport | None = None,
        clock: Clock = time,
        progress: Progress | None = None,
    ) -> None:
        self._clock = clock
        self._progress = progress or (lambda what, got, total: None)
        self._turns: defaultdict[str, _Turn] = defaultdict(_Turn)
        self._pages: dict[str, Answer] = {}
        self._http = httpx.Client(
            transport=transport,
            headers={"User-Agent": USER_AGENT, "Accept-Encoding": "gzip"},
            timeout=httpx.Timeout(connect=20, read=60, write=60, pool=60),
            follow_redirects=False,
        )

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def get(
        self,
        url: str,
        hosts: frozenset[str],
        *,
        limit_mb: int,
        conditions: Mapping[str, str] | None = None,
        absent: frozenset[int] = frozenset(),
    ) -> Answer:
        """Return the answer to a GET: status 200, 304 where ``conditions`` are met, or one of ``absent``.

        ``hosts`` are those that the address and its redirects may lead to. Raise Problem.
        """
        for _ in range(REDIRECTS + 1):
            request = self._request("GET", url, hosts, headers=conditions)
            answer = self._ask(request, limit_mb, absent)
            if not 300 <= answer.status < 400 or answer.status == 304:
                return answer
            location = answer.headers.get("location", "")
            try:
                url = urljoin(url, location)
            except ValueError:
                raise Problem("changed", url, "an address to go on to", location[:80]) from None
        raise Problem("redirect", url, f"a file after at most {REDIRECTS} redirects", "one more redirect")

    def page(self, url: str, hosts: frozenset[str], *, limit_mb: int) -> Answer:
        """Return the answer to a GET, asked for once however many sources are listed on the page."""
        if url not in self._pages:
            self._pages[url] = self.get(url, hosts, limit_mb=limit_mb)
        return self._pages[url]

    def post(self, url: str, form: Mapping[str, str], hosts: frozenset[str], *, limit_mb: int) -> Answer:
        """Return the answer to a form, with status 200: a form is sent to its address only, to no redirect."""
        request = self._request("POST", url, hosts, data=dict(form))
        answer = self._ask(request, limit_mb, frozenset())
        if answer.status != 200:
            raise Problem("gate", url, "an answer to the question", f"status {answer.status}")
        return answer

    def _request(self, method: str, url: str, hosts: frozenset[str], **more: Any) -> httpx.Request:
        """Return the request. Raise Problem where its address is not https, or leads to no host of ``hosts``."""
        parts = urlsplit(url)
        if parts.scheme != "https" or parts.hostname not in hosts or parts.netloc.lower() != parts.hostname:
            found = f"{parts.scheme or 'no scheme'}://{parts.netloc}"
            raise Problem("redirect", url, f"https to {' or '.join(sorted(hosts))}", found)
        try:
            return self._http.build_request(method, url, **more)
        except httpx.InvalidURL as error:
            raise Problem("changed", url, "an address", str(error)) from None

    def _ask(self, request: httpx.Request, limit_mb: int, absent: frozenset[int]) -> Answer:
        url = str(request.url)
        try:
            with self._turn(request.url.host):
                return RETRY(_wait, self._once, request, limit_mb, absent)
        except _Busy as busy:
            asks = f", which asks to come back in {busy.after:,.0f} s" if busy.after else ""
            raise Problem("unreachable", url, "an answer", f"status {busy.status}{asks}") from None
        except zlib.error as error:
            raise Problem("changed", url, "a packed answer that unpacks", str(error)) from None
        except httpx.HTTPError as error:
            if "CERTIFICATE_VERIFY_FAILED" in str(error):
                raise Problem("certificate", url, "a valid certificate", str(error)) from None
            name = SHORT_NAMES.get(type(error).__name__, type(error).__name__)
            found = f"{name}: {error}" if str(error) else name
            raise Problem("unreachable", url, "an answer", found) from None

    @contextmanager
    def _turn(self, host: str) -> Iterator[None]:
        """Wait until no other request to this host is running, and PAUSE_SECONDS more."""
        turn = self._turns[host]
        with turn.lock:
            if turn.last is not None:
                pause = turn.last + PAUSE_SECONDS - self._clock.monotonic()
                self._clock.sleep(max(0.0, pause))
            try:
                yield
            finally:
                turn.last = self._clock.monotonic()

    def _once(self, request: httpx.Request, limit_mb: int, absent: frozenset[int]) -> Answer:
        url, began = str(request.url), self._clock.monotonic()
        with closing(self._http.send(request, stream=True)) as response:
            status = response.status_code
            if status in absent or 300 <= status < 400:
                return Answer(url, status, response.headers)
            if status in PASSING:
                raise _Busy(status, self._retry_after(response))
            if status in GATES:
                raise Problem("gate", url, "the file", f"status {status}: refused to a machine")
            if status in GONE:
                raise Problem("moved", url, "the file", f"status {status}: not there any more")
            if status != 200:
                raise Problem("changed", url, "status 200", f"status {status}")
            return Answer(url, status, response.headers, self._body(response, limit_mb, began))

    def _body(self, response: httpx.Response, limit_mb: int, began: float) -> bytearray:
        url, limit = str(response.url), limit_mb * 1_000_000
        packing = response.headers.get("content-encoding", "identity").lower()
        if packing not in ("identity", "gzip"):
            raise Problem("changed", url, "an answer as it is or in gzip", f'one in "{packing}"')
        length = response.headers.get("content-length", "")
        total = int(length) if length.isdigit() else None
        gzip = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS) if packing == "gzip" else None
        body = bytearray()
        for chunk in response.iter_raw():
            body += gzip.decompress(chunk, limit + 1 - len(body)) if gzip else chunk
            got = max(len(body), response.num_bytes_downloaded, total or 0)
            if got > limit:
                raise Problem("too_large", url, f"at most {limit_mb} MB", f"more ({got:,} bytes or beyond)")
            if self._clock.monotonic() - began > TOTAL_SECONDS:
                found = f"{response.num_bytes_downloaded:,} bytes in that time"
                raise Problem("unreachable", url, f"an answer within {TOTAL_SECONDS:.0f} s", found)
            self._progress(url, response.num_bytes_downloaded, total)
        if gzip and not gzip.eof:
            raise httpx.RemoteProtocolError("the packed answer ends before its end")
        return body  # no copy: the largest file has 362 MB

    def _retry_after(self, response: httpx.Response) -> float | None:
        """Return the seconds that ``Retry-After`` asks for, in seconds or as a moment."""
        text = response.headers.get("retry-after", "").strip()
        if text.isdigit():
            return float(text)
        try:
            return max(0.0, parsedate_to_datetime(text).timestamp() - self._clock.time())
        except ValueError:
            return None


def _wait(error: Exception) -> bool | float:
    """Return whether to try again, or after how many seconds where the server says so."""
    if isinstance(error, _Busy):
        if error.after is None:
            return True
        return error.after if error.after <= LONGEST_WAIT_SECONDS else False
    return isinstance(error, httpx.TransportError) and "CERTIFICATE_VERIFY_FAILED" not in str(error)
