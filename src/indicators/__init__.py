"""Cross-border crime indicators, United States and Mexico: one interface for notebooks and for the report's chapters.

    import indicators

    indicators.use(quarter="2025Q2", lang="en")                 # or leave it out: everything, as of the newest release
    indicators.all_metrics(containing="homicide")               # the list of metrics
    homicides = indicators.metric("mx_homicide_victims", "MX")  # one metric, as a tidy frame
    indicators.change(homicides)                                # against the year before, with an interval
    indicators.chart(homicides)                                 # as the report draws it
    indicators.explain("mx_homicide_victims", "MX", "2025-03")  # back to the cells of the agency's file

Nothing is loaded before it is used: ``import indicators`` alone takes a millisecond.
"""

TYPE_CHECKING = False  # of typing, which takes ten times as long to load as the rest
if TYPE_CHECKING:
    from indicators.api import all_metrics, all_sources, breaks, change, explain, metric, places, query, status
    from indicators.report.analysis import change_points, funnel, nowcast, process_chart
    from indicators.report.exhibits import chart, month_table, ranking, tile_map, year_table
    from indicators.report.view import use

__all__ = [
    "all_metrics", "all_sources", "breaks", "change", "change_points", "chart", "explain", "funnel", "metric",
    "month_table", "nowcast", "places", "process_chart", "query", "ranking", "status", "tile_map", "use", "year_table",
]  # fmt: skip

_IN_REPORT = {
    "change_points": "analysis", "chart": "exhibits", "funnel": "analysis", "nowcast": "analysis", "use": "view",
    "month_table": "exhibits", "process_chart": "analysis", "ranking": "exhibits", "tile_map": "exhibits",
    "year_table": "exhibits",
}  # fmt: skip


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'indicators' has no attribute '{name}'")
    from importlib import import_module

    module = f"report.{_IN_REPORT[name]}" if name in _IN_REPORT else "api"
    return getattr(import_module(f"indicators.{module}"), name)


def __dir__() -> list[str]:
    return __all__
