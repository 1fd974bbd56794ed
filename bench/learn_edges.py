"""Make ``analytics/signal/core/edges.npz`` anew: ``python -m bench.learn_edges [sets] [seed] [rounds]``.

Random strokes go through the scorer's own tracking and rough edges; what its window then sees of each edge
is learned against the crossing of 5 % of the motion's peak speed, in 10-90 % times. The loss is the
likelihood of a Student t with four degrees of freedom whose spread is learned too: outliers teach little,
and the network says how sure it is. Two networks are learned; their mean is better than either.
"""

import sys
from itertools import chain, pairwise
from multiprocessing import Pool

import numpy as np

from analytics.signal import SetPlan
from analytics.signal.core import edges, network
from analytics.signal.core.measure import noise_of
from analytics.signal.core.rough import C0, C1, C2, C3, ROUGH_INTS, rough_edges
from analytics.signal.stream import Stream
from bench.learn_strokes import draw
from tempoband.contracts.tempo import Tempo

HIDDEN = (48, 24)
BATCH, ROUNDS, RATE, DECAY, FREEDOM = 256, 60, 2e-3, 1e-4, 4.0
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
            yield from edges_of(one, 100 * (truth - one.second(0.0)), sagging=plan.dwell_prescribed("hold"))


def edges_of(one, truth, *, sagging):
    rough = np.empty(ROUGH_INTS, np.int64)
    rough_edges(one.smooth, *one.turns, sagging, rough)
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
    spread = np.clip(out[:, 1], -6, 1)
    z = (wanted - out[:, 0]) * np.exp(-spread)
    value = spread + 0.5 * (FREEDOM + 1) * np.log1p(z * z / FREEDOM)
    pull = (FREEDOM + 1) * z / (FREEDOM + z * z)
    return value.mean(), np.stack([-pull * np.exp(-spread), 1 - pull * z], 1) / len(wanted)


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


def learned(x, wanted, seed, rounds):
    """Adam with a cosine of rates; returns the layers."""
    rng = np.random.default_rng(seed)
    sizes = (x.shape[1], *HIDDEN, 2)
    layers = [(rng.standard_normal((a, b)) * np.sqrt(2 / a), np.zeros(b)) for a, b in pairwise(sizes)]
    layers[-1][0][:] *= 0.1
    parts = [p for pair in layers for p in pair]
    mean, square = [np.zeros_like(p) for p in parts], [np.zeros_like(p) for p in parts]
    steps, step = rounds * (len(x) // BATCH), 0
    for n in range(rounds):
        order, total = rng.permutation(len(x)), 0.0
        for i in range(0, len(x) - BATCH + 1, BATCH):
            seen = forward(layers, x[order[i : i + BATCH]])
            value, g = loss(seen[-1], wanted[order[i : i + BATCH]])
            total, step = total + value, step + 1
            rate = 0.5 * RATE * (1 + np.cos(np.pi * step / steps)) + 1e-5
            for k, (p, gradient) in enumerate(zip(parts, backward(layers, seen, g), strict=True)):
                mean[k] += 0.1 * (gradient - mean[k])
                square[k] += 0.001 * (gradient**2 - square[k])
                unbiased = mean[k] / (1 - 0.9**step), square[k] / (1 - 0.999**step)
                p[:] -= rate * (
                    unbiased[0] / (np.sqrt(unbiased[1]) + 1e-8) + (DECAY * p if p.ndim == 2 else 0)
                )
        if n % 10 == 9:
            print(f"round {n + 1}: {total / (len(x) // BATCH):.4f}", flush=True)
    return layers


def folded(layers, middle, spread):
    """Weights and biases; the scaling of the inputs and the kinds' own inputs go into the first layer."""
    (w1, b1), (w2, b2), (w3, b3) = layers
    wide = w1[: edges.INPUTS] / spread[:, None]
    kinds = b1 + w1[edges.INPUTS :] - middle @ wide
    return wide.T, kinds, w2.T, b2, w3.T, b3


def mean_of(one, other):
    """Two networks side by side as one, whose answer is their mean."""
    apart = np.block([[one[2], np.zeros_like(other[2])], [np.zeros_like(one[2]), other[2]]])
    return (
        np.concatenate([one[0], other[0]]),
        np.concatenate([one[1], other[1]], axis=1),
        apart,
        np.concatenate([one[3], other[3]]),
        0.5 * np.concatenate([one[4], other[4]], axis=1),
        0.5 * (one[5] + other[5]),
    )


def learn(sets=8000, seed=0, rounds=ROUNDS):
    kinds, inputs, wanted = gathered(sets, seed)
    middle, spread = inputs.mean(axis=0, dtype=float), inputs.std(axis=0, dtype=float) + 1e-6
    x = np.concatenate([(inputs - middle) / spread, kinds], axis=1)
    check = np.arange(len(x)) >= 0.95 * len(x)  # the last strokes are kept for a check
    pair = []
    for one in (seed, seed + 1):
        layers = learned(x[~check], wanted[~check], one, rounds)
        print(f"kept apart: {loss(forward(layers, x[check])[-1], wanted[check])[0]:.4f}")
        pair.append(folded(layers, middle, spread))
    names = ("w1", "b1", "w2", "b2", "w3", "b3")
    parts = (np.ascontiguousarray(part, np.float32) for part in mean_of(*pair))
    np.savez(network.WEIGHTS, **dict(zip(names, parts, strict=True)))


if __name__ == "__main__":
    learn(*map(int, sys.argv[1:]))
