"""One cell of somebody else's file as a number."""

import math
import re
from datetime import datetime, time

VOID = {"", "nan", "na", "n/a", "null", "none"}  # a sample without a value
_COMMA_DECIMAL = re.compile(r"[+-]?[0-9]*,[0-9]+(?:[eE][+-]?[0-9]+)?")


def value_of(cell: str, *, quoted: bool) -> float:
    """A number with a point or a comma, or the seconds of a time of day or date; not a number otherwise."""
    word = cell.strip()
    if "," in word and (not quoted or _COMMA_DECIMAL.fullmatch(word)):
        word = word.replace(",", ".")
    try:
        return float(word)
    except ValueError:
        return _clock_seconds(word)


def _clock_seconds(word: str) -> float:
    try:
        return datetime.fromisoformat(word).timestamp()
    except ValueError:
        pass
    try:
        day = time.fromisoformat(word) if ":" in word else None
    except ValueError:
        day = None
    if day is None:
        return math.nan
    return 3600 * day.hour + 60 * day.minute + day.second + day.microsecond * 1e-6
