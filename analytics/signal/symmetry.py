"""Range difference between the sides of a unilateral exercise: two indices that are never mixed.

The limb symmetry index (LSI) is involved / uninvolved x 100; the symmetry index (SI) is
(L - R) / (L + R) x 100. LSI 90 % is SI 5.3 %. A difference counts only beyond what the same person's
sessions differ by anyway: MDC95 = 1.96 x sqrt(2) x SD of their own SI over five or more sessions (Weir 2005,
J Strength Cond Res 19:231, with the person's own spread between sessions as the standard error of
measurement). The sessions that are judged are among them, so a new difference has to last.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median, stdev

from analytics.signal.plan import ScoringError
from analytics.signal.result import SetScore
from tempoband.contracts.exercise import Side
from tempoband.words.catalogue import Language, text
from tempoband.words.said import Said, say

LEAST_SESSIONS = 5
_MDC95 = 1.96 * math.sqrt(2)


@dataclass(frozen=True, slots=True)
class Sides:
    """Typical excursions of both sides in one session: same exercise, band and placement."""

    left_n: float
    right_n: float

    def __post_init__(self) -> None:
        if not (self.left_n > 0 and self.right_n > 0):
            raise ScoringError(f"both sides need a positive excursion, not {self.left_n} and {self.right_n}")

    @property
    def si_percent(self) -> float:
        """(L - R) / (L + R) x 100; positive: more on the left."""
        return 100 * (self.left_n - self.right_n) / (self.left_n + self.right_n)

    def lsi_percent(self, involved: Side) -> float:
        """Involved / uninvolved x 100.

        Raises:
            ScoringError: the involved side is neither left nor right.
        """
        if involved is Side.BOTH:
            raise ScoringError("the limb symmetry index needs an involved side: left or right")
        share = self.left_n / self.right_n if involved is Side.LEFT else self.right_n / self.left_n
        return 100 * share


@dataclass(frozen=True, slots=True)
class Symmetry:
    """The latest session's difference beside what is detectable.

    ``detectable_percent`` is in points of SI and None before five sessions; then nothing is flagged.
    """

    si_percent: float
    lsi_percent: float | None
    detectable_percent: float | None
    flagged: bool
    said: Said

    @property
    def sentence(self) -> str:
        """What it means, in English."""
        return text(Language.EN, self.said)


def session_sides(left: SetScore, right: SetScore) -> Sides:
    """Median excursions of a left and a right set of one session.

    Raises:
        ScoringError: a side has no repetitions.
    """
    if not (left.reps and right.reps):
        raise ScoringError("both sides need repetitions")
    return Sides(median(r.excursion_n for r in left.reps), median(r.excursion_n for r in right.reps))


def compare_sides(sessions: Sequence[Sides], involved: Side | None = None) -> Symmetry:
    """Compare the sides over sessions, oldest first.

    Flagged where the mean difference of the last two sessions both lie beyond the detectable change.

    Raises:
        ScoringError: no sessions, or an involved side that is neither left nor right.
    """
    if not sessions:
        raise ScoringError("no sessions to compare")
    latest = sessions[-1]
    lsi = latest.lsi_percent(involved) if involved else None
    values = [s.si_percent for s in sessions]
    if len(values) < LEAST_SESSIONS:
        missing = say("sides.more_sessions", n=LEAST_SESSIONS - len(values))
        return Symmetry(latest.si_percent, lsi, None, flagged=False, said=missing)
    detectable = _MDC95 * stdev(values)
    last = values[-2:]
    flagged = all(abs(v) > detectable for v in last) and last[0] * last[1] > 0
    return Symmetry(latest.si_percent, lsi, detectable, flagged, _said(fmean(last), flagged=flagged))


def _said(si: float, *, flagged: bool) -> Said:
    if not flagged:
        return say("sides.alike")
    return say("sides.apart", side=str(Side.LEFT if si > 0 else Side.RIGHT), percent=abs(si))
