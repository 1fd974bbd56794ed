"""What a report prints, and where."""

from typing import Any

import pytest

from dashboard.reports.sheet import Sheet

PAGE_MM = (210, 297)


class Printed:
    """Every line a sheet prints, with where it stands, instead of a reader of PDFs."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.lines: list[tuple[float, float, float, str]] = []
        plain, multi_cell = Sheet.text, Sheet.multi_cell

        def told_text(sheet: Sheet, x: float, y: float, words: str = "") -> None:
            self.lines.append((x, y, x + sheet.get_string_width(words), words))
            plain(sheet, x, y, words)

        def told_cell(sheet: Sheet, w: float, h: float, words: str = "", **more: Any) -> Any:
            left = sheet.get_x()
            found = multi_cell(sheet, w, h, words, **more)
            self.lines.append((left, sheet.get_y(), left + w, words))
            return found

        monkeypatch.setattr(Sheet, "text", told_text)
        monkeypatch.setattr(Sheet, "multi_cell", told_cell)

    @property
    def words(self) -> str:
        return "\n".join(line[3] for line in self.lines)

    def outside(self) -> list[tuple[float, float, float, str]]:
        wide, tall = PAGE_MM
        return [
            line for line in self.lines if line[0] < 5 or line[2] > wide - 5 or not 5 < line[1] < tall - 5
        ]
