"""The scorecard in words, goal by goal."""

from __future__ import annotations

from indicators.catalog.scorecard import goals
from indicators.report import sentences
from indicators.report.scorecard.lines import Line, lines
from indicators.report.view import View


def in_words(view: View) -> sentences.Words:
    """A sentence or three for every line, goal by goal."""
    parts = []
    for goal in goals():
        found = [line for line in lines(view) if line.goal.id == goal.id]
        if found:
            parts.append(f"### {goal.name[view.text.lang]}\n")
            parts += [f"- {_sentences(view, line)}" for line in found]
            parts.append("")
    return sentences.Words("\n".join(parts))


def _sentences(view: View, line: Line) -> str:
    text, place = view.text, view.place(line.place)
    if line.metric.klass == "ledger":
        return sentences.on_record(text, line.metric, line.latest, line.assessment.status.code, line.due)
    if line.latest is None:
        return sentences.without_figure(text, place, line.metric)
    return sentences.line(text, place, line.metric, line.latest, line.yearly, line.assessment, line.target)
