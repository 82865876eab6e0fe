"""The quality of the data behind a report: releases, coverage, breaks and findings; and what changed since before."""

import dataclasses
import json
from datetime import date
from pathlib import Path

import duckdb
import polars as pl
from polars import selectors as cs

from indicators import catalog
from indicators.charts.tables import NOTHING, Table
from indicators.errors import UsageError
from indicators.i18n import Text
from indicators.metrics import compute
from indicators.metrics.series import weakest
from indicators.periods import Clock
from indicators.releases import checks
from indicators.report import scorecard
from indicators.report.exhibits import frame_table, headings, table
from indicators.report.sentences import Words, placed
from indicators.report.view import CORE, Row, View, current
from indicators.warehouse import compare, query

MOST_BANNERS = 5
SCORECARD = "data/{lang}/scorecard.csv"
SINCE = ("metric", "place", "period_start", "period_end", "value", "status", "provenance")  # some lack the last one


def releases() -> Table:
    """Return every release out by the day: agency, day, last month, file and the start of its hash."""
    view = current()
    text = view.text
    sources = [catalog.sources()[one] for one in view.releases["source"]]
    used = view.releases.with_columns(
        agency=pl.Series([one.agency[text.lang] for one in sources]),
        series=pl.Series([one.name[text.lang] for one in sources]),
        release=pl.Series([view.released(row) for row in view.releases.iter_rows(named=True)]),
        through=pl.Series([_month(view, day) for day in view.releases["data_through"]]),
        hash=pl.col("sha256").str.head(12),
        came=pl.Series([text.t(f"provenance.{one}") for one in view.releases["provenance"]], dtype=pl.String),
    ).sort("source", "released", descending=[False, True], maintain_order=True)
    return frame_table(
        "releases",
        text.t("view.releases", n=used.height),
        used,
        "series agency release through rows came file hash",
        notes=(text.t("view.releases_note"),),
    )


def coverage() -> Table:
    """Return for each series of a core outcome its last month, and if it covers the whole quarter."""
    view = current()
    text = view.text
    rows = []
    for metric, place in (series for outcome in CORE for series in outcome.items()):
        found = compute.all_series(view.connection, metric, view.as_of, [place])
        frames = [one.frame.filter(pl.col("value").is_not_null()) for one in found.values()]
        last = (pl.concat(frames)["period_end"] if frames else pl.Series([], dtype=pl.Date)).max()
        rows.append(
            {
                "metric": view.metric_name(metric),
                "place": view.place(place),
                "through": _month(view, last),
                "whole": text.t("view.yes" if isinstance(last, date) and last >= view.ends else "view.no"),
            }
        )
    title = text.t("view.coverage", quarter=text.period(view.ends, view.ends, Clock.QUARTER))
    return frame_table("coverage", title, pl.DataFrame(rows))


def _month(view: View, day: object) -> str:
    return view.text.month(day) if isinstance(day, date) else view.text.t("view.none")


def breaks() -> Table:
    """Return every declared break: the series it concerns, its days, and its reason."""
    view = current()
    lang = view.text.lang
    rows = []
    for found in catalog.breaks():
        names = [*(catalog.sources()[one].name[lang] for one in found.sources), *map(view.metric_name, found.metrics)]
        reason = found.reason[lang]
        rows.append({"series": "; ".join(names), "first": found.first, "last": found.last, "reason": reason})
    return frame_table("breaks", view.text.t("view.breaks"), pl.DataFrame(rows))


def findings() -> Table:
    """Return the findings of readers and checks in the releases of this report, the gravest first."""
    view = current()
    text = view.text
    found = query.select(
        view.connection,
        "SELECT severity, vintage, code, facts FROM finding JOIN vintage USING (vintage) WHERE released <= $day"
        " ORDER BY list_position(['refusal', 'banner', 'note'], severity), vintage, code, facts",
        {"day": view.as_of},
    )
    sentences = [_finding(row, text) for row in found.iter_rows(named=True)]
    found = found.with_columns(
        severity=pl.Series([text.t(f"severity.{one}") for one in found["severity"]], dtype=pl.String),
        what=pl.Series(sentences, dtype=pl.String),
    )
    return frame_table("findings", text.t("view.findings", n=found.height), found, "severity vintage what")


