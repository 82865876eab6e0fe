"""What a report stands on: releases, how far each series goes, breaks, and what the checks noticed."""

from __future__ import annotations

import dataclasses
import json
from datetime import date
from pathlib import Path

import duckdb
import polars as pl

from indicators import catalog
from indicators.charts import tables
from indicators.charts.tables import Badge, Caption, Column
from indicators.errors import UsageError
from indicators.i18n import Text
from indicators.metrics import compute
from indicators.periods import Clock
from indicators.releases import checks
from indicators.report import scorecard
from indicators.report.sentences import Words, placed
from indicators.report.view import CORE, View, current
from indicators.warehouse import compare, query

MOST_BANNERS = 5


def releases() -> tables.Table:
    """Every release known on the day: agency, day, last month, file and the start of its hash."""
    view = current()
    text = view.text
    used = view.releases.with_columns(
        agency=pl.Series([catalog.sources()[one].agency[text.lang] for one in view.releases["source"]]),
        series=pl.Series([catalog.sources()[one].name[text.lang] for one in view.releases["source"]]),
        release=pl.Series([view.released(row) for row in view.releases.iter_rows(named=True)]),
        through=pl.Series([_month(view, day) for day in view.releases["data_through"]]),
        hash=pl.col("sha256").str.head(12),
    ).sort("source", "released", descending=[False, True], maintain_order=True)
    names = ("series", "agency", "release", "through", "rows", "file", "hash")
    return tables.from_frame(
        used,
        text,
        Caption("releases", text.t("view.releases", n=used.height), notes=(text.t("view.releases_note"),)),
        headers={name: text.t(f"view.column.{name}") for name in names},
    )


def coverage() -> tables.Table:
    """For each core series: through which month it goes in this report, and what is at hand beyond it."""
    view = current()
    text = view.text
    rows = []
    for metric, place in CORE.items():
        held = compute.all_series(view.connection, metric, view.as_of, [place])
        frames = [one.frame.filter(pl.col("value").is_not_null()) for one in held.values()]
        known = pl.concat(frames)["period_end"] if frames else pl.Series([], dtype=pl.Date)
        inside = known.filter(known <= view.ends).max()
        rows.append(
            {
                "metric": catalog.metrics()[metric].name[text.lang],
                "place": catalog.places()[place].name(text.lang),
                "through": _month(view, inside),
                "whole": text.t("view.yes" if inside == view.ends else "view.no"),
                "at_hand": _month(view, known.max()),
            }
        )
    frame = pl.DataFrame(rows)
    headers = {name: text.t(f"view.column.{name}") for name in frame.columns}
    title = text.t("view.coverage", quarter=text.period(view.ends, view.ends, Clock.QUARTER))
    return tables.from_frame(frame, text, Caption("coverage", title), headers)


def _month(view: View, day: object) -> str:
    return view.text.month(day) if isinstance(day, date) else view.text.t("view.none")


def breaks() -> tables.Table:
    """Every declared break: the series it concerns, its days, and its reason."""
    view = current()
    text = view.text
    frame = pl.DataFrame(
        [
            {
                "series": "; ".join(
                    [catalog.sources()[one].name[text.lang] for one in found.sources]
                    + [catalog.metrics()[one].name[text.lang] for one in found.metrics]
                ),
                "first": found.first,
                "last": found.last,
                "reason": found.reason[text.lang],
            }
            for found in catalog.breaks()
        ]
    )
    headers = {name: text.t(f"view.column.{name}") for name in frame.columns}
    return tables.from_frame(frame, text, Caption("breaks", text.t("view.breaks")), headers)


def findings() -> tables.Table:
    """What the readers and checks noticed in the releases of this report, the gravest first."""
    view = current()
    text = view.text
    found = query.select(
        view.connection,
        "SELECT severity, vintage, code, facts FROM finding JOIN vintage USING (vintage) WHERE released <= $day"
        " ORDER BY list_position(['refusal', 'banner', 'note'], severity), vintage, code, facts",
        {"day": view.as_of},
    )
    rows = found.iter_rows(named=True)
    words = [checks.sentence(row["code"], json.loads(row["facts"]), text) for row in rows]
    found = found.with_columns(
        severity=pl.Series([text.t(f"severity.{one}") for one in found["severity"]], dtype=pl.String),
        what=pl.Series(words, dtype=pl.String),
    )
    headers = {name: text.t(f"view.column.{name}") for name in ("severity", "vintage", "what")}
    caption = Caption("findings", text.t("view.findings", n=found.height))
    return tables.from_frame(found, text, caption, headers)


