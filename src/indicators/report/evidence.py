"""What others publish and what is on record: figures and events as tables, each with who says so and where."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Literal

import polars as pl

from indicators import catalog
from indicators.catalog import Metric
from indicators.catalog.tables import ELEMENTS
from indicators.charts import tables
from indicators.charts.tables import NOTHING, Badge, Cell, Column, Link
from indicators.metrics import claims, compute, coverage, ledger
from indicators.metrics.claims import Checked, Reading
from indicators.metrics.published import figures as published_figures
from indicators.report.sentences import Words, placed
from indicators.report.view import View, current
from indicators.warehouse.query import select

UNSETTLED = ("estimate", "provisional")
HELD_AS = {
    "legal_milestone": "adopted", "information_protection": "adopted", "designation": "issued",
    "report": "published", "joint_statement": "published",
}  # fmt: skip


def figures(metrics: Sequence[str], *, name: str, title: str) -> tables.Table:
    """Figures that agencies and others published, metric by metric, newest period first, in it the firmest first.

    ``title`` is the key of a text. Figures of the press alone (grade C) say so. A metric without a figure up to
    the quarter's end keeps its row, and says whether there are later ones or what was searched.
    """
    view = current()
    text, rows, groups, frames = view.text, list[tuple[Cell, ...]](), list[tuple[str, int]](), []
    for metric in metrics:
        one = catalog.metrics()[metric]
        known = published_figures(view.connection, metric, view.as_of)
        found = known.filter(pl.col("period_end") <= view.ends)
        frames.append(found)
        if found.is_empty():
            rows.append(_without_figure(view, one, later=known.height))
            groups.append((one.name[text.lang], 1))
        for (place,), of_place in found.group_by("place", maintain_order=True):
            groups.append((_about(view, one, str(place)), of_place.height))
            newest_first = of_place.sort("period_end", descending=True, maintain_order=True)
            rows += [_figure(view, one, row) for row in newest_first.iter_rows(named=True)]
    return tables.Table(
        name=name,
        title=text.t(title),
        columns=_columns(view, ("period", "value", "source", "grade"), numbers=("value",)),
        rows=tuple(rows),
        groups=tuple(groups),
        notes=(text.t("evidence.apart"),),
        csv=tables.to_csv(pl.concat(frames)),
        lang=text.lang,
    )


def _without_figure(view: View, metric: Metric, later: int) -> tuple[Cell, ...]:
    """The row of a metric that has no figure of a period up to the quarter's end."""
    text = view.text
    if later:
        return NOTHING, text.t("evidence.later", n=later, day=view.ends), "", NOTHING
    searched = metric.searched[text.lang] if metric.searched else ""
    return NOTHING, text.t("evidence.none"), searched, NOTHING


def _about(view: View, metric: Metric, place: str) -> str:
    """The metric, the place unless its name says it, and the unit unless the values say it."""
    named = placed(metric.name[view.text.lang], view.place(place))
    return named if metric.unit == "share" else f"{named} ({view.text.unit(metric.unit)})"


def _figure(view: View, metric: Metric, row: dict[str, Any]) -> tuple[Cell, ...]:
    text = view.text
    period = text.period(row["period_start"], row["period_end"], row["clock"])
    if row["maturity"] in UNSETTLED:
        period = text.t(
            "sentence.latest", period=period, maturity=text.t(f"maturity.{row['maturity']}").lower()
        )
    share = metric.unit == "share"
    return (
        period[:1].upper() + period[1:],
        text.amount(row["value"] / 100, "share") if share else _value(view, row),
        Link(
            f"{text.agency(row['publisher'])} ({text.loose_day(row['published_on']) or row['document']})",
            row["url"],
        ),
        _read_how(view, row),
    )


def _value(view: View, row: dict[str, Any]) -> str:
    """The figure, with the range its publisher gives."""
    value = view.text.value(row["value"], row["unit"])
    if row["lower"] is None or row["upper"] is None:
        return value
    lower, upper = (view.text.value(row[end], row["unit"]) for end in ("lower", "upper"))
    return f"{value} ({view.text.t('number.interval', lower=lower, upper=upper)})"


def _read_how(view: View, row: dict[str, Any]) -> str:
    """How the figure was read, and what a reader must know of it."""
    grade, note = view.text.t(f"evidence.grade.{row['grade']}"), row[f"note_{view.text.lang}"]
    return f"{grade}. {note}" if note else grade


