"""What tells training from mere moving: it comes back to where it started, again and again."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from analytics.signal.core import measure as m
from analytics.signal.plan import SetPlan
from analytics.signal.result import RepScore

# What training looks like and swaying, walking and pulling at a band do not: it comes back to where it
# started, again and again, and stands far above the unsteadiness. Each scale is a doubt of one.
_UNBALANCED, _WANDERING, _UNSTEADY, _UNLIKE = 0.15, 0.15, 0.04, 0.4
_STEP_S, _STEP_DOUBT_S = 1.4, 0.3  # quicker than this is the pace of steps, unless it is prescribed
# Strides ride on a worn band that pulls several times what they add; training adds more than two fifths.
_STRIDE_S, _STRIDE_DOUBT_S, _RIDES, _RIDES_DOUBT = 1.8, 0.6, 2.5, 0.4
WANDERS = 2.7  # the sum of doubts above which movements are no set
WANDERS_TEMPO = 3.0  # the same where a tempo is prescribed: somebody means to train
WANDERS_TEMPO_LONE = 2.3  # and for a single movement then
WANDERS_FEW, WANDERS_LONE, FEW = 2.0, 1.4, 6  # the same for fewer movements than this, and for one
WANDERS_ALONE = 0.8  # the same for a single movement, of which less is known
WANDERS_TOLD = 3.5  # the same where the range is known: then only the plainly irregular is refused
WANDERS_FOUND = 1.8  # the same where nobody said that a set is being done
FOUND_REPS = 3  # fewer movements that nobody declared are no set
_LINKS = 3  # repetitions whose median size the next one is held against
_TRIMMED = 5  # a chain this short has no loose ends
_LOOSE_LEVEL, _LOOSE_BALANCE = 0.25, 0.7
RESTS_S = 2.5  # tension that stays for so long, and for a prescribed hold more, rests
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
    def of(cls, rep: RepScore, edges: Sequence[float]) -> "Movement":
        """From a record and the edges it was made of."""
        rise, fall = edges[m.PEAK_N] - edges[m.START_N], edges[m.PEAK_N] - edges[m.END_N]
        balance = min(rise, fall) / max(rise, fall) if min(rise, fall) > 0 else 0.0
        unsteady = edges[m.NOISE_N] / rise if rise > 0 else 1.0
        return cls(rep, balance, unsteady, edges[m.PATH], fall)


def wander(movements: Sequence[Movement], plan: SetPlan) -> float:
    """How unlike training a series is: 0 for a machine, about 0.3 for people, 3 and more for swaying."""
    if not movements:
        return 0.0
    return unevenness(movements) + (0.0 if _meant_quick(plan) else _like_steps(movements))


def _like_steps(movements: Sequence[Movement]) -> float:
    """Doubts from the pace of steps, and from riding on a tension that is several times as large."""
    pace = median(_seconds(x.rep) for x in movements)
    stride = min(1.0, max(0.0, (_STRIDE_S - pace) / _STRIDE_DOUBT_S))
    rides = median(x.rep.start_n / x.rep.excursion_n for x in movements)
    doubts = max(0.0, (_STEP_S - pace) / _STEP_DOUBT_S)
    doubts += stride * max(0.0, rides - _RIDES) / _RIDES_DOUBT
    return doubts * (WANDERS / WANDERS_ALONE if len(movements) == 1 else 1.0)


def unevenness(movements: Sequence[Movement]) -> float:
    """How unlike one another and how unsteady movements are, at whatever pace they were done."""
    if not movements:
        return 0.0
    doubts = median(1 - x.balance for x in movements) / _UNBALANCED
    doubts += median(x.unsteady for x in movements) / _UNSTEADY
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


def bound(count: int, plan: SetPlan) -> float:
    """The most doubt a declared series may raise: less where it is short and no tempo was prescribed."""
    if plan.tempo is not None:
        return WANDERS_TEMPO if count > 1 else WANDERS_TEMPO_LONE
    if count >= FEW:
        return WANDERS
    return WANDERS_FEW if count > 1 else WANDERS_LONE


def _unlike(a: float, b: float) -> float:
    return 1 - min(a, b) / max(a, b)


def _seconds(rep: RepScore) -> float:
    return rep.eccentric_end_s - rep.concentric_start_s


def apart(before: RepScore, after: RepScore, pause_s: float = STILL_S) -> bool:
    """Whether so much stillness lies between two repetitions that they are of different sets."""
    return after.concentric_start_s - before.eccentric_end_s > max(pause_s, 2 * _seconds(before))


def chains(movements: Sequence[Movement], plan: SetPlan, pause_s: float) -> list[list[Movement]]:
    """Movements of like size that follow one another, largest first found, in order of time.

    Between two links may lie anything smaller: the thresholds follow the link before, never the largest.
    """
    left = sorted(range(len(movements)), key=lambda k: -movements[k].rep.excursion_n)
    taken = [False] * len(movements)
    found: list[list[int]] = []
    for seed in left:
        if taken[seed]:
            continue
        after = _follow(movements, (seed, 1), plan, pause_s, taken)
        before = _follow(movements, (seed, -1), plan, pause_s, taken)
        chain = _trimmed(movements, [*reversed(before), seed, *after])
        for k in range(chain[0], chain[-1] + 1):
            taken[k] = True
        found.append(chain)
    return [[movements[k] for k in chain] for chain in sorted(found)]


def _follow(
    movements: Sequence[Movement],
    start: tuple[int, int],
    plan: SetPlan,
    pause_s: float,
    taken: Sequence[bool],
) -> list[int]:
    """Links of a chain from its seed in one direction (1 or -1)."""
    seed, step = start
    chain = [seed]
    share = plan.thresholds.rep_excursion
    k = seed + step
    while 0 <= k < len(movements) and not taken[k]:
        last, this = movements[chain[-1]].rep, movements[k].rep
        first, second = (last, this) if step > 0 else (this, last)
        if apart(first, second, pause_s):
            break
        size = median(movements[c].rep.excursion_n for c in chain[-_LINKS:])
        if min(this.excursion_n, movements[k].fall_n) >= share * size:
            chain.append(k)
        k += step
    return chain[1:]


def _trimmed(movements: Sequence[Movement], chain: list[int]) -> list[int]:
    """Without loose ends: what does not start and come back where the set does only led up to it."""
    while len(chain) > _TRIMMED:
        level = median(movements[k].rep.start_n for k in chain)
        size = median(movements[k].rep.excursion_n for k in chain)
        ends = [k for k in (chain[0], chain[-1]) if _loose(movements[k], level, size, last=k == chain[-1])]
        if not ends:
            break
        chain = [k for k in chain if k not in ends]
    return chain


def _loose(end: Movement, level: float, size: float, *, last: bool) -> bool:
    if abs(end.rep.start_n - level) > _LOOSE_LEVEL * size:
        return True
    let_go = last and end.fall_n > end.rep.excursion_n  # a band that slips or breaks ends the set
    return end.balance < _LOOSE_BALANCE and not let_go