def _finding(row: Row, text: Text) -> str:
    return checks.sentence(row["code"], json.loads(row["facts"]), text)


def banners(connection: duckdb.DuckDBPyConnection, day: date, text: Text) -> tuple[str, ...]:
    """Return a warning for each grave finding about the newest release of each table, at most MOST_BANNERS."""
    found = query.select(
        connection,
        "WITH newest AS (SELECT vintage, source, released FROM vintage WHERE released <= $day"
        " QUALIFY released = max(released) OVER (PARTITION BY source, layout))"
        " SELECT newest.source, released, code, facts FROM finding JOIN newest USING (vintage)"
        " WHERE severity IN ('banner', 'refusal') ORDER BY severity = 'banner', vintage, code, facts",
        {"day": day},
    )
    warnings = [
        text.t(
            "page.noticed",
            name=catalog.sources()[row["source"]].name[text.lang],
            released=text.month(row["released"]),
            what=_finding(row, text),
        )
        for row in found.head(MOST_BANNERS).iter_rows(named=True)
    ]
    rest = found.height - MOST_BANNERS
    return (*warnings, text.t("page.noticed_more", n=rest)) if rest > 0 else tuple(warnings)


def definitions() -> Table:
    """Return every metric of the catalogue with what it counts and what limits it."""
    view = current()
    lang = view.text.lang
    rows = [
        {
            "metric": one.name[lang],
            "definition": one.definition[lang],
            "caveat": one.caveat[lang],
            "id": one.id,
        }
        for one in catalog.metrics().values()
    ]
    return frame_table("definitions", view.text.t("view.definitions"), pl.DataFrame(rows))


def glossary() -> Table:
    """Return the terms of the report in both languages, with their meanings."""
    text = current().text
    other = "es" if text.lang == "en" else "en"
    rows = [
        {"term": one.term[text.lang], "other": one.term[other], "meaning": one.meaning[text.lang]}
        for one in catalog.glossary().values()
    ]
    return frame_table("glossary", text.t("view.glossary"), pl.DataFrame(rows).sort("term"))


def changes_since(previous: str) -> Table | Words:
    """Return the scorecard's figures of an earlier report, as published then and as the releases of today have them.

    ``previous`` is the folder of that report; without one the answer is words. A line has also the status that its
    quarter would have now.
    """
    view = current()
    text = view.text
    if not previous:
        return Words(text.t("changes.first"))
    folder = Path(previous)
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    then = pl.read_csv(folder / SCORECARD.format(lang=run["languages"][0]), try_parse_dates=True)
    now = dataclasses.replace(view, quarter=run["quarter"])
    statuses = {(line.metric.id, line.place): line.assessment.status.code for line in scorecard.lines(now)}
    rows, moved = [], 0
    for row in then.iter_rows(named=True):
        value = None if row["value"] is None else _value(now, row)
        if value is None:
            continue
        changed = abs(value - row["value"]) > 1e-9
        moved += changed
        status = statuses.get((row["metric"], row["place"]), "not_assessable")
        rows.append(
            (
                placed(view.metric_name(row["metric"]), view.place(row["place"])),
                text.period(row["period_start"], row["period_end"], Clock(row["clock"])),
                text.value(row["value"], row["unit"]),
                text.value(value, row["unit"]),
                text.signed_percent(value / row["value"] - 1, 2) if changed and row["value"] else NOTHING,
                scorecard.badge_of(text, row["status"]),
                scorecard.badge_of(text, status) if status != row["status"] else text.t("changes.same"),
            )
        )
    title = text.t(
        "changes.since",
        n=len(rows),
        moved=moved,
        quarter=run["quarter"],
        day=date.fromisoformat(run["as_of"]),
    )
    return table(
        "since-last-report",
        title,
        headings("changes", "metric period then now moved status_then status_now", numbers="then now moved"),
        rows,
        then.select(cs.by_name(*SINCE, require_all=False)),
    )


