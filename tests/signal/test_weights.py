"""The shipped weights are those that ``python -m bench.learn_edges`` makes."""

import numpy as np

from analytics.signal.core import edges, network

MADE = "b86900e8aec6f0da9f822696c1f114f1d9b3ea1385e28b373d16e44e5c4ff303"  # printed by the script


def test_the_weights_are_the_ones_the_script_made():
    assert network.digest() == MADE


def test_an_answer_is_the_one_of_the_formula(rng):
    w1, b1, w2, b2, w3, b3 = network.network()
    for kind in range(network.KINDS):
        x = rng.standard_normal(edges.INPUTS)
        first = np.maximum(w1 @ x + b1[kind], 0)
        where, spread = w3 @ np.maximum(w2 @ first + b2, 0) + b3
        got = network.answer(network.network(), kind, x)
        assert np.allclose(got, (np.clip(where, -2.5, 2.5), np.exp(np.clip(spread, -6, 1))))
