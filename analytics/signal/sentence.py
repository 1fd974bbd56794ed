"""One sentence: what cost most, and what to do next rep."""

from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean

from analytics.signal.control import ECCENTRIC_WEIGHTS, eccentric_parts
from analytics.signal.plan import SetPlan
from analytics.signal.result import Fault, RepScore, SetScore
from tempoband.contracts.tempo import Phase
from tempoband.words.said import Said, say

_CONTROLLED = 85.0  # a return that scores so much needs no word
_ENOUGH = 0.10  # a mean error under a tenth of the prescription is nothing to talk about


def explain(score: SetScore) -> str:
    """What cost most and what to do next, in words a person can act on; ``said`` has no language yet."""
    return score.sentence


def said_of(reps: Sequence[RepScore], plan: SetPlan) -> Said:
    """The sentence of a dynamic set."""
    if not reps:
        return say("set.none")
    count = say("count.reps", n=len(reps))
    phase, error_s = _worst_phase(reps, plan)
    if told := _fault_said(reps, count, rival=phase):
        return told
    if phase is not None:
        way = "long" if error_s > 0 else "short"
        todo = _todo(phase, plan)
        return say("set.phase", count=count, phase=str(phase), off_s=abs(error_s), way=way, todo=todo)
    if uneven := _worst_of_control(reps):
        return replace(uneven, values={"count": count, **uneven.values})
    scored = any(r.tempo_score is not None for r in reps)
    return say("set.on_tempo" if scored else "set.steady", count=count)


def _fault_said(reps: Sequence[RepScore], count: Said, *, rival: Phase | None) -> Said | None:
    """The fault that cost most; one in fewer than half of the repetitions gives way to a phase."""
    fault = _worst_fault(reps)
    if fault is None:
        return None
    tip, times = _tip(fault), sum(fault in r.faults for r in reps)
    if fault is Fault.BAND_RELEASE:
        return say("set.release", count=count, tip=tip)
    if len(reps) == 1:
        return say("set.fault_only", count=count, fault=str(fault), tip=tip)
    if times * 2 >= len(reps) or rival is None:
        return say("set.fault", count=count, fault=str(fault), times=times, tip=tip)
    return None


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


def _worst_of_control(reps: Sequence[RepScore]) -> Said | None:
    """What the return lost most by, where it lost enough to be worth a word."""
    known = [r.eccentric for r in reps if r.eccentric.score is not None]
    if not known or fmean(e.score or 0.0 for e in known) >= _CONTROLLED:
        return None
    ramp, rate, sparc = (
        fmean(getattr(e, name) for e in known) for name in ("ramp_distance", "rate_ratio", "sparc")
    )
    parts = eccentric_parts(ramp, rate, sparc)
    worst = min(parts, key=lambda part: ECCENTRIC_WEIGHTS[part] * (parts[part] - 1))
    return {
        "ramp": say("set.off_ramp", off=ramp),
        "rate": say("set.off_rate", ratio=rate),
        "smoothness": say("set.jerky"),
    }[worst]


def _todo(phase: Phase, plan: SetPlan) -> Said:
    target_s = plan.target_s(phase)
    if not target_s:
        return say("todo.straight_on", phase=str(phase))
    return say("todo.count", n=target_s, phase=str(phase))
