"""The scorecard in words: the answer in a few lines, and every line, goal by goal."""

from __future__ import annotations

from indicators.catalog.scorecard import goals
from indicators.charts.tables import NOTHING, TONE_MARKS
from indicators.report import sentences
from indicators.report.scorecard.lines import Line, lines
from indicators.report.scorecard.table import TONES, name
from indicators.report.view import View, current


def answer() -> sentences.Words:
    """Is it getting better? The lines that can be judged by name, and how many cannot."""
    view = current()
    text = view.text
    told: dict[str, list[str]] = {tone: [] for tone in TONE_MARKS}
    for line in lines(view):
        told[TONES[line.assessment.status.code]].append(_short(view, line))
    none = text.t("scorecard.answer.none")
    points = [
        text.t(f"scorecard.answer.{tone}", names="; ".join(told[tone]) or none)
        for tone in ("good", "bad", "flat")
    ]
    rest = text.t("scorecard.answer.rest", shown=len(told["shown"]), unknown=len(told["unknown"]))
    return sentences.Words("\n".join(f"- {point}" for point in points) + f"\n\n{rest}")


def _short(view: View, line: Line) -> str:
    """A line's name with its change over a year, where there is one."""
    named = name(view, line, objective=False)
    if not line.series:
        return named
    amount, _ = sentences.change(view.text, line.yearly, line.series.unit)
    return named if amount == NOTHING else f"{named} ({amount})"


def in_words() -> sentences.Words:
    """A sentence or three for every line, goal by goal."""
    view = current()
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
