"""Published figures, events on record, the Bicentennial Framework and checked claims, as tables with their sources."""

from collections.abc import Iterable, Sequence
from datetime import date

import polars as pl

from indicators import catalog
from indicators.catalog import Metric
from indicators.catalog.tables import ELEMENTS
from indicators.charts.tables import NOTHING, Badge, Cell, Link, Table, Tone
from indicators.metrics import claims, compute, coverage, ledger
from indicators.metrics.claims import Checked, Reading
from indicators.metrics.published import figures as published_figures
from indicators.report.exhibits import headings, table
from indicators.report.sentences import Words, placed
from indicators.report.view import Row, View, current
from indicators.warehouse.query import select

UNSETTLED = ("estimate", "provisional")
TOOK_PLACE = {  # the word for an event that took place, by its kind
    "legal_milestone": "adopted", "information_protection": "adopted", "designation": "issued",
    "report": "published", "joint_statement": "published",
}  # fmt: skip
VERDICT_TONES: dict[str, Tone] = {
    "confirmed": "good", "revised": "flat", "contradicted": "bad", "not_checkable": "unknown",
}  # fmt: skip


def figures(metrics: Sequence[str], *, name: str, title: str) -> Table:
    """Return published figures by metric, newest period first, and within a period the firmest figure first.

    ``title`` is the key of a text. A figure that only the press reports (grade C) is marked. A metric without a
    figure has a row with what was searched.
    """
    view = current()
    rows, groups, frames = list[tuple[Cell, ...]](), list[tuple[str, int]](), []
    for metric in (catalog.metrics()[one] for one in metrics):
        found = published_figures(view.connection, metric.id, view.as_of)
        frames.append(found)
        if found.is_empty():
            rows.append(_without_figure(view, metric))
            groups.append((metric.name[view.text.lang], 1))
        for (place,), of_place in found.group_by("place", maintain_order=True):
            groups.append((_about(view, metric, str(place)), of_place.height))
            newest_first = of_place.sort("period_end", descending=True, maintain_order=True)
            rows += [_figure(view, metric, row) for row in newest_first.iter_rows(named=True)]
    return table(
        name,
        view.text.t(title),
        headings("evidence", "period value source grade", numbers="value"),
        rows,
        pl.concat(frames),
        groups=tuple(groups),
        notes=(view.text.t("evidence.apart"),),
    )


def _without_figure(view: View, metric: Metric) -> tuple[Cell, ...]:
    searched = metric.searched[view.text.lang] if metric.searched else ""
    return NOTHING, view.text.t("evidence.none"), searched, NOTHING


def _about(view: View, metric: Metric, place: str) -> str:
    """Return the metric, its place unless the name contains it, and its unit unless each value has it."""
    named = placed(metric.name[view.text.lang], view.place(place))
    return named if metric.unit == "share" else f"{named} ({view.text.unit(metric.unit)})"


def _figure(view: View, metric: Metric, row: Row) -> tuple[Cell, ...]:
    text = view.text
    period = text.period(row["period_start"], row["period_end"], row["clock"])
    if row["maturity"] in UNSETTLED:
        maturity = text.t(f"maturity.{row['maturity']}").lower()
        period = text.t("sentence.latest", period=period, maturity=maturity)
    value = text.amount(row["value"] / 100, "share") if metric.unit == "share" else _value(view, row)
    source = f"{text.agency(row['publisher'])} ({text.loose_day(row['published_on']) or row['document']})"
    grade, note = text.t(f"evidence.grade.{row['grade']}"), row[f"note_{text.lang}"]
    return (
        period[:1].upper() + period[1:],
        value,
        Link(source, row["url"]),
        f"{grade}. {note}" if note else grade,
    )


def _value(view: View, row: Row) -> str:
    """Return the figure, with the range that its publisher states."""
    value, lower, upper = (
        view.text.value(row[name], row["unit"]) if row[name] is not None else "" for name in ("value", "lower", "upper")
    )
    if not lower or not upper:
        return value
    return f"{value} ({view.text.t('number.interval', lower=lower, upper=upper)})"


