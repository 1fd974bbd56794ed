"""From a tracked repetition to its record: the turning-point rule, tempo, control, faults."""

import math
from dataclasses import replace

import numpy as np

from analytics.signal.control import control_of, tempo_score
from analytics.signal.core import measure as m
from analytics.signal.core.jit import GRID_HZ, Floats
from analytics.signal.core.segment import Found
from analytics.signal.plan import SetPlan
from analytics.signal.result import Absence, PhaseTime, RepScore
from analytics.signal.rules import Signature, faults_of, is_turning, timed
from tempoband.contracts.tempo import Phase

_DOUBT_SHARE, _DOUBT_SLOW = 1.5, 0.012  # calibrated on simulated truth, see docs/scoring.md
_DOUBT_S = 0.008


class RepMaker:
    """Makes records of one set, in order: a turning point belongs to two repetitions."""

    def __init__(self, plan: SetPlan) -> None:
        self.plan = plan
        self._turned: tuple[float, float] | None = None  # the shared instant and its doubt

    @property
    def turned(self) -> bool:
        """Whether the last repetition ended in a turn, without a rest."""
        return self._turned is not None

    def make(self, found: Found, rate_hz: float) -> tuple[RepScore, Floats]:
        """The record (index 0, no range faults yet) and its edges."""
        e = found.edges
        bounds, doubts = e[m.T0 : m.T3 + 1].copy(), _doubts(e)
        moving_s = float(e[m.T1] - e[m.T0] + e[m.T3] - e[m.T2]) / GRID_HZ
        self._turn_top(bounds, doubts, moving_s)
        self._take_turn(found, bounds, doubts)
        self._turn_bottom(found, bounds, doubts, moving_s)
        limits = self.plan.thresholds
        target = self.plan.target_s(Phase.ECCENTRIC)
        within = max(round(limits.release_s * GRID_HZ), 1)
        got = found.phases(bounds, target or 0.0, (limits.release_share, within))
        return self._record(found, bounds, doubts, got, rate_hz), e

    def _turn_top(self, bounds: Floats, doubts: Floats, moving_s: float) -> None:
        dwell = (bounds[2] - bounds[1]) / GRID_HZ
        if dwell < 0 or (
            not self.plan.dwell_prescribed(Phase.HOLD) and is_turning(dwell, moving_s, self.plan.thresholds)
        ):
            bounds[1] = bounds[2] = 0.5 * (bounds[1] + bounds[2])
            doubts[1] = doubts[2] = 0.5 * math.hypot(doubts[1], doubts[2])

    def _take_turn(self, found: Found, bounds: Floats, doubts: Floats) -> None:
        """Start where the repetition before was said to turn."""
        if self._turned is None:
            return
        at, doubt = self._turned
        sample = (at - found.second(0.0)) * GRID_HZ
        if abs(sample - bounds[0]) < GRID_HZ and sample < bounds[1]:
            bounds[0], doubts[0] = sample, doubt

    def _turn_bottom(self, found: Found, bounds: Floats, doubts: Floats, moving_s: float) -> None:
        self._turned = None
        following = float(found.edges[m.NEXT_START])
        if self.plan.dwell_prescribed(Phase.REST) or math.isnan(following):
            return
        dwell, before = (following - bounds[3]) / GRID_HZ, (bounds[3] - bounds[2]) / GRID_HZ
        if -0.5 * before < dwell and is_turning(dwell, moving_s, self.plan.thresholds):
            bounds[3] = 0.5 * (bounds[3] + following)
            self._turned = found.second(float(bounds[3])), float(doubts[3])

    def _record(
        self,
        found: Found,
        bounds: Floats,
        doubts: Floats,
        got: Floats,
        rate_hz: float,
    ) -> RepScore:
        plan, limits = self.plan, self.plan.thresholds
        peak, start = float(found.edges[m.PEAK_N]), float(found.edges[m.START_N])
        at = [found.second(float(b)) for b in bounds]
        con, hold, ecc = at[1] - at[0], at[2] - at[1], at[3] - at[2]
        fast = rate_hz >= limits.min_rate_metrics_hz
        up, down = (float(got[m.UP_RATE]), float(got[m.DOWN_RATE])) if fast else (None, None)
        smooth = float(got[m.SMOOTHNESS]) if fast else None
        target = plan.target_s(Phase.ECCENTRIC)
        phases = {
            phase: timed(
                seconds, math.hypot(doubts[k], doubts[k + 1]) / GRID_HZ, plan.target_s(phase), limits
            )
            for k, (phase, seconds) in enumerate(
                ((Phase.CONCENTRIC, con), (Phase.HOLD, hold), (Phase.ECCENTRIC, ecc))
            )
        }
        excursion = peak - start
        seen = Signature(con, ecc, excursion, up, down, float(got[m.SAG_N]), bool(got[m.RELEASED]))
        return RepScore(
            index=0,
            concentric_start_s=at[0],
            concentric_end_s=at[1],
            eccentric_start_s=at[2],
            eccentric_end_s=at[3],
            peak_n=peak,
            excursion_n=excursion,
            start_n=start,
            phases=phases,
            on_tempo=_on_tempo(phases),
            tempo_score=tempo_score(phases),
            eccentric=control_of(
                ramp=float(got[m.RAMP]),
                rate_n_s=down,
                sparc=smooth,
                impulse_n_s=float(got[m.IMPULSE]),
                excursion_n=excursion,
                eccentric_s=ecc,
                concentric_s=con,
                target_s=target,
            ),
            faults=faults_of(seen, plan),
            absent=_absent(fast, phases, plan),
            coverage=1.0 - float(found.edges[m.HIDDEN]),
        )


