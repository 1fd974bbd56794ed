"""From motion to truth: the no-dwell rule, and faults by their rules from the undisturbed tension.

The definitions of design section 4, kept apart from the scorer's: one may not be checked against itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from tempoband.contracts.tempo import Phase, Tempo
from tempoband.simulator.motion import Span
from tempoband.simulator.script import Fault
from tempoband.simulator.truth import TrueRep, TrueTension

FloatArray = npt.NDArray[np.float64]
RELEASE_S = 0.03  # a slipping or breaking band is gone within this

_TURNING_DWELL_S, _TURNING_DWELL_SHARE = 0.35, 0.10  # the share is of the rep's way out and back
_SHORT_PHASE, _RATE_RATIO, _UNPRESCRIBED_S = 0.5, 3.0, 1.0
_PARTIAL_RANGE, _HOLD_SAG, _SLACK_FLOOR, _STANCE_S = 0.70, 0.15, 0.70, 3.0
_MARGIN = 0.15  # a verdict that a shift of the thresholds by this share changes is borderline


@dataclass(frozen=True, slots=True)
class MovedRep:
    """A rep's phases between their own 5 % crossings, before dwells are judged."""

    concentric: Span
    eccentric: Span
    commanded: Fault | None = None


@dataclass(frozen=True, slots=True)
class MovedSet:
    """The reps of one set, for judging."""

    tempo: Tempo | None
    reps: tuple[MovedRep, ...]
    release_s: float | None = None


@dataclass(slots=True)
class _Boundaries:
    rep: MovedRep
    times: list[float] = field(default_factory=list)
    borderline: bool = False


def true_reps(
    moved: MovedSet, time_s: FloatArray, tension_n: FloatArray, reference_n: float
) -> list[TrueRep]:
    """Judge a set.

    Args:
        moved: phases of the motion.
        time_s: shape (n,), a fine even grid.
        tension_n: shape (n,), what an ideal sensor reads without tremor.
        reference_n: excursion of the person's full range.
    """
    judge = _Judge(moved.tempo, time_s, tension_n, reference_n)
    return [
        judge.rep(b.rep, b.times, borderline_dwell=b.borderline, release_s=moved.release_s)
        for b in _bounded(moved)
    ]


def _bounded(moved: MovedSet) -> list[_Boundaries]:
    """Apply the no-dwell rule between neighbouring phases."""
    tempo = moved.tempo
    found = [
        _Boundaries(r, [r.concentric.start_s, r.concentric.end_s, r.eccentric.start_s, r.eccentric.end_s])
        for r in moved.reps
    ]
    for bounds in found:
        _turn(bounds, 1, bounds, 2, prescribed=bool(tempo and tempo.hold_s))
    for before, after in pairwise(found):
        _turn(before, 3, after, 0, prescribed=bool(tempo and tempo.rest_s))
    return found


def _turn(before: _Boundaries, i: int, after: _Boundaries, j: int, *, prescribed: bool) -> None:
    if prescribed:
        return
    dwell_s = after.times[j] - before.times[i]
    ways_s = before.rep.concentric.seconds, before.rep.eccentric.seconds
    limit_s = max(_TURNING_DWELL_S, _TURNING_DWELL_SHARE * sum(ways_s))
    before.borderline |= abs(dwell_s / limit_s - 1) < _MARGIN
    after.borderline |= abs(dwell_s / limit_s - 1) < _MARGIN
    if dwell_s < limit_s:
        ended_s = ways_s[0] if i == 1 else ways_s[1]
        before.times[i] = after.times[j] = before.times[i] + ended_s / sum(ways_s) * dwell_s


