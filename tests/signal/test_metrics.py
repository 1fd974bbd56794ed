"""Metrics against plain reference implementations and worked examples."""

import numpy as np
import pytest

from analytics.signal import (
    ScoringError,
    SetPlan,
    Sides,
    compare_sides,
    explain,
    rep_shape,
    score_curve,
    session_sides,
)
from analytics.signal.core.sparc import sparc
from tempoband.contracts.exercise import ExerciseKind, Side
from tempoband.contracts.tempo import Phase, Tempo
from tests.signal.strokes import Rig, make


def reference_sparc(speed, hz, pad=4, cut=10.0, least=0.05):
    n = int(2 ** (np.ceil(np.log2(len(speed))) + pad))
    f = np.arange(n) * hz / n
    m = np.abs(np.fft.fft(speed, n))
    m = m / m.max()
    f, m = f[f <= cut], m[f <= cut]
    keep = np.flatnonzero(m >= least)
    f, m = f[keep[0] : keep[-1] + 1], m[keep[0] : keep[-1] + 1]
    return -np.sum(np.hypot(np.diff(f) / (f[-1] - f[0]), np.diff(m)))


@pytest.mark.parametrize("seconds", [0.8, 2.0, 4.0])
def test_sparc_is_the_published_one(seconds):
    s = np.linspace(0, 1, int(seconds * 100) + 1)
    smooth = s**3 * (10 - 15 * s + 6 * s * s)
    jerky = smooth + 0.03 * np.sin(2 * np.pi * 5 * s * seconds)
    for y in (smooth, jerky):
        want = reference_sparc(np.abs(np.diff(y)) * 100, 100.0)
        assert sparc(y) == pytest.approx(want, rel=0.08)
    assert sparc(jerky) < sparc(smooth) < -1.3


def wave(seconds=4.0, reps=6, low=5.0, high=25.0):
    time = np.arange(0, seconds * reps + 2, 0.0125)
    up = (1 - np.cos(2 * np.pi * np.clip(time - 1, 0, seconds * reps) / seconds)) / 2
    return time, low + (high - low) * up


def test_a_calm_set_scores_high_and_a_snapped_one_low(rng):
    calm = make(Rig(tempo=(2, 0, 2, 1), tremor=0.002, spikes=0), rng)
    snap = make(Rig(tempo=(2, 0, 0.35, 2.65), prescribed=(2, 0, 2, 1), tremor=0.002, spikes=0), rng)
    plan = SetPlan(tempo=Tempo(2, 0, 2, 1))
    good, bad = (score_curve(r.time_s, r.tension_n, plan) for r in (calm, snap))
    assert good.summary["eccentric_control"]["score"] > 80
    assert bad.summary["eccentric_control"]["score"] < 50
    assert good.summary["tempo"]["score"] > bad.summary["tempo"]["score"] + 15
    assert all("snap_back" in r.faults for r in bad.reps)
    assert "snap" in explain(bad)
    assert good.summary["time_under_tension_s"]["total"] == pytest.approx(
        sum(r.eccentric_end_s - r.concentric_start_s for r in good.reps)
    )


def test_phases_impulse_and_ratio_of_a_known_wave():
    time, tension = wave()
    score = score_curve(time, tension, SetPlan(tempo=Tempo.parse("2-0-2-0")))
    rep = score.reps[2]
    assert rep.excursion_n == pytest.approx(20, rel=0.02)
    assert rep.peak_n == pytest.approx(25, rel=0.02)
    assert rep.eccentric.impulse_n_s == pytest.approx(30, rel=0.03)
    assert rep.eccentric.ecc_con_ratio == pytest.approx(1, abs=0.03)
    assert rep.eccentric.rate_ratio == pytest.approx(np.pi / 2, rel=0.06)
    assert rep.phases[Phase.HOLD].error_percent is None
    assert rep.on_tempo is True
    assert "keep exactly this" in score.sentence


def test_consistency_is_the_variation_of_a_sample(rng):
    """Four repetitions are a sample of how somebody pulls: the divisor is n - 1."""
    made = make(Rig(tempo=(2, 1, 2, 1), reps=4, range_spread=0.1), rng)
    score = score_curve(made.time_s, made.tension_n, SetPlan(tempo=Tempo(2, 1, 2, 1)))
    excursions = np.array([r.excursion_n for r in score.reps])
    backs = np.array([r.phases[Phase.ECCENTRIC].seconds for r in score.reps])
    told = score.summary["consistency"]
    assert told["excursion_cv"] == pytest.approx(excursions.std(ddof=1) / excursions.mean())
    assert told["eccentric_cv"] == pytest.approx(backs.std(ddof=1) / backs.mean())
    assert told["excursion_cv"] > 0.01


