"""Fit the edge network to windows and the true distances of their edges: plain NumPy, one thread, seeded.

The loss is the likelihood of a Student t with four degrees of freedom whose spread is learned too: outliers
teach little, and the network says how sure it is.
"""

from itertools import pairwise

import numpy as np

from analytics.signal.core import edges, network

HIDDEN = (96, 48)
BATCH, RATE, DECAY, FREEDOM = 512, 2e-3, 1e-4, 4.0
SUREST, VAGUEST = -5.0, 1.0  # logarithms of spreads in 10-90 % times


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
    """Steps of Adam (Kingma and Ba 2015) whose rate falls along a cosine; weights, not biases, decay."""

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


def begun(inputs, rng):
    """Layers as (weights, biases), in single precision, before anything was learned (He et al. 2015)."""
    layers = [
        ((rng.standard_normal((a, b)) * np.sqrt(2 / a)).astype(np.float32), np.zeros(b, np.float32))
        for a, b in pairwise((inputs, *HIDDEN, 2))
    ]
    layers[-1][0][:] *= 0.1
    return layers


def learned(x, wanted, seed, rounds):
    """Layers that were fitted in so many rounds through all windows."""
    rng = np.random.default_rng(seed)
    layers = begun(x.shape[1], rng)
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
        print(f"seed {seed}, round {n + 1}: {total / batches:.4f}", flush=True)
    return layers


def folded(layers, middle, spread):
    """Weights and biases; the scaling of the inputs and the kinds' own inputs go into the first layer."""
    (w1, b1), (w2, b2), (w3, b3) = layers
    wide = w1[: edges.INPUTS] / spread[:, None]
    kinds = b1 + w1[edges.INPUTS :] - middle @ wide
    return wide.T, kinds, w2.T, b2, w3.T, b3


def fit(kinds, inputs, wanted, seed, rounds):
    """The network's weights by name, from kinds (n,), inputs (n, INPUTS) and distances (n,)."""
    middle, spread = inputs.mean(axis=0, dtype=float), inputs.std(axis=0, dtype=float) + 1e-6
    x = np.concatenate([(inputs - middle) / spread, np.eye(network.KINDS)[kinds]], axis=1).astype(np.float32)
    layers = learned(x, wanted.astype(np.float32), seed, rounds)
    parts = folded(layers, middle, spread)
    return {name: np.ascontiguousarray(p, np.float32) for name, p in zip(network.NAMES, parts, strict=True)}


def unlikelihood(weights, kinds, inputs, wanted):
    """Mean negative log likelihood of other windows under these weights: less is better."""
    w1, b1, w2, b2, w3, b3 = (weights[name] for name in network.NAMES)
    first = np.maximum(inputs @ w1.T + b1[kinds], 0)
    return float(loss(np.maximum(first @ w2.T + b2, 0) @ w3.T + b3, wanted)[0])