def events(kinds: Sequence[str], *, name: str, title: str) -> Table:
    """Return dated events of the ledger, newest first. ``title`` is the key of a text.

    An event of which only the year or month is recorded follows the days of that year or month.
    """
    view = current()
    text = view.text
    found = select(
        view.connection,
        "FROM ledger_events_asof($day) WHERE list_contains($kinds, kind) AND first_day <= $day"
        " ORDER BY first_day DESC, last_day DESC, event",
        {"day": view.as_of, "kinds": list(kinds)},
    )

    def status(row: Row) -> str:  # in the word of its kind: a law is adopted, it does not take place
        return TOOK_PLACE.get(row["kind"], "held") if row["status"] == "held" else str(row["status"])

    rows = (
        (
            text.known_day(row["first_day"], row["last_day"]),
            row[f"title_{text.lang}"],
            text.t(f"evidence.status.{status(row)}"),
            Link(text.agency(row["publisher"]), row["url"]),
            text.t(f"evidence.grade.{row['grade']}"),
        )
        for row in found.iter_rows(named=True)
    )
    return table(name, text.t(title), headings("evidence", "day event status source grade"), rows, found)


def standing() -> Table:
    """Return the evidence of every metric, by objective: computed, published, on record, or nothing."""
    view = current()
    text = view.text
    found = sorted(_behind(view), key=lambda one: catalog.metrics()[one.metric].objective)
    rows = (
        (
            f"{catalog.metrics()[one.metric].objective} · {view.metric_name(one.metric)}",
            _standing(view, one),
            text.number(one.figures) if one.figures else NOTHING,
            text.month(one.newest) if one.newest else NOTHING,
        )
        for one in found
    )
    data = [(one.metric, one.evidence, one.figures, one.newest) for one in found]
    return table(
        "catalogue-coverage",
        text.t("evidence.standing", n=len(found), none=coverage.tally(found)["none"]),
        headings("evidence", "metric evidence figures newest", numbers="figures"),
        rows,
        pl.DataFrame(data, ["metric", "evidence", "figures", "newest"], orient="row"),
    )


def _standing(view: View, one: coverage.Behind) -> str:
    kind = view.text.t(f"evidence.kind.{one.evidence}")
    if not one.searched:
        return kind
    return f"{kind}. {view.text.t('sentence.searched', searched=one.searched[view.text.lang])}"


def articles() -> Table:
    """Return each founding article, what it names that can be measured, and which metrics of that have evidence."""
    view = current()
    lang = view.text.lang
    by_article = coverage.of_articles(catalog.articles(), _behind(view))
    rows = (
        (
            Link(article.about[lang], article.url) if article.url else article.about[lang],
            article.mentions[lang],
            _names(view, (one for one in by_article[key] if one.evidence != "none")),
            _names(view, (one for one in by_article[key] if one.evidence == "none")),
        )
        for key, article in catalog.articles().items()
    )
    columns = headings("evidence", "article mentions measured unmeasured")
    return table("articles", view.text.t("evidence.articles"), columns, rows)


def _names(view: View, found: Iterable[coverage.Behind]) -> str:
    return "; ".join(view.metric_name(one.metric) for one in found) or NOTHING


def _behind(view: View) -> list[coverage.Behind]:
    """Return the evidence of every metric on the report's day."""
    published, events = (
        select(view.connection, f"FROM {name}_asof($day)", {"day": view.as_of})
        for name in ("published_figures", "ledger_events")
    )
    computed = {name: _newest(view, name) for name, one in catalog.metrics().items() if one.table or one.over}
    return coverage.behind(catalog.metrics(), published, events, ledger.objectives(view.connection), computed)


def _newest(view: View, metric: str) -> date | None:
    """Return the last day with a value of a metric at the first place of its definition, else at any place."""
    named = [place for place in catalog.metrics()[metric].places() if place in catalog.places()][:1]
    found = compute.all_series(view.connection, metric, view.as_of, named or None)
    return max(filter(None, (one.through for one in found.values())), default=None)


