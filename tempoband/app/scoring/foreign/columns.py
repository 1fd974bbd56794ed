"""What the columns of somebody else's file are: a quantity and its unit, read from the header."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from tempoband.contracts.units import NEWTONS_PER_KGF, NEWTONS_PER_LBF

SECONDS_PER = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
NEWTONS_PER = {
    "n": 1.0,
    "kn": 1e3,
    "mn": 1e-3,
    "kg": NEWTONS_PER_KGF,
    "g": NEWTONS_PER_KGF * 1e-3,
    "lb": NEWTONS_PER_LBF,
}
_SPELLED = {
    **dict.fromkeys(("sec", "secs", "second", "seconds", "sek", "sekunden"), "s"),
    **dict.fromkeys(("msec", "millis", "milliseconds", "millisekunden"), "ms"),
    **dict.fromkeys(
        ("\N{MICRO SIGN}s", "\N{GREEK SMALL LETTER MU}s", "usec", "micros", "microseconds"), "us"
    ),
    **dict.fromkeys(("nanos", "nanoseconds"), "ns"),
    **dict.fromkeys(("newton", "newtons"), "n"),
    **dict.fromkeys(("kgf", "kp", "kgs", "kilogram", "kilograms"), "kg"),
    **dict.fromkeys(("gram", "grams", "gf"), "g"),
    **dict.fromkeys(("lbs", "lbf", "pound", "pounds"), "lb"),
}
_TIME_WORDS = {"time", "timestamp", "t", "elapsed", "time elapsed", "elapsed time", "zeit", "zeitstempel"}
_TENSION_WORDS = {"tension", "force", "load", "weight", "pull", "f", "kraft", "zug", "zugkraft", "gewicht"}
_UNITLESS_TENSION = {"weight": "kg"}  # as Progressor apps export it
_BRACKETED = re.compile(r"(.*?)[\s_]*[(\[]([^)\]]*)[)\]]")
IGNORED = "-"
ACCEPTED = (
    "accepted are one time column (time_s, time_ms, time_us, 'Time (s)', timestamp, time)"
    " and one tension column (tension_n, force_n, force_kg, force_g, force_lb, 'Force (N)', weight);"
    " other names are told with --columns, such as --columns time_s,force_kg"
)


class Quantity(StrEnum):
    """What a column holds."""

    TIME = "time"
    TENSION = "tension"


@dataclass(frozen=True, slots=True)
class Column:
    """One column that is read; a unit of None is told by the values (time) or not at all."""

    index: int
    name: str
    quantity: Quantity
    unit: str | None


def column_of(index: int, name: str) -> Column | None:
    """What a header cell says, or None where it is something else."""
    words = " ".join(name.strip().strip('"').strip().lower().split())
    word, unit = _unit_apart(words)
    if word in _TIME_WORDS or (not word and unit in SECONDS_PER):
        return Column(index, words, Quantity.TIME, unit) if unit in (None, *SECONDS_PER) else None
    if word in _TENSION_WORDS or (not word and unit in NEWTONS_PER):
        unit = unit or _UNITLESS_TENSION.get(word)
        return Column(index, words, Quantity.TENSION, unit) if unit in NEWTONS_PER else None
    return None


def columns_of(cells: Sequence[str]) -> list[Column]:
    """Every column of a header that is understood."""
    return [found for index, cell in enumerate(cells) if (found := column_of(index, cell))]


def _unit_apart(words: str) -> tuple[str, str | None]:
    """The quantity's word and its unit: ``Force [kg]``, ``force_kg``, ``force kg`` or ``lbs`` alone."""
    if bracketed := _BRACKETED.fullmatch(words):
        return bracketed[1].replace("_", " ").strip(), _unit(bracketed[2].strip())
    if words in _TIME_WORDS | _TENSION_WORDS:
        return words, None
    if _is_unit(words):
        return "", _unit(words)
    word, _, last = words.replace("_", " ").rpartition(" ")
    return (word.strip(), _unit(last)) if word and _is_unit(last) else (words.replace("_", " "), None)


def _unit(word: str) -> str:
    return _SPELLED.get(word, word)


def _is_unit(word: str) -> bool:
    return _unit(word) in {*SECONDS_PER, *NEWTONS_PER}