def events(kinds: Sequence[str], *, name: str, title: str) -> tables.Table:
    """Dated events of the ledger, newest first; what is known by its year or month alone, below that year's or
    month's days."""
    view = current()
    text = view.text
    found = select(
        view.connection,
        "FROM ledger_events_asof($day) WHERE list_contains($kinds, kind) AND first_day <= $ends"
        " ORDER BY first_day DESC, last_day DESC, event",
        {"day": view.as_of, "kinds": list(kinds), "ends": view.ends},
    )
    rows = tuple(
        (
            text.known_day(row["first_day"], row["last_day"]),
            row[f"title_{text.lang}"],
            text.t(f"evidence.status.{_status(row)}"),
            Link(text.agency(row["publisher"]), row["url"]),
            text.t(f"evidence.grade.{row['grade']}"),
        )
        for row in found.iter_rows(named=True)
    )
    return tables.Table(
        name=name,
        title=text.t(title),
        columns=_columns(view, ("day", "event", "status", "source", "grade")),
        rows=rows,
        csv=tables.to_csv(found),
        lang=text.lang,
    )


def _status(row: dict[str, Any]) -> str:
    """What became of an event, in the word of its kind: a law is adopted, it does not take place."""
    return HELD_AS.get(row["kind"], "held") if row["status"] == "held" else str(row["status"])


def standing() -> tables.Table:
    """For every metric, by objective, what stands behind it: computed, published, on record, or nothing."""
    view = current()
    text = view.text
    found = sorted(_behind(view), key=lambda one: catalog.metrics()[one.metric].objective)
    rows = tuple(
        (
            f"{catalog.metrics()[one.metric].objective} · {catalog.metrics()[one.metric].name[text.lang]}",
            _standing(view, one),
            text.number(one.figures) if one.figures else NOTHING,
            text.month(one.newest) if one.newest else NOTHING,
        )
        for one in found
    )
    data = [(one.metric, one.evidence, one.figures, one.newest) for one in found]
    return tables.Table(
        name="catalogue-coverage",
        title=text.t("evidence.standing", n=len(rows), none=coverage.tally(found)["none"]),
        columns=_columns(view, ("metric", "evidence", "figures", "newest"), numbers=("figures",)),
        rows=rows,
        csv=tables.to_csv(pl.DataFrame(data, ["metric", "evidence", "figures", "newest"], orient="row")),
        lang=text.lang,
    )


def _standing(view: View, one: coverage.Behind) -> str:
    kind = view.text.t(f"evidence.kind.{one.evidence}")
    if not one.searched:
        return kind
    return f"{kind}. {view.text.t('sentence.searched', searched=one.searched[view.text.lang])}"


def articles() -> tables.Table:
    """Each founding article, what it names that can be measured, and how much of that stands on something."""
    view = current()
    text = view.text
    by_article = coverage.of_articles(catalog.articles(), _behind(view))
    rows = tuple(
        (
            Link(article.about[text.lang], article.url) if article.url else article.about[text.lang],
            article.mentions[text.lang],
            _names(view, (one for one in by_article[key] if one.evidence != "none")),
            _names(view, (one for one in by_article[key] if one.evidence == "none")),
        )
        for key, article in catalog.articles().items()
    )
    return tables.Table(
        name="articles",
        title=text.t("evidence.articles"),
        columns=_columns(view, ("article", "mentions", "measured", "unmeasured")),
        rows=rows,
        lang=text.lang,
    )


def _names(view: View, rows: Iterable[coverage.Behind]) -> str:
    return "; ".join(catalog.metrics()[one.metric].name[view.text.lang] for one in rows) or "–"


def _behind(view: View) -> list[coverage.Behind]:
    known = {
        table: select(view.connection, f"FROM {table}_asof($day)", {"day": view.as_of})
        for table in ("published_figures", "ledger_events", "framework_objectives")
    }
    computed = {name: _newest(view, name) for name, one in catalog.metrics().items() if one.table or one.over}
    return coverage.behind(
        catalog.metrics(),
        known["published_figures"],
        known["ledger_events"],
        known["framework_objectives"],
        computed,
    )


def _newest(view: View, metric: str) -> date | None:
    """The last day of the newest period with a value of a metric at its first named place, else at any, as known on
    the report's day."""
    named = [place for place in catalog.metrics()[metric].places() if place in catalog.places()][:1]
    found = compute.all_series(view.connection, metric, view.as_of, named or None)
    return max(filter(None, (one.through for one in found.values())), default=None)


def _columns(view: View, names: Sequence[str], numbers: Sequence[str] = ()) -> tuple[Column, ...]:
    return tuple(Column(view.text.t(f"evidence.column.{name}"), name in numbers) for name in names)


Row = dict[str, Any]


def objectives() -> tables.Table:
    """Each objective with its elements: public in every coding, in one of them, or in none."""
    view = current()
    text = view.text
    coded = ledger.objectives(view.connection, view.as_of).filter(level=ledger.STATEMENT)
    newest = coded.filter(pl.col("known_from") == coded["known_from"].max())
    by_objective = newest.partition_by("code", maintain_order=True)
    rows = tuple(
        (
            f"{one['code'][0]} · {one[f'objective_{text.lang}'][0]}",
            *(_element(view, one.to_dicts(), name) for name in ELEMENTS),
        )
        for one in by_objective
    )
    whole = sum(all(one[name].all() for name in ELEMENTS) for one in by_objective)
    return tables.Table(
        name="framework-objectives",
        title=text.t("evidence.framework", n=len(rows), whole=whole),
        columns=tuple(Column(text.t(f"evidence.column.{name}")) for name in ("objective", *ELEMENTS)),
        rows=rows,
        notes=(text.t("evidence.framework_note"),),
        csv=tables.to_csv(newest),
        lang=text.lang,
    )