def banners(connection: duckdb.DuckDBPyConnection, day: date, text: Text) -> tuple[str, ...]:
    """What must be read before the figures: the grave findings about the newest release of each table."""
    found = query.select(
        connection,
        "WITH newest AS (SELECT vintage, source, released FROM vintage WHERE released <= $day"
        " QUALIFY released = max(released) OVER (PARTITION BY source, layout))"
        " SELECT newest.source, released, code, facts FROM finding JOIN newest USING (vintage)"
        " WHERE severity IN ('banner', 'refusal') ORDER BY severity = 'banner', vintage, code, facts",
        {"day": day},
    )
    said = [
        text.t(
            "page.noticed",
            name=catalog.sources()[row["source"]].name[text.lang],
            released=text.month(row["released"]),
            what=checks.sentence(row["code"], json.loads(row["facts"]), text),
        )
        for row in found.head(MOST_BANNERS).iter_rows(named=True)
    ]
    rest = found.height - MOST_BANNERS
    return (*said, text.t("page.noticed_more", n=rest)) if rest > 0 else tuple(said)


def definitions() -> tables.Table:
    """Every metric of the catalogue: what it counts, and what limits it."""
    view = current()
    text = view.text
    frame = pl.DataFrame(
        [
            {
                "metric": one.name[text.lang],
                "definition": one.definition[text.lang],
                "caveat": one.caveat[text.lang],
                "id": one.id,
            }
            for one in catalog.metrics().values()
        ]
    )
    headers = {name: text.t(f"view.column.{name}") for name in frame.columns}
    return tables.from_frame(frame, text, Caption("definitions", text.t("view.definitions")), headers)


def glossary() -> tables.Table:
    """The words of the report, in both languages, and what they mean."""
    view = current()
    text = view.text
    frame = pl.DataFrame(
        [
            {
                "term": one.term[text.lang],
                "other": one.term["es" if text.lang == "en" else "en"],
                "meaning": one.meaning[text.lang],
            }
            for one in catalog.glossary().values()
        ]
    ).sort("term")
    headers = {name: text.t(f"view.column.{name}") for name in frame.columns}
    return tables.from_frame(frame, text, Caption("glossary", text.t("view.glossary")), headers)


SCORECARD = "data/{lang}/scorecard.csv"


