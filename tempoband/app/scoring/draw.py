"""Draws a curve in the terminal with braille dots, coloured by phase."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from rich.text import Text

from tempoband.contracts.tempo import Phase

STYLES = {Phase.CONCENTRIC: "blue", Phase.HOLD: "bold", Phase.ECCENTRIC: "dark_orange", None: "dim"}
_BLANK = 0x2800
# Dot bits of a braille cell, [row][column] (Unicode 3.0, block "Braille Patterns").
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))

Span = tuple[float, float, Phase]


def draw_curve(
    time_s: npt.NDArray[np.float64],
    tension_n: npt.NDArray[np.float64],
    spans: Sequence[Span],
    *,
    columns: int,
    rows: int = 10,
) -> Text:
    """The curve as ``rows`` lines of ``columns`` braille cells.

    Each dot column draws the least to the greatest tension in it, so that no peak is hidden.
    """
    dots = np.zeros((rows * 4, columns * 2), dtype=bool)
    low, high = min(0.0, float(tension_n.min())), max(float(tension_n.max()), 1e-9)
    edges = np.linspace(time_s[0], time_s[-1], columns * 2 + 1)
    cuts = np.searchsorted(time_s, edges)
    for column, (start, stop) in enumerate(pairwise(cuts)):
        window = tension_n[start : max(stop, start + 1)]
        if not len(window):
            continue
        top, bottom = (_row(float(v), low, high, rows * 4) for v in (window.max(), window.min()))
        dots[top : bottom + 1, column] = True
    return _text(dots, [_phase_at(float(edges[c * 2 + 1]), spans) for c in range(columns)])


def _row(value: float, low: float, high: float, height: int) -> int:
    return int((height - 1) * (high - value) / (high - low))


def _phase_at(time_s: float, spans: Sequence[Span]) -> Phase | None:
    return next((phase for start, end, phase in spans if start <= time_s < end), None)


def _text(dots: npt.NDArray[np.bool_], phases: Sequence[Phase | None]) -> Text:
    text = Text()
    for top in range(0, dots.shape[0], 4):
        for column, phase in enumerate(phases):
            cell = sum(
                bit
                for r, bits in enumerate(_DOTS)
                for c, bit in enumerate(bits)
                if dots[top + r, column * 2 + c]
            )
            text.append(chr(_BLANK + cell), STYLES[phase])
        text.append("\n")
    return text
