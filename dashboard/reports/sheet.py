"""A sheet of A4 that knows our letters and a few shapes; every length is in millimetres."""

import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from fpdf import FPDF

MARGIN = 15.0
WIDTH = 210.0 - 2 * MARGIN
INK, INK_2, INK_3 = (20, 25, 27), (67, 77, 81), (88, 100, 104)
LINE, SUNKEN = (218, 224, 221), (232, 236, 234)
OUT, HOLD, BACK = (23, 97, 196), (27, 36, 44), (194, 80, 12)
OUT_SOFT, HOLD_SOFT, BACK_SOFT = (214, 229, 250), (217, 222, 226), (252, 225, 205)
Colour = tuple[int, int, int]
Point = tuple[float, float]
Align = Literal["L", "R", "C"]
_FONTS = Path(__file__).parent / "fonts"
_HEADLINE, _SMALL_HEADLINE = 20.0, 11.0
MISSING = "\N{WHITE SQUARE}"
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})
_STACKED = frozenset({"Mn", "Mc"})


class Sheet(FPDF):
    """One page."""

    def __init__(self, title: str, language: str) -> None:
        self.missed = False  # whether a letter could not be written
        super().__init__(orientation="portrait", unit="mm", format="A4")
        self.set_auto_page_break(auto=False)
        self.set_margin(MARGIN)
        self.c_margin = 0.0
        self.add_font("sheet", "", _FONTS / "DejaVuSansCondensed.ttf")
        self.add_font("sheet", "B", _FONTS / "DejaVuSansCondensed-Bold.ttf")
        self.set_title(title)
        self.set_lang(language)
        self.set_creator("tempoband")
        self.add_page()

    def words(  # noqa: PLR0917 - a place and a look
        self,
        x: float,
        y: float,
        text: str,
        size: float = 9,
        colour: Colour = INK,
        align: Align = "L",
        *,
        bold: bool = False,
        width: float = 0.0,
    ) -> None:
        """One line whose top is at y; cut with an ellipsis where it is wider than ``width``."""
        self.set_font("sheet", "B" if bold else "", size)
        self.set_text_color(*colour)
        text = self._drawable(text)
        shown = self.fitted(text, width) if width else text
        wide = self.get_string_width(shown)
        left = {"L": x, "R": x - wide, "C": x - wide / 2}[align]
        self.text(left, y + size * 0.3, shown)  # the baseline of this font, from pt to mm

    def fitted(self, text: str, width: float) -> str:
        """The text, or as much of it as fits, in the present font."""
        if self.get_string_width(text) <= width:
            return text
        while text and self.get_string_width(text + "…") > width:
            text = text[:-1]
        return text.rstrip() + "…"

    def headline(self, y: float, text: str, width: float) -> None:
        """A bold line as large as fits; what would be too small goes on in a second line, so none is cut."""
        self.set_font("sheet", "B", _HEADLINE)
        size = min(_HEADLINE, _HEADLINE * width / max(self.get_string_width(text), 1.0))
        if size >= _SMALL_HEADLINE:
            self.words(MARGIN, y + (_HEADLINE - size) * 0.2, text, size, bold=True)
            return
        self.set_font("sheet", "B", _SMALL_HEADLINE)
        first = self.fitted(text, width).rstrip("…")
        cut = max(first.rfind(" "), first.rfind("-")) + 1 or len(first)
        self.words(MARGIN, y - 0.8, text[:cut].rstrip(), _SMALL_HEADLINE, bold=True)
        self.words(MARGIN, y + 4, text[cut:], _SMALL_HEADLINE, bold=True, width=width)

    def paragraph(self, y: float, text: str, size: float = 7.5, colour: Colour = INK_3) -> float:
        """Lines over the whole width; where they end."""
        self.set_font("sheet", "", size)
        self.set_text_color(*colour)
        self.set_xy(MARGIN, y)
        self.multi_cell(WIDTH, size * 0.48, self._drawable(text), align="L")
        return float(self.get_y())

    def rule(self, y: float, x: float = MARGIN, width: float = WIDTH) -> None:
        """A hairline."""
        self.set_draw_color(*LINE)
        self.set_line_width(0.2)
        self.line(x, y, x + width, y)

    def stroke(self, points: Sequence[Point], colour: Colour, width: float = 0.45) -> None:
        """A line through points."""
        if len(points) < 2:
            return
        self.set_draw_color(*colour)
        self.set_line_width(width)
        self.polyline(list(points))

    def area(self, points: Sequence[Point], colour: Colour) -> None:
        """A filled shape."""
        if len(points) < 3:
            return
        self.set_fill_color(*colour)
        self.polygon(list(points), style="F")

    def stamp(self, text: str) -> None:
        """A framed word at the top that nobody overlooks."""
        self.set_font("sheet", "B", 12)
        wide = self.get_string_width(text) + 6
        left, top = MARGIN + WIDTH - wide, 17.5
        self.set_draw_color(*BACK)
        self.set_line_width(0.7)
        self.rect(left, top, wide, 8)
        self.words(left + 3, top + 2.1, text, 12, BACK, bold=True)

    def knows(self, text: str) -> bool:
        """Whether a text can be written here: its letters are in our font, and are written one by one."""
        return all(self._has(letter) for letter in unicodedata.normalize("NFC", text))

    def _has(self, letter: str) -> bool:
        glyphs = self.fonts["sheet"].cmap  # type: ignore[union-attr]  # ours are never core fonts
        # From right to left, and letters that join or stack, need shaping, which this sheet does not do.
        shaped = (
            unicodedata.bidirectional(letter) in _RIGHT_TO_LEFT or unicodedata.category(letter) in _STACKED
        )
        return ord(letter) in glyphs and not shaped

    def _drawable(self, text: str) -> str:
        """The text, with a square for every letter that cannot be written."""
        letters = unicodedata.normalize("NFC", text)
        shown = "".join(each if self._has(each) else MISSING for each in letters)
        self.missed = self.missed or shown != letters
        return shown
