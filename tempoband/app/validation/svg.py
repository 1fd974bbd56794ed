"""Plots as plain SVG: a frame with axes, and the marks that go into it.

Nothing relies on colour alone: every mark also differs in shape, dash or hatch, and has its word.
"""

from collections.abc import Sequence
from html import escape

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
INK, INK_SOFT, LINE, SURFACE = "#14191B", "#4A5559", "#DAE0DD", "#FFFFFF"
OUT, BACK, HOLD = "#1761C4", "#C2500C", "#1B242C"
_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif"
_MARGIN_LEFT, _MARGIN_RIGHT, _MARGIN_TOP, _MARGIN_BOTTOM = 62, 18, 44, 46
_TICKS = 6


class Plot:
    """A frame of data coordinates; marks are drawn in the order they are added."""

    def __init__(
        self,
        title: str,
        description: str,
        x_range: tuple[float, float],
        y_range: tuple[float, float],
        size: tuple[int, int] = (720, 300),
    ) -> None:
        self._title, self._description = title, description
        self._x_range, self._y_range = x_range, y_range
        self._width, self._height = size
        self._parts: list[str] = []

    def x(self, value: float) -> float:
        """Pixels from the left; values outside the range stay at its edge."""
        return _MARGIN_LEFT + _share(value, self._x_range) * (self._width - _MARGIN_LEFT - _MARGIN_RIGHT)

    def y(self, value: float) -> float:
        """Pixels from the top; values outside the range stay at its edge."""
        bottom = self._height - _MARGIN_BOTTOM
        return bottom - _share(value, self._y_range) * (bottom - _MARGIN_TOP)

    def axes(self, x_label: str, y_label: str, x_ticks: Sequence[float] = ()) -> None:
        """Ticks, three horizontal lines at most, labels with units."""
        left, right = self.x(self._x_range[0]), self.x(self._x_range[1])
        bottom = self.y(self._y_range[0])
        for value in nice_ticks(*self._y_range, 4):
            y = self.y(value)
            self._add(f'<line x1="{left:.1f}" x2="{right:.1f}" y1="{y:.1f}" y2="{y:.1f}" stroke="{LINE}"/>')
            self.text(left - 8, y + 4, number(value), anchor="end", colour=INK_SOFT)
        for value in x_ticks or nice_ticks(*self._x_range, _TICKS):
            self.text(self.x(value), bottom + 18, number(value), anchor="middle", colour=INK_SOFT)
        self.text((left + right) / 2, self._height - 8, x_label, anchor="middle", colour=INK_SOFT)
        self.text(left - 54, _MARGIN_TOP - 10, y_label, colour=INK_SOFT)

    def bars(self, edges: FloatArray, counts: FloatArray, colour: str = INK) -> None:
        """A histogram."""
        base = self.y(0.0)
        for left, right, count in zip(edges[:-1], edges[1:], counts, strict=True):
            x, top = self.x(float(left)), self.y(float(count))
            if count:
                self._add(
                    f'<rect x="{x + 0.5:.1f}" y="{top:.1f}" width="{self.x(float(right)) - x - 1:.1f}"'
                    f' height="{base - top:.1f}" fill="{colour}" fill-opacity="0.75"/>'
                )

    def line(self, x: FloatArray, y: FloatArray, colour: str = INK, width: float = 1.75) -> None:
        """A curve."""
        points = " ".join(f"{a:.1f},{b:.1f}" for a, b in self._pixels(x, y))
        self._add(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="{width}"/>')

    def dots(self, x: FloatArray, y: FloatArray, colour: str = INK) -> None:
        """Many small dots in one path."""
        path = "".join(f"M{a:.1f} {b:.1f}h0" for a, b in self._pixels(x, y))
        self._add(
            f'<path d="{path}" stroke="{colour}" stroke-width="3.5" stroke-linecap="round"'
            ' stroke-opacity="0.45"/>'
        )

    def level(self, value: float, words: str, *, dash: str = "6 4", colour: str = INK) -> None:
        """A horizontal line with its words at the right end."""
        left, right, y = self.x(self._x_range[0]), self.x(self._x_range[1]), self.y(value)
        self._add(
            f'<line x1="{left:.1f}" x2="{right:.1f}" y1="{y:.1f}" y2="{y:.1f}" stroke="{colour}"'
            f' stroke-width="1.5" stroke-dasharray="{dash}"/>'
        )
        self.text(right, y - 5, words, anchor="end")

    def mark(self, value: float, words: str = "", *, dash: str = "", colour: str = INK, row: int = 0) -> None:
        """A vertical line with its words at the top; rows keep neighbours' words apart."""
        x, top, bottom = self.x(value), self.y(self._y_range[1]), self.y(self._y_range[0])
        self._add(
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{top:.1f}" y2="{bottom:.1f}" stroke="{colour}"'
            f' stroke-width="1.5" stroke-dasharray="{dash}"/>'
        )
        if words:
            self.text(x + 4, top + 12 + 16 * row, words)

    def text(self, x: float, y: float, words: str, *, anchor: str = "start", colour: str = INK) -> None:
        """Words at a pixel."""
        self._add(
            f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{escape(words)}</text>'
        )

    def render(self) -> str:
        """The whole file."""
        size = f'viewBox="0 0 {self._width} {self._height}" width="{self._width}" height="{self._height}"'
        font = f'font-family="{_FONT}" font-size="12"'
        title = escape(self._title)
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" {font}>',
            f"<title>{title}</title>",
            f"<desc>{escape(self._description)}</desc>",
            f'<rect width="100%" height="100%" fill="{SURFACE}"/>',
            f'<text x="8" y="19" font-size="14" font-weight="600" fill="{INK}">{title}</text>',
        )
        return "\n".join([*head, *self._parts, "</svg>\n"])

    def _pixels(self, x: FloatArray, y: FloatArray) -> list[tuple[float, float]]:
        return [(self.x(a), self.y(b)) for a, b in zip(x.tolist(), y.tolist(), strict=True)]

    def _add(self, part: str) -> None:
        self._parts.append(part)


def _share(value: float, span: tuple[float, float]) -> float:
    return min(max((value - span[0]) / (span[1] - span[0]), 0.0), 1.0)


def nice_ticks(low: float, high: float, about: int) -> list[float]:
    """Round numbers within the range, about so many."""
    raw = (high - low) / about
    size = 10.0 ** np.floor(np.log10(raw))
    step = next(size * m for m in (1, 2, 2.5, 5, 10) if size * m >= raw)
    first = np.ceil(low / step - 1e-9) * step
    return [float(round(first + n * step, 10)) for n in range(int((high - first) / step + 1e-9) + 1)]


def number(value: float) -> str:
    """As short as it can be read."""
    return f"{value:g}"
