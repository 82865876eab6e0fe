"""How an agency's files are reached, as data: the ways of ``[[<source>.fetch]]`` in sources.toml.

Addresses are https; a way reaches the hosts of its own addresses and those in ``hosts``, and no other.
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
    """What every way has.

    ``page`` is what a person opens where the machine is turned away. ``hosts`` are those a redirect or a link
    may lead to beside its own; ``limit_mb`` bounds each answer, as it comes and unpacked; with ``fallback`` it
    is asked only where a way before it failed.
    """

    page: Address
    hosts: list[str] = []
    limit_mb: int = Field(default=100, gt=0)
    fallback: bool = False

    def reached(self) -> frozenset[str]:
        """The hosts this way may reach."""
        named = [value for value in self.model_dump().values() if isinstance(value, str)]
        own = [urlsplit(one).hostname for one in named if one.startswith("https://")]
        return frozenset(host for host in (*self.hosts, *own) if host)


class FileWay(Way):
    """A way to files of the agency's own making.

    ``file`` is what one must be called (any case). ``released`` says what tells the release day: ``name``, as
    for a file added by hand, or ``last_modified``, the server's header, where it is not before the end of the
    data. ``folder`` stands for the folder ``vintage-…`` that tells it where neither does; it may name groups of
    ``link``.
    """

    file: Pattern = ""
    released: Literal["name", "last_modified"] = "name"
    folder: str = ""


class Listing(FileWay):
    """A page that links to the files; their names and addresses change with every release.

    A link counts whose path ``link`` matches to its end and whose words (lower case, no accents) ``label`` is
    found in. Of links with the same group ``window`` in their path the newest is taken; links without it are
    all taken. ``download`` is the address of the file, made of the link's groups, where the link is not it.
    """

    kind: Literal["listing"]
    link: Pattern
    label: Pattern = ""
    download: Annotated[str, Field(pattern="^$|^https://")] = ""


class Dated(FileWay):
    """An address with the period in it (``{year}``, ``{yy}``, ``{mes}``: ene to dic), newest first.

    As many as ``back`` periods are tried until one is there; ``absent`` are the answers that say it is not.
    """

    kind: Literal["dated"]
    address: Address
    every: Literal["month", "year", "once"]
    back: int = Field(default=1, gt=0)
    absent: list[int] = [404]


class Socrata(Way):
    """A table behind a Socrata interface: ``table`` without its ending, ``about`` its description.

    It is read in pages of ``page_rows``, in the explicit ``order`` that Socrata asks for; the day its rows were
    last changed is its release day. ``file`` is the name it is kept under, ``{day}`` that day.
    """

    kind: Literal["socrata"]
    table: Address
    about: Address
    order: str
    page_rows: int = Field(default=25_000, gt=0, le=50_000)
    file: str


class Dashboard(Way):
    """The aggregate answers of the RNPDNO dashboard, asked for the whole register, one status at a time.

    ``statuses`` gives each status that is asked for the title the dashboard gives it; ``form`` is what every
    question is asked with. ``page`` opens the session.
    """

    kind: Literal["dashboard"]
    totals: Address
    by_state: Address
    by_year: Address
    statuses: dict[str, str]
    form: dict[str, str]


AnyWay = Annotated[Listing | Dated | Socrata | Dashboard, Field(discriminator="kind")]
