"""Where a set with a known range begins and ends: putting the band on and walking off are no part of it."""

from collections.abc import Sequence
from statistics import median

from analytics.signal.plan import SetPlan
from analytics.signal.regularity import Movement, wander
from tempoband.contracts.tempo import Phase

_TUGS = 5  # nobody needs more of them to put a band on
_NEXT = 3  # movements whose median lowest end is the level the band is worn at
_WORN = 0.15  # of the reference: so far above both ends of what put it on rests a worn band
_ONLY_TUGS = 0.6  # doubts above which a few movements, with nothing after them, may only have put it on
_STRIDE = 0.4  # of the set's median excursion: smaller movements after a pause are steps
_PAUSE_S = 3.0  # beyond the prescribed rest


def between_borders(
    movements: Sequence[Movement], reference_n: float, rested_n: float | None, plan: SetPlan
) -> list[Movement]:
    """The movements of the set itself; ``rested_n`` is where tension stayed at the end of the curve."""
    worn = list(movements[_tugs(movements, reference_n, rested_n, plan) :])
    return worn[: len(worn) - _strides(worn, plan)]


def _tugs(movements: Sequence[Movement], reference_n: float, rested_n: float | None, plan: SetPlan) -> int:
    """How many only put the band on: after a pause, what follows rests far above both their ends."""
    ends = [(x.rep.start_n, x.rep.peak_n - x.fall_n) for x in movements]
    least = _WORN * reference_n
    for k in reversed(range(min(len(ends), _TUGS, len(ends) - 1))):
        base = median(min(pair) for pair in ends[k + 1 :][:_NEXT])
        if _paused(movements[k], movements[k + 1], plan) and base - max(ends[k]) > least:
            return k + 1
    if not movements or len(movements) > _TUGS or rested_n is None or wander(movements, plan) <= _ONLY_TUGS:
        return 0
    return len(movements) if rested_n - max(map(max, ends)) > least else 0


def _paused(before: Movement, after: Movement, plan: SetPlan) -> bool:
    pause_s = after.rep.concentric_start_s - before.rep.eccentric_end_s
    return pause_s > _PAUSE_S + (plan.target_s(Phase.REST) or 0.0)


def _strides(movements: Sequence[Movement], plan: SetPlan) -> int:
    """How many small movements follow the set after a pause: somebody walks about in the band."""
    least = _STRIDE * median(x.rep.excursion_n for x in movements) if movements else 0.0
    small = 0
    while small < len(movements) and movements[-1 - small].rep.excursion_n < least:
        small += 1
    if not 0 < small < len(movements):
        return 0
    return small if _paused(movements[-1 - small], movements[-small], plan) else 0
