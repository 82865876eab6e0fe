"""The steps of the pipeline that are broken, each a function of the home's folder."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

from indicators import cli
from indicators.paths import Home
from indicators.releases import ingest
from indicators.report import data_package, publish
from indicators.warehouse.build import ensure

DAY = date(2021, 1, 4)
QUARTER = "2016Q3"


def add(root: Path) -> None:
    outcome = ingest.add(root / "incoming" / "VSRR_20170415.csv", Home(root).raw, ingest.IngestRequest(received=DAY))
    if outcome.error:
        raise outcome.error


def build(root: Path) -> None:
    ensure(Home(root))


def report(root: Path, published: bool = False) -> None:
    with mock.patch.object(data_package, "_not_shown", return_value=()):  # seconds of sums that no fault depends on
        request = publish.ReportRequest(QUARTER, langs=["en"], publish=published)
        publish.make(Home(root), request)


def publication(root: Path) -> None:
    report(root, published=True)


def command(root: Path, words: Sequence[str], today: date) -> None:
    """Run an ``indicators`` command in this home, by a clock that tells ``today``."""
    with (
        mock.patch.dict(os.environ, INDICATORS_HOME=str(root)),
        mock.patch.object(cli, "date", SimpleNamespace(today=lambda: today)),
        mock.patch.object(data_package, "_not_shown", return_value=()),
    ):
        cli.app([one.format(root=root) for one in words], standalone_mode=False)
