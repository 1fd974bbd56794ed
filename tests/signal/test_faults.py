"""Faults on demand, against the simulator's own judgement."""

from collections import Counter

import numpy as np
import pytest

from analytics.signal import SetPlan, score_curve
from tempoband.contracts.tempo import Tempo
from tempoband.simulator.cohort import Conditions, draw_faulty_set, draw_recording

TEMPOS = ("2-0-2-0", "2-1-2", "2-2-2", "1-0-1", "3-1-3-1", "1-1-4-0")


@pytest.fixture(scope="module")
def tallies():
    right, extra, missed = Counter(), Counter(), Counter()
    for seed in range(48):
        tempo = Tempo.parse(TEMPOS[seed % len(TEMPOS)])
        recording = draw_recording(draw_faulty_set(tempo, seed), Conditions(), seed)
        plan = SetPlan(tempo=tempo, reference_excursion_n=recording.reference_n)
        reps = score_curve(recording.time_s, recording.tension_n, plan).reps
        assert len(reps) == len(recording.truth.reps), seed
        for rep, truth in zip(reps, recording.truth.reps, strict=True):
            said, true = {str(f) for f in rep.faults}, {str(f) for f in truth.faults}
            unclear = {str(f) for f in truth.borderline}
            right.update((said & true) - unclear)
            extra.update(said - true - unclear)
            missed.update(true - said - unclear)
    return right, extra, missed


@pytest.mark.parametrize("fault", ["snap_back", "momentum", "partial_range", "lost_hold", "band_release"])
def test_precision_and_recall_of_each_fault(tallies, fault):
    right, extra, missed = (t[fault] for t in tallies)
    assert right >= 8
    assert right / (right + extra) >= 0.95
    assert right / (right + missed) >= 0.95


@pytest.mark.parametrize("seed", [511, 515, 551, 565, 578])
def test_a_way_back_begins_before_the_band_lets_go_and_its_hold_is_not_lost(seed):
    tempo = Tempo.parse("1-1-4-0" if seed != 511 else "2-2-2")
    recording = draw_recording(draw_faulty_set(tempo, seed), Conditions(), seed)
    plan = SetPlan(tempo=tempo, reference_excursion_n=recording.reference_n)
    rep = score_curve(recording.time_s, recording.tension_n, plan).reps[-1]
    assert "band_release" in rep.faults
    assert "lost_hold" not in rep.faults
    assert rep.eccentric_start_s == pytest.approx(recording.truth.reps[-1].boundaries_s[2], abs=0.35)


def test_a_slow_sensor_says_why_it_tells_no_snap_back():
    recording = draw_recording(draw_faulty_set(Tempo.parse("2-0-2-0"), 1), Conditions(rate_hz=10.0), 1)
    score = score_curve(recording.time_s, recording.tension_n, SetPlan(tempo=recording.tempo))
    assert not any("snap_back" in r.faults for r in score.reps)
    assert "too slowly" in score.to_dict()["set"]["absent"]["snap_back"]
    assert all(r.eccentric.score is None and np.isfinite(r.eccentric.impulse_n_s) for r in score.reps)
    assert score.summary["tempo"]["score"] is not None
