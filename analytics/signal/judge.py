"""Which tracked rises and falls are repetitions: by range relative to the reference, never in newtons."""

from collections import deque
from dataclasses import replace
from statistics import median

from analytics.signal.core import measure as m
from analytics.signal.core.jit import Floats
from analytics.signal.plan import SetPlan
from analytics.signal.reps import with_rest
from analytics.signal.result import Fault, RepScore
from tempoband.contracts.tempo import Phase

_RECENT = 5  # repetitions whose median is the reference where none is stored
_SHORTEST_S = 0.55  # a rise and fall quicker than this is a step or a shake, no repetition
_BALANCE = 0.35  # of rise and fall, the smaller over the larger: putting a band on does not come back
_PATH = 0.7  # net over gross way: swaying wanders, a repetition goes
_PULL_S = 3.0  # a hold longer than this and than half as long again as the motion around it is a pull
_PULL_SHARE = 1.5
_PULL_TARGET = 3.0
_PULLS = 3  # one long pull is a hold; a series of them is somebody counting


class Judge:
    """Takes records in order, gives those that are final. Deterministic in that order alone."""

    def __init__(self, plan: SetPlan) -> None:
        self.plan = plan
        self.accepted: list[RepScore] = []
        self._pending: RepScore | None = None
        self._pulls: list[RepScore] = []
        self._recent: deque[float] = deque(maxlen=_RECENT)

    def reference_n(self, rep: RepScore | None = None) -> float | None:
        """Excursion that counts as a whole one, as known now."""
        if self.plan.reference_excursion_n:
            return self.plan.reference_excursion_n
        if self.plan.reference_peak_n and rep is not None:
            return max(self.plan.reference_peak_n - rep.start_n, 0.0) or None
        return median(self._recent) if self._recent else None

    @property
    def told(self) -> bool:
        """Whether the reference was given, not taken from the set itself."""
        return bool(self.plan.reference_excursion_n or self.plan.reference_peak_n)

    def offer(self, rep: RepScore, edges: Floats) -> tuple[list[RepScore], RepScore | None]:
        """Judge the next record: those that became final, and one that still waits for the next."""
        if not self._plausible(rep, edges):
            return [], None
        if self._is_pull(rep):
            self._pulls.append(rep)
            return [], None
        reference = self.reference_n(rep)
        if reference is not None:
            return ([self._accept(rep)] if self._in_range(rep, edges, reference) else []), None
        return self._against_pending(rep)

    def _plausible(self, rep: RepScore, edges: Floats) -> bool:
        rise, fall = edges[m.PEAK_N] - edges[m.START_N], edges[m.PEAK_N] - edges[m.END_N]
        return bool(
            rep.eccentric_end_s - rep.concentric_start_s >= _SHORTEST_S
            and min(rise, fall) >= _BALANCE * max(rise, fall)
            and edges[m.PATH] >= _PATH
        )

    def _is_pull(self, rep: RepScore) -> bool:
        hold = rep.eccentric_start_s - rep.concentric_end_s
        moving = rep.eccentric_end_s - rep.concentric_start_s - hold
        target = self.plan.target_s(Phase.HOLD) or 0.0
        return hold > max(_PULL_S, _PULL_SHARE * moving, _PULL_TARGET * target)

    def _in_range(self, rep: RepScore, edges: Floats, reference: float) -> bool:
        least = self.plan.thresholds.rep_excursion * reference
        return bool(rep.excursion_n >= least and edges[m.PEAK_N] - edges[m.END_N] >= least)

    def _against_pending(self, rep: RepScore) -> tuple[list[RepScore], RepScore | None]:
        first, share = self._pending, self.plan.thresholds.rep_excursion
        if first is None or first.excursion_n < share * rep.excursion_n:
            self._pending = rep
            return [], rep
        if rep.excursion_n < share * first.excursion_n:
            return [], None
        self._pending = None
        self._recent.extend((first.excursion_n, rep.excursion_n))
        return [self._accept(first, known=False), self._accept(rep, known=False)], None

    def _accept(self, rep: RepScore, *, known: bool = True) -> RepScore:
        reference = self.reference_n(rep)
        before = self.accepted[-1] if self.accepted else None
        final = with_rest(replace(rep, index=len(self.accepted)), before, self.plan)
        if self.told:
            final = _ranged(final, reference, self.plan)
        self.accepted.append(final)
        if known:
            self._recent.append(rep.excursion_n)
        return final

    def close(self) -> list[RepScore]:
        """No more records come: what waited is settled, and the set's own range is known."""
        reps = list(self.accepted)
        if self._pending is not None:
            reps.append(self._pending)
        if len(self._pulls) >= _PULLS and len(self._pulls) > len(reps):
            reps += self._pulls
        reps.sort(key=lambda r: r.concentric_start_s)
        reps = self._without_settling_in(reps)
        if len(reps) != len(self.accepted) or any(
            a is not b for a, b in zip(reps, self.accepted, strict=False)
        ):
            reps = [
                with_rest(replace(r, index=k), reps[k - 1] if k else None, self.plan)
                for k, r in enumerate(reps)
            ]
        if self.told or len(reps) < 3:
            return reps
        reference = median(r.excursion_n for r in reps)
        return [_ranged(r, reference, self.plan) for r in reps]

    def _without_settling_in(self, reps: list[RepScore]) -> list[RepScore]:
        """Leading movements too small beside what follows were no repetitions of this set."""
        while not self.told and len(reps) > 2:
            following = median(r.excursion_n for r in reps[1:4])
            if reps[0].excursion_n >= self.plan.thresholds.rep_excursion * following:
                break
            reps = reps[1:]
        return reps


def _ranged(rep: RepScore, reference: float | None, plan: SetPlan) -> RepScore:
    """The record with its range fault set against this reference."""
    short = bool(reference) and rep.excursion_n < plan.thresholds.partial_range * (reference or 0.0)
    if short == (Fault.PARTIAL_RANGE in rep.faults):
        return rep
    kept = tuple(f for f in rep.faults if f is not Fault.PARTIAL_RANGE)
    return replace(rep, faults=(*kept, Fault.PARTIAL_RANGE) if short else kept)
