"""What to say of one rep while the next begins: at most one thing, in the wearer's words."""

from analytics.signal.result import RepScore
from tempoband.contracts.tempo import Phase

_WORDS = {Phase.CONCENTRIC: "out", Phase.HOLD: "hold", Phase.ECCENTRIC: "back", Phase.REST: "rest"}


def rep_sentence(rep: RepScore) -> str:
    """The phase that missed its seconds by most, beside its aim; empty where nothing missed."""
    missed = [
        (abs(time.error_s), phase, time.seconds, time.target_s)
        for phase, time in rep.phases.items()
        if time.error_s is not None and time.target_s is not None and time.on_tempo is False
    ]
    if not missed:
        return ""
    _, phase, seconds, target_s = max(missed, key=lambda miss: miss[0])
    return f"Rep {rep.index + 1}: {_WORDS[phase]} {seconds:.1f} s, aim for {target_s:g} s."
