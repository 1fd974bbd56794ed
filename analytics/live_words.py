"""What to say of one rep while the next begins: at most one thing."""

from analytics.signal.result import RepScore
from tempoband.words.said import Said, say


def rep_said(rep: RepScore) -> Said | None:
    """The phase that missed its seconds by most, beside its aim; None where nothing missed."""
    missed = [
        (abs(time.error_s), phase, time.seconds, time.target_s)
        for phase, time in rep.phases.items()
        if time.error_s is not None and time.target_s is not None and time.on_tempo is False
    ]
    if not missed:
        return None
    _, phase, seconds, target_s = max(missed, key=lambda miss: miss[0])
    return say("rep.off", rep=rep.index + 1, phase=str(phase), seconds=seconds, target_s=target_s)
