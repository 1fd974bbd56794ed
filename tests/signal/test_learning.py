"""What makes the weights can be done again: nothing but its seeds decides what comes out."""

import numpy as np
import pytest

from analytics.signal import stream
from analytics.signal.core import edges, network
from bench.learn_choice import Verdict, invented, miscounted
from bench.learn_edges import FAR, blank, seen_in
from bench.learn_network import fit, unlikelihood

SEED = 3


def test_what_is_learned_from_is_the_same_whatever_was_learned_before(monkeypatch):
    kinds, inputs, wanted = seen_in(SEED)
    assert len(kinds) >= 4
    assert np.isfinite(inputs).all()
    assert np.abs(wanted).max() < FAR
    monkeypatch.setattr(stream, "network", lambda: pytest.fail("the shipped weights were asked"))
    again = seen_in(SEED)
    assert again[0] == kinds
    assert np.array_equal(again[1], inputs)
    assert again[2] == wanted


def windows(count=2000):
    rng = np.random.default_rng(SEED)
    inputs = rng.standard_normal((count, edges.INPUTS)).astype(np.float32)
    kinds = rng.integers(network.KINDS, size=count)
    return kinds, inputs, 0.3 * inputs[:, 0] + 0.1 * kinds + 0.05 * rng.standard_normal(count)


def test_the_same_seed_learns_the_same_bits_and_another_does_not():
    known = windows()
    one, same, other = (fit(*known, seed, 3) for seed in (1, 1, 2))
    for name in network.NAMES:
        assert np.array_equal(one[name], same[name])
    assert not np.array_equal(one["w1"], other["w1"])
    assert unlikelihood(one, *known) < unlikelihood(fit(*known, 1, 1), *known)


def test_a_fitted_network_answers_in_the_product_as_it_did_while_it_learned():
    kinds, inputs, wanted = windows()
    weights = fit(kinds, inputs, wanted, 1, 60)
    net = network.layers_of(weights)
    got = [network.answer(net, kind, x.astype(float))[0] for kind, x in zip(kinds, inputs, strict=True)]
    assert np.median(np.abs(np.array(got) - wanted)) < 0.1


def test_the_fewest_wrong_counts_decide_then_the_likelihood_then_the_seed():
    verdicts = [Verdict(3, -9.0, 0), Verdict(2, -1.0, 1), Verdict(2, -2.0, 2), Verdict(2, -2.0, 3)]
    assert min(verdicts).seed == 2


def test_recordings_to_choose_by_are_counted_as_they_are_told_of():
    shipped = network.network()
    assert sum(miscounted(shipped, seed) for seed in range(12)) <= 5
    assert sum(invented(shipped, seed) for seed in range(10)) <= 2
    assert miscounted(blank(), 0) <= 2
