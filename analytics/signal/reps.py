"""From a tracked repetition to its record: the turning-point rule, tempo, control, faults."""

import math
from dataclasses import dataclass, replace

from analytics.signal.control import control_of, tempo_score
from analytics.signal.core import measure as m
from analytics.signal.core.jit import GRID_HZ
from analytics.signal.core.segment import Found
from analytics.signal.plan import SetPlan
from analytics.signal.result import Absence, PhaseTime, RepScore
from analytics.signal.rules import Lacks, Signature, faults_of, is_turning, timed
from tempoband.contracts.tempo import Phase

_SAID_S = 0.08  # a turn that was told stands if it is known as well as this
_DOUBT_SHARE, _DOUBT_S = (
    1.35,
    0.006,
)  # so that 95 % are 95 % for noisy and coarse sensors too, docs/scoring.md
_DOUBT_PERIOD = 1 / math.sqrt(12)  # of a sample: where between two of them something happened


@dataclass(frozen=True, slots=True)
class _Stop:
    """How the repetition before ended: its own crossing, what was said, and its two ways."""

    stopped_s: float
    end_s: float
    moving_s: float
    share: float  # of a dwell after it that lies before the turn


class RepMaker:
    """Makes records of one set, in order: a turning point belongs to two repetitions."""

    def __init__(self, plan: SetPlan) -> None:
        self.plan = plan
        self._targets = {phase: plan.target_s(phase) for phase in Phase}
        self._turned: tuple[float, float] | None = None  # the shared instant and its doubt
        self._before: _Stop | None = None

    @property
    def turned(self) -> bool:
        """Whether the last repetition ended in a turn, without a rest."""
        return self._turned is not None

    def make(self, found: Found, rate_hz: float) -> RepScore:
        """The record: index 0, no range faults yet."""
        e = found.edges
        bounds, doubts = e[m.T0 : m.T3 + 1], _doubts(e, rate_hz)
        ways = (e[m.T1] - e[m.T0]) / GRID_HZ, (e[m.T3] - e[m.T2]) / GRID_HZ
        self._turn_top(bounds, doubts, ways)
        self._take_turn(found, bounds, doubts)
        self._turn_bottom(found, bounds, doubts, ways)
        got = found.phases(bounds, self._targets[Phase.ECCENTRIC] or 0.0)
        return self._record(found, bounds, doubts, got, rate_hz)

    def _turn_top(self, bounds: list[float], doubts: list[float], ways: tuple[float, float]) -> None:
        dwell_s = (bounds[2] - bounds[1]) / GRID_HZ
        if dwell_s < 0 or (
            not self._targets[Phase.HOLD] and is_turning(dwell_s, sum(ways), self.plan.thresholds)
        ):
            out = ways[0] / sum(ways)
            bounds[1] = bounds[2] = bounds[1] + out * (bounds[2] - bounds[1])
            doubts[1] = doubts[2] = math.hypot((1 - out) * doubts[1], out * doubts[2])

    def _take_turn(self, found: Found, bounds: list[float], doubts: list[float]) -> None:
        """Start where the repetition before turned, now that this rise is seen whole.

        What was said then stands, unless only a little of the rise was seen and it was plainly elsewhere.
        """
        if self._before is None or self._targets[Phase.REST]:
            return
        before = self._before
        own_s = found.second(bounds[0])
        dwell_s = own_s - before.stopped_s
        turns = is_turning(dwell_s, before.moving_s, self.plan.thresholds)
        start_s = before.stopped_s + before.share * dwell_s if turns else own_s
        said = self._turned
        if said and abs(said[0] - start_s) < _SAID_S:
            start_s, doubts[0] = said
        sample = (max(start_s, before.end_s) - found.second(0.0)) * GRID_HZ
        if sample < bounds[1]:
            bounds[0] = sample

    def _turn_bottom(
        self, found: Found, bounds: list[float], doubts: list[float], ways: tuple[float, float]
    ) -> None:
        self._turned = None
        following, stopped_s, share = found.edges[m.NEXT_START], found.second(bounds[3]), ways[1] / sum(ways)
        if not (self._targets[Phase.REST] or math.isnan(following)):
            dwell_s, before_s = (following - bounds[3]) / GRID_HZ, (bounds[3] - bounds[2]) / GRID_HZ
            if -0.5 * before_s < dwell_s and is_turning(dwell_s, sum(ways), self.plan.thresholds):
                bounds[3] += share * (following - bounds[3])
                self._turned = found.second(bounds[3]), doubts[3]
        self._before = _Stop(stopped_s, found.second(bounds[3]), sum(ways), share)

    def _record(
        self, found: Found, bounds: list[float], doubts: list[float], got: list[float], rate_hz: float
    ) -> RepScore:
        e, at_s = found.edges, [found.second(b) for b in bounds]
        excursion_n = e[m.PEAK_N] - e[m.START_N]
        lacks = Lacks.of(rate_hz, e[m.STEP_N] / excursion_n, self.plan.thresholds)
        up, down = (None, None) if lacks.rates else (e[m.UP_RATE], e[m.DOWN_RATE])
        phases = self._phases(at_s, doubts, timeless=lacks.tempo is not None)
        out_s, back_s = phases[Phase.CONCENTRIC].seconds, phases[Phase.ECCENTRIC].seconds
        released = math.isfinite(e[m.RELEASED])
        seen = Signature(out_s, back_s, excursion_n, up, down, got[m.SAG_N], released)
        return RepScore(
            index=0,
            concentric_start_s=at_s[0],
            concentric_end_s=at_s[1],
            eccentric_start_s=at_s[2],
            eccentric_end_s=at_s[3],
            peak_n=e[m.PEAK_N],
            excursion_n=excursion_n,
            start_n=e[m.START_N],
            phases=phases,
            on_tempo=None,
            tempo_score=None,
            eccentric=control_of(
                ramp=got[m.RAMP],
                rate_n_s=down,
                sparc=None if lacks.smoothness else got[m.SMOOTHNESS],
                impulse_n_s=got[m.IMPULSE],
                excursion_n=excursion_n,
                eccentric_s=back_s,
                concentric_s=out_s,
                target_s=phases[Phase.ECCENTRIC].target_s,
            ),
            faults=faults_of(seen, self.plan),
            absent=_untimed(phases, self.plan) | lacks.absent(),
            coverage=1.0 - e[m.HIDDEN],
        )

    def _phases(self, at_s: list[float], doubts: list[float], *, timeless: bool) -> dict[Phase, PhaseTime]:
        """Out, hold and back beside what is prescribed, which a sensor that times no phase is not held to."""
        return {
            phase: timed(
                at_s[k + 1] - at_s[k],
                math.hypot(doubts[k], doubts[k + 1]) / GRID_HZ,
                None if timeless else self._targets[phase],
                self.plan.thresholds,
            )
            for k, phase in enumerate((Phase.CONCENTRIC, Phase.HOLD, Phase.ECCENTRIC))
        }


