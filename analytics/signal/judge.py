"""Which tracked rises and falls are repetitions: by range relative to the reference, never in newtons."""

from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from statistics import median

from analytics.signal.borders import between_borders
from analytics.signal.plan import SetPlan
from analytics.signal.regularity import (
    FOUND_REPS,
    STILL_S,
    WANDERS,
    WANDERS_FOUND,
    WANDERS_TOLD,
    Movement,
    apart,
    bound,
    chains,
    unevenness,
    wander,
)
from analytics.signal.reps import in_order
from analytics.signal.result import Fault, RepScore
from tempoband.contracts.tempo import Phase

_UNSETTLED = 4  # movements remembered while nothing like training was seen
_RECENT = 5  # repetitions whose median is the reference where none is stored
_SHORTEST_S = 0.5  # a rise and fall quicker than this is a step or a shake, no repetition
_BALANCE = 0.35  # of rise and fall, the smaller over the larger: putting a band on does not come back
_PATH = 0.7  # net over gross way: swaying wanders, a repetition goes
_PULL_S = 4.0  # a pull is held longer than this, than its motion and half of it, and than a usual rep lasts
_PULL_SHARE = 1.5
_PULL_TARGET = 3.0
_PULLS = 3  # one long pull is a hold; a series of them is somebody counting
_PAUSE_S = 20.0  # a declared set goes on after a pause this long


