"""Which of several edge networks is taken: a rule, on recordings that are neither learned from nor tested on.

The rule: the fewest recordings counted wrongly; among equals, the greatest likelihood of the true edges.
Counted are random strokes, whole and cut to their first three repetitions, and people who do not train.
"""

from dataclasses import dataclass

from analytics.signal import SetPlan
from analytics.signal.core import network
from analytics.signal.stream import Stream
from bench.learn_idle import draw_idle
from bench.learn_network import unlikelihood
from bench.learn_strokes import draw
from tempoband.contracts.tempo import Tempo

FIRST_SEED = 10_000_000  # far from those learned from
SETS, IDLE = 1000, 400
FEW = 3
TEMPO = Tempo.parse("2-1-2")


@dataclass(frozen=True, order=True)
class Verdict:
    """How a network did; the least is the best. The parts stand in the order in which they decide."""

    wrong: int
    unlikelihood: float
    seed: int


def counted(net, plan, time_s, tension_n):
    stream = Stream(plan, net=net)
    stream.push(time_s, tension_n)
    stream.finish()
    return len(stream.reps())


def miscounted(net, seed):
    """How often a random stroke is counted wrongly: all its repetitions, and the first three alone."""
    stroke = draw(seed)
    tempo = Tempo.parse(stroke.tempo) if stroke.tempo else None
    whole = counted(net, SetPlan(tempo=tempo), stroke.time_s, stroke.tension_n)
    early = stroke.time_s < stroke.crossings_s[FEW, 0]
    few = counted(net, SetPlan(), stroke.time_s[early], stroke.tension_n[early])
    return (whole != len(stroke.crossings_s)) + (few != FEW)


def invented(net, seed):
    """How often repetitions are counted in an idle recording: in a declared set, and in an undeclared one."""
    time_s, tension_n = draw_idle(seed)
    plans = SetPlan(tempo=TEMPO), SetPlan(declared=False)
    return sum(counted(net, plan, time_s, tension_n) > 0 for plan in plans)


def verdict(weights, seed, kept) -> Verdict:
    """On the recordings for choosing; ``kept`` are the windows of their edges."""
    net = network.layers_of(weights)
    wrong = sum(miscounted(net, FIRST_SEED + k) for k in range(SETS))
    wrong += sum(invented(net, FIRST_SEED + k) for k in range(IDLE))
    return Verdict(wrong, unlikelihood(weights, *kept), seed)