def changes_since(previous: str) -> tables.Table | Words:
    """The scorecard's figures of the report in the folder ``previous``, then and now; words for a first report.

    The same metric, place and period, as published then and as the releases of today have it; and whether the
    status of that quarter would be another one now.
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
                placed(catalog.metrics()[row["metric"]].name[text.lang], view.place(row["place"])),
                text.period(row["period_start"], row["period_end"], Clock(row["clock"])),
                text.value(row["value"], row["unit"]),
                text.value(value, row["unit"]),
                text.signed_percent(value / row["value"] - 1, 2) if changed and row["value"] else "–",
                _status(view, row["status"]),
                _status(view, status) if status != row["status"] else text.t("changes.same"),
            )
        )
    names = ("metric", "period", "then", "now", "moved", "status_then", "status_now")
    return tables.Table(
        name="since-last-report",
        title=text.t(
            "changes.since",
            n=len(rows),
            moved=moved,
            quarter=run["quarter"],
            day=date.fromisoformat(run["as_of"]),
        ),
        columns=tuple(
            Column(text.t(f"changes.column.{name}"), name in ("then", "now", "moved")) for name in names
        ),
        rows=tuple(rows),
        csv=tables.to_csv(then.select("metric", "place", "period_start", "period_end", "value", "status")),
        lang=text.lang,
    )


def _value(view: View, row: dict[str, object]) -> float | None:
    try:
        found = compute.all_series(
            view.connection, str(row["metric"]), view.as_of, [str(row["place"])], _window(row)
        )
    except UsageError:
        return None
    series = found.get(str(row["place"]))
    if series is None:
        return None
    same = (pl.col("period_start") == row["period_start"]) & (pl.col("period_end") == row["period_end"])
    values = series.frame.filter(same)["value"].drop_nulls()
    return None if values.is_empty() else float(values[0])


def _window(row: dict[str, object]) -> Clock | None:
    clock = Clock(str(row["clock"]))
    return clock if clock == Clock.TWELVE_MONTH_ROLLING else None


def _status(view: View, code: str) -> Badge:
    return Badge(view.text.t(f"status.{code}"), scorecard.TONES[code])


def changes_by_release() -> tables.Table:
    """For each source: what the later of its two newest releases with figures in common changed, at the grain that is
    reported. A newer release that shares none is named below.

    Net and gross are left out where the figures overlap or are of several drugs: those are never added up.
    """
    view = current()
    text, rows, data, left_out = view.text, [], [], []
    for source in catalog.sources():
        try:
            pair = compare.pair(view.connection, source, day=view.as_of)
        except UsageError:
            continue  # no two releases of it hold the same part
        found = compare.compare(*pair)
        moved = found.reported.filter(pl.col("change").fill_null(0.0).abs() > 0)
        left_out += [*_left_out(view, source, found.new), *_begins_later(text, *pair)]
        pair_words = text.t(
            "changes.pair", old=_release_month(view, found.old), new=_release_month(view, found.new)
        )
        for measure in moved["measure"].unique().sort() if moved.height else [None]:
            cells = moved.filter(pl.col("measure") == measure) if measure else moved
            addable = measure and not _never_added(found, cells)
            net = float(cells["change"].sum()) if addable else None
            gross = float(cells["change"].abs().sum()) if addable else None
            oldest = cells["period_end"].min()
            rows.append(
                (
                    catalog.sources()[source].name[text.lang],
                    pair_words,
                    text.t(f"measure.{measure}") if measure else text.t("changes.nothing"),
                    text.number(cells.height),
                    "–" if net is None else text.number(net),
                    "–" if gross is None else text.number(gross),
                    text.month(oldest) if isinstance(oldest, date) else "–",
                )
            )
            data.append((source, found.old, found.new, measure, cells.height, net, gross, oldest))
    names = ("source", "releases", "what", "cells", "net", "gross", "oldest")
    schema = ["source", "old", "new", "measure", "cells", "net", "gross", "oldest"]
    return tables.Table(
        name="revisions",
        title=text.t("changes.by_release"),
        columns=tuple(
            Column(text.t(f"changes.column.{name}"), name in ("cells", "net", "gross")) for name in names
        ),
        rows=tuple(rows),
        notes=(text.t("changes.net_and_gross"), *left_out),
        csv=tables.to_csv(pl.DataFrame(data, schema, orient="row", infer_schema_length=None)),
        lang=text.lang,
    )


def _left_out(view: View, source: str, compared: str) -> list[str]:
    """A sentence where a source has a newer release than the one compared: one with no figure that was held before."""
    mine = view.releases.filter(pl.col("source") == source)
    if mine["released"].max() == mine.row(by_predicate=pl.col("vintage") == compared, named=True)["released"]:
        return []
    name = catalog.sources()[source].name[view.text.lang]
    return [
        view.text.t("changes.left_out", name=name, month=_release_month(view, mine["vintage"].to_list()[-1]))
    ]


def _begins_later(text: Text, *pair: compare.Snapshot) -> list[str]:
    """A sentence where the releases themselves go further back than the figures of them at hand (an edition's): a
    check of the whole files may have noticed an older one."""
    covered = pl.concat([known.parts["period_from"] for known in pair]).min()
    held = pl.concat([known.facts["period_start"] for known in pair]).min()
    if not isinstance(covered, date) or not isinstance(held, date) or covered >= held:
        return []
    name = pair[0].source.name[text.lang]
    return [text.t("changes.begins_later", name=name, month=text.month(held), first=text.month(covered))]


def _never_added(found: compare.Revision, cells: pl.DataFrame) -> bool:
    """Whether the cells are of several drugs or classes, or of a nation beside its states."""
    apart = found.table.apart and cells.select(found.table.apart).n_unique() > 1
    kinds = {catalog.places()[place].kind for place in cells["place"].unique()}
    return bool(apart) or ("nation" in kinds and len(kinds) > 1)


def _release_month(view: View, vintage: str) -> str:
    row = view.releases.row(by_predicate=pl.col("vintage") == vintage, named=True)
    return view.text.month(row["released"])
