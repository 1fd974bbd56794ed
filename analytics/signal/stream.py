"""The one scorer behind stored and live: samples in, final repetitions out."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from analytics.signal.core.grid import LONG_HOLE_S
from analytics.signal.core.jit import GRID_HZ, Floats, compiled
from analytics.signal.core.measure import PEAK_N, START_N
from analytics.signal.core.network import Layers, network
from analytics.signal.core.segment import Found, Segment
from analytics.signal.judge import Judge
from analytics.signal.plan import ScoringError, SetPlan
from analytics.signal.regularity import RESTS_S
from analytics.signal.reps import RepMaker
from analytics.signal.result import FinalRep, LiveEvent, PhaseChange, RepScore, RepSeen
from tempoband.contracts.tempo import Phase

_PHASES = (Phase.REST, Phase.CONCENTRIC, Phase.HOLD, Phase.ECCENTRIC)  # in the herald's order
_PEAK_TO_MEAN = 1.9  # of speed, minimum jerk
_OWN_HINT = 0.3


@compiled
def broken_at(time_s: Floats, last_s: float) -> int:
    """Index of the first sample after a long hole, the length if there is none, -1 if times are bad."""
    before = last_s
    broken = len(time_s)
    for k in range(len(time_s)):
        now = time_s[k]
        if not np.isfinite(now) or now < before:
            return -1
        if now - before > LONG_HOLE_S and broken == len(time_s):
            broken = k
        before = now
    return broken


def as_curve(time_s: npt.ArrayLike, tension_n: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Two equally long float arrays.

    Raises:
        ScoringError: they are not.
    """
    time, tension = np.ascontiguousarray(time_s, np.float64), np.ascontiguousarray(tension_n, np.float64)
    if time.ndim != 1 or time.shape != tension.shape:
        raise ScoringError(
            f"time and tension: one dimension, equal length, not {time.shape} and {tension.shape}"
        )
    return time, tension


class Stream:
    """Repetitions of one declared set, however its samples are cut.

    ``net`` reads the edges; None takes the shipped one.
    """

    def __init__(
        self, plan: SetPlan, room: int = 1024, *, live: bool = False, net: Layers | None = None
    ) -> None:
        self.plan, self._room, self._live, self._net = plan, room, live, net or network()
        self.judge, self._maker = Judge(plan), RepMaker(plan)
        self._segment: Segment | None = None
        self.last_s = -np.inf
        self.samples = 0

    def push(self, time: Floats, tension: Floats) -> list[LiveEvent]:
        """Take samples.

        Raises:
            ScoringError: times are not finite or fall; then nothing was taken.
        """
        if not len(time):
            return []
        cut = broken_at(time, self.last_s if self.samples else float(time[0]))
        if cut < 0:
            raise ScoringError("times must be finite and must not fall")
        self.samples += len(time)
        events: list[LiveEvent] = []
        while cut < len(time):
            if cut:
                events += self._feed(time[:cut], tension[:cut])
            events += self._end_segment()
            time, tension = time[cut:], tension[cut:]
            cut = broken_at(time, float(time[0]))
        events += self._feed(time, tension)
        self.last_s = float(time[-1])
        return events

    def finish(self) -> list[LiveEvent]:
        """Settle what is under way."""
        return self._end_segment()

    def _feed(self, time: Floats, tension: Floats) -> list[LiveEvent]:
        if self._segment is None:
            self._segment = self._new_segment()
        segment = self._segment
        events = self._settled(segment, segment.feed(time, tension))
        if self._live:
            events += [PhaseChange(_PHASES[phase], at, said) for phase, at, said in segment.announce()]
        return events

    def _end_segment(self) -> list[LiveEvent]:
        segment, self._segment = self._segment, None
        if segment is None:
            return []
        events = self._settled(segment, segment.finish())
        self.judge.rested_n = segment.rested_n(RESTS_S + (self.plan.target_s(Phase.HOLD) or 0.0))
        return events

    def _new_segment(self) -> Segment:
        limits = self.plan.thresholds
        share, release = (
            limits.rep_excursion,
            (limits.release_share, max(round(limits.release_s * GRID_HZ), 1)),
        )
        hold_s = self.plan.target_s(Phase.HOLD) or 0.0
        period = 1 / self.plan.rate_hz if self.plan.rate_hz else 0.0
        segment = Segment(
            period_s=period, share=share, hold_s=hold_s, release=release, room=self._room, net=self._net
        )
        segment.reference(self._hint_n())
        return segment

    def _settled(self, segment: Segment, found: Iterator[Found]) -> list[LiveEvent]:
        events: list[LiveEvent] = []
        for one in found:
            events += self._judged(one, segment)
        return events

    def _judged(self, one: Found, segment: Segment) -> list[LiveEvent]:
        if one.edges[PEAK_N] <= one.edges[START_N]:
            return []  # corrupted samples: nothing rose
        rep = self._maker.make(one, self.plan.rate_hz or segment.rate_hz)
        final, waiting = self.judge.offer(rep, one.edges)
        segment.reference(self._hint_n())
        if self._live and (final or waiting):
            self._expect(segment, rep)
        events: list[LiveEvent] = [FinalRep(r.index, r, one.end_s) for r in final]
        return events + ([RepSeen(waiting, one.end_s)] if waiting else [])

    def _hint_n(self) -> float:
        """The reference for tracking: a told one whole, the set's own only in part: it may be wrong."""
        known = self.judge.reference_n() or 0.0
        return known if self.judge.told else _OWN_HINT * known

    def _expect(self, segment: Segment, rep: RepScore) -> None:
        """The next repetition is taken to be like this one, with the dwells that are prescribed."""
        con, ecc = rep.phases[Phase.CONCENTRIC].seconds, rep.phases[Phase.ECCENTRIC].seconds
        dwelt = rep.eccentric_start_s - rep.concentric_end_s > 0
        turned = self._maker.turned
        segment.expect(
            up_n_s=_PEAK_TO_MEAN * rep.excursion_n / con,
            down_n_s=_PEAK_TO_MEAN * rep.excursion_n / ecc,
            excursion_n=rep.excursion_n,
            holds=self.plan.dwell_prescribed(Phase.HOLD) or dwelt,
            rests=self.plan.dwell_prescribed(Phase.REST) or not turned,
        )

    def reps(self) -> list[RepScore]:
        """Every repetition of the set, settled; call after ``finish``."""
        return self.judge.close()