def _element(view: View, codings: list[Row], name: str) -> Cell:
    public = [row for row in codings if row[name]]
    if not public:
        return view.text.t("view.no")
    key = "view.yes" if len(public) == len(codings) else "framework.disputed"
    return Link(view.text.t(key), str(public[0][f"{name}_evidence"]))


def agreement() -> tables.Table | Words:
    """How far the two codings agree, element by element; words where there is only one."""
    view = current()
    text = view.text
    found = ledger.agreement(ledger.objectives(view.connection, view.as_of))
    if found.is_empty():
        return Words(text.t("framework.one_coding"))
    least = found.sort("agreed", maintain_order=True).row(0, named=True)
    rows = tuple(
        (
            text.t(f"evidence.column.{row['what']}"),
            text.number(row["yes_first"]),
            text.number(row["yes_second"]),
            text.t("sentence.ledger.of", part=text.number(row["agreed"]), whole=text.number(row["n"])),
            text.t("framework.undefined") if row["kappa"] is None else text.number(row["kappa"], 2),
        )
        for row in found.iter_rows(named=True)
    )
    names = ("element", "yes_first", "yes_second", "agreed", "kappa")
    return tables.Table(
        name="framework-agreement",
        title=text.t(
            "framework.agreement",
            agreed=found["agreed"].sum(),
            n=found["n"].sum(),
            least=text.t(f"evidence.column.{least['what']}").lower(),
            least_agreed=least["agreed"],
            least_n=least["n"],
        ),
        columns=tuple(Column(text.t(f"framework.column.{name}"), name != "element") for name in names),
        rows=rows,
        notes=(text.t("framework.same_project"), text.t("framework.kappa")),
        csv=tables.to_csv(found),
        lang=text.lang,
    )


TONES: dict[str, Literal["good", "bad", "flat", "unknown"]] = {
    "confirmed": "good", "revised": "flat", "contradicted": "bad", "not_checkable": "unknown",
}  # fmt: skip
CHANGES = {"percent_change": "percent", "difference": "level", "periods_higher": "count", "level": "level"}


def fact_check() -> tables.Table:
    """Every claim of the catalogue with its verdict, in the order of the founding articles' list."""
    view = current()
    text = view.text
    checked = claims.check_all(view.connection, view.as_of)
    rows = tuple(
        (
            f"{one.claim.row} · {one.claim.claim[text.lang]}"
            if one.claim.row
            else one.claim.claim[text.lang],
            Link(f"{one.claim.who[text.lang]}, {_said(view, one)}", one.claim.url),
            _reading(view, one, one.today),
            _reading(view, one, one.then),
            Badge(text.t(f"verdict.{one.verdict}"), TONES[one.verdict]),
            _why(view, one),
        )
        for one in checked
    )
    counted = {verdict: sum(one.verdict == verdict for one in checked) for verdict in TONES}
    names = ("claim", "who", "today", "then", "verdict", "why")
    return tables.Table(
        name="claims",
        title=text.t("verdict.title", n=len(checked), **counted),
        columns=tuple(Column(text.t(f"verdict.column.{name}")) for name in names),
        rows=rows,
        notes=(text.t("verdict.note"),),
        csv=tables.to_csv(claims.table(checked)),
        lang=text.lang,
    )


def _said(view: View, one: Checked) -> str:
    return view.text.loose_day(one.claim.said) if one.claim.said else view.text.t("verdict.undated")


def _reading(view: View, one: Checked, reading: Reading) -> str:
    """Our own number, worded as what was claimed: a level, a change in per cent, a count of periods."""
    text = view.text
    if reading.value is None:
        return text.t("verdict.no_number")
    kind = CHANGES[one.claim.measure]
    if kind == "percent":
        return text.signed_percent(reading.value / 100)
    if kind == "count":
        return text.t("verdict.higher", n=int(reading.value))
    return text.value(reading.value, catalog.metrics()[one.claim.metric].unit)


def _why(view: View, one: Checked) -> str:
    """The evidence of a judged verdict, the reason of an unplain one, and the note of the claim."""
    text, parts = view.text, []
    if one.reason == "judged" and one.claim.evidence:
        parts.append(one.claim.evidence[text.lang])
    elif one.reason:
        parts.append(text.t(f"verdict.reason.{one.reason}"))
    if one.claim.note:
        parts.append(one.claim.note[text.lang])
    return " ".join(parts)
