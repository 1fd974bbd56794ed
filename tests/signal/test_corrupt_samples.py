"""Corrupted samples: what is repaired, and that nothing they do breaks scoring."""

import numpy as np
import pytest

from analytics.signal import SetPlan, score_curve
from analytics.signal.core.grid import judged
from tempoband.contracts.tempo import Tempo
from tests.signal.strokes import Rig, make

TEMPO = (1, 0, 1, 0)


def scored(time, tension):
    return score_curve(time, tension, SetPlan(tempo=Tempo(*TEMPO))).reps


def bounds_of(reps):
    times = [(r.concentric_start_s, r.concentric_end_s, r.eccentric_start_s, r.eccentric_end_s) for r in reps]
    return np.array(times).reshape(-1, 4)


@pytest.mark.parametrize("other", [1.0, 0.6, -1.0])
def test_two_corrupt_samples_side_by_side_move_no_boundary(other, rng):
    recording = make(Rig(tempo=TEMPO, reps=12, spikes=0, holes=False), rng)
    tension = recording.tension_n.copy()
    for k in rng.choice(np.arange(20, len(tension) - 20, 20), 12, replace=False):
        jump = rng.choice([-1, 1]) * rng.uniform(0.4, 3) * np.ptp(recording.tension_n)
        tension[k : k + 2] += jump, other * jump
    clean, got = (bounds_of(scored(recording.time_s, y)) for y in (recording.tension_n, tension))
    assert len(got) == len(clean) == 12
    assert np.abs(got - clean).max() < 0.12
    assert np.median(np.abs(got - clean)) < 0.002


@pytest.mark.parametrize(("rate_hz", "kept"), [(80.0, 10.0), (20.0, 40.0)])
def test_two_samples_of_a_slow_sensor_may_be_a_pull(rate_hz, kept):
    stamps = tuple(np.arange(5) / rate_hz)
    assert judged(stamps, (10.0, 10.0, 40.0, 41.0, 10.0), 0.1)[0] == pytest.approx(kept)


def test_a_curve_of_corrupt_samples_alone_is_scored_without_an_error(rng):
    time = np.arange(4000) / 80
    for _ in range(20):
        tension = np.where(rng.random(4000) < 0.03, rng.uniform(-100, 100, 4000), 10.0)
        for rep in scored(time, tension):
            assert rep.excursion_n > 0