def objectives() -> Table:
    """Return each objective of the Framework with its elements: public in every coding, in one, or in none."""
    view = current()
    text = view.text
    coded = ledger.objectives(view.connection).filter(level=ledger.STATEMENT)
    newest = coded.filter(pl.col("known_from") == coded["known_from"].max())
    by_objective = newest.partition_by("code", maintain_order=True)
    rows = (
        (
            f"{one['code'][0]} · {one[f'objective_{text.lang}'][0]}",
            *(_element(view, one.to_dicts(), name) for name in ELEMENTS),
        )
        for one in by_objective
    )
    whole = sum(all(one[name].all() for name in ELEMENTS) for one in by_objective)
    return table(
        "framework-objectives",
        text.t("evidence.framework", n=len(by_objective), whole=whole),
        headings("evidence", f"objective {' '.join(ELEMENTS)}"),
        rows,
        newest,
        notes=(text.t("evidence.framework_note"),),
    )


def _element(view: View, codings: list[Row], name: str) -> Cell:
    public = [row for row in codings if row[name]]
    if not public:
        return view.text.t("view.no")
    key = "view.yes" if len(public) == len(codings) else "framework.disputed"
    return Link(view.text.t(key), str(public[0][f"{name}_evidence"]))


def agreement() -> Table | Words:
    """Return the agreement of the two codings, element by element; words where there is only one coding."""
    view = current()
    text = view.text
    found = ledger.agreement(ledger.objectives(view.connection))
    if found.is_empty():
        return Words(text.t("framework.one_coding"))
    least = found.sort("agreed", maintain_order=True).row(0, named=True)
    rows = (
        (
            text.t(f"evidence.column.{row['what']}"),
            text.number(row["yes_first"]),
            text.number(row["yes_second"]),
            text.t("sentence.ledger.of", part=text.number(row["agreed"]), whole=text.number(row["n"])),
            text.t("framework.undefined") if row["kappa"] is None else text.number(row["kappa"], 2),
        )
        for row in found.iter_rows(named=True)
    )
    title = text.t(
        "framework.agreement",
        agreed=found["agreed"].sum(),
        n=found["n"].sum(),
        least=text.t(f"evidence.column.{least['what']}").lower(),
        least_agreed=least["agreed"],
        least_n=least["n"],
    )
    numbers = "yes_first yes_second agreed kappa"
    return table(
        "framework-agreement",
        title,
        headings("framework", f"element {numbers}", numbers=numbers),
        rows,
        found,
        notes=(text.t("framework.same_project"), text.t("framework.kappa")),
    )


def fact_check() -> Table:
    """Return every claim of the catalogue with its verdict, in the order of the founding articles' list."""
    view = current()
    text = view.text
    checked = claims.check_all(view.connection, view.as_of)
    rows = (
        (
            " · ".join(map(str, filter(None, (one.claim.row, one.claim.claim[text.lang])))),
            Link(f"{one.claim.who[text.lang]}, {_day(view, one)}", one.claim.url),
            _reading(view, one, one.today),
            _reading(view, one, one.then),
            Badge(text.t(f"verdict.{one.verdict}"), VERDICT_TONES[one.verdict]),
            _why(view, one),
        )
        for one in checked
    )
    counted = {verdict: sum(one.verdict == verdict for one in checked) for verdict in VERDICT_TONES}
    return table(
        "claims",
        text.t("verdict.title", n=len(checked), **counted),
        headings("verdict", "claim who today then verdict why"),
        rows,
        claims.table(checked),
        notes=(text.t("verdict.note"),),
    )


def _day(view: View, one: Checked) -> str:
    return view.text.loose_day(one.claim.said) if one.claim.said else view.text.t("verdict.undated")


def _reading(view: View, one: Checked, reading: Reading) -> str:
    """Return our own number in the words of the claim's measure: a level, a change in per cent, a count of periods."""
    text = view.text
    if reading.value is None:
        return text.t("verdict.no_number")
    match one.claim.measure:
        case "percent_change":
            return text.signed_percent(reading.value / 100)
        case "periods_higher":
            return text.t("verdict.higher", n=int(reading.value))
        case _:
            return text.value(reading.value, catalog.metrics()[one.claim.metric].unit)


def _why(view: View, one: Checked) -> str:
    """Return the evidence of a judged verdict, the reason of any other, and the note of the claim."""
    parts = []
    if one.reason == "judged" and one.claim.evidence:
        parts.append(one.claim.evidence[view.text.lang])
    elif one.reason:
        parts.append(view.text.t(f"verdict.reason.{one.reason}"))
    if one.claim.note:
        parts.append(one.claim.note[view.text.lang])
    return " ".join(parts)
