"""Tell apart what blinded raters told apart from curves alone: slow or fast, whole or half, or no training.

Rathleff et al. 2013 (BJSM 48:724): 80 of 80 traces right.
"""

from enum import StrEnum
from statistics import median

from analytics.signal.plan import SetPlan
from analytics.signal.result import Fault, SetScore
from tempoband.contracts.tempo import Phase

_IRREGULAR = 2.0  # between people training (up to 1.7 with every third rep faulty) and pulling at will (3)
_FAST_S = 1.5  # a whole repetition quicker than this is fast where nothing is prescribed
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
    if 2 * sum(Fault.PARTIAL_RANGE in r.faults for r in reps) > len(reps):
        return Pattern.SLOW_HALF
    seconds = median(r.phases[Phase.CONCENTRIC].seconds + r.phases[Phase.ECCENTRIC].seconds for r in reps)
    out, back = plan.target_s(Phase.CONCENTRIC), plan.target_s(Phase.ECCENTRIC)
    limit = _SHORT * (out + back) if out and back else _FAST_S
    return Pattern.FAST_FULL if seconds < limit else Pattern.SLOW_FULL