def test_three_numbers_leave_rest_unscored_and_no_tempo_says_so():
    time, tension = wave()
    rep = score_curve(time, tension, SetPlan(tempo=Tempo.parse("2-0-2"))).reps[2]
    assert rep.phases[Phase.REST].error_s is None
    bare = score_curve(time, tension, SetPlan()).to_dict()
    assert bare["reps"][1]["tempo"]["score"] is None
    assert "no tempo" in bare["reps"][1]["absent"]["tempo_score"]
    assert "no repetition precedes" in bare["reps"][0]["absent"]["rest"]


def test_a_walk_is_time_above_its_floor_and_its_slack():
    time = np.arange(0, 30, 0.0125)
    tension = 20 + 3 * np.sin(2 * np.pi * time / 1.2) * (time > 4)
    slack = (time > 15) & (time < 16)
    plan = SetPlan(kind=ExerciseKind.CONSTANT_TENSION)
    steady = score_curve(time, tension, plan)
    assert steady.summary["slack_events"] == []
    assert steady.summary["floor_n"] == pytest.approx(14, rel=0.02)
    assert steady.summary["cadence_steps_per_min"] == pytest.approx(50, rel=0.05)
    assert steady.summary["steps"] == pytest.approx(21, abs=2)
    lost = score_curve(time, np.where(slack, 3.0, tension), plan)
    [event] = lost.summary["slack_events"]
    assert event["start_s"] == pytest.approx(15, abs=0.05)
    assert event["seconds"] == pytest.approx(1, abs=0.05)
    assert "slack once" in lost.sentence
    assert lost.to_dict()["set"]["absent"]["tempo"] == "walks have no phases"


def test_push_outs_have_no_tempo_and_exercises_by_hand_have_nothing():
    time = np.arange(0, 20, 0.0125)
    tension = np.where((time > 10) & (time < 11), 5.0, 15.0)
    push = score_curve(time, tension, SetPlan(kind=ExerciseKind.PUSH_OUT, floor_n=10.0))
    assert "knees may have come in" in push.sentence
    assert "cannot show the lift" in push.summary["absent"]["tempo"]
    assert push.summary["share_above_floor"] == pytest.approx(0.95, abs=0.01)
    hand = score_curve([], [], SetPlan(kind=ExerciseKind.BY_HAND))
    assert "no band" in hand.summary["absent"]["tempo"]


def test_single_corrupt_samples_missing_numbers_and_equal_stamps_change_nothing_much():
    time, tension = wave()
    clean = score_curve(time, tension, SetPlan())
    broken = tension.copy()
    broken[[300, 700, 1100, 1500]] = [1e6, -1e6, np.nan, 0.0]
    score = score_curve(np.repeat(time, 2)[1:], np.repeat(broken, 2)[1:], SetPlan())
    assert len(score.reps) == len(clean.reps)
    single = score_curve(time, broken, SetPlan())
    for a, b in zip(clean.reps, single.reps, strict=True):
        assert a.eccentric_end_s == pytest.approx(b.eccentric_end_s, abs=0.03)
        assert a.peak_n == pytest.approx(b.peak_n, rel=0.02)


def test_bad_curves_and_plans_are_refused_with_a_sentence():
    with pytest.raises(ScoringError, match="equal length"):
        score_curve([1, 2], [1], SetPlan())
    with pytest.raises(ScoringError, match="must not fall"):
        score_curve([2, 1], [1, 1], SetPlan())
    with pytest.raises(ScoringError, match="positive"):
        SetPlan(reference_excursion_n=-1)


def test_the_two_symmetry_indices_are_not_mixed():
    sides = Sides(left_n=90, right_n=100)
    assert sides.lsi_percent(Side.LEFT) == pytest.approx(90)
    assert sides.si_percent == pytest.approx(-5.263, abs=0.01)
    with pytest.raises(ScoringError):
        sides.lsi_percent(Side.BOTH)


def test_a_difference_is_flagged_only_beyond_what_the_person_varies_by():
    even = [Sides(20 + d, 20 - d) for d in (0.2, -0.3, 0.1, -0.2, 0.3)]
    assert compare_sides(even[:4]).detectable_percent is None
    assert not compare_sides(even).flagged
    assert not compare_sides([*even, Sides(15, 20)]).flagged
    lasting = [*even * 3, Sides(16.5, 20), Sides(16.5, 20)]
    assert compare_sides(lasting, Side.LEFT).flagged
    assert compare_sides(lasting, Side.LEFT).lsi_percent == pytest.approx(82.5)


def test_the_typical_rep_has_the_shape_of_the_reps():
    time, tension = wave()
    score = score_curve(time, tension, SetPlan())
    shape = rep_shape(time, tension, score.reps)
    assert shape.turn_share == pytest.approx(0.5, abs=0.02)
    assert shape.median_n.max() == pytest.approx(20, rel=0.03)
    assert (shape.high_n >= shape.low_n).all()
    assert rep_shape(time, tension, ()) is None
    assert session_sides(score, score).si_percent == 0


