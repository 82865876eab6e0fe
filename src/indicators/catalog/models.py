"""Models of the entries: sources, places, metrics, breaks, terms and articles, and the limits of the checks."""

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


class Layout(Entry):
    """One shape in which a source's table has been published.

    ``columns`` maps a column name of the project to the header, or to all headers that the column has had. ``months``
    are the headers of twelve month columns, January first. ``by_year`` maps a column name to a header that is repeated
    for each year, such as ``POPESTIMATE{year}``, and gives columns ``name_2024``. Headers in ``ignored`` are optional;
    one that ends in ``*`` covers every header with that beginning. The ``sheets`` of a workbook are read together.
    A ``large_table`` is split block by block from its bytes, because as text it would fill the memory. ``released``
    names the column with the days on which a snapshot was taken, the newest of which is its release day.
    """

    columns: dict[str, str | list[str]]
    months: list[str] = []
    by_year: dict[str, str] = {}
    ignored: list[str] = []
    sheets: list[str] = []
    released: str | None = None
    format: Literal["table", "large_table", "json"] = "table"

    def accepted(self, found: Iterable[str] = ()) -> dict[str, str]:
        """Return the column name of every header of this layout, with the years that occur in ``found``."""
        names: dict[str, str] = {}
        for name, headers in self.columns.items():
            names |= dict.fromkeys([headers] if isinstance(headers, str) else headers, name)
        names |= {header: f"month_{number:02}" for number, header in enumerate(self.months, 1)}
        for name, header in self.by_year.items():
            pattern = re.compile(re.escape(header).replace(r"\{year\}", r"(\d{4})"))
            years = [match for one in found if (match := pattern.fullmatch(one))]
            names |= {match[0]: f"{name}_{match[1]}" for match in years} or {header: name}
        return names

    def ignores(self, header: str) -> bool:
        """Return true for a header that may be in the table and is not read."""
        beginnings = tuple(one[:-1] for one in self.ignored if one.endswith("*"))
        return header in self.ignored or header.startswith(beginnings)


class ReleaseNaming(Entry):
    """The meaning of the months in names.

    ``token`` is the meaning of a month in the name of a file, ``folder`` of the month of a folder ``vintage-YYYY-MM``:
    the last month of the data, or the month of the release. ``months_after_data`` is the usual lag of the agency.
    ``closed`` are the last days of tables that are closed, and published again under the names of later months.
    """

    token: Literal["data", "released"] = "data"
    folder: Literal["data", "released"] = "released"
    months_after_data: int = 1
    closed: list[date] = []
    yearly: bool = False


class Source(Entry):
    """One public series of one agency.

    ``part`` names in words the rows that a newer release replaces as a whole. ``fetch`` are the ways to its files, in
    the order in which they are tried; ``shared`` names the lists of labels that several series share
    (``[shared.…]``), which ``categories`` include.
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
    shared: Literal["", "sesnsp"] = ""
    categories: dict[str, dict[str, str] | list[str]] = {}
    note: Bilingual | None = None


class Place(Entry):
    """A nation, a state, an area of CBP, or a corridor: a stretch of the border with both its sides.

    ``corridor`` is the one that contains the whole place; ``touches`` are those that a place spans if it is part of
    several. ``assignment_…`` is the reason.
    """

    id: str
    kind: Literal["nation", "state", "territory", "city", "region", "unknown", "office", "sector", "corridor"]
    country: Literal["MX", "US", "US-MX"]
    name_en: str
    name_es: str
    short: str = ""
    code: str = ""
    parent: str = ""
    corridor: str = ""
    touches: str = ""
    assignment_en: str = ""
    assignment_es: str = ""
    assignment_url: str = ""

    def name(self, lang: str) -> str:
        return self.name_es if lang == "es" else self.name_en

    def assignment(self, lang: str) -> str:
        return self.assignment_es if lang == "es" else self.assignment_en


class Slice(Entry):
    """The rows of a fact table in which a metric is counted for some places.

    ``place`` is one id, ``each`` (every place of these rows), or ``corridor`` (the sum of the places that lie wholly in
    a corridor, for each corridor); with ``sum`` all places are added up under ``place``. The metric has the periods
    that these rows cover: a period without a row of its category is zero, if the source says so.
    """

    place: str
    where: dict[str, list[str]] = {}
    sum: bool = False


Rule = Literal[
    "in_twelve_months",  # the number of events in the twelve months to the end of each quarter
    "by_year",  # the number of events, or the sum of their quantities, in each year that has any
    "so_far",  # the number of events since the first one
    "latest",  # the quantity of the newest event
    "share",  # the quantity of an event over its whole
    "framework",  # joint objectives with a complete public metric over those that were coded
]
FROM_FACTS = {"table", "measure", "slices"}
NEEDS = {  # the keys that an entry of each kind has, and no entry of another kind
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

    ``over_years`` is the number of earlier fiscal years that a ``ratio`` is compared with. ``over`` names the two
    metrics of a ``quotient``, numerator first. ``rule`` makes a ledger metric from the events in ``where``.
    ``minutes_of`` names the metric whose figures are divided by the minutes of their period. ``searched`` describes
    the search that found no public figure. With ``equal_age`` two periods are compared only at the same age after
    their end: the register fills late, and empties as people are located.
    """

    id: str
    tier: Literal["A", "B", "C"]
    objective: str
    klass: Literal["outcome", "outcome_with_target", "output", "context", "guard", "ledger"] = Field(alias="class")
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
        present = {name for name in set().union(*NEEDS.values()) if getattr(self, name)}
        if missing := sorted(NEEDS[self.kind] - present):
            raise ValueError(f"a {self.kind} needs {', '.join(missing)}")
        if strange := sorted(present - NEEDS[self.kind]):
            raise ValueError(f"a {self.kind} has no {', '.join(strange)}")
        return self

    def places(self) -> list[str]:
        return [piece.place for piece in self.slices]


