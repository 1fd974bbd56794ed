"""Boundaries against the truth of a generator that shares no code with the product."""

import numpy as np
import pytest

from analytics.signal import SetPlan, score_curve
from tempoband.contracts.tempo import Phase, Tempo
from tests.signal.strokes import FAMILIES, HELD_OUT, Rig, make, random_rig


def bounds_of(reps):
    times = [(r.concentric_start_s, r.concentric_end_s, r.eccentric_start_s, r.eccentric_end_s) for r in reps]
    return np.array(times).reshape(-1, 4)


def score(recording):
    return score_curve(
        recording.time_s,
        recording.tension_n,
        SetPlan(tempo=Tempo(*(recording.rig.prescribed or recording.rig.tempo))),
    )


def errors(families, sets, seed, rate_hz=80.0):
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(sets):
        rig = random_rig(rng, families, rate_hz)
        if rate_hz < 20 and rig.tempo[0] < 1:
            continue  # a phase of five samples
        recording = make(rig, rng)
        bounds = bounds_of(score(recording).reps)
        assert len(bounds) == len(recording.bounds), recording.rig
        found.append(bounds - recording.bounds)
    return np.concatenate(found)


def test_boundaries_and_counts_on_families_the_library_was_not_made_from():
    e = errors(HELD_OUT, 40, 3)
    assert np.median(np.abs(e)) <= 0.030
    assert np.percentile(np.abs(e), 95) <= 0.120
    assert np.median(np.abs(np.diff(e, axis=1))) <= 0.040


def test_a_slow_scale_at_10_hz_still_times_phases():
    e = errors(FAMILIES, 25, 4, rate_hz=10.0)
    assert np.median(np.abs(e)) <= 0.080


@pytest.mark.parametrize("rate_hz", [20.0, 40.0, 160.0, 320.0])
def test_other_rates(rate_hz):
    e = errors(FAMILIES, 12, 5, rate_hz=rate_hz)
    assert np.median(np.abs(e)) <= 0.035


@pytest.mark.parametrize(
    "tempo",
    [(2, 0, 2, 0), (3, 0, 3, 0), (1, 0, 1, 0), (2, 0, 4, 0), (4, 0, 2, 0), (2, 1, 2, 1), (4, 2, 4, 2)],
)
def test_a_perfect_metronome_rep_is_three_percent_off_at_most(tempo, rng):
    rig = Rig(
        tempo=tempo, tempo_spread=0, range_spread=0, tremor=0, noise_n=0.02, spikes=0, drift_n_per_min=0,
        relaxation=0.02, hysteresis=0.02, family="min_jerk",
    )  # fmt: skip
    recording = make(rig, rng)
    got = bounds_of(score(recording).reps)[1:-1]
    want = recording.bounds[1:-1]
    for phase in (0, 2):
        seconds, truth = np.diff(got, axis=1)[:, phase], np.diff(want, axis=1)[:, phase]
        assert np.median(np.abs(seconds / truth - 1)) <= 0.03


def test_doubts_cover_the_truth():
    rng = np.random.default_rng(11)
    inside = []
    for _ in range(40):
        recording = make(random_rig(rng, FAMILIES), rng)
        reps = score(recording).reps
        truth = np.diff(recording.bounds, axis=1)
        for rep, seconds in zip(reps, truth, strict=True):
            for k, phase in enumerate((Phase.CONCENTRIC, Phase.HOLD, Phase.ECCENTRIC)):
                time = rep.phases[phase]
                inside.append(abs(time.seconds - seconds[k]) <= 1.96 * time.uncertainty_s)
    assert np.mean(inside) >= 0.88


@pytest.mark.parametrize("peak_n", [5.0, 40.0, 300.0])
@pytest.mark.parametrize("tare_n", [-20.0, 0.0, 20.0])
def test_neither_force_nor_zero_matters(peak_n, tare_n, rng):
    recording = make(Rig(peak_n=peak_n, tare_n=tare_n, start_e=0.4), rng)
    assert len(score(recording).reps) == recording.rig.reps


def test_quick_reps_are_counted(rng):
    recording = make(Rig(tempo=(0.4, 0, 0.4, 0), reps=10, tempo_spread=0.05), rng)
    assert len(score(recording).reps) == 10


def test_a_long_stall_splits_no_phase(rng):
    recording = make(Rig(family="hesitating", tempo=(4, 0, 4, 0), prescribed=(4, 0, 4, 0)), rng)
    assert len(score(recording).reps) == recording.rig.reps


def test_gaps_of_half_a_second_split_nothing(rng):
    for _ in range(5):
        recording = make(Rig(gaps=8, reps=6), rng)
        assert len(score(recording).reps) == 6


def test_no_boundary_lies_outside_a_curve_that_is_cut_within_a_phase(rng):
    recording = make(Rig(reps=5, tempo=(2, 1, 2, 1)), rng)
    for cut in recording.bounds[0, 0] + np.arange(0.3, 1.5, 0.3):
        inside = recording.time_s >= cut
        time = recording.time_s[inside]
        reps = score_curve(time, recording.tension_n[inside], SetPlan(tempo=Tempo(2, 1, 2, 1))).reps
        assert reps[0].concentric_start_s >= time[0]
        assert np.abs(bounds_of(reps)[-4:] - recording.bounds[-4:]).max() < 0.3
