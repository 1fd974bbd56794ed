"""A told set: what it is, given what was told and what was measured. Pure: sets = f(curve, declarations).

The same evidence gives the same result, however often and in whatever order it is looked at; more evidence
(late backfill) gives a better one.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from analytics.blocks import Blocks
from analytics.coverage import Coverage, cover
from analytics.lifecycle import DEFAULT_RULES, Closing, RepSpan, Rules, Target, close_by_reps
from analytics.signal.plan import SetPlan
from analytics.signal.result import RepScore, SetScore
from analytics.signal.score import score_curve
from analytics.worktime import find_work
from tempoband.contracts.events import TOLD_ENDS, CloseReason, SetStatus
from tempoband.contracts.exercise import ExerciseKind
from tempoband.contracts.units import MICROSECONDS_PER_SECOND
from tempoband.storage.timeseries.base import Curve, Gap, StreamInfo
from tempoband.words.said import say

_MOSTLY = 0.9  # a set of which so much was measured is spoken of as a whole
LOOK_AHEAD_US = 1_000_000  # boundaries are final with at most this much of the curve after them


@dataclass(frozen=True, slots=True)
class Told:
    """What was told about a set.

    Attributes:
        opened_us: from when tension counts.
        closed_us: told end (by hand, replaced, edited), None while no one told one.
        reason: why it was told to end.
        plan: kind, tempo, reference.
        target: upper target.
    """

    opened_us: int
    closed_us: int | None
    reason: CloseReason | None
    plan: SetPlan
    target: Target

    @property
    def edited(self) -> bool:
        """Whether somebody split or merged it: then only that says where it ends."""
        return self.reason is CloseReason.EDITED


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was measured: the sensor's samples from the opening on, and what is known to be missing."""

    curve: Curve
    gaps: tuple[Gap, ...]
    streams: tuple[StreamInfo, ...]

    @property
    def last_us(self) -> int:
        """Time of the last sample known of, also beyond the curve that was read; 0 without any."""
        ends = [stream.end_us for stream in self.streams]
        return max([*ends, int(self.curve.time_us[-1]) if len(self.curve) else 0])

    @property
    def ended(self) -> bool:
        """Whether every stream is over and whole, so that nothing more can come."""
        return bool(self.streams) and all(s.last_seq is not None and not s.missing for s in self.streams)


NO_EVIDENCE = Evidence(Curve(np.empty(0, np.int64), np.empty(0)), (), ())


@dataclass(frozen=True, slots=True)
class Assessed:
    """What a set is.

    Attributes:
        started_us: first qualifying rep (or first work); the opening while there is none.
        ended_us: end of its last rep (or work).
        closing: when and why it closed, None while open.
        score: times in seconds from ``started_us``.
    """

    started_us: int
    ended_us: int
    closing: Closing | None
    status: SetStatus
    score: SetScore
    coverage: Coverage


def assess(told: Told, evidence: Evidence, now_us: int, rules: Rules = DEFAULT_RULES) -> Assessed:
    """What the set is by now.

    Args:
        told: what was told.
        evidence: samples from ``opened_us`` on, as far as they are known.
        now_us: wall clock: only needed to tell that no samples come any more.
        rules: the numbers of the life cycle.
    """
    curve = cut(evidence.curve, told.opened_us, told.closed_us)
    dynamic = told.plan.kind is ExerciseKind.DYNAMIC
    first_look = score_from(curve, told.opened_us, told.plan, evidence.gaps) if dynamic else None
    started_us, ended_us, closing = _bounds(told, curve, first_look, rules)
    if closing is None:
        closing = _told_or_missing(told, evidence, ended_us, now_us, rules)
    start_us = told.opened_us if started_us is None else started_us
    end_us = max(start_us, _end(closing, ended_us, told))
    until_us = None if closing is None else _scored_until(closing, curve, told)
    score = _score(told, curve, evidence.gaps, first_look, (start_us, until_us))
    if told.plan.kind is ExerciseKind.BY_HAND:
        status, coverage = SetStatus.OPEN if closing is None else SetStatus.FINAL, _NO_BAND
    else:
        status, coverage = _state(evidence, curve, closing, (start_us, end_us), now_us)
    return Assessed(start_us, end_us, closing, status, as_measured(score, status, coverage), coverage)


def as_measured(score: SetScore, status: SetStatus, coverage: Coverage) -> SetScore:
    """The score; where much of the set is missing its sentence says of how much it speaks."""
    if status is not SetStatus.INCOMPLETE or coverage.share >= _MOSTLY:
        return score
    return replace(score, said=say("set.in_part", share=coverage.share, said=score.said))


def cut(curve: Curve, start_us: int, end_us: int | None) -> Curve:
    """Samples with start_us <= time < end_us (None: to the end)."""
    first = int(np.searchsorted(curve.time_us, start_us))
    last = len(curve) if end_us is None else int(np.searchsorted(curve.time_us, end_us))
    return Curve(curve.time_us[first:last], curve.tension_n[first:last])


def seconds_from(time_us: npt.NDArray[np.int64], zero_us: int) -> npt.NDArray[np.float64]:
    """Seconds from ``zero_us``, float64, same shape."""
    return (time_us - zero_us) / MICROSECONDS_PER_SECOND


def score_from(curve: Curve, zero_us: int, plan: SetPlan, gaps: tuple[Gap, ...]) -> SetScore:
    """Score a curve with times in seconds from ``zero_us``."""
    holes = [
        ((g.start_us - zero_us) / MICROSECONDS_PER_SECOND, (g.end_us - zero_us) / MICROSECONDS_PER_SECOND)
        for g in gaps
    ]
    return score_curve(seconds_from(curve.time_us, zero_us), curve.tension_n, plan, gaps=holes)


