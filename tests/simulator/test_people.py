import time
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tempoband.contracts.tempo import Phase, Tempo
from tempoband.simulator.band import Band
from tempoband.simulator.errors import SimulatorError
from tempoband.simulator.people import METRONOME, RUSHING, SHAKY, STEADY, Pace, Person
from tempoband.simulator.profiles import (
    FAMILIES,
    HELD_OUT_FAMILIES,
    LATE_FAMILIES,
    TUNING_FAMILIES,
    draw_profile,
)
from tempoband.simulator.script import REP_FAULTS, DynamicSet, Fault
from tempoband.simulator.sensor import CLEAN, ROUGH
from tempoband.simulator.simulate import simulate

GREEN = Band.of_colour("green")
MOVING = (Phase.CONCENTRIC, Phase.HOLD, Phase.ECCENTRIC)


def test_every_family_belongs_to_one_group():
    assert sorted(TUNING_FAMILIES + HELD_OUT_FAMILIES + LATE_FAMILIES) == sorted(FAMILIES)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_profile_goes_from_0_to_1_and_its_crossings_are_at_5_percent(family):
    rng = np.random.default_rng(3)
    for _ in range(20):
        profile = draw_profile(family, rng)
        assert (profile.s[0], profile.s[-1]) == (0.0, pytest.approx(1.0))
        assert np.all(np.diff(profile.s) >= 0)
        speed = np.diff(profile.s) / np.diff(profile.u)
        middle = (profile.u[1:] + profile.u[:-1]) / 2
        step = profile.u[1]
        outside = (middle < profile.first - step) | (middle > profile.last + step)
        at_edges = np.interp([profile.first + step, profile.last - step], middle, speed)
        assert np.all(speed[outside] < 0.055 * speed.max())
        assert np.all(at_edges > 0.045 * speed.max())


def test_minimum_jerk_crosses_where_the_formula_says():
    profile = draw_profile("minimum_jerk", np.random.default_rng(0))
    exact = (1 - np.sqrt(1 - 4 * np.sqrt(0.05 / 16))) / 2  # 16 u^2 (1 - u)^2 = 0.05
    assert profile.first == pytest.approx(exact, abs=1e-4)
    assert profile.last == pytest.approx(1 - exact, abs=1e-4)


def test_an_unknown_family_is_refused_with_the_list():
    with pytest.raises(SimulatorError, match="minimum_jerk"):
        Person(out_family="teleport")


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("tempo", ["2-1-2-1", "3-2-3-1", "2-1-4-1"])
def test_a_metronome_keeps_every_phase_exactly(family, tempo):
    target = Tempo.parse(tempo)
    reps = simulate(METRONOME.moving(family), GREEN, CLEAN, DynamicSet(target, 6), 1).truth.reps
    for rep in reps:
        assert [rep.seconds(p) for p in MOVING] == pytest.approx(
            [target.seconds(p) for p in MOVING], abs=2e-3
        )


@pytest.mark.parametrize("family", ["minimum_jerk", "constant_speed", "half_cosine"])
@pytest.mark.parametrize("tempo", ["2-0-2-0", "1-0-1", "3-0-3-0", "2-0-4-0", "4-0-2-0"])
def test_without_dwells_the_turning_points_are_the_boundaries(family, tempo):
    target = Tempo.parse(tempo)
    reps = simulate(METRONOME.moving(family), GREEN, CLEAN, DynamicSet(target, 6), 1).truth.reps
    for rep in reps:
        assert rep.seconds(Phase.HOLD) == 0
        assert rep.seconds(Phase.CONCENTRIC) == pytest.approx(target.concentric_s, rel=0.03)
        assert rep.seconds(Phase.ECCENTRIC) == pytest.approx(target.eccentric_s, rel=0.03)
    for before, after in pairwise(reps):
        assert after.concentric_start_s == before.eccentric_end_s


def test_a_long_unprescribed_stop_is_a_dwell():
    pausing = Person(pause_share=1.0, tempo_variation=0.0, fatigue=0.0)
    reps = simulate(pausing, GREEN, CLEAN, DynamicSet(Tempo.parse("2-x-2"), 5), 1).truth.reps
    assert all(0.65 < rep.seconds(Phase.HOLD) < 1.35 for rep in reps)
    rests = [b.concentric_start_s - a.eccentric_end_s for a, b in pairwise(reps)]
    assert all(0.6 < rest < 1.4 for rest in rests)


def test_a_stall_does_not_split_a_phase():
    reps = simulate(SHAKY, GREEN, CLEAN, DynamicSet(Tempo.parse("2-1-2"), 12), 4).truth.reps
    assert len(reps) == 12


