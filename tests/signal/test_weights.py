"""The shipped weights are the ones that were measured: nobody changed them unseen."""

import numpy as np

from analytics.signal.core import edges, network

MADE = "8d51d4a69654b7edec23f633df68a28d2844d69e0509687c5fc2c5397d70a94f"  # as docs/scoring.md tells


def test_the_weights_are_the_ones_that_were_measured():
    assert network.digest() == MADE


def test_an_answer_is_the_one_of_the_formula(rng):
    w1, b1, w2, b2, w3, b3 = network.network()
    for kind in range(network.KINDS):
        x = rng.standard_normal(edges.INPUTS)
        first = np.maximum(w1 @ x + b1[kind], 0)
        where, spread = w3 @ np.maximum(w2 @ first + b2, 0) + b3
        got = network.answer(network.network(), kind, x)
        assert np.allclose(got, (np.clip(where, -2.5, 2.5), np.exp(np.clip(spread, -6, 1))))
