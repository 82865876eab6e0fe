"""The report's words, and the founding articles they come from."""

import re
from collections.abc import Iterable
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from indicators.catalog.base import Bilingual, Entry, entry, read_toml
from indicators.catalog.downloads import AnyWay
from indicators.periods import Clock


class Term(Entry):
    """A word of the report and what it means."""

    id: str
    term: Bilingual
    meaning: Bilingual


class Article(Entry):
    """One founding article: what it names that can be measured, and the metrics in ``rows`` that stand for it."""

    id: str
    about: Bilingual
    mentions: Bilingual
    rows: list[str]
    url: str = ""


class Layout(Entry):
    """One shape in which a source's table has been published.

    ``columns`` maps our name to the header (or to all headers it has had); ``months`` are the headers of
    twelve month columns, January first; ``by_year`` maps our name to a header that comes once a year, such
    as ``POPESTIMATE{year}``, and gives columns ``name_2024``. Headers in ``ignored`` may be there or not; one
    that ends in ``*`` stands for every header that begins so. ``sheets`` of a workbook are read together.
    A ``large_table`` is never held as text: its reader is given the bytes, and splits them block by block.
    """

    columns: dict[str, str | list[str]]
    months: list[str] = []
    by_year: dict[str, str] = {}
    ignored: list[str] = []
    sheets: list[str] = []
    format: Literal["table", "large_table", "json"] = "table"

    def accepted(self, found: Iterable[str] = ()) -> dict[str, str]:
        """Our name of every header that this layout takes, with the years that ``found`` has."""
        names = {}
        for name, headers in self.columns.items():
            for header in [headers] if isinstance(headers, str) else headers:
                names[header] = name
        names |= {header: f"month_{number:02}" for number, header in enumerate(self.months, 1)}
        for name, header in self.by_year.items():
            pattern = re.compile(re.escape(header).replace(r"\{year\}", r"(\d{4})"))
            years = [match for one in found if (match := pattern.fullmatch(one))]
            names |= {match[0]: f"{name}_{match[1]}" for match in years} or {header: name}
        return names

    def ignores(self, header: str) -> bool:
        """Whether a header may stand in the table without being read."""
        return header in self.ignored or any(
            header.startswith(one[:-1]) for one in self.ignored if one.endswith("*")
        )


class ReleaseNaming(Entry):
    """How a release's day is told from names: what a month token in the file's name, and the month of a
    ``vintage-YYYY-MM`` folder, mean; ``months_after_data`` is the agency's usual lag."""

    token: Literal["data", "released"] = "data"
    folder: Literal["data", "released"] = "released"
    months_after_data: int = 1
    yearly: bool = False


class Source(Entry):
    """One public series of one agency; ``part`` says in words what a newer release replaces as a whole.

    ``fetch`` are the ways to its files, in the order in which they are asked.
    """

    id: str
    name: Bilingual
    agency: Bilingual
    table: str
    url: str
    licence: Bilingual
    cadence_days: int = Field(gt=0)
    zeros: Literal["implied", "stated"]
    part: Bilingual
    release: ReleaseNaming = ReleaseNaming()
    fetch: list[AnyWay] = []
    layouts: dict[str, Layout]
    categories: dict[str, dict[str, str] | list[str]] = {}
    note: Bilingual | None = None


Rule = Literal[
    "in_twelve_months",  # how many events in the twelve months to each quarter's end
    "by_year",  # how many events, or how much of their quantities, in each year that has any
    "so_far",  # how many events since the first one
    "latest",  # the quantity the newest event gives
    "share",  # the quantity of an event over the whole it gives
    "framework",  # joint objectives with a complete public metric over those that were coded
]


class Slice(Entry):
    """The rows of a fact in which a metric is counted for some places.

    ``place`` is one id, ``each`` (every place of these rows), or ``corridor`` (the places that belong to each
    corridor as a whole, added up under it); ``sum`` adds all their places up under it.
    The periods these rows cover are the periods of the metric: in them, no row of its category means zero
    (where the source says so).
    """

    place: str
    where: dict[str, list[str]] = {}
    sum: bool = False


FROM_FACTS = {"table", "measure", "slices"}
NEEDS = {  # what an entry of each kind says, and no entry of another kind may
    "count": FROM_FACTS,
    "amount": FROM_FACTS,
    "stock": FROM_FACTS,
    "rate": FROM_FACTS | {"population"},
    "share": FROM_FACTS | {"of"},
    "ratio": FROM_FACTS | {"over_years"},
    "quotient": {"over"},
    "published": {"slices"},
    "ledger": {"slices", "rule"},
}