@given(seed=st.integers(0, 10_000), family=st.sampled_from(sorted(FAMILIES)), reps=st.integers(1, 8))
@settings(max_examples=40, deadline=None)
def test_boundaries_rise_through_every_set(seed, family, reps):
    truth = simulate(SHAKY.moving(family), GREEN, ROUGH, DynamicSet(Tempo.parse("2-0-2"), reps), seed).truth
    flat = [t for rep in truth.reps for t in rep.boundaries_s]
    assert len(truth.reps) == reps
    assert flat == sorted(flat)


@pytest.mark.parametrize("fault", REP_FAULTS)
@pytest.mark.parametrize("person", [STEADY, SHAKY], ids=["steady", "shaky"])
def test_a_commanded_fault_is_true_by_its_rule(fault, person):
    script = DynamicSet(Tempo.parse("2-1-2"), 8, {4: fault})
    for seed in range(10):
        reps = simulate(person, GREEN, CLEAN, script, seed).truth.reps
        assert reps[4].commanded is fault
        assert fault in reps[4].faults
        assert all(fault not in rep.faults | rep.borderline for rep in reps[:4])


def test_a_steady_person_shows_no_fault():
    for seed in range(20):
        for tempo in ("2-1-2", "2-0-2-0", "1-0-1", "3-1-3"):
            reps = simulate(STEADY, GREEN, CLEAN, DynamicSet(Tempo.parse(tempo)), seed).truth.reps
            assert not any(rep.faults for rep in reps)


def test_a_lost_hold_needs_a_hold_to_lose():
    with pytest.raises(SimulatorError):
        DynamicSet(Tempo.parse("2-0-2-0"), 8, {1: Fault.LOST_HOLD})
    with pytest.raises(SimulatorError):
        DynamicSet(Tempo.parse("2-0-2-0"), 8, {8: Fault.SNAP_BACK})


def test_a_release_ends_the_set_at_zero():
    recording = simulate(
        STEADY, GREEN, CLEAN, DynamicSet(Tempo.parse("2-1-2"), 8, {3: Fault.BAND_RELEASE}), 1
    )
    assert len(recording.truth.reps) == 4
    assert recording.truth.reps[3].interrupted
    after = recording.tension_n[recording.time_s > recording.truth.release_s + 0.05]
    assert np.abs(after).max() < 0.2
    before = recording.tension_n[np.searchsorted(recording.time_s, recording.truth.release_s) - 1]
    assert before > recording.truth.reps[3].peak_n / 2


def test_the_rushing_one_returns_early_and_skips_the_hold():
    reps = simulate(RUSHING, GREEN, CLEAN, DynamicSet(Tempo.parse("2-1-2")), 2).truth.reps
    assert np.mean([rep.seconds(Phase.ECCENTRIC) for rep in reps]) < 1.2
    assert np.mean([rep.seconds(Phase.HOLD) for rep in reps]) < 0.5
    assert np.mean([rep.seconds(Phase.CONCENTRIC) for rep in reps]) > 1.6


def test_fatigue_slows_the_way_out_quickens_the_way_back_and_shortens_the_range():
    tired = Person(fatigue=1.0, tempo_variation=0.0, range_variation=0.0)
    reps = simulate(tired, GREEN, CLEAN, DynamicSet(Tempo.parse("2-1-2")), 2).truth.reps
    first, last = reps[0], reps[-1]
    assert last.seconds(Phase.CONCENTRIC) / first.seconds(Phase.CONCENTRIC) == pytest.approx(1.35, rel=0.05)
    assert last.seconds(Phase.ECCENTRIC) / first.seconds(Phase.ECCENTRIC) == pytest.approx(0.70, rel=0.05)
    assert last.excursion_n < 0.93 * first.excursion_n


def test_pace_is_a_habit():
    slow = Person(pace=Pace(concentric=1.5), tempo_variation=0.0, fatigue=0.0)
    reps = simulate(slow, GREEN, CLEAN, DynamicSet(Tempo.parse("2-1-2-1"), 4), 2).truth.reps
    assert [rep.seconds(Phase.CONCENTRIC) for rep in reps] == pytest.approx([3.0] * 4, rel=0.01)


def test_the_same_seed_gives_the_same_recording_and_another_one_does_not():
    script = DynamicSet(Tempo.parse("2-1-2"))
    one, two, three = (simulate(SHAKY, GREEN, ROUGH, script, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.tension_n, two.tension_n)
    assert one.truth == two.truth
    assert one.truth != three.truth


def test_a_set_is_simulated_far_faster_than_it_is_done():
    script = DynamicSet(Tempo.parse("2-1-2"))
    start = time.process_time()
    for seed in range(10):
        recording = simulate(SHAKY, GREEN, ROUGH, script, seed)
    assert time.process_time() - start < 10 * recording.time_s[-1] / 500
