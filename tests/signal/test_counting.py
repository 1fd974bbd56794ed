"""What is a repetition and what is not: simulated people, and recordings of real ones."""

import numpy as np
import pytest

from analytics.signal import Pattern, SetPlan, find_sets, pattern_of, score_curve
from tempoband.contracts.tempo import Tempo
from tempoband.simulator.cohort import Conditions, draw_recording
from tempoband.simulator.script import Donning, DynamicSet, IdleWear, IsometricPull, Unsystematic, WalkAbout

TEMPOS = ("2-0-2-0", "2-1-2", "1-0-1", "3-1-3-1", "1-1-4-0")


@pytest.mark.parametrize("tempo", TEMPOS)
def test_every_set_is_counted_exactly(tempo):
    for seed in range(12):
        recording = draw_recording(DynamicSet(Tempo.parse(tempo)), Conditions(), seed)
        score = score_curve(recording.time_s, recording.tension_n, SetPlan(tempo=recording.tempo))
        assert len(score.reps) == len(recording.truth.reps), seed


@pytest.mark.parametrize(
    "doing", [IdleWear(60), WalkAbout(60), Donning(), IsometricPull()], ids=lambda a: type(a).__name__
)
def test_moving_about_is_no_set(doing):
    for seed in range(15):
        recording = draw_recording(doing, Conditions(), 300 + seed)
        assert find_sets(recording.time_s, recording.tension_n) == [], seed


def test_an_undeclared_set_is_found_amid_idle_wear():
    script = [Donning(), IdleWear(20), DynamicSet(Tempo.parse("2-1-2"), 10), IdleWear(30), WalkAbout(20)]
    for seed in range(5):
        recording = draw_recording(script, Conditions(), 40 + seed)
        found = find_sets(recording.time_s, recording.tension_n)
        assert sum(len(s.reps) for s in found) == 10
        assert found[0].start_s == pytest.approx(recording.truth.reps[0].concentric_start_s, abs=0.5)


def test_a_settling_move_before_the_set_does_not_count():
    time = np.arange(0, 40, 0.0125)
    tension = 5 + 15 * (1 - np.cos(2 * np.pi * time / 4)) / 2
    early = 5 + 1.5 * (1 - np.cos(2 * np.pi * time / 4)) / 2
    tension = np.where(time < 4, early, tension)
    score = score_curve(time, tension, SetPlan())
    assert len(score.reps) == 9
    assert score.reps[0].concentric_start_s > 3.5


def test_reps_below_thirty_percent_of_the_reference_do_not_count_and_half_ones_are_partial():
    time = np.arange(0, 20, 0.0125)
    wave = (1 - np.cos(2 * np.pi * time / 4)) / 2
    for share, count, partial in ((0.2, 0, False), (0.5, 5, True), (0.9, 5, False)):
        score = score_curve(time, 4 + 20 * share * wave, SetPlan(reference_excursion_n=20.0))
        assert len(score.reps) == count
        assert all(("partial_range" in r.faults) == partial for r in score.reps)
    half = score_curve(time, 4 + 10 * wave, SetPlan(reference_peak_n=24.0))
    assert all("partial_range" in r.faults for r in half.reps)


def test_four_patterns_are_told_apart():
    plan_tempo = Tempo.parse("3-0-3-0")
    for seed in range(20):
        conditions = Conditions(tared=True)
        whole = draw_recording(DynamicSet(plan_tempo, 8), conditions, seed)
        plan = SetPlan(tempo=plan_tempo, reference_peak_n=whole.reference_peak_n)
        quick = draw_recording(DynamicSet(Tempo.parse("1-0-1-0"), 8), conditions, seed)
        loose = draw_recording(Unsystematic(60), conditions, seed)
        start = whole.reference_peak_n - whole.reference_n
        half_n = start + 0.5 * (whole.tension_n - start)
        told = [
            pattern_of(score_curve(t, n, plan), plan)
            for t, n in (
                (whole.time_s, whole.tension_n),
                (quick.time_s, quick.tension_n),
                (whole.time_s, half_n),
                (loose.time_s, loose.tension_n),
            )
        ]
        assert told == list(Pattern), seed


def columns(path):
    table = np.genfromtxt(path, delimiter=",", skip_header=1)
    return table[:, 0], table[:, 1]


def leg_machine(path):
    rows = [line.split("|") for line in path.read_text().splitlines()[1:]]
    return np.array([float(r[0]) for r in rows]), np.array([float(r[2]) for r in rows])


@pytest.mark.recordings
@pytest.mark.parametrize("name", ["m2_derived_blue_band_tension.csv", "m2_motor_60hz.csv"])
def test_the_nine_labelled_strokes_are_counted(recordings, name):
    labels = np.genfromtxt(
        recordings / "cable_strokes/m2_reps_from_position.csv", delimiter=",", skip_header=1
    )
    score = score_curve(*columns(recordings / "cable_strokes" / name), SetPlan())
    assert len(score.reps) == len(labels) == 9
    peaks = [0.5 * (r.concentric_end_s + r.eccentric_start_s) for r in score.reps]
    assert np.abs(np.array(peaks) - labels[:, 3]).max() < 2.0


@pytest.mark.recordings
@pytest.mark.parametrize(("name", "least"), [("m3_motor_60hz.csv", 19), ("m4_motor_60hz.csv", 15)])
def test_light_strokes_of_a_stepped_load_are_not_missed(recordings, name, least):
    score = score_curve(*columns(recordings / "cable_strokes" / name), SetPlan())
    assert least <= len(score.reps) <= least + 2


@pytest.mark.recordings
def test_three_leg_extensions_and_no_set_up_move(recordings):
    score = score_curve(*leg_machine(recordings / "leg_machine/legext_isok_R.txt"), SetPlan())
    assert len(score.reps) == 3
    assert score.reps[0].concentric_start_s > 10


@pytest.mark.recordings
def test_one_isometric_press_is_no_rep(recordings):
    time, tension = leg_machine(recordings / "leg_machine/legpress_isom_R.txt")
    assert score_curve(time, tension, SetPlan()).reps == ()
    assert find_sets(time, tension) == []


@pytest.mark.parametrize("hz", [0.75, 0.9, 1.1])
@pytest.mark.parametrize("share", [0.08, 0.15, 0.25])
@pytest.mark.parametrize("plan", [SetPlan(tempo=Tempo.parse("2-1-2")), SetPlan(), SetPlan(declared=False)])
def test_strides_in_a_worn_loop_are_no_repetitions_however_regular(hz, share, plan):
    """They ride on a tension several times as large; there is no reference to tell their size by."""
    time = np.arange(0, 40, 0.0125)
    bouts = np.floor(time / 8) % 2 == 1
    tension = 12 * (1 + share * (0.5 - 0.5 * np.cos(2 * np.pi * hz * (time % 8))) * bouts)
    tension += np.random.default_rng(3).normal(0, 0.02, len(time))
    assert not score_curve(time, tension, plan).reps


def test_training_at_the_pace_of_steps_counts_where_the_pull_is_large():
    time = np.arange(0, 14, 0.0125)
    lift = (0.5 - 0.5 * np.cos(2 * np.pi * (time - 2) / 1.2)) * ((time > 2) & (time < 11.6))
    assert len(score_curve(time, 8 + 16 * lift, SetPlan(tempo=Tempo.parse("2-1-2"))).reps) == 8
