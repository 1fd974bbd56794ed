"""Measures a reference: three slow full-range practice reps, or the start stance of a walk."""

from dataclasses import dataclass
from itertools import pairwise
from statistics import median

import numpy as np

from analytics.signal.plan import SetPlan
from analytics.signal.result import RepScore
from analytics.signal.score import score_curve
from analytics.signal.thresholds import DEFAULT_THRESHOLDS
from dashboard.errors import invalid
from tempoband.contracts.exercise import ExerciseKind
from tempoband.contracts.units import MICROSECONDS_PER_SECOND
from tempoband.storage.timeseries.base import Curve
from tempoband.words.phrases import phrased

PRACTICE_REPS = 3
SLOW_REP_S = 2.0  # out and back together; quicker ones overshoot and are no range
MOST_SPREAD = 0.4  # of the median: reps that differ more are not all full ones
LONGEST_US = 600 * MICROSECONDS_PER_SECOND
_STANCE_STEP_S = 0.25
_STANCE_CV = 0.25  # a stance wavers less than this
_LEAST_STANCE_N = 1.0


@dataclass(frozen=True, slots=True)
class Measured:
    """Newtons in one strand; ``floor_n`` where the exercise has a floor."""

    excursion_n: float
    peak_n: float
    floor_n: float | None = None


def measure(curve: Curve, kind: ExerciseKind, rate_hz: float | None = None) -> Measured:
    """The reference that a practice curve gives.

    Raises:
        DashboardError: 422, what is missing and what to do.
    """
    if kind is ExerciseKind.BY_HAND:
        raise invalid("this exercise has no band, so there is no range to measure")
    return _reps(curve, rate_hz) if kind is ExerciseKind.DYNAMIC else _stance(curve)


def _reps(curve: Curve, rate_hz: float | None) -> Measured:
    time_s = (curve.time_us - curve.time_us[0]) / MICROSECONDS_PER_SECOND if len(curve) else curve.time_us
    found = score_curve(time_s, curve.tension_n, SetPlan(rate_hz=rate_hz)).reps
    if len(found) < PRACTICE_REPS:
        words = "{seen} of {of} practice reps were seen: do {of} slow ones"
        raise invalid(phrased(words, seen=len(found), of=PRACTICE_REPS))
    last = found[-PRACTICE_REPS:]
    quickest_s = min(_length_s(rep) for rep in last)
    if quickest_s < SLOW_REP_S:
        words = "a practice rep took only {seconds:.1f} s: go slowly, two seconds out, two back"
        raise invalid(phrased(words, seconds=quickest_s))
    middle = median(rep.excursion_n for rep in last)
    spread = max(rep.excursion_n for rep in last) - min(rep.excursion_n for rep in last)
    if spread > MOST_SPREAD * middle:
        words = "the practice reps differ by {share:.0%}: go the full way each time"
        raise invalid(phrased(words, share=spread / middle))
    return Measured(middle, median(rep.peak_n for rep in last))


def _length_s(rep: RepScore) -> float:
    return rep.eccentric_end_s - rep.concentric_start_s


def _stance(curve: Curve) -> Measured:
    """The steadiest level held for the seconds of a start stance; of several, the highest."""
    time_s = curve.time_us / MICROSECONDS_PER_SECOND
    span_s = DEFAULT_THRESHOLDS.stance_s
    starts = np.arange(time_s[0], time_s[-1] - span_s, _STANCE_STEP_S) if len(curve) else np.empty(0)
    edges = np.searchsorted(time_s, starts), np.searchsorted(time_s, starts + span_s)
    windows = [slice(a, b) for a, b in zip(*edges, strict=True)]
    held = [np.median(curve.tension_n[w]) for w in windows if _steady(time_s[w], curve.tension_n[w], span_s)]
    if not held:
        words = "no steady start stance was seen: stand still with tension on the band for {seconds} s"
        raise invalid(phrased(words, seconds=span_s))
    level = float(max(held))
    return Measured(level, level, DEFAULT_THRESHOLDS.slack_floor * level)


def _steady(time_s: np.ndarray, tension_n: np.ndarray, span_s: float) -> bool:
    """Whether a window is full of samples and hardly wavers; both shape (n,)."""
    if len(time_s) < 2 or max(b - a for a, b in pairwise(time_s)) > span_s / 6:
        return False
    middle = float(np.median(tension_n))
    return middle > _LEAST_STANCE_N and float(np.std(tension_n)) <= _STANCE_CV * middle
