"""Curves at the edge of what anybody records: next to nothing, slow, fast, long, broken clocks."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.signal import LiveScorer, ScoringError, SetPlan, find_sets, score_curve
from tempoband.contracts.exercise import ExerciseKind
from tempoband.contracts.tempo import Phase, Tempo

TEMPO = Tempo.parse("3-0-3-0")
MEASURED = (ExerciseKind.DYNAMIC, ExerciseKind.CONSTANT_TENSION, ExerciseKind.PUSH_OUT)


def wave(seconds=60.0, rate_hz=80.0):
    time = np.arange(0, seconds, 1 / rate_hz)
    return time, 10 + 8 * (1 - np.cos(2 * np.pi * time / 6))


def in_json(score):
    """As it is stored: numbers that are none have no place there."""
    return json.dumps(score.to_dict(), allow_nan=False)


@pytest.mark.parametrize("kind", MEASURED)
@pytest.mark.parametrize(
    ("time", "tension"),
    [
        ([], []),
        ([1.0], [2.0]),
        ([1.0, 2.0], [2.0, 3.0]),
        (np.zeros(500), np.arange(500.0)),
        (np.arange(800) / 80, np.full(800, 5.0)),
        (np.arange(800) / 80, np.zeros(800)),
        (np.arange(800) / 80, np.full(800, np.nan)),
    ],
    ids=["nothing", "one sample", "two samples", "one instant", "all equal", "all zero", "no number"],
)
def test_next_to_nothing_is_scored_as_nothing(kind, time, tension):
    plan = SetPlan(kind=kind, tempo=TEMPO)
    score = score_curve(time, tension, plan)
    assert score.reps == ()
    assert not score.summary.get("slack_events")
    assert in_json(score)
    assert find_sets(time, tension) == []
    live = LiveScorer(plan)
    live.push(time, tension)
    assert live.finish().to_dict() == score.to_dict()


@pytest.mark.parametrize("samples", range(1, 6))
@pytest.mark.parametrize("origin_s", [0.0, 1.8e9])
def test_a_first_frame_of_few_samples_and_then_all_the_rest(samples, origin_s):
    """Room is made from the first sample that came, not from the first of the frame that is being taken."""
    time, tension = wave(rate_hz=1.0)
    stamps = origin_s + time
    live = LiveScorer(SetPlan(tempo=TEMPO))
    live.push(stamps[:samples], tension[:samples])
    live.push(stamps[samples:], tension[samples:])
    assert live.finish().to_dict() == score_curve(stamps, tension, SetPlan(tempo=TEMPO)).to_dict()
    few = score_curve(stamps[:samples], tension[:samples], SetPlan(tempo=TEMPO))
    assert few.reps == ()


@pytest.mark.parametrize("kind", MEASURED)
@pytest.mark.parametrize(
    "stamps",
    [[0.0, 1.0, 0.5], [0.0, np.nan, 1.0], [0.0, 1.0, np.inf], [2.0, 1.0, 0.0]],
    ids=["one back", "no number", "endless", "backwards"],
)
def test_a_clock_that_runs_backwards_is_refused_and_says_so(kind, stamps):
    with pytest.raises(ScoringError, match="must not fall"):
        score_curve(stamps, [1.0, 2.0, 3.0], SetPlan(kind=kind))


@pytest.mark.parametrize("rate_hz", [2.0, 5.0, 1000.0, 4000.0])
def test_the_same_repetitions_at_any_rate(rate_hz):
    score = score_curve(*wave(rate_hz=rate_hz), SetPlan(tempo=TEMPO))
    assert len(score.reps) == 10
    assert ("tempo_score" in score.summary["absent"]) == (rate_hz < 7.2)
    for rep in score.reps[1:-1]:
        for phase in (Phase.CONCENTRIC, Phase.ECCENTRIC):
            time = rep.phases[phase]
            assert time.seconds == pytest.approx(3.0, abs=max(0.05, 1.96 * time.uncertainty_s))
            assert time.uncertainty_s < max(0.1, 2.5 / rate_hz)


def test_every_third_value_missing_changes_little():
    time, tension = wave()
    holed = np.where(np.arange(len(time)) % 3 == 0, np.nan, tension)
    whole, got = (score_curve(time, y, SetPlan(tempo=TEMPO)).reps for y in (tension, holed))
    ends = [[r.eccentric_end_s for r in reps] for reps in (whole, got)]
    assert ends[1] == pytest.approx(ends[0], abs=0.02)


def test_a_set_of_three_hours_is_a_set():
    score = score_curve(*wave(3 * 3600), SetPlan(tempo=TEMPO))
    assert len(score.reps) == 1800
    assert score.reps[-2].eccentric_end_s == pytest.approx(3 * 3600 - 6, abs=0.1)


@pytest.mark.parametrize("kind", MEASURED)
def test_a_clock_that_jumps_by_years_costs_neither_memory_nor_what_was_measured(kind):
    """A hub that boots in 1970 and then learns the date: nothing is bridged, nothing is lost."""
    time, tension = wave()
    once = score_curve(time, tension, SetPlan(kind=kind))
    twice = score_curve(np.r_[time, time + 1.8e9], np.r_[tension, tension], SetPlan(kind=kind))
    assert len(twice.reps) == 2 * len(once.reps)
    for name in ("duration_s", "time_above_floor_s"):
        if name in once.summary:
            assert twice.summary[name] == pytest.approx(2 * once.summary[name], rel=0.1)


def test_slack_and_steps_keep_their_time_across_a_long_hole():
    time = np.arange(0, 60, 0.0125)
    tension = 20 + 3 * np.sin(2 * np.pi * time / 1.2) * (time > 4)
    tension[(time > 50) & (time < 51)] = 3.0
    heard = (time < 20) | (time > 40)
    plan = SetPlan(kind=ExerciseKind.CONSTANT_TENSION)
    walk = score_curve(time[heard], tension[heard], plan).summary
    [event] = walk["slack_events"]
    assert event["start_s"] == pytest.approx(50, abs=0.05)
    assert event["seconds"] == pytest.approx(1, abs=0.05)
    assert walk["duration_s"] == pytest.approx(40, abs=0.1)
    assert walk["time_above_floor_s"] == pytest.approx(39, abs=0.2)
    assert walk["steps"] == pytest.approx(36 / 1.2, abs=4)
    assert walk["cadence_steps_per_min"] == pytest.approx(50, rel=0.05)


@settings(max_examples=25, deadline=None)
@given(
    before_s=st.floats(0.5, 30),
    after_s=st.floats(2, 30),
    scale=st.floats(0.05, 50),
    shift_s=st.floats(-1e5, 1e9),
)
def test_quiet_around_a_set_the_unit_and_the_clocks_origin_do_not_matter(before_s, after_s, scale, shift_s):
    time, tension = wave(30)
    rate_hz = 80
    quiet = [np.full(round(s * rate_hz), y) for s, y in ((before_s, tension[0]), (after_s, tension[-1]))]
    longer = np.concatenate([quiet[0], tension, quiet[1]])
    stamps = shift_s + (np.arange(len(longer)) - len(quiet[0])) / rate_hz
    base, got = (
        score_curve(t, y, SetPlan(tempo=TEMPO)).reps
        for t, y in ((np.arange(len(longer)) / rate_hz, longer), (stamps, scale * longer))
    )
    assert len(got) == len(base) == 5
    offset_s = shift_s - len(quiet[0]) / rate_hz
    for a, b in zip(base, got, strict=True):
        assert b.eccentric_start_s - offset_s == pytest.approx(a.eccentric_start_s, abs=1e-3)
        assert b.excursion_n == pytest.approx(scale * a.excursion_n, rel=1e-3)
        assert b.tempo_score == pytest.approx(a.tempo_score, abs=0.1)
        assert b.faults == a.faults
    alone = score_curve(time, tension, SetPlan(tempo=TEMPO)).reps
    assert [r.eccentric_start_s - shift_s for r in got] == pytest.approx(
        [r.eccentric_start_s for r in alone], abs=0.02
    )
