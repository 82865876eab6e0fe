"""What the fork server imports once, so that no notebook has to.

A process that is forked must not have a second thread that holds a lock, so the libraries that would start
threads of their own while they are imported are told not to. (Polars starts one that cleans up and then idles.)
"""

import os

os.environ |= {
    "OPENBLAS_NUM_THREADS": "1",  # numpy and scipy; as many notebooks run at a time as there are cores
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
    "_RJEM_MALLOC_CONF": "background_thread:false",  # polars
}

import duckdb  # noqa: F401
import IPython.core.interactiveshell  # noqa: F401
import pandas  # noqa: F401
import plotly.graph_objects  # noqa: F401
import polars  # noqa: F401
import ruptures  # noqa: F401
import statsmodels.genmod.generalized_linear_model
import statsmodels.tsa.seasonal  # noqa: F401

import indicators.report.analysis
import indicators.report.cells
import indicators.report.changes
import indicators.report.corridor
import indicators.report.evidence
import indicators.report.fact_check
import indicators.report.quality
import indicators.report.scorecard  # noqa: F401
from indicators import catalog, text
from indicators.catalog import claims, scorecard
from indicators.charts import look

for read in (
    catalog.sources,
    catalog.metrics,
    catalog.breaks,
    catalog.places,
    catalog.glossary,
    catalog.articles,
    claims.claims,
    scorecard.goals,
    scorecard.targets,
):
    read()
for lang in text.LANGUAGES:
    text.Text(lang).number(1)
    text.leaves(lang)
look.figure(  # plotly loads its parts when they are first drawn
    [{"type": "scatter", "line": {}, "marker": {}}, {"type": "bar", "marker": {}}],
    look.theme(100, shapes=[{}], annotations=[{"text": "", "font": {}}]),
).to_json()