class Metric(Entry):
    """One line of the catalogue of metrics.

    ``over_years`` is how many earlier fiscal years a ``ratio`` is set against; ``over`` names the two metrics
    of a ``quotient``, what the first counts over what the second does, never a sum of both.
    ``rule`` says how a ledger metric is made from the events in ``where``; ``minutes_of`` names the metric
    whose figures are divided by the minutes of their period; ``searched`` says, where no public figure was
    found, what was searched for it; with ``equal_age`` two periods are comparable only as seen the same time
    after their end (a register that fills late and empties as people are found).
    """

    id: str
    tier: Literal["A", "B", "C"]
    objective: str
    klass: Literal["outcome", "outcome_with_target", "output", "context", "guard", "ledger"] = Field(
        alias="class"
    )
    kind: Literal["count", "amount", "rate", "share", "ratio", "quotient", "stock", "published", "ledger"]
    good: Literal["up", "down", "none"]
    unit: str
    clock: Clock
    table: str | None = None
    measure: str | None = None
    where: dict[str, list[str]] = {}
    of: dict[str, list[str]] = {}
    slices: list[Slice] = []
    population: str | None = None
    over_years: int | None = None
    over: tuple[str, ...] = ()
    companion: str | None = None
    rule: Rule | None = None
    minutes_of: str | None = None
    searched: Bilingual | None = None
    equal_age: bool = False
    owner_us: str = ""
    owner_mx: str = ""
    name: Bilingual
    definition: Bilingual
    caveat: Bilingual

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        said = {name for name in set().union(*NEEDS.values()) if getattr(self, name)}
        if lacking := sorted(NEEDS[self.kind] - said):
            raise ValueError(f"a {self.kind} needs {', '.join(lacking)}")
        if strange := sorted(said - NEEDS[self.kind]):
            raise ValueError(f"a {self.kind} has no {', '.join(strange)}")
        return self

    def places(self) -> list[str]:
        return [piece.place for piece in self.slices]


class Break(Entry):
    """A stretch of days across which a source's numbers are not comparable (``first`` = ``last``: one day).

    It concerns ``sources``, or ``metrics`` of published figures. ``blocks`` forbids comparisons across it,
    ``splits`` sums across it as well (another instrument counts).
    ``clocks`` limits it to series of these clocks.
    """

    id: str
    sources: list[str] = []
    metrics: list[str] = []
    first: date
    last: date
    blocks: bool = True
    splits: bool = False
    clocks: list[Clock] = []
    reason: Bilingual
    url: str = ""

    def lies_in(self, first: date, last: date) -> bool:
        """Whether it lies between two days, or holds one of them; on the very first day it is behind both."""
        return self.last > first and self.first <= last


class Place(Entry):
    """A nation, a state, an area of CBP, or a corridor: a stretch of the border with both its sides.

    ``corridor`` is the one a place belongs to as a whole; ``touches`` are those that it spans, where it is
    part of several and whole of none. ``assignment_…`` says why.
    """

    id: str
    kind: Literal["nation", "state", "territory", "city", "region", "unknown", "office", "sector", "corridor"]
    country: Literal["MX", "US", "US-MX"]
    name_en: str
    name_es: str
    short: str = ""
    code: str = ""
    parent: str = ""
    border: bool = False
    corridor: str = ""
    touches: str = ""
    assignment_en: str = ""
    assignment_es: str = ""
    assignment_url: str = ""

    def name(self, lang: str) -> str:
        return self.name_es if lang == "es" else self.name_en

    def assignment(self, lang: str) -> str:
        return self.assignment_es if lang == "es" else self.assignment_en


Severity = Literal["note", "banner", "refusal"]
FILE = Path(__file__).parent / "checks.toml"


class Rules(Entry):
    """How grave each thing is that can be noticed."""

    scaled: Severity
    rows_doubled: Severity
    periods_shifted: Severity
    far_from_last: Severity
    outside_band: Severity
    closed_year_moved: Severity
    closed_year_touched: Severity
    newest_far_off: Severity
    newest_unusual: Severity
    newest_empty: Severity
    ends_earlier: Severity
    periods_gone: Severity
    place_gone: Severity
    place_to_zero: Severity
    place_not_in_release: Severity
    label_gone: Severity

    def severity(self, code: str) -> Severity:
        found: Severity = getattr(self, code)
        return found


class Limits(Entry):
    """From where on a figure of a source is noticed; the comments of ``checks.toml`` say what each is."""

    least: float
    least_far: float
    least_of_place: float
    recent: float
    settled: float
    far_recent: float
    far_settled: float
    closed_year: float
    step: float
    far_step: float
    scaled: float
    margin: float
    floor: float
    pairs: int


@cache
def rules() -> Rules:
    """The severity of every rule. Raises DataError."""
    return entry(Rules, FILE, "rules", read_toml(FILE)["rules"])


@cache
def limits(source: str) -> Limits:
    """The limits of one source: its own lines over the default ones. Raises DataError."""
    declared = read_toml(FILE)["limits"]
    return entry(Limits, FILE, f"limits.{source}", declared["default"] | declared.get(source, {}))
