"""Tell apart what blinded raters told apart from curves alone: slow or fast, whole or half, or no training.

Rathleff et al. 2013 (BJSM 48:724): 80 of 80 traces right.
"""

from collections.abc import Sequence
from enum import StrEnum
from statistics import median

from analytics.signal.plan import SetPlan
from analytics.signal.result import RepScore, SetScore
from tempoband.contracts.tempo import Phase

_IRREGULAR = 1.8  # training stays below 1.7, also with every third rep faulty; pulling at will is 1.9 on
_FAST_S = 1.5  # a whole repetition quicker than this is fast where nothing is prescribed
_WHOLE = 0.77  # of the told range: between tired whole ones (0.85) and half ones on bands that soften (0.7)
_SHORT = 0.5  # of the prescribed out and back


class Pattern(StrEnum):
    """How a series of pulls was done, as far as tension shows it."""

    SLOW_FULL = "slow_full"
    FAST_FULL = "fast_full"
    SLOW_HALF = "slow_half"
    UNSYSTEMATIC = "unsystematic"


def pattern_of(score: SetScore, plan: SetPlan) -> Pattern:
    """The pattern of a dynamic set; a half range needs a reference in the plan to be known as one."""
    reps = score.reps
    if not reps or score.summary["irregularity"] > _IRREGULAR:
        return Pattern.UNSYSTEMATIC
    if _half(reps, plan):
        return Pattern.SLOW_HALF
    seconds = median(r.phases[Phase.CONCENTRIC].seconds + r.phases[Phase.ECCENTRIC].seconds for r in reps)
    out, back = plan.target_s(Phase.CONCENTRIC), plan.target_s(Phase.ECCENTRIC)
    limit = _SHORT * (out + back) if out and back else _FAST_S
    return Pattern.FAST_FULL if seconds < limit else Pattern.SLOW_FULL


def _half(reps: Sequence[RepScore], plan: SetPlan) -> bool:
    """Whether the middle repetition falls short of the told range by more than habits and fatigue make."""
    if plan.reference_excursion_n:
        return median(r.excursion_n for r in reps) < _WHOLE * plan.reference_excursion_n
    if plan.reference_peak_n:
        whole_n = plan.reference_peak_n - median(r.start_n for r in reps)
        return median(r.excursion_n for r in reps) < _WHOLE * whole_n
    return False
