"""Sensors that read in coarse steps: what they cannot carry is absent, and the rest says how unsure it is."""

import numpy as np
import pytest

from analytics.signal import SetPlan, score_curve
from analytics.signal.core import grid
from analytics.signal.core.measure import STEP_N
from analytics.signal.stream import Stream
from tempoband.contracts.tempo import Tempo
from tempoband.contracts.units import NEWTONS_PER_KGF
from tests.signal.strokes import Rig, make

TEMPO = (2, 1, 2, 1)
PLAN = SetPlan(tempo=Tempo(*TEMPO))


def scored(step_n, rng, rate_hz=80.0):
    rig = Rig(
        tempo=TEMPO, peak_n=100.0, start_e=0.1, quantum_n=step_n, noise_n=0.05, spikes=0, rate_hz=rate_hz
    )
    recording = make(rig, rng)
    return score_curve(recording.time_s, recording.tension_n, PLAN)


def test_a_luggage_scale_of_one_kilogram_counts_but_times_nothing(rng):
    score = scored(NEWTONS_PER_KGF, rng, rate_hz=10.0)
    assert len(score.reps) == 8
    for rep in score.reps:
        assert rep.tempo_score is None
        assert rep.on_tempo is None
        assert all(time.target_s is None for time in rep.phases.values())
    assert "steps too coarse" in score.to_dict()["set"]["absent"]["tempo_score"]
    assert score.summary["on_tempo_share"] is None


def test_stairs_are_no_jerky_return(rng):
    """Three steps in a hundred would halve the smoothness of anybody."""
    fine, coarse = (scored(step, rng) for step in (0.01, 3.0))
    assert fine.summary["eccentric_control"]["score"] > 80
    assert coarse.summary["eccentric_control"]["score"] is None
    assert coarse.summary["tempo"]["score"] == pytest.approx(fine.summary["tempo"]["score"], abs=12)
    words = coarse.to_dict()["set"]["absent"]
    assert "steps too coarse" in words["sparc"]
    assert "rate_ratio" not in words


@pytest.mark.parametrize("step_n", [0.01, 0.5, NEWTONS_PER_KGF])
@pytest.mark.parametrize("cut", [7, 100_000])
def test_the_step_is_seen_however_the_stream_is_cut(step_n, cut, rng, monkeypatch):
    seen = []
    monkeypatch.setattr(Stream, "_judged", lambda _self, one, _segment: seen.append(one.edges[STEP_N]) or [])
    time = np.arange(3000) / 80
    raw = 40 * (1 - np.cos(2 * np.pi * time / 5)) + rng.normal(0, 0.3 * step_n, len(time))
    readings = np.round(raw / step_n) * step_n
    stream = Stream(PLAN)
    for a in range(0, len(time), cut):
        stream.push(time[a : a + cut], readings[a : a + cut])
    stream.finish()
    assert len(seen) == 7
    assert seen == pytest.approx([step_n] * 7, rel=1e-6)


def test_values_that_never_move_have_no_step():
    f, i = np.zeros(grid.FLOAT_STATE), np.zeros(grid.INT_STATE, np.int64)
    time, room = np.arange(400) / 80, np.empty(600)
    grid.resample(time, np.full(400, 3.0), f, i, room, np.zeros(600, np.uint8))
    assert grid.step_n(f, i, 500) == 0.0