def _value(view: View, row: Row) -> float | None:
    """Return the value today of a line of an earlier scorecard; None where there is none."""
    metric, place = str(row["metric"]), str(row["place"])
    window = Clock.TWELVE_MONTH_ROLLING if row["clock"] == Clock.TWELVE_MONTH_ROLLING else None
    try:
        series = compute.all_series(view.connection, metric, view.as_of, [place], window)[place]
    except (UsageError, KeyError):
        return None
    same = (pl.col("period_start") == row["period_start"]) & (pl.col("period_end") == row["period_end"])
    return next(iter(series.frame.filter(same)["value"].drop_nulls()), None)


def changes_by_release() -> Table:
    """Return for each source what the later of its two newest releases with figures in common changed.

    The grain is the grain of the report. The notes name a newer release without a figure in common. Net and gross are
    left out where figures overlap or are of several drugs, because such figures are never added.
    """
    view = current()
    text, rows, data, notes = view.text, [], [], [view.text.t("changes.net_and_gross")]
    known = query.provenances(view.connection)
    for source in catalog.sources():
        try:
            pair = compare.pair(view.connection, source, day=view.as_of)
        except UsageError:
            continue  # no two of its releases have a part in common
        found = compare.compare(*pair)
        moved = found.reported.filter(pl.col("change").fill_null(0.0).abs() > 0)
        notes += [*_left_out(view, source, found.new), *_begins_later(text, *pair)]
        old, new = (_release_month(view, vintage) for vintage in (found.old, found.new))
        for measure in moved["measure"].unique().sort() if moved.height else [None]:
            cells = moved.filter(pl.col("measure") == measure) if measure else moved
            addable = measure and not _never_added(found, cells)
            net = float(cells["change"].sum()) if addable else None
            gross = float(cells["change"].abs().sum()) if addable else None
            oldest = cells["period_end"].min()
            rows.append(
                (
                    catalog.sources()[source].name[text.lang],
                    text.t("changes.pair", old=old, new=new),
                    text.t(f"measure.{measure}") if measure else text.t("changes.nothing"),
                    text.number(cells.height),
                    NOTHING if net is None else text.number(net),
                    NOTHING if gross is None else text.number(gross),
                    text.month(oldest) if isinstance(oldest, date) else NOTHING,
                )
            )
            provenance = weakest([known[found.old], known[found.new]])
            data.append((source, found.old, found.new, measure, cells.height, net, gross, oldest, provenance))
    schema = ["source", "old", "new", "measure", "cells", "net", "gross", "oldest", "provenance"]
    return table(
        "revisions",
        text.t("changes.by_release"),
        headings("changes", "source releases what cells net gross oldest", numbers="cells net gross"),
        rows,
        pl.DataFrame(data, schema, orient="row", infer_schema_length=None),
        notes=tuple(notes),
    )


def _left_out(view: View, source: str, compared: str) -> list[str]:
    """Return a sentence where a source has a newer release than the one compared, which has no earlier figure."""
    mine = view.releases.filter(pl.col("source") == source)
    if mine["released"].max() == mine.row(by_predicate=pl.col("vintage") == compared, named=True)["released"]:
        return []
    name, month = catalog.sources()[source].name[view.text.lang], mine["vintage"].to_list()[-1]
    return [view.text.t("changes.left_out", name=name, month=_release_month(view, month))]


def _begins_later(text: Text, *pair: compare.Snapshot) -> list[str]:
    """Return a sentence where the releases begin earlier than their figures in the warehouse (those of an edition).

    A check of the whole files may have found something in the earlier part.
    """
    covered = pl.concat([known.parts["period_from"] for known in pair]).min()
    begins = pl.concat([known.facts["period_start"] for known in pair]).min()
    if not isinstance(covered, date) or not isinstance(begins, date) or covered >= begins:
        return []
    name = pair[0].source.name[text.lang]
    return [text.t("changes.begins_later", name=name, month=text.month(begins), first=text.month(covered))]


def _never_added(found: compare.Revision, cells: pl.DataFrame) -> bool:
    """Return true for cells of several drugs or classes, or of a nation beside its states."""
    apart = found.table.apart and cells.select(found.table.apart).n_unique() > 1
    kinds = {catalog.places()[place].kind for place in cells["place"].unique()}
    return bool(apart) or ("nation" in kinds and len(kinds) > 1)


def _release_month(view: View, vintage: str) -> str:
    row = view.releases.row(by_predicate=pl.col("vintage") == vintage, named=True)
    return view.text.month(row["released"])
