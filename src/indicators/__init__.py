"""Cross-border crime indicators, United States and Mexico: the analyst's API.

    import indicators

    indicators.all_metrics(containing="homicide")               # what there is
    indicators.metric("mx_homicide_victims", window="year")     # one of them, as a polars frame
    indicators.metric("mx_homicide_victims").to_pandas()        # for pandas
    indicators.chart("mx_homicide_victims", as_of="2025-06-30")

Nothing is loaded before it is asked for: ``import indicators`` alone costs a millisecond.
"""

TYPE_CHECKING = False  # type checkers know the name; typing itself would cost ten times as much as the rest
if TYPE_CHECKING:
    from indicators.api import all_metrics, all_sources, breaks, chart, metric, places, query, status

__all__ = ["all_metrics", "all_sources", "breaks", "chart", "metric", "places", "query", "status"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'indicators' has no attribute '{name}'")
    from indicators import api

    return getattr(api, name)


def __dir__() -> list[str]:
    return __all__