class Break(Entry):
    """A stretch of days across which a source's numbers are not comparable (``first`` = ``last``: one day).

    It concerns ``sources``, or ``metrics`` of published figures, and only series of ``clocks`` if there are any.
    ``blocks`` forbids comparisons across it; ``splits`` forbids sums as well, because the instrument changes.
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
        """Return true for a break between two days; one that ends on the very first day lies behind both."""
        return self.last > first and self.first <= last


class Term(Entry):
    """A term of the report and its meaning."""

    id: str
    term: Bilingual
    meaning: Bilingual


class Article(Entry):
    """One founding article: the measurable things it mentions, and in ``rows`` the metrics that measure them."""

    id: str
    about: Bilingual
    mentions: Bilingual
    rows: list[str]
    url: str = ""


Severity = Literal["note", "banner", "refusal"]
Code = Literal[
    "scaled", "rows_doubled", "periods_shifted", "far_from_last", "outside_band", "closed_year_moved",
    "closed_year_touched", "newest_far_off", "newest_unusual", "newest_empty", "ends_earlier", "periods_gone",
    "place_gone", "place_to_zero", "place_not_in_release", "label_gone", "cells_exchanged", "cell_of_another",
    "cell_far_off", "cell_moved", "rows_fewer", "zeros_for_blanks", "month_copied", "year_copied", "place_copied",
    "cell_new_unusual", "new_exchanged",
    "sums_jump", "states_above_nation", "part_above_whole", "classes_not_sum",
]  # fmt: skip
CHECKS = Path(__file__).parent / "checks.toml"


class Rules(Entry):
    """The severity of each finding of the checks."""

    severity: dict[Code, Severity]


class Limits(Entry):
    """The limits from which on a figure of a source is a finding; the comments of ``checks.toml`` explain each."""

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
    least_of_cell: float
    least_of_detail: float
    closed_cell: float
    open_cell: float
    open_detail: float
    banner_share: float
    noise: float
    rows_lost: float
    least_zeros: int


class Parts(Entry):
    """The classes of a source that contain others, by ``checks.toml``: ``sums`` maps a whole to all of its classes."""

    tolerance: float
    slack: float
    sum_tolerance: float
    at_most: list[tuple[str, str]] = []
    sums: dict[str, list[str]] = {}


@cache
def severities() -> dict[str, Severity]:
    """Return the severity of every finding. Raise DataError for a wrong file."""
    found = entry(Rules, CHECKS, "rules", {"severity": read_toml(CHECKS)["rules"]}).severity
    return {str(code): severity for code, severity in found.items()}


@cache
def limits(source: str) -> Limits:
    """Return the limits of a source: its own over the default ones. Raise DataError for a wrong file."""
    declared = read_toml(CHECKS)["limits"]
    return entry(Limits, CHECKS, f"limits.{source}", declared["default"] | declared.get(source, {}))


@cache
def parts(source: str) -> Parts:
    """Return the classes of a source that contain others. Raise DataError for a wrong file."""
    declared = read_toml(CHECKS)["parts"]
    return entry(Parts, CHECKS, f"parts.{source}", declared["default"] | declared.get(source, {}))
