"""Which tracked rises and falls are repetitions: by range relative to the reference, never in newtons."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from analytics.signal.core import measure as m
from analytics.signal.core.jit import Floats
from analytics.signal.plan import SetPlan
from analytics.signal.reps import with_rest
from analytics.signal.result import Fault, RepScore
from tempoband.contracts.tempo import Phase

_UNSETTLED = 4  # movements remembered while nothing like training was seen
_RECENT = 5  # repetitions whose median is the reference where none is stored
_SHORTEST_S = 0.5  # a rise and fall quicker than this is a step or a shake, no repetition
_BALANCE = 0.35  # of rise and fall, the smaller over the larger: putting a band on does not come back
_PATH = 0.7  # net over gross way: swaying wanders, a repetition goes
_PULL_S = 3.0  # a hold longer than this and than half as long again as the motion around it is a pull
_PULL_SHARE = 1.5
_PULL_TARGET = 3.0
_PULLS = 3  # one long pull is a hold; a series of them is somebody counting
# What training looks like and swaying, walking and pulling at a band do not: it comes back to where it
# started, again and again, and stands far above the unsteadiness. Each scale is a doubt of one.
_UNBALANCED, _WANDERING, _UNSTEADY, _UNLIKE = 0.15, 0.15, 0.04, 0.4
_STEP_S, _STEP_DOUBT_S = 1.4, 0.4  # quicker than this is the pace of steps, unless it is prescribed
WANDERS = 2.7  # the sum of doubts above which movements are no set
WANDERS_ALONE = 1.2  # the same for a single movement, of which less is known
WANDERS_TOLD = 3.5  # the same where the range is known: then only the plainly irregular is refused
WANDERS_FOUND = 2.2  # the same where nobody said that a set is being done
FOUND_REPS = 3  # fewer movements that nobody declared are no set
STILL_S = 10.0  # so long without a repetition, or two repetition lengths, ends a set


@dataclass(frozen=True, slots=True)
class Movement:
    """A rise and fall with what tells training from mere moving."""

    rep: RepScore
    balance: float  # of rise and fall, the smaller over the larger
    unsteady: float  # what smoothing removed, over the excursion
    path: float
    fall_n: float

    @classmethod
    def of(cls, rep: RepScore, edges: Floats) -> "Movement":
        """From a record and the edges it was made of."""
        rise, fall = float(edges[m.PEAK_N] - edges[m.START_N]), float(edges[m.PEAK_N] - edges[m.END_N])
        balance = min(rise, fall) / max(rise, fall) if min(rise, fall) > 0 else 0.0
        unsteady = float(edges[m.NOISE_N]) / rise if rise > 0 else 1.0
        return cls(rep, balance, unsteady, float(edges[m.PATH]), fall)


def wander(movements: Sequence[Movement], plan: SetPlan) -> float:
    """How unlike training a series is: 0 for a machine, about 0.3 for people, 3 and more for swaying."""
    if not movements:
        return 0.0
    doubts = median(1 - x.balance for x in movements) / _UNBALANCED
    doubts += median(x.unsteady for x in movements) / _UNSTEADY
    if not _meant_quick(plan):
        pace = median(_seconds(x.rep) for x in movements)
        doubts += max(0.0, (_STEP_S - pace) / _STEP_DOUBT_S)
    if len(movements) == 1:
        return doubts * WANDERS / WANDERS_ALONE
    pairs = [(a.rep, b.rep) for a, b in pairwise(movements)]
    doubts += (
        median(abs(b.start_n - a.start_n) / max(a.excursion_n, b.excursion_n) for a, b in pairs) / _WANDERING
    )
    doubts += median(_unlike(a.excursion_n, b.excursion_n) for a, b in pairs) / _UNLIKE
    return doubts + median(_unlike(_seconds(a), _seconds(b)) for a, b in pairs) / _UNLIKE


def _meant_quick(plan: SetPlan) -> bool:
    rep_s = plan.tempo.rep_s if plan.tempo else None
    return rep_s is not None and rep_s <= _STEP_S


def _unlike(a: float, b: float) -> float:
    return 1 - min(a, b) / max(a, b)


def _seconds(rep: RepScore) -> float:
    return rep.eccentric_end_s - rep.concentric_start_s


def apart(before: RepScore, after: RepScore) -> bool:
    """Whether so much stillness lies between two repetitions that they are of different sets."""
    return after.concentric_start_s - before.eccentric_end_s > max(STILL_S, 2 * _seconds(before))


def sets_of(movements: Sequence[Movement]) -> list[list[Movement]]:
    """Movements split where stillness ended a set."""
    groups: list[list[Movement]] = []
    for x in movements:
        if groups and not apart(groups[-1][-1].rep, x.rep):
            groups[-1].append(x)
        else:
            groups.append([x])
    return groups


class Judge:
    """Takes records in order, gives those that are final. Deterministic in that order alone."""

    def __init__(self, plan: SetPlan) -> None:
        self.plan = plan
        self.accepted: list[Movement] = []
        self._open: deque[Movement] = deque(maxlen=_UNSETTLED)
        self._pulls: list[Movement] = []
        self._recent: deque[float] = deque(maxlen=_RECENT)
        self.irregularity = 0.0

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
        seen = Movement.of(rep, edges)
        if not self._plausible(seen):
            return [], None
        if not (self.plan.declared or self.told) and self.accepted and apart(self.accepted[-1].rep, rep):
            self._recent.clear()  # another set, perhaps with another band
        if self._is_pull(rep):
            self._pulls.append(seen)
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
        return hold > max(_PULL_S, _PULL_SHARE * moving, _PULL_TARGET * target)

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
        final = with_rest(replace(seen.rep, index=len(self.accepted)), before, self.plan)
        if self.told:
            final = _ranged(final, reference, self.plan)
        self.accepted.append(replace(seen, rep=final))
        self._recent.append(final.excursion_n)
        return final

    def close(self) -> list[RepScore]:
        """No more records come: what waited is settled, and the set's own range is known."""
        kept = list(self.accepted)
        if len(self._pulls) >= _PULLS and len(self._pulls) > len(kept):
            kept += [*self._pulls, *self._open]
        elif not kept and self._open:
            kept = [max(self._open, key=lambda x: x.rep.excursion_n)]
        kept.sort(key=lambda x: x.rep.concentric_start_s)
        kept = self._trained(kept)
        self.irregularity = wander(kept or self.accepted, self.plan)
        reps = [x.rep for x in kept]
        if kept != self.accepted:
            reps = [
                with_rest(replace(r, index=k), reps[k - 1] if k else None, self.plan)
                for k, r in enumerate(reps)
            ]
        if self.told or len(reps) < 3:
            return reps
        reference = median(r.excursion_n for r in reps)
        return [_ranged(r, reference, self.plan) for r in reps]

    def _trained(self, movements: list[Movement]) -> list[Movement]:
        """Without what is small beside its neighbours, and nothing at all if it was no set."""
        if self.told:
            return (
                movements
                if len(movements) < FOUND_REPS or wander(movements, self.plan) <= WANDERS_TOLD
                else []
            )
        if not self.plan.declared:
            groups = [
                g
                for g in sets_of(movements)
                if len(g) >= FOUND_REPS and wander(g, self.plan) <= WANDERS_FOUND
            ]
            return [x for g in groups for x in g]
        sizes = [x.rep.excursion_n for x in movements]
        share = self.plan.thresholds.rep_excursion
        kept = [
            x for k, x in enumerate(movements) if sizes[k] >= share * median(sizes[max(k - 1, 0) : k + 4])
        ]
        return kept if wander(kept, self.plan) <= WANDERS else []


def _ranged(rep: RepScore, reference: float | None, plan: SetPlan) -> RepScore:
    """The record with its range fault set against this reference."""
    short = bool(reference) and rep.excursion_n < plan.thresholds.partial_range * (reference or 0.0)
    if short == (Fault.PARTIAL_RANGE in rep.faults):
        return rep
    kept = tuple(f for f in rep.faults if f is not Fault.PARTIAL_RANGE)
    return replace(rep, faults=(*kept, Fault.PARTIAL_RANGE) if short else kept)
