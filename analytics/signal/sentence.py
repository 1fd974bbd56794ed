"""One sentence: what cost most, and what to do next rep."""

from collections.abc import Sequence

from analytics.signal.plan import SetPlan
from analytics.signal.result import Fault, RepScore, SetScore
from analytics.signal.summary import fault_words
from tempoband.contracts.tempo import Phase

_ENOUGH = 0.10  # a mean error under a tenth of the prescription is nothing to talk about
_WORDS = {
    Phase.CONCENTRIC: "way out",
    Phase.HOLD: "hold",
    Phase.ECCENTRIC: "way back",
    Phase.REST: "rest",
}


def explain(score: SetScore) -> str:
    """What cost most and what to do next, in words a person can act on."""
    return score.sentence


def sentence_of(reps: Sequence[RepScore], plan: SetPlan) -> str:
    """The sentence of a dynamic set."""
    if not reps:
        return "No repetitions were seen."
    count = f"{len(reps)} rep{'s' if len(reps) > 1 else ''}"
    fault = _worst_fault(reps)
    if fault is Fault.BAND_RELEASE:
        return f"{count}: the tension dropped to nothing at once; {fault_words(fault)}."
    phase, error = _worst_phase(reps, plan)
    times = sum(fault in r.faults for r in reps) if fault else 0
    if fault and (times * 2 >= len(reps) or phase is None):
        return f"{count}: {_name(fault)} in {times} of them cost most; {fault_words(fault)}."
    if phase is not None:
        return f"{count}: {_phase_words(phase, error, plan)}"
    if plan.tempo is None or plan.tempo.rep_s is None:
        return f"{count}, steady; nothing stands out."
    return f"{count}, on tempo; keep exactly this."


def _name(fault: Fault) -> str:
    return str(fault).replace("_", " ")


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


def _phase_words(phase: Phase, error: float, plan: SetPlan) -> str:
    target = plan.target_s(phase) or 0.0
    way = "long" if error > 0 else "short"
    if target:
        unit = "second" if target == 1 else "seconds"
        todo = f"count {target:g} {unit} on the {_WORDS[phase]} next rep"
    else:
        todo = f"go straight on without a {_WORDS[phase]} next rep"
    return f"the {_WORDS[phase]} was {abs(error):.1f} s too {way} on average, which cost most; {todo}."
