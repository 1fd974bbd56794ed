"""The order of bands, as far as their labels tell it: what the next heavier or lighter one is called.

Makers agree on no scale. Known are the colours of the most common brand (makers' table: +25 % from one to the
next, +40 % for the heaviest) and plain words. For any other label a person has to say which band comes next.
"""

from typing import Final

_LADDERS: Final = (
    ("tan", "yellow", "red", "green", "blue", "black", "silver", "gold"),
    ("extra light", "light", "medium", "heavy", "extra heavy"),
    ("x-light", "light", "medium", "heavy", "x-heavy"),
    ("xs", "s", "m", "l", "xl"),
)


def neighbour(label: str | None, *, heavier: bool) -> str | None:
    """The label of the next band in the same ladder, None where the label is on none or at its end."""
    word = (label or "").strip().lower()
    for ladder in _LADDERS:
        if word in ladder:
            place = ladder.index(word) + (1 if heavier else -1)
            return ladder[place] if 0 <= place < len(ladder) else None
    return None