class Judge:
    """Takes records in order, gives those that are final. Deterministic in that order alone."""

    def __init__(self, plan: SetPlan) -> None:
        self.plan = plan
        self.accepted: list[Movement] = []
        self._origins: list[Movement] = []  # what the accepted ones were made of
        self._open: deque[Movement] = deque(maxlen=_UNSETTLED)
        self._pulls: set[int] = set()
        self._seen: list[Movement] = []
        self._recent: deque[float] = deque(maxlen=_RECENT)
        self._usual_n: float | None = None  # the median of the recent ones
        self.rested_n: float | None = None  # where tension stayed at the end of the curve
        self.irregularity = 0.0

    def reference_n(self, rep: RepScore | None = None) -> float | None:
        """Excursion that counts as a whole one, as known now."""
        if self.plan.reference_excursion_n:
            return self.plan.reference_excursion_n
        if self.plan.reference_peak_n and rep is not None:
            return max(self.plan.reference_peak_n - rep.start_n, 0.0) or None
        return self._usual_n

    @property
    def told(self) -> bool:
        """Whether the reference was given, not taken from the set itself."""
        return bool(self.plan.reference_excursion_n or self.plan.reference_peak_n)

    def offer(self, rep: RepScore, edges: Sequence[float]) -> tuple[list[RepScore], RepScore | None]:
        """Judge the next record: those that became final, and one that still waits for the next."""
        seen = Movement.of(rep, edges)
        if not self._plausible(seen):
            return [], None
        if not (self.plan.declared or self.told) and self.accepted and apart(self.accepted[-1].rep, rep):
            self._recent.clear()  # another set, perhaps with another band
            self._usual_n = None
        self._seen.append(seen)
        if self._is_pull(rep):
            self._pulls.add(id(seen))
            return [], None
        reference = self.reference_n(rep)
        if reference is not None:
            return ([self._accept(seen)] if self._in_range(seen, reference) else []), None
        return self._unsettled(seen)

    def _plausible(self, seen: Movement) -> bool:
        return (
            seen.rep.eccentric_end_s - seen.rep.concentric_start_s >= _SHORTEST_S
            and seen.balance >= _BALANCE
            and seen.path >= _PATH
        )

    def _is_pull(self, rep: RepScore) -> bool:
        hold = rep.eccentric_start_s - rep.concentric_end_s
        moving = rep.eccentric_end_s - rep.concentric_start_s - hold
        target = self.plan.target_s(Phase.HOLD) or 0.0
        if hold <= max(_PULL_S, _PULL_SHARE * moving, _PULL_TARGET * target):
            return False
        few = [x.rep.eccentric_end_s - x.rep.concentric_start_s for x in self.accepted[-_RECENT:]]
        return not few or hold > median(few)

    def _in_range(self, seen: Movement, reference: float) -> bool:
        least = self.plan.thresholds.rep_excursion * reference
        return seen.rep.excursion_n >= least and seen.fall_n >= least

    def _unsettled(self, seen: Movement) -> tuple[list[RepScore], RepScore | None]:
        """No reference yet: two movements that are like training, whatever stood between, give one."""
        share = self.plan.thresholds.rep_excursion
        for earlier in reversed(self._open):
            small, large = sorted((earlier.rep.excursion_n, seen.rep.excursion_n))
            if small >= share * large and wander([earlier, seen], self.plan) <= WANDERS:
                least = share * 0.5 * (small + large)
                kept = [x for x in (*self._open, seen) if least <= x.rep.excursion_n <= large / share]
                self._open.clear()
                return [self._accept(x) for x in kept], None
        self._open.append(seen)
        return [], seen.rep

    def _accept(self, seen: Movement) -> RepScore:
        reference = self.reference_n(seen.rep)
        before = self.accepted[-1].rep if self.accepted else None
        final = in_order(seen.rep, len(self.accepted), before, self.plan)
        if self.told:
            final = _ranged(final, reference, self.plan)
        self._origins.append(seen)
        self.accepted.append(Movement(final, seen.balance, seen.unsteady, seen.path, seen.fall_n))
        self._recent.append(final.excursion_n)
        self._usual_n = median(self._recent)
        return final

    def close(self) -> list[RepScore]:
        """No more records come: what waited is settled, and the set's own range is known."""
        kept = self._whole_set()
        self.irregularity = unevenness(kept or self._seen)
        reps = self._in_order(kept)
        if self.told:
            return reps
        if len(reps) < FOUND_REPS:
            return reps
        reference = median(r.excursion_n for r in reps)
        return [_ranged(r, reference, self.plan) for r in reps]

    def _in_order(self, kept: list[Movement]) -> list[RepScore]:
        """Their records; those already given out are the same ones."""
        if len(kept) == len(self.accepted) and all(a is b for a, b in zip(kept, self._origins, strict=True)):
            return [x.rep for x in self.accepted]
        reps: list[RepScore] = []
        for k, x in enumerate(kept):
            rep = in_order(x.rep, k, reps[-1] if reps else None, self.plan)
            reps.append(_ranged(rep, self.reference_n(rep), self.plan) if self.told else rep)
        return reps

    def _whole_set(self) -> list[Movement]:
        """The movements that were the set; none at all if nothing was like training."""
        if self.told:
            reference = (self.reference_n(self._origins[0].rep) if self._origins else None) or 0.0
            own = between_borders(self._origins, reference, self.rested_n, self.plan)
            return own if wander(own, self.plan) <= WANDERS_TOLD else []
        declared = self.plan.declared
        found = chains(self._seen, self.plan, _PAUSE_S if declared else STILL_S)
        trained = [chain for chain in map(self._without_lone_pulls, found) if self._is_training(chain)]
        if declared and trained:
            share, largest = self.plan.thresholds.rep_excursion, max(map(_size, trained))
            trained = [chain for chain in trained if _size(chain) >= share * largest]
            trained[-1:] = [between_borders(trained[-1], _size(trained[-1]), self.rested_n, self.plan)]
        if trained or not declared:
            return [x for chain in trained for x in chain]
        lone = self._without_lone_pulls(self._seen)
        best = max(lone, key=lambda x: x.rep.excursion_n, default=None)
        return [best] if best and wander([best], self.plan) <= bound(1, self.plan) else []

    def _is_training(self, chain: list[Movement]) -> bool:
        if not self.plan.declared:
            return len(chain) >= FOUND_REPS and wander(chain, self.plan) <= WANDERS_FOUND
        return len(chain) >= 2 and wander(chain, self.plan) <= bound(len(chain), self.plan)

    def _without_lone_pulls(self, chain: list[Movement]) -> list[Movement]:
        pulls = sum(id(x) in self._pulls for x in chain)
        return chain if pulls >= _PULLS else [x for x in chain if id(x) not in self._pulls]


def _size(chain: list[Movement]) -> float:
    return median(x.rep.excursion_n for x in chain)


def _ranged(rep: RepScore, reference: float | None, plan: SetPlan) -> RepScore:
    """The record with its range fault set against this reference."""
    short = bool(reference) and rep.excursion_n < plan.thresholds.partial_range * (reference or 0.0)
    if short == (Fault.PARTIAL_RANGE in rep.faults):
        return rep
    kept = tuple(f for f in rep.faults if f is not Fault.PARTIAL_RANGE)
    return replace(rep, faults=(*kept, Fault.PARTIAL_RANGE) if short else kept)
