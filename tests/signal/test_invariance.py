"""What must not matter: the unit, the zero, the clock's origin, the rate, and how a stream arrives."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.signal import LiveScorer, ScoringError, SetPlan, score_curve
from tempoband.contracts.tempo import Tempo
from tempoband.contracts.units import NEWTONS_PER_KGF, NEWTONS_PER_LBF

PLAN = SetPlan(tempo=Tempo.parse("2-1-2"))
FORCES = ("peak_n", "excursion_n", "start_n")


def lift_of(time_s, seed=0, reps=6):
    """Six uneven repetitions as a share of the range; the same motion at whatever times it is asked for."""
    rng = np.random.default_rng(seed)
    knots, levels, now = [0.0], [0.0], 2.0
    for _ in range(reps):
        top = rng.uniform(0.9, 1.0)
        for seconds, level in ((rng.uniform(1.5, 2.5), top), (rng.uniform(0.7, 1.3), top)):
            knots += [now, now + seconds]
            levels += [levels[-1], level]
            now += seconds
        back_s, rest_s = rng.uniform(1.4, 2.6), rng.uniform(0.6, 1.5)
        knots += [now + back_s, now + back_s + rest_s]
        levels += [0.0, 0.0]
        now += back_s + rest_s
    fine = np.arange(-1.0, now + 3.0, 0.002)
    ramp = np.interp(fine, knots, levels)
    window = np.hanning(151)
    return np.interp(time_s, fine, np.convolve(np.pad(ramp, 75, "edge"), window / window.sum(), "valid"))


def curve(rate_hz=80.0, seed=0, noise_n=0.03):
    rng = np.random.default_rng(seed + 1000 * round(rate_hz))
    time = np.arange(0.0, 42.0, 1 / rate_hz)
    lift = lift_of(time, seed)
    return time, 6 + 24 * lift - 3 * lift**2 + rng.normal(0, noise_n, len(time))


def bounds(score):
    return np.array(
        [
            (r.concentric_start_s, r.concentric_end_s, r.eccentric_start_s, r.eccentric_end_s)
            for r in score.reps
        ]
    )


@pytest.mark.parametrize("factor", [NEWTONS_PER_KGF, NEWTONS_PER_LBF, 1e-3, 37.0])
@pytest.mark.parametrize("seed", range(3))
def test_the_unit_of_force_changes_forces_only(factor, seed):
    time, tension = curve(seed=seed)
    one, other = score_curve(time, tension, PLAN), score_curve(time, tension * factor, PLAN)
    np.testing.assert_allclose(bounds(other), bounds(one), atol=1e-6)
    for a, b in zip(one.reps, other.reps, strict=True):
        for name in FORCES:
            assert getattr(b, name) == pytest.approx(factor * getattr(a, name), rel=1e-6)
        assert b.eccentric.impulse_n_s == pytest.approx(factor * a.eccentric.impulse_n_s, rel=1e-6)
        assert (b.faults, b.on_tempo) == (a.faults, a.on_tempo)
        for name in ("ramp_distance", "rate_ratio", "sparc", "ecc_con_ratio", "score"):
            assert getattr(b.eccentric, name) == pytest.approx(getattr(a.eccentric, name), rel=1e-5), name
        assert b.tempo_score == pytest.approx(a.tempo_score, abs=1e-4)
    assert other.sentence == one.sentence


@pytest.mark.parametrize("tare_n", [-40.0, -6.0, 300.0])
def test_the_zero_does_not_matter(tare_n):
    time, tension = curve()
    one, other = score_curve(time, tension, PLAN), score_curve(time, tension + tare_n, PLAN)
    np.testing.assert_allclose(bounds(other), bounds(one), atol=1e-4)
    assert [r.faults for r in other.reps] == [r.faults for r in one.reps]
    assert [r.excursion_n for r in other.reps] == pytest.approx([r.excursion_n for r in one.reps], rel=1e-4)


@pytest.mark.parametrize("shift_s", [-3600.0, 0.0037, 1_763_800_000.0])
def test_the_origin_of_time_does_not_matter(shift_s):
    time, tension = curve()
    one, other = score_curve(time, tension, PLAN), score_curve(time + shift_s, tension, PLAN)
    np.testing.assert_allclose(bounds(other) - shift_s, bounds(one), atol=1e-4)
    assert [r.faults for r in other.reps] == [r.faults for r in one.reps]


@pytest.mark.parametrize("rate_hz", [20.0, 40.0, 160.0, 320.0])
def test_another_rate_tells_the_same_within_what_is_stated(rate_hz):
    """Of the same motion, durations at another rate lie within the stated doubt, as often as it says."""
    apart = []
    for seed in range(8):
        one, other = (score_curve(*curve(rate, seed), PLAN) for rate in (80.0, rate_hz))
        assert len(one.reps) == len(other.reps) == 6
        for a, b in zip(one.reps, other.reps, strict=True):
            for phase in a.phases.keys() & b.phases.keys():
                x, y = a.phases[phase], b.phases[phase]
                apart.append((y.seconds - x.seconds) / np.hypot(x.uncertainty_s, y.uncertainty_s))
    assert np.mean(np.abs(apart) < 1.96) >= 0.95
    assert abs(np.mean(apart)) < 0.5


def test_what_came_before_and_after_does_not_change_a_repetition():
    time, tension = curve()
    whole = bounds(score_curve(time, tension, PLAN))
    part = (time > whole[1, 3] + 0.2) & (time < whole[5, 0] - 0.1)
    alone = bounds(score_curve(time[part], tension[part], PLAN))
    assert len(alone) == 3
    np.testing.assert_allclose(alone[:, 1:3], whole[2:5, 1:3], atol=0.02)


@st.composite
def arrivals(draw):
    """A stream as links deliver it: holes, equal stamps, missing numbers, wild samples; and its cuts."""
    seed = draw(st.integers(0, 5))
    time, tension = (a.copy() for a in curve(draw(st.sampled_from([10.0, 80.0])), seed))
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    for start in draw(st.lists(st.floats(1.0, 38.0), max_size=3)):
        kept = (time < start) | (time > start + rng.choice([0.05, 0.3, 0.5, 4.0]))
        time, tension = time[kept], tension[kept]
    wild = rng.integers(0, len(time), draw(st.integers(0, 6)))
    tension[wild] = rng.choice([np.nan, np.inf, -500.0, 0.0, 999.0], len(wild))
    same = rng.integers(1, len(time), draw(st.integers(0, 6)))
    time[same] = time[same - 1]
    cuts = sorted(draw(st.lists(st.integers(0, len(time)), max_size=40)))
    return time, tension, cuts, draw(st.lists(st.integers(0, 40), max_size=5))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(arrivals(), st.booleans())
def test_a_broken_stream_in_any_frames_with_late_ones_between_equals_the_stored_curve(arrival, known):
    time, tension, cuts, late = arrival
    plan = SetPlan(tempo=Tempo.parse("2-1-2"), reference_excursion_n=21.0 if known else None)
    stored = score_curve(time, tension, plan)
    scorer = LiveScorer(plan)
    for k, (a, b) in enumerate(zip([0, *cuts], [*cuts, len(time)], strict=True)):
        scorer.push(time[a:b], tension[a:b])
        if k in late and b > 200:  # a frame that comes again, long after its time: refused, nothing is lost
            with pytest.raises(ScoringError):
                scorer.push(time[b - 200 : b - 100], tension[b - 200 : b - 100])
    assert scorer.finish().to_dict() == stored.to_dict()
