"""What progression needs of a stored rep: whether range, return and time under tension held."""

from collections.abc import Mapping
from typing import Any

from analytics.coaching.progression import RepQuality
from analytics.signal.result import Fault
from tempoband.contracts.tempo import Phase

LEAST_ECCENTRIC_SCORE = 50.0
LEAST_TENSION_SHARE = 0.8  # of the prescribed seconds out, hold and back
_WORKING = (Phase.CONCENTRIC, Phase.HOLD, Phase.ECCENTRIC)


def rep_quality(rep: Mapping[str, Any]) -> RepQuality:
    """From an entry of ``SetScore.to_dict()["reps"]``; what could not be judged stays None."""
    faults = rep["faults"]
    return RepQuality(
        full_range=None if str(Fault.PARTIAL_RANGE) in rep["absent"] else Fault.PARTIAL_RANGE not in faults,
        return_controlled=_return_controlled(rep),
        tension_time_kept=_tension_time_kept(rep["tempo"]),
    )


def _return_controlled(rep: Mapping[str, Any]) -> bool | None:
    if Fault.SNAP_BACK in rep["faults"]:
        return False
    score = rep["eccentric"]["score"]
    return None if score is None else score >= LEAST_ECCENTRIC_SCORE


def _tension_time_kept(tempo: Mapping[str, Any]) -> bool | None:
    """Seconds of the phases that have a target, against their targets."""
    timed = [tempo[p] for p in _WORKING if p in tempo and tempo[p]["target_s"] is not None]
    target_s = sum(phase["target_s"] for phase in timed)
    if target_s <= 0:
        return None
    return bool(sum(phase["seconds"] for phase in timed) >= LEAST_TENSION_SHARE * target_s)