@pytest.mark.parametrize("step_s", [0.7, 1.2, 2.0, 3.0])
@pytest.mark.parametrize("dip", [False, True], ids=["tight", "slack once"])
def test_steps_and_cadence_of_walks_that_vary_as_people_do(step_s, dip):
    """Slow steps are no quick ones, every second step is not two, and a slack moment hides none beside it."""
    rng = np.random.default_rng(round(10 * step_s))
    lengths = step_s * np.exp(rng.normal(0, 0.08, 20))
    parts = [np.full(300, 20.0)]
    for k, length in enumerate(lengths):
        share = np.arange(0, 1, 0.01 / length)
        parts.append(20 + rng.uniform(4, 7) * (0.5 - 0.5 * np.cos(2 * np.pi * share)))
        if dip and k == 9:
            parts.append(20 - 12 * np.sin(np.pi * np.linspace(0, 1, 60)))
    tension = np.concatenate([*parts, np.full(100, 20.0)])
    walk = score_curve(
        np.arange(len(tension)) / 100, tension, SetPlan(kind=ExerciseKind.CONSTANT_TENSION)
    ).summary
    assert walk["steps"] == pytest.approx(20, abs=1)
    assert walk["cadence_steps_per_min"] == pytest.approx(60 / step_s, rel=0.12)


def test_standing_and_slow_swaying_are_no_steps():
    time = np.arange(0, 40, 0.01)
    plan = SetPlan(kind=ExerciseKind.CONSTANT_TENSION)
    for tension in (20 + 0.02 * np.sin(9 * time**1.5), 20 + 4 * np.sin(2 * np.pi * time / 20)):
        assert score_curve(time, tension, plan).summary["steps"] is None


@pytest.mark.parametrize("rate_hz", [1.0, 4.0])
def test_a_scale_too_slow_for_tempo_says_so_and_how_unsure_its_seconds_are(rate_hz):
    """One sample a second times no phase to a tenth, and scores none."""
    time = np.arange(0, 80, 1 / rate_hz)
    tension = 4 + 20 * np.clip(np.minimum(time % 8 - 1, 7 - time % 8) / 2, 0, 1)
    score = score_curve(time, tension, SetPlan(tempo=Tempo.parse("2-2-2-2")))
    assert score.reps
    for rep in score.reps:
        assert rep.tempo_score is None
        assert rep.on_tempo is None
        assert all(t.uncertainty_s > 0.4 / rate_hz for t in rep.phases.values())
    assert {"tempo_score", "on_tempo_share", "rate_ratio"} <= set(score.summary["absent"])
    assert score.summary["absent"]["on_tempo_share"] == score.summary["absent"]["rate_ratio"]
    assert score.summary["time_under_tension_s"]["total"] > 0
    assert "on tempo" not in explain(score)


def back_of(shape, tempo="controlled"):
    """Six repetitions of 2-1-2 whose way back follows a shape of its own."""
    share = np.linspace(0, 1, 200)
    up = 0.5 - 0.5 * np.cos(np.pi * share)
    still = np.ones(94)  # with the 32 ms on either side in which a cosine moves at under 5 %: one second
    rep = np.concatenate([up, still, 1 - shape(share), np.zeros(100)])
    tension = 5 + 20 * np.concatenate([np.zeros(200), np.tile(rep, 6), np.zeros(200)])
    return score_curve(np.arange(len(tension)) / 100, tension, SetPlan(tempo=Tempo.parse(tempo)))


def test_a_return_on_time_but_without_control_is_what_the_sentence_is_about():
    for tempo, words in (("2-1-2", "on tempo; keep exactly this"), ("controlled", "nothing stands out")):
        assert words in explain(back_of(lambda share: 0.5 - 0.5 * np.cos(np.pi * share), tempo))

    thrown = back_of(lambda share: share**0.3)
    assert thrown.summary["eccentric_control"]["score"] < 85
    assert "even return" in explain(thrown)

    def in_jerks(share):
        steps = share + 1.9 * np.sin(2 * np.pi * 4 * share) / (2 * np.pi * 4)
        return 0.5 - 0.5 * np.cos(np.pi * np.clip(steps, 0, 1))

    assert "jerky" in explain(back_of(in_jerks))


def test_one_rep_is_not_told_of_in_the_plural():
    time = np.arange(0, 12, 0.0125)
    lift = np.interp(time, [3, 5, 6, 6.4], [0, 1, 1, 0])
    tension = 5 + 20 * (0.5 - 0.5 * np.cos(np.pi * lift))
    plan = SetPlan(tempo=Tempo.parse("2-1-2"), reference_excursion_n=20.0)
    assert explain(score_curve(time, tension, plan)).startswith("1 rep: snap back cost most;")
