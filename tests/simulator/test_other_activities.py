import numpy as np
import pytest

from tempoband.contracts.exercise import ExerciseKind
from tempoband.contracts.tempo import Tempo
from tempoband.simulator.band import Band
from tempoband.simulator.people import METRONOME, STEADY
from tempoband.simulator.script import Donning, DynamicSet, IdleWear, IsometricPull, PushOut, Walk, WalkAbout
from tempoband.simulator.sensor import CLEAN
from tempoband.simulator.simulate import simulate

GREEN = Band.of_colour("green")


@pytest.mark.parametrize("script", [IsometricPull(), IdleWear(), WalkAbout(), Donning()], ids=repr)
def test_nothing_of_this_is_a_rep(script):
    for seed in range(10):
        recording = simulate(STEADY, GREEN, CLEAN, script, seed)
        assert recording.truth.reps == ()
        assert len(recording.time_s) > 100


def test_idle_wear_stays_well_within_the_least_rep():
    for script in (IdleWear(60), WalkAbout(60)):
        recording = simulate(STEADY, GREEN, CLEAN, script, 3)
        assert np.ptp(recording.tension_n) < 0.5 * recording.reference_n


def test_a_loop_is_never_slack_while_it_is_worn():
    recording = simulate(
        STEADY, GREEN, CLEAN, [IdleWear(10), DynamicSet(Tempo.parse("2-0-2")), WalkAbout(10)], 3
    )
    assert recording.tension_n.min() > 0.3 * recording.reference_n


def test_a_clean_walk_stays_above_its_floor():
    for seed in range(10):
        (walk,) = simulate(STEADY, GREEN, CLEAN, Walk(), seed).truth.held
        assert len(walk.steps_s) == 24
        assert walk.slack == ()


def test_a_walk_goes_slack_when_told():
    for seed in range(10):
        recording = simulate(STEADY, GREEN, CLEAN, Walk(slacks=(3, 15)), seed)
        assert recording.kind is ExerciseKind.CONSTANT_TENSION
        (walk,) = recording.truth.held
        assert len(walk.slack) == 2
        assert all(0.3 < span.seconds < 1.4 for span in walk.slack)
        low = np.interp(walk.slack[0].start_s + 0.2, recording.time_s, recording.tension_n)
        assert low < walk.floor_n


def test_knees_come_in_when_told():
    for seed in range(10):
        (held,) = simulate(METRONOME, GREEN, CLEAN, PushOut(slacks=(8.0, 20.0)), seed).truth.held
        assert len(held.slack) == 2
        (held,) = simulate(METRONOME, GREEN, CLEAN, PushOut(), seed).truth.held
        assert held.slack == ()


def test_activities_follow_one_another_on_one_time_axis():
    tempo = Tempo.parse("2-1-2")
    script = [Donning(), IdleWear(10), DynamicSet(tempo, 5), IdleWear(20), DynamicSet(tempo, 4)]
    recording = simulate(STEADY, GREEN, CLEAN, script, 5)
    starts = [rep.concentric_start_s for rep in recording.truth.reps]
    assert len(starts) == 9
    assert starts == sorted(starts)
    assert np.diff(starts).max() > 15
    assert recording.tempo == tempo
