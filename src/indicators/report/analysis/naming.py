"""What a series is called, in the words of a text."""

from __future__ import annotations

from indicators import catalog
from indicators.metrics.series import Series
from indicators.report.view import View


def called(view: View, series: Series) -> dict[str, str]:
    """The fields ``name`` and ``place`` of a series."""
    return {
        "name": catalog.metrics()[series.metric].name[view.text.lang],
        "place": view.place(series.place),
    }
