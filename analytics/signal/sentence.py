"""One sentence: what cost most, and what to do next rep."""

from collections.abc import Sequence

from analytics.signal.plan import SetPlan
from analytics.signal.result import Fault, RepScore, SetScore
from tempoband.contracts.tempo import Phase
from tempoband.words.said import Said, say

_ENOUGH = 0.10  # a mean error under a tenth of the prescription is nothing to talk about


def explain(score: SetScore) -> str:
    """What cost most and what to do next, in words a person can act on; ``said`` has no language yet."""
    return score.sentence


def said_of(reps: Sequence[RepScore], plan: SetPlan) -> Said:
    """The sentence of a dynamic set."""
    if not reps:
        return say("set.none")
    count = say("count.reps", n=len(reps))
    fault = _worst_fault(reps)
    if fault is Fault.BAND_RELEASE:
        return say("set.release", count=count, tip=_tip(fault))
    phase, error_s = _worst_phase(reps, plan)
    times = sum(fault in r.faults for r in reps) if fault else 0
    if fault and (times * 2 >= len(reps) or phase is None):
        return say("set.fault", count=count, fault=str(fault), times=times, tip=_tip(fault))
    if phase is not None:
        way = "long" if error_s > 0 else "short"
        todo = _todo(phase, plan)
        return say("set.phase", count=count, phase=str(phase), off_s=abs(error_s), way=way, todo=todo)
    if plan.tempo is None or plan.tempo.rep_s is None:
        return say("set.steady", count=count)
    return say("set.on_tempo", count=count)


def _tip(fault: Fault) -> Said:
    return say(f"tip.{fault}")


def _worst_fault(reps: Sequence[RepScore]) -> Fault | None:
    counts = {f: sum(f in r.faults for r in reps) for f in Fault}
    if counts[Fault.BAND_RELEASE]:
        return Fault.BAND_RELEASE
    worst = max(counts, key=lambda f: counts[f])
    return worst if counts[worst] else None


def _worst_phase(reps: Sequence[RepScore], plan: SetPlan) -> tuple[Phase | None, float]:
    """The phase with the largest mean error beside its prescription (a second at least), and that error."""
    worst, error, cost = None, 0.0, _ENOUGH
    for phase in Phase:
        errors = [r.phases[phase].error_s for r in reps if phase in r.phases]
        known = [e for e in errors if e is not None]
        if not known:
            continue
        mean = sum(known) / len(known)
        relative = abs(mean) / max(plan.target_s(phase) or 0.0, 1.0)
        if relative > cost:
            worst, error, cost = phase, mean, relative
    return worst, error


def _todo(phase: Phase, plan: SetPlan) -> Said:
    target_s = plan.target_s(phase)
    if not target_s:
        return say("todo.straight_on", phase=str(phase))
    return say("todo.count", n=target_s, phase=str(phase))
