from dataclasses import replace

import numpy as np
import pytest

from analytics.signal import SetPlan, score_curve
from tempoband.app.validation.baseline import PeakRep, peak_reps
from tempoband.app.validation.match import Agreement, pair
from tempoband.contracts.tempo import Phase, Tempo


def rep(start, seconds=4.0, hold=1.0, shift=0.0):
    half = (seconds - hold) / 2
    return PeakRep(start + shift, start + half + shift, start + half + hold + shift, start + seconds + shift)


def test_reps_are_paired_by_overlap_and_each_once():
    true = [rep(0), rep(5), rep(10)]
    scored = [rep(0.2), rep(9.8), rep(30)]
    assert pair(true, scored) == [(true[0], scored[0]), (true[2], scored[1])]


def test_one_scored_rep_cannot_stand_for_two():
    assert len(pair([rep(0), rep(5)], [rep(0, seconds=9)])) == 1


def test_errors_are_scored_minus_true():
    agreement = Agreement()
    agreement.add_times(rep(0), rep(0, shift=0.1))
    agreement.add_times(rep(0), rep(0, hold=2.0))
    assert agreement.boundary_error_s == pytest.approx([0.1] * 4 + [0, -0.5, 0.5, 0])
    assert agreement.errors_s(Phase.HOLD) == pytest.approx([0, 1])
    assert agreement.duration_median_s() == pytest.approx(0.25)
    assert agreement.worst_percent() == pytest.approx(100 * 0.5 / 1.5)


def test_the_stated_interval_is_held_against_the_truth():
    time = np.arange(0, 14, 0.0125)
    tension = 5 + 20 * np.interp(time % 7, [0, 1, 3, 4, 6, 7], [0, 0, 1, 1, 0, 0])
    found = score_curve(time, tension, SetPlan(tempo=Tempo.parse("2-1-2"))).reps[0]
    doubt_s = found.phases[Phase.CONCENTRIC].uncertainty_s
    agreement = Agreement()
    for off_s in (0.0, 1.5 * doubt_s, 2.5 * doubt_s):
        agreement.add_times(replace(found, concentric_start_s=found.concentric_start_s + off_s), found)
    agreement.add_times(rep(0), rep(0, shift=0.1))
    assert len(agreement.in_doubts) == 6, "two ways a rep; the baseline states no doubt"
    assert agreement.stated_95() == pytest.approx(5 / 6)
    assert np.isnan(Agreement().stated_95())


def test_limits_are_mean_and_196_standard_deviations():
    agreement = Agreement()
    for shift in (-0.1, 0.1):
        agreement.add_times(rep(0), PeakRep(0, 1.5 + shift, 2.5, 4.0))
    low, high = agreement.limits_s(Phase.CONCENTRIC)
    assert (low, high) == pytest.approx((-0.196, 0.196))


def test_an_interrupted_rep_may_be_counted_or_not():
    agreement = Agreement()
    for scored in (7, 8, 9, 6):
        agreement.add_count(8, scored, optional=1)
    assert (agreement.exact, agreement.sets) == (2, 4)


def test_precision_and_recall_are_nan_when_there_is_nothing_to_say():
    agreement = Agreement()
    assert np.isnan(agreement.precision("slack"))
    assert np.isnan(agreement.recall("slack"))
    for true, seen in ((True, True), (True, True), (True, False), (False, True), (False, False)):
        agreement.add_fault("slack", true=true, seen=seen)
    assert agreement.precision("slack") == pytest.approx(2 / 3)
    assert agreement.recall("slack") == pytest.approx(2 / 3)


def test_an_empty_agreement_has_no_figures():
    assert np.isnan(Agreement().boundary_median_s)
    assert np.isnan(Agreement().limits_s()).all()
    assert np.isnan(Agreement().worst_percent())


def test_the_baseline_finds_clean_peaks():
    time_s = np.arange(0, 20, 0.0125)
    tension_n = 10 - 10 * np.cos(2 * np.pi * time_s / 4)
    reps = peak_reps(time_s, tension_n)
    assert len(reps) == 5
    tops = [(r.concentric_end_s + r.eccentric_start_s) / 2 for r in reps]
    assert tops == pytest.approx([2, 6, 10, 14, 18], abs=0.02)
    assert all(
        r.concentric_start_s < r.concentric_end_s < r.eccentric_start_s < r.eccentric_end_s for r in reps
    )