def _doubts(edges: Floats) -> Floats:
    """Standard errors of the boundaries in grid samples: the library's spread, and what it cannot know."""
    own = edges[m.D0 : m.D3 + 1]
    out, back = edges[m.T1] - edges[m.T0], edges[m.T3] - edges[m.T2]
    slow = _DOUBT_SLOW * np.array([out, out, back, back])
    return np.sqrt((_DOUBT_SHARE * own) ** 2 + slow**2 + (_DOUBT_S * GRID_HZ) ** 2)


def _on_tempo(phases: dict[Phase, PhaseTime]) -> bool | None:
    verdicts = [t.on_tempo for t in phases.values() if t.on_tempo is not None]
    return all(verdicts) if verdicts else None


def _absent(fast: bool, phases: dict[Phase, PhaseTime], plan: SetPlan) -> dict[str, Absence]:
    out: dict[str, Absence] = {}
    if not fast:
        for name in ("rate_ratio", "sparc", "eccentric_score", "snap_back", "momentum"):
            out[name] = Absence.RATE_TOO_LOW
    if all(t.target_s is None for t in phases.values()):
        out["tempo_score"] = Absence.NO_TEMPO if plan.tempo is None else Absence.NO_TARGET
    return out


def in_order(rep: RepScore, index: int, before: RepScore | None, plan: SetPlan) -> RepScore:
    """The record at its place, with the rest that led to it: so a finished one never changes afterwards."""
    if before is None:
        return replace(rep, index=index, absent=rep.absent | {"rest": Absence.FIRST_REP})
    seconds = max(rep.concentric_start_s - before.eccentric_end_s, 0.0)
    doubts = before.phases[Phase.ECCENTRIC].uncertainty_s, rep.phases[Phase.CONCENTRIC].uncertainty_s
    rest = timed(seconds, math.hypot(*doubts) / math.sqrt(2), plan.target_s(Phase.REST), plan.thresholds)
    phases = rep.phases | {Phase.REST: rest}
    return replace(
        rep, index=index, phases=phases, on_tempo=_on_tempo(phases), tempo_score=tempo_score(phases)
    )