@dataclass(frozen=True, slots=True)
class _Judge:
    tempo: Tempo | None
    time_s: FloatArray
    tension_n: FloatArray
    reference_n: float

    def rep(
        self, moved: MovedRep, times: list[float], *, borderline_dwell: bool, release_s: float | None
    ) -> TrueRep:
        start, _, _, end = times
        interrupted = release_s is not None and start <= release_s <= end
        if interrupted and release_s is not None:
            times = [min(t, release_s) for t in times[:3]] + [release_s + RELEASE_S]
        within = self._between(times[0], times[3])
        peak_n = float(within.max())
        excursion_n = peak_n - float(within[0])
        faults, strict, lax = (self._faults(times, excursion_n, s) for s in (1.0, 1 - _MARGIN, 1 + _MARGIN))
        return TrueRep(
            concentric_start_s=times[0],
            concentric_end_s=times[1],
            eccentric_start_s=times[2],
            eccentric_end_s=times[3],
            peak_n=peak_n,
            excursion_n=excursion_n,
            commanded=moved.commanded,
            faults=frozenset({Fault.BAND_RELEASE} if interrupted else faults),
            borderline=frozenset((faults | strict | lax) - (faults & strict & lax)),
            borderline_dwell=borderline_dwell,
            interrupted=interrupted,
        )

    def _faults(self, times: list[float], excursion_n: float, shift: float) -> set[Fault]:
        """Rules with every threshold made stricter (shift < 1) or laxer by the same share."""
        start, top, back, end = times
        found = set()
        if self._too_fast(Phase.ECCENTRIC, Span(back, end), excursion_n, shift):
            found.add(Fault.SNAP_BACK)
        if self._too_fast(Phase.CONCENTRIC, Span(start, top), excursion_n, shift):
            found.add(Fault.MOMENTUM)
        if excursion_n < _PARTIAL_RANGE * shift * self.reference_n:
            found.add(Fault.PARTIAL_RANGE)
        if self.tempo and self.tempo.hold_s and self._sag_n(top, back) > _HOLD_SAG / shift * excursion_n:
            found.add(Fault.LOST_HOLD)
        return found

    def _too_fast(self, phase: Phase, span: Span, excursion_n: float, shift: float) -> bool:
        prescribed_s = (self.tempo.seconds(phase) if self.tempo else None) or _UNPRESCRIBED_S
        if span.seconds >= _SHORT_PHASE * shift * prescribed_s:
            return False
        step_s = float(self.time_s[1] - self.time_s[0])
        sign = 1.0 if phase is Phase.CONCENTRIC else -1.0
        rate = sign * np.diff(self._between(span.start_s, span.end_s)) / step_s
        return bool(rate.size and rate.max() > _RATE_RATIO / shift * excursion_n / prescribed_s)

    def _sag_n(self, start_s: float, end_s: float) -> float:
        held = self._between(start_s, end_s)
        return float((np.maximum.accumulate(held) - held).max())

    def _between(self, start_s: float, end_s: float) -> FloatArray:
        i, j = np.searchsorted(self.time_s, [start_s, end_s])
        return self.tension_n[i : max(j, i + 1) + 1]


def true_tension(
    start_s: float, end_s: float, time_s: FloatArray, tension_n: FloatArray, steps_s: tuple[float, ...]
) -> TrueTension:
    """Judge a walk or a push-out by its floor."""
    stance = tension_n[(time_s >= start_s) & (time_s < start_s + _STANCE_S)]
    floor_n = _SLACK_FLOOR * float(np.median(stance))
    inside = (time_s >= start_s) & (time_s <= end_s)
    spans = _spans_where(time_s[inside], tension_n[inside] < floor_n)
    return TrueTension(start_s, end_s, floor_n, tuple(s for s in spans if s.seconds >= 0.1), steps_s)


def _spans_where(time_s: FloatArray, flags: npt.NDArray[np.bool_]) -> Iterator[Span]:
    edges = np.flatnonzero(np.diff(np.concatenate(([0], flags.astype(np.int8), [0]))))
    for i, j in zip(edges[::2], edges[1::2], strict=True):
        yield Span(float(time_s[i]), float(time_s[j - 1]))
