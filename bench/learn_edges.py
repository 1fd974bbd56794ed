"""Make ``analytics/signal/core/edges.npz`` anew: ``python -m bench.learn_edges [sets] [seed] [rounds]``.

Random strokes go through the scorer's own tracking and rough edges; what its window then sees of each edge
is learned against the crossing of 5 % of the motion's peak speed, in 10-90 % times. The loss is the
likelihood of a Student t with four degrees of freedom whose spread is learned too: outliers teach little,
and the network says how sure it is. The same arguments give the same weights on the same machine and
libraries; their digest is printed, and kept in ``tests/signal/test_weights.py``.
"""

import sys
from itertools import chain, pairwise
from multiprocessing import Pool

import numpy as np

from analytics.signal import SetPlan
from analytics.signal.core import edges, network
from analytics.signal.core.jit import GRID_HZ
from analytics.signal.core.measure import noise_of
from analytics.signal.core.rough import C0, C1, C2, C3, ROUGH_INTS, rough_edges
from analytics.signal.stream import Stream
from bench.learn_strokes import draw
from tempoband.contracts.tempo import Phase, Tempo

SETS, HIDDEN = 44_000, (96, 48)
BATCH, ROUNDS, RATE, DECAY, FREEDOM = 512, 36, 2e-3, 1e-4, 4.0
SUREST, VAGUEST = -5.0, 1.0  # logarithms of spreads in 10-90 % times
FAR = 3.0  # 10-90 % times: an edge that far off was not this one


class Listener(Stream):
    """Keeps what was found of each repetition."""

    def __init__(self, plan):
        super().__init__(plan)
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
    noise = noise_of(one.tension, one.smooth, rough[C0], rough[C3])
    for kind, sign, (a, b) in ((0, 1.0, rough[[C0, C1]]), (2, -1.0, rough[[C2, C3]])):
        first, last = np.empty(edges.INPUTS), np.empty(edges.INPUTS)
        at, until, h, _ = edges.windows(one.tension, one.smooth, one.hidden, sign, a, b, noise, first, last)
        yield kind, first, (at - truth[kind]) / h
        yield kind + 1, last, (truth[kind + 1] - until) / h


def seen_in(seed):
    """Kinds, inputs and true distances of the edges of one random stroke."""
    rows = [(kind, x.astype(np.float32), y) for kind, x, y in rows_of(draw(seed)) if abs(y) < FAR]
    return tuple(zip(*rows, strict=True)) if rows else ((), (), ())


def gathered(sets, seed):
    """All edges of so many strokes, in the order of their seeds however many processes draw them."""
    with Pool() as pool:
        strokes = pool.imap(seen_in, range(seed, seed + sets), chunksize=50)
        kinds, inputs, wanted = (list(chain.from_iterable(part)) for part in zip(*strokes, strict=True))
    print(f"{sets} sets, {len(kinds)} edges", flush=True)
    return np.eye(network.KINDS)[kinds], np.array(inputs), np.array(wanted)


def loss(out, wanted):
    """Mean negative log likelihood, and its gradient."""
    spread = np.clip(out[:, 1], SUREST, VAGUEST)
    z = (wanted - out[:, 0]) * np.exp(-spread)
    value = spread + 0.5 * (FREEDOM + 1) * np.log1p(z * z / FREEDOM)
    pull = (FREEDOM + 1) * z / (FREEDOM + z * z)
    widen = np.where(spread == out[:, 1], 1 - pull * z, 0.1 * (out[:, 1] - spread))  # back within its limits
    return value.mean(), np.stack([-pull * np.exp(-spread), widen], 1) / len(wanted)


def forward(layers, x):
    seen = [x]
    for k, (w, b) in enumerate(layers):
        x = x @ w + b
        x = np.maximum(x, 0) if k + 1 < len(layers) else x
        seen.append(x)
    return seen


def backward(layers, seen, g):
    out = []
    for k in range(len(layers) - 1, -1, -1):
        out[:0] = [seen[k].T @ g, g.sum(axis=0)]
        g = (g @ layers[k][0].T) * (seen[k] > 0)
    return out


class Adam:
    """Steps of Adam whose rate falls along a cosine; weights, not biases, decay."""

    def __init__(self, parts, steps):
        self.parts, self.steps, self.step = parts, steps, 0
        self.mean, self.square = [np.zeros_like(p) for p in parts], [np.zeros_like(p) for p in parts]

    def go(self, gradients):
        self.step += 1
        rate = np.float32(0.5 * RATE * (1 + np.cos(np.pi * self.step / self.steps)) + 1e-5)
        first, second = np.float32(1 - 0.9**self.step), np.float32(1 - 0.999**self.step)
        for p, mean, square, g in zip(self.parts, self.mean, self.square, gradients, strict=True):
            mean[:] += np.float32(0.1) * (g - mean)
            square[:] += np.float32(0.001) * (g * g - square)
            p[:] -= rate * (mean / first / (np.sqrt(square / second) + np.float32(1e-8)))
            if p.ndim == 2:
                p[:] -= rate * np.float32(DECAY) * p


def learned(x, wanted, seed, rounds):
    """Layers as (weights, biases), in single precision."""
    rng = np.random.default_rng(seed)
    sizes = (x.shape[1], *HIDDEN, 2)
    layers = [
        ((rng.standard_normal((a, b)) * np.sqrt(2 / a)).astype(np.float32), np.zeros(b, np.float32))
        for a, b in pairwise(sizes)
    ]
    layers[-1][0][:] *= 0.1
    batches = len(x) // BATCH
    adam = Adam([p for pair in layers for p in pair], rounds * batches)
    for n in range(rounds):
        order, total = rng.permutation(len(x)), 0.0
        for k in range(batches):
            some = order[k * BATCH : (k + 1) * BATCH]
            seen = forward(layers, x[some])
            value, g = loss(seen[-1], wanted[some])
            total += value
            adam.go(backward(layers, seen, g.astype(np.float32)))
        print(f"round {n + 1}: {total / batches:.4f}", flush=True)
    return layers


def folded(layers, middle, spread):
    """Weights and biases; the scaling of the inputs and the kinds' own inputs go into the first layer."""
    (w1, b1), (w2, b2), (w3, b3) = layers
    wide = w1[: edges.INPUTS] / spread[:, None]
    kinds = b1 + w1[edges.INPUTS :] - middle @ wide
    return wide.T, kinds, w2.T, b2, w3.T, b3


def fit(kinds, inputs, wanted, seed, rounds):
    """The network's weights by name."""
    middle, spread = inputs.mean(axis=0, dtype=float), inputs.std(axis=0, dtype=float) + 1e-6
    x = np.concatenate([(inputs - middle) / spread, kinds], axis=1).astype(np.float32)
    wanted = wanted.astype(np.float32)
    known = int(0.95 * len(x))  # the last strokes are kept for a check
    layers = learned(x[:known], wanted[:known], seed, rounds)
    print(f"kept apart: {loss(forward(layers, x[known:])[-1], wanted[known:])[0]:.4f}")
    parts = folded(layers, middle, spread)
    return {name: np.ascontiguousarray(p, np.float32) for name, p in zip(network.NAMES, parts, strict=True)}


def learn(sets=SETS, seed=0, rounds=ROUNDS):
    np.savez(network.WEIGHTS, **fit(*gathered(sets, seed), seed, rounds))
    print(f"{network.WEIGHTS}: {network.digest()}")


if __name__ == "__main__":
    learn(*map(int, sys.argv[1:]))
