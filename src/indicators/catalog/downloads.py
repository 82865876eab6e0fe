"""Ways to the files of an agency: the entries ``[[<source>.fetch]]`` of sources.toml.

Addresses are https. A way reaches the hosts of its own addresses and those in ``hosts``, and no other.
"""

import re
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from indicators.catalog.base import Entry


def _address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme != "https" or not parts.hostname or "@" in parts.netloc:
        raise ValueError("an address begins with https:// and a host, and names no user")
    return text


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"no regular expression: {error}") from None
    return text


Address = Annotated[str, AfterValidator(_address)]
Pattern = Annotated[str, AfterValidator(_pattern)]


class Way(Entry):
    """Keys that every way has.

    ``page`` is for a person, if the agency refuses the program. ``hosts`` are further hosts that a redirect or a link
    may lead to. ``limit_mb`` limits each answer, both packed and unpacked. A ``fallback`` is asked only after a way
    before it failed. A ``mirror`` is a host that is not the agency's: its files count as received, not verified.
    """

    page: Address
    hosts: list[str] = []
    limit_mb: int = Field(default=100, gt=0)
    fallback: bool = False
    mirror: bool = False

    def reached(self) -> frozenset[str]:
        """Return the hosts that this way may reach."""
        named = [value for value in self.model_dump().values() if isinstance(value, str)]
        own = [urlsplit(one).hostname for one in named if one.startswith("https://")]
        return frozenset(host for host in (*self.hosts, *own) if host)


class FileWay(Way):
    """A way to files that the agency made.

    ``file`` is a pattern of the file's name (any case). ``released`` is the origin of the release day: the ``name``, as
    for a file added by hand, or ``last_modified``, the server's header, unless it lies before the end of the data.
    ``folder`` replaces a folder ``vintage-…`` if neither has the day; it may contain groups of ``link``.
    """

    file: Pattern = ""
    released: Literal["name", "last_modified"] = "name"
    folder: str = ""


class Listing(FileWay):
    """A page that links to the files; their names and addresses change with every release.

    A link counts if ``link`` matches the end of its path and ``label`` occurs in its words (lower case, no accents).
    Of links with the same group ``window`` in their path the newest is taken; links without it are all taken.
    ``download`` builds the address of the file from the link's groups, if it is not the link itself.
    """

    kind: Literal["listing"]
    link: Pattern
    label: Pattern = ""
    download: Annotated[str, Field(pattern="^$|^https://")] = ""


class Dated(FileWay):
    """An address with the period in it (``{year}``, ``{yy}``, ``{mes}``: ene to dic), newest first.

    Up to ``back`` periods are tried until a file is there; ``absent`` are the HTTP codes of a missing file.
    """

    kind: Literal["dated"]
    address: Address
    every: Literal["month", "year", "once"]
    back: int = Field(default=1, gt=0)
    absent: list[int] = [404]


class Socrata(Way):
    """A table behind a Socrata interface: ``table`` is its address without ending, ``about`` its description.

    It is read in pages of ``page_rows``, in the explicit ``order`` that Socrata asks for. Its release day is the day of
    the last change of its rows, ``{day}`` in the name ``file``.
    """

    kind: Literal["socrata"]
    table: Address
    about: Address
    order: str
    page_rows: int = Field(default=25_000, gt=0, le=50_000)
    file: str


class Dashboard(Way):
    """The aggregate answers of the RNPDNO dashboard for the whole register, one status at a time.

    ``statuses`` maps each status to its title in the dashboard; ``form`` contains the fields of every question.
    ``page`` opens the session.
    """

    kind: Literal["dashboard"]
    totals: Address
    by_state: Address
    by_year: Address
    statuses: dict[str, str]
    form: dict[str, str]


AnyWay = Annotated[Listing | Dated | Socrata | Dashboard, Field(discriminator="kind")]
