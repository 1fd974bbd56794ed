"""Range difference between the two sides of a unilateral exercise: same band, same placement. Not strength.

Two indices exist and are never mixed: the limb symmetry index (involved / uninvolved x 100) and the signed
index (L - R) / (L + R) x 100. 90 % of the first is 5.3 % of the second. A difference is flagged only
beyond what the person's own sessions let one detect.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from statistics import stdev

from tempoband.contracts.exercise import Side

LEAST_SESSIONS = 5
_Z95 = 1.96


@dataclass(frozen=True, slots=True)
class SidedSession:
    """Both sides in one session: median excursion of the reps of each side, in newtons."""

    day: date
    left_n: float
    right_n: float

    def __post_init__(self) -> None:
        if not (self.left_n > 0 and self.right_n > 0):
            raise ValueError(f"both sides need an excursion, not {self.left_n!r} and {self.right_n!r}")

    @property
    def signed_percent(self) -> float:
        """(L - R) / (L + R) x 100."""
        return 100 * (self.left_n - self.right_n) / (self.left_n + self.right_n)


@dataclass(frozen=True, slots=True)
class RangeDifference:
    """The newest session, and how it stands to what can be detected.

    Attributes:
        signed_percent: (L - R) / (L + R) x 100.
        limb_symmetry_percent: involved / uninvolved x 100; None where no side is called involved.
        detectable_percent: smallest signed index that is more than this person's own scatter; None before
            five sessions.
        flagged: beyond that in the last two sessions, to the same side.
        words: the same in a sentence, with the reason where something is absent.
    """

    signed_percent: float
    limb_symmetry_percent: float | None
    detectable_percent: float | None
    flagged: bool
    words: str


def range_difference(
    sessions: Sequence[SidedSession], involved: Side | None = None
) -> RangeDifference | None:
    """The range difference by now; None without a session in which both sides worked."""
    if not sessions:
        return None
    known = sorted(sessions, key=lambda each: each.day)
    newest = known[-1]
    detectable = detectable_percent([each.signed_percent for each in known])
    flagged = _flagged([each.signed_percent for each in known[-2:]], detectable)
    return RangeDifference(
        newest.signed_percent,
        limb_symmetry_percent(newest, involved),
        detectable,
        flagged,
        _words(newest, detectable, len(known), flagged=flagged),
    )


def limb_symmetry_percent(session: SidedSession, involved: Side | None) -> float | None:
    """Involved / uninvolved x 100; None where no side is called involved."""
    match involved:
        case Side.LEFT:
            return 100 * session.left_n / session.right_n
        case Side.RIGHT:
            return 100 * session.right_n / session.left_n
        case _:
            return None


def detectable_percent(signed: Sequence[float]) -> float | None:
    """Minimal detectable change at 95 % from a person's own sessions, None before five of them.

    MDC95 = 1.96 x sqrt(2) x SEM, with SEM = SD of the differences between consecutive sessions / sqrt(2).
    """
    if len(signed) < LEAST_SESSIONS:
        return None
    typical_error = stdev([b - a for a, b in pairwise(signed)]) / math.sqrt(2)
    return _Z95 * math.sqrt(2) * typical_error


def _flagged(last_two: Sequence[float], detectable: float | None) -> bool:
    if detectable is None or len(last_two) < 2:
        return False
    same_side = last_two[0] * last_two[1] > 0
    return same_side and min(abs(value) for value in last_two) > detectable


def _words(newest: SidedSession, detectable: float | None, count: int, *, flagged: bool) -> str:
    value = newest.signed_percent
    side = "left" if value > 0 else "right"
    difference = f"The {side} side moved the band further: {abs(value):.0f} % of (L - R) / (L + R)."
    if detectable is None:
        return f"{difference} {count} of {LEAST_SESSIONS} sessions: too few to say whether it means anything."
    verdict = "more than your own scatter, twice in a row" if flagged else "within your own scatter"
    return f"{difference} That is {verdict} ({detectable:.0f} %). It says nothing about strength."
