"""With a known range every movement counts at once: so what is no part of the set must be told apart."""

import pytest

from analytics.signal import SetPlan, score_curve
from tempoband.contracts.tempo import Tempo
from tempoband.simulator.cohort import Conditions, draw_recording
from tempoband.simulator.script import Donning, DynamicSet, IdleWear, WalkAbout


def counted(script, seed, **told):
    recording = draw_recording(script, Conditions(), seed)
    plan = SetPlan(tempo=recording.tempo, reference_excursion_n=recording.reference_n, **told)
    return len(score_curve(recording.time_s, recording.tension_n, plan).reps), len(recording.truth.reps)


def test_putting_the_band_on_in_an_open_set_counts_nothing():
    found = [counted([Donning(), IdleWear(10)], 400_000 + seed) for seed in range(25)]
    assert [count for count, _ in found] == [0] * 25


@pytest.mark.parametrize("tempo", ["2-1-2", "2-0-2-0", "1-0-1"])
def test_putting_it_on_takes_no_rep_from_the_set_after_it(tempo):
    script = [Donning(), IdleWear(15), DynamicSet(Tempo.parse(tempo), 8), IdleWear(10)]
    wrong = [seed for seed in range(12) if len(set(counted(script, 510_000 + seed))) > 1]
    assert len(wrong) <= 1


@pytest.mark.parametrize("reps", [1, 2, 3, 8])
def test_a_set_whose_band_was_worn_before_loses_no_rep(reps):
    for seed in range(8):
        script = [IdleWear(6), DynamicSet(Tempo.parse("2-1-2"), reps), IdleWear(6)]
        count, true = counted(script, 520_000 + seed)
        assert count == true, seed


def test_a_set_that_ends_in_the_hold_of_a_rep_loses_no_rep():
    recording = draw_recording(DynamicSet(Tempo.parse("2-1-2"), 4), Conditions(), 1)
    last = recording.truth.reps[-1]
    until = recording.time_s <= last.concentric_end_s + 0.9
    plan = SetPlan(tempo=recording.tempo, reference_excursion_n=recording.reference_n)
    assert len(score_curve(recording.time_s[until], recording.tension_n[until], plan).reps) == 3


def test_strides_after_the_set_are_no_reps():
    for seed in range(12):
        script = [DynamicSet(Tempo.parse("1-0-1"), 8), WalkAbout(12)]
        count, true = counted(script, 700_030 + seed)
        assert count == true, seed