def rep_span(rep: RepScore, zero_us: int) -> RepSpan:
    """A scored rep on the UTC axis."""
    return RepSpan(
        zero_us + round(rep.concentric_start_s * MICROSECONDS_PER_SECOND),
        zero_us + round(rep.eccentric_end_s * MICROSECONDS_PER_SECOND),
        rep.excursion_n,
    )


_NO_BAND = Coverage(1.0, 0, ())
_SETTLE_S = 60.0  # so long after its end a set waits for its last samples before it is called incomplete


def _score(
    told: Told,
    curve: Curve,
    gaps: tuple[Gap, ...],
    first_look: SetScore | None,
    bounds: tuple[int, int | None],
) -> SetScore:
    """The score of what counts, up to the closing; what was scored already is not scored again."""
    start_us, until_us = bounds
    kept = cut(curve, told.opened_us, until_us)
    if first_look is None:
        return score_from(kept, start_us, told.plan, gaps)
    whole = len(kept) == len(curve)
    seen = first_look if whole else score_from(kept, told.opened_us, told.plan, gaps)
    return _shifted(seen, (start_us - told.opened_us) / MICROSECONDS_PER_SECOND)


def _shifted(score: SetScore, offset_s: float) -> SetScore:
    """The same dynamic set with its times from another zero; only reps carry times."""
    names = ("concentric_start_s", "concentric_end_s", "eccentric_start_s", "eccentric_end_s")
    reps = (replace(rep, **{name: getattr(rep, name) - offset_s for name in names}) for rep in score.reps)
    return replace(score, reps=tuple(reps))


def _bounds(
    told: Told, curve: Curve, first_look: SetScore | None, rules: Rules
) -> tuple[int | None, int | None, Closing | None]:
    """Start and end of the work in the curve, and the closing that the curve itself shows."""
    blocks = Blocks.of(curve.time_us, curve.tension_n)
    if told.plan.kind is ExerciseKind.BY_HAND:
        return None, None, None
    if first_look is None:
        work = find_work(blocks, told.plan.kind, told.target, rules, closes=not told.edited)
        return (work.started_us, work.ended_us, work.closing) if work else (None, None, None)
    reps = [rep_span(rep, told.opened_us) for rep in first_look.reps]
    if not reps:
        return None, None, None
    # An edge is estimated: the first one may lie before the first sample, where nothing is known.
    start_us = max(reps[0].start_us, int(curve.time_us[0]))
    if told.edited:
        return start_us, reps[-1].end_us, None
    rep_s = told.plan.tempo.rep_s if told.plan.tempo else None
    closing = close_by_reps(reps, blocks, told.target, rules, rep_s)
    return start_us, closing.ended_us if closing else reps[-1].end_us, closing


def _told_or_missing(
    told: Told, evidence: Evidence, ended_us: int | None, now_us: int, rules: Rules
) -> Closing | None:
    """The told end; or no samples come any more; or nobody ever began."""
    if told.closed_us is not None:
        reason = told.reason or CloseReason.HAND
        return Closing(told.closed_us, told.closed_us if ended_us is None else ended_us, reason)
    last_us = max(evidence.last_us, told.opened_us)
    if ended_us is not None and now_us - last_us > rules.lost_s * MICROSECONDS_PER_SECOND:
        return Closing(last_us + 1, ended_us, CloseReason.SENSOR_LOST)
    patience_s = rules.by_hand_s if told.plan.kind is ExerciseKind.BY_HAND else rules.unused_s
    unused_us = told.opened_us + round(patience_s * MICROSECONDS_PER_SECOND)
    if ended_us is None and now_us > unused_us:
        return Closing(unused_us, told.opened_us, CloseReason.IDLE)
    return None


def _end(closing: Closing | None, ended_us: int | None, told: Told) -> int:
    if closing is not None:
        return closing.ended_us
    return told.opened_us if ended_us is None else ended_us


def _scored_until(closing: Closing, curve: Curve, told: Told) -> int:
    """A target is met within motion: the scorer then needs a little of what follows."""
    if closing.reason is not CloseReason.TARGET:
        return closing.at_us
    rest = cut(curve, closing.at_us, closing.at_us + LOOK_AHEAD_US)
    until_us = closing.at_us + LOOK_AHEAD_US if len(rest) else closing.at_us
    return until_us if told.closed_us is None else min(until_us, told.closed_us)


def _state(
    evidence: Evidence, curve: Curve, closing: Closing | None, bounds: tuple[int, int], now_us: int
) -> tuple[SetStatus, Coverage]:
    """How final the set is, and how much of it is there."""
    start_us, end_us = bounds
    if closing is None:
        span = (start_us, end_us)
        return SetStatus.OPEN, cover(span, curve, evidence.gaps, evidence.streams, open_end=True)
    # After the last rep more may have followed, up to the end that somebody told.
    span = (start_us, max(end_us, closing.at_us) if closing.reason in TOLD_ENDS else end_us)
    coverage = cover(span, curve, evidence.gaps, evidence.streams)
    arrived = evidence.last_us >= span[1] or evidence.ended
    if not arrived and now_us - closing.at_us < _SETTLE_S * MICROSECONDS_PER_SECOND:
        return SetStatus.PROVISIONAL, coverage
    if not coverage.complete:
        return SetStatus.INCOMPLETE, coverage
    lost = closing.reason is CloseReason.SENSOR_LOST
    return _after_loss(evidence, closing) if lost else SetStatus.FINAL, coverage


def _after_loss(evidence: Evidence, closing: Closing) -> SetStatus:
    """A set cut off by a lost sensor is final only when nothing more of its stream can come."""
    if evidence.ended or evidence.last_us > closing.at_us:
        return SetStatus.FINAL
    return SetStatus.PROVISIONAL
