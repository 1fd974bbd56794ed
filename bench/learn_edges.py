"""Make ``analytics/signal/core/edges.npz`` anew: ``python -m bench.learn_edges [sets] [rounds] [networks]``.

Random strokes go through the scorer's own tracking and rough edges; what its window then sees of each edge
is learned against the crossing of 5 % of the motion's peak speed, in 10-90 % times. Several networks that
begin differently learn from the same edges; ``bench/learn_choice.py`` holds the rule which of them is taken.

The same arguments give the same weights, bit for bit, on the same machine and libraries: every seed stands
here, each stroke has its own, linear algebra runs in one thread, and no weights that were there before have
a say. Their digest is printed, and kept in ``tests/signal/test_weights.py``.
"""

import os
import sys
from functools import partial
from itertools import chain
from multiprocessing import get_context

import numpy as np

from analytics.signal import SetPlan
from analytics.signal.core import edges, network
from analytics.signal.core.jit import GRID_HZ
from analytics.signal.core.measure import PERIOD, STEP_N, noise_of
from analytics.signal.core.rough import C0, C1, C2, C3, ROUGH_INTS, rough_edges
from analytics.signal.stream import Stream
from bench.learn_choice import FIRST_SEED, SETS, verdict
from bench.learn_network import fit
from bench.learn_strokes import draw
from tempoband.contracts.tempo import Phase, Tempo

LEARNED_FROM, ROUNDS, NETWORKS = 45_000, 30, 2
FAR = 3.0  # 10-90 % times: an edge that far off was not this one
THREADS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS")


def blank():
    """A network that knows nothing: each edge lies at its window's anchor."""
    shapes = ((1, edges.INPUTS), (network.KINDS, 1), (1, 1), (1,), (2, 1), (2,))
    return network.layers_of({n: np.zeros(shape) for n, shape in zip(network.NAMES, shapes, strict=True)})


class Listener(Stream):
    """Keeps what was found of each repetition, whatever the shipped network would say to it."""

    def __init__(self, plan):
        super().__init__(plan, net=blank())
        self.found = []

    def _judged(self, one, segment):
        self.found.append(one)
        return super()._judged(one, segment)


def rows_of(stroke):
    """Inputs, true distances and kinds of every edge that was found."""
    plan = SetPlan(tempo=Tempo.parse(stroke.tempo) if stroke.tempo else None)
    listener = Listener(plan)
    listener.push(stroke.time_s, stroke.tension_n)
    listener.finish()
    middles = stroke.crossings_s[:, 1:3].mean(axis=1)
    for one in listener.found:
        k = int(np.argmin(np.abs(middles - one.second(one.turns[1]))))
        truth = stroke.crossings_s[k]
        if abs(middles[k] - one.second(one.turns[1])) < 0.35 * (truth[3] - truth[0]):
            yield from edges_of(one, 100 * (truth - one.second(0.0)), hold_s=plan.target_s(Phase.HOLD) or 0.0)


def edges_of(one, truth, *, hold_s):
    rough = np.empty(ROUGH_INTS, np.int64)
    rough_edges(one.smooth, *one.turns, hold_s * GRID_HZ, rough)
    noise_n = noise_of(one.tension, one.smooth, rough[C0], rough[C3])
    sensor = noise_n, one.edges[STEP_N], one.edges[PERIOD]
    for kind, sign, (a, b) in ((0, 1.0, rough[[C0, C1]]), (2, -1.0, rough[[C2, C3]])):
        first, last = np.empty(edges.INPUTS), np.empty(edges.INPUTS)
        at, until, h, _ = edges.windows(one.tension, one.smooth, one.hidden, sign, a, b, sensor, first, last)
        yield kind, first, (at - truth[kind]) / h
        yield kind + 1, last, (truth[kind + 1] - until) / h


def seen_in(seed):
    """Kinds, inputs and true distances of the edges of one random stroke."""
    rows = [(kind, x.astype(np.float32), y) for kind, x, y in rows_of(draw(seed)) if abs(y) < FAR]
    return tuple(zip(*rows, strict=True)) if rows else ((), (), ())


def gathered(pool, sets, first_seed):
    """Kinds, inputs and distances of the edges of so many strokes, in the order of their seeds."""
    strokes = pool.imap(seen_in, range(first_seed, first_seed + sets), chunksize=50)
    kinds, inputs, wanted = (list(chain.from_iterable(part)) for part in zip(*strokes, strict=True))
    print(f"{sets} sets, {len(kinds)} edges", flush=True)
    return np.array(kinds), np.array(inputs), np.array(wanted)


def candidate(known, kept, rounds, seed):
    """One network's verdict and weights."""
    weights = fit(*known, seed, rounds)
    return verdict(weights, seed, kept), weights


def learn(sets=LEARNED_FROM, rounds=ROUNDS, networks=NETWORKS):
    """Draw, learn, choose, and write the weights."""
    os.environ |= dict.fromkeys(THREADS, "1")  # before a process loads them: sums then have one order
    with get_context("spawn").Pool() as pool:
        known, kept = gathered(pool, sets, 0), gathered(pool, SETS, FIRST_SEED)
        told = pool.map(partial(candidate, known, kept, rounds), range(networks), chunksize=1)
    for one, _ in told:
        print(f"{one.seed}: {one.wrong} recordings counted wrongly, unlikelihood {one.unlikelihood:.4f}")
    chosen, weights = min(told, key=lambda pair: pair[0])
    np.savez(network.WEIGHTS, **weights)
    print(f"network {chosen.seed}, {network.WEIGHTS}: {network.digest()}")


if __name__ == "__main__":
    learn(*map(int, sys.argv[1:]))
