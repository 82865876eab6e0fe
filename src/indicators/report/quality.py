"""What a report stands on: releases, how far each series goes, breaks, and what the checks noticed."""

from __future__ import annotations

import json
from datetime import date

import duckdb
import polars as pl

from indicators import catalog, warehouse
from indicators.charts import tables
from indicators.i18n import Text
from indicators.metrics import compute
from indicators.periods import Clock
from indicators.releases import checks
from indicators.report.quarter import CORE
from indicators.report.view import View, current

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
        id="releases",
        title=text.t("view.releases", n=used.height),
        headers={name: text.t(f"view.column.{name}") for name in names},
        notes=(text.t("view.releases_note"),),
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
    return tables.from_frame(frame, text, id="coverage", title=title, headers=headers)


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
    return tables.from_frame(frame, text, id="breaks", title=text.t("view.breaks"), headers=headers)


def findings() -> tables.Table:
    """What the readers and checks noticed in the releases of this report, the gravest first."""
    view = current()
    text = view.text
    found = warehouse.select(
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
    return tables.from_frame(
        found, text, id="findings", title=text.t("view.findings", n=found.height), headers=headers
    )


def banners(connection: duckdb.DuckDBPyConnection, day: date, text: Text) -> tuple[str, ...]:
    """What must be read before the figures: the grave findings about the newest release of each table."""
    found = warehouse.select(
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
    return tables.from_frame(frame, text, id="definitions", title=text.t("view.definitions"), headers=headers)


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
    return tables.from_frame(frame, text, id="glossary", title=text.t("view.glossary"), headers=headers)
