"""The drawings of the report: a set's curve by phase, and a trend."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from dashboard.reports.sheet import (
    BACK,
    BACK_SOFT,
    HOLD,
    HOLD_SOFT,
    INK,
    INK_3,
    LINE,
    OUT,
    OUT_SOFT,
    SUNKEN,
    Colour,
    Point,
    Sheet,
)
from dashboard.reports.summary import Dot
from tempoband.storage.timeseries.base import Curve

_LOOKS = (
    ("concentric_start_s", "concentric_end_s", OUT, OUT_SOFT),
    ("concentric_end_s", "eccentric_start_s", HOLD, HOLD_SOFT),
    ("eccentric_start_s", "eccentric_end_s", BACK, BACK_SOFT),
)


@dataclass(frozen=True, slots=True)
class Box:
    """Where a figure stands, axis words included."""

    x: float
    y: float
    width: float
    height: float
    axis: float = 8.0
    foot: float = 5.0

    def at(self, across: float, up: float) -> Point:
        """The place of two shares, from the left and from the ground."""
        ground = self.y + self.height - self.foot
        return self.x + self.axis + across * (self.width - self.axis), ground - up * (self.height - self.foot)


def draw_curve(
    sheet: Sheet, box: Box, curve: Curve, gaps_s: Sequence[tuple[float, float]], reps: Any
) -> None:
    """A stored curve: grey where it belongs to no phase, in its phase's colour where it does."""
    time_s = (curve.time_us - curve.time_us[0]) / 1e6
    span_s, top_n = max(float(time_s[-1]), 1.0), max(float(curve.tension_n.max()) * 1.08, 5.0)
    _grid(sheet, box, top_n)
    for start_s, end_s in gaps_s:
        low, high = box.at(start_s / span_s, 0), box.at(end_s / span_s, 1)
        sheet.area([low, (low[0], high[1]), high, (high[0], low[1])], SUNKEN)

    def points(start_s: float, end_s: float) -> list[Point]:
        first, last = np.searchsorted(time_s, (start_s, end_s))
        cut = slice(max(0, int(first) - 1), int(last) + 1)
        pairs = zip(time_s[cut].tolist(), curve.tension_n[cut].tolist(), strict=True)
        return [box.at(at_s / span_s, max(0.0, level_n) / top_n) for at_s, level_n in pairs]

    spans = [(rep[a], rep[b], line, soft) for rep in reps for a, b, line, soft in _LOOKS if rep[b] > rep[a]]
    for start_s, end_s, _, soft in spans:
        line = points(start_s, end_s)
        if line:
            ground = box.at(0, 0)[1]
            sheet.area([(line[0][0], ground), *line, (line[-1][0], ground)], soft)
    for piece in _between(time_s, gaps_s, spans):
        sheet.stroke(points(*piece), INK_3, 0.25)
    for start_s, end_s, colour, _ in spans:
        sheet.stroke(points(start_s, end_s), colour, 0.4)
    for number, rep in enumerate(reps, 1):
        x, y = box.at((rep["concentric_start_s"] + rep["eccentric_end_s"]) / 2 / span_s, 0)
        sheet.words(x, y + 1.2, str(number), 6.5, INK_3, "C")


def draw_trend(  # noqa: PLR0917 - a figure and its values
    sheet: Sheet, box: Box, dots: Sequence[Dot], middles: Sequence[Dot], span: tuple[date, date], top: float
) -> None:
    """Sets as dots, ``middles`` of the weeks as the line; it breaks with the segment."""
    days = max((span[1] - span[0]).days, 1)
    _grid(sheet, box, top)

    def place(dot: Dot) -> Point:
        return box.at(min(1.0, max(0.0, (dot.day - span[0]).days / days)), min(dot.value / top, 1.0))

    for dot in dots:
        x, y = place(dot)
        sheet.set_fill_color(118, 131, 126)
        sheet.circle(x=x, y=y, radius=0.55, style="F")
    for segment in sorted({dot.segment for dot in middles}):
        line = [place(dot) for dot in middles if dot.segment == segment]
        sheet.stroke(line, INK, 0.6)
        sheet.set_fill_color(*INK)
        sheet.circle(x=line[-1][0], y=line[-1][1], radius=0.9, style="F")


def breaks(dots: Sequence[Dot]) -> list[date]:
    """The first day of every segment but the first."""
    firsts: dict[int, date] = {}
    for dot in dots:
        firsts.setdefault(dot.segment, dot.day)
    return list(firsts.values())[1:]


def draw_break(sheet: Sheet, box: Box, day: date, span: tuple[date, date], word: str) -> None:
    """A dotted upright where the curves stop being comparable."""
    across = (day - span[0]).days / max((span[1] - span[0]).days, 1)
    low, high = box.at(across, 0), box.at(across, 1)
    sheet.set_dash_pattern(dash=0.8, gap=0.8)
    sheet.stroke([low, high], INK_3, 0.2)
    sheet.set_dash_pattern()
    sheet.words(low[0] + 0.8, low[1] - 3.4, word, 6, INK_3)


def _grid(sheet: Sheet, box: Box, top: float) -> None:
    step = _round_step(top)
    value = 0.0
    while value <= top:
        x, y = box.at(0, value / top)
        sheet.rule(y, x, box.width - box.axis)
        sheet.words(x - 1.2, y - 1.1, f"{value:g}", 6.5, INK_3, "R")
        value += step


def _round_step(top: float) -> float:
    """A step that makes two to four lines: 1, 2 or 5 times a power of ten."""
    raw = top / 3
    power: float = 10.0 ** np.floor(np.log10(raw))
    return next((factor * power for factor in (1, 2, 5) if factor * power >= raw), 10 * power)


def _between(
    time_s: Any, gaps_s: Sequence[tuple[float, float]], spans: Sequence[tuple[float, float, Colour, Colour]]
) -> list[tuple[float, float]]:
    """The stretches that belong to no phase and to no gap."""
    taken = sorted([(a, b) for a, b in gaps_s] + [(a, b) for a, b, *_ in spans])
    pieces, at_s = [], 0.0
    for start_s, end_s in taken:
        if start_s > at_s:
            pieces.append((at_s, start_s))
        at_s = max(at_s, end_s)
    return [*pieces, (at_s, float(time_s[-1]))]


__all__ = ["LINE", "Box", "breaks", "draw_break", "draw_curve", "draw_trend"]