def _doubts(edges: list[float], rate_hz: float) -> list[float]:
    """Standard errors of the boundaries in grid samples: the network's, the grid's and the sampling's own."""
    grid, sampling = _DOUBT_S * GRID_HZ, _DOUBT_PERIOD * GRID_HZ / max(rate_hz, 1.0)
    return [math.hypot(_DOUBT_SHARE * own, grid, sampling) for own in edges[m.D0 : m.D3 + 1]]


def _on_tempo(phases: dict[Phase, PhaseTime]) -> bool | None:
    verdicts = [t.on_tempo for t in phases.values() if t.on_tempo is not None]
    return all(verdicts) if verdicts else None


def _untimed(phases: dict[Phase, PhaseTime], plan: SetPlan) -> dict[str, Absence]:
    """Why there is no tempo score, where nothing is prescribed."""
    if any(t.target_s is not None for t in phases.values()):
        return {}
    return {"tempo_score": Absence.NO_TEMPO if plan.tempo is None else Absence.NO_TARGET}


def in_order(rep: RepScore, index: int, before: RepScore | None, plan: SetPlan) -> RepScore:
    """The record at its place, with the rest that led to it: so a finished one never changes afterwards."""
    phases, absent = rep.phases, rep.absent
    if before is None:
        absent = absent | {"rest": Absence.FIRST_REP}
    else:
        seconds = max(rep.concentric_start_s - before.eccentric_end_s, 0.0)
        doubts = before.phases[Phase.ECCENTRIC].uncertainty_s, rep.phases[Phase.CONCENTRIC].uncertainty_s
        timeless = absent.get("tempo_score") in (Absence.RATE_TOO_LOW, Absence.TOO_COARSE)
        target_s = None if timeless else plan.target_s(Phase.REST)
        rest = timed(seconds, math.hypot(*doubts) / math.sqrt(2), target_s, plan.thresholds)
        phases = phases | {Phase.REST: rest}
    return replace(
        rep,
        index=index,
        phases=phases,
        absent=absent,
        on_tempo=_on_tempo(phases),
        tempo_score=tempo_score(phases),
    )
