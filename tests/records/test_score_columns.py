"""The columns that lists and adherence read are really in what the scorer gives."""

import numpy as np
import pytest

from analytics.signal import SetPlan, score_curve
from tempoband.contracts.exercise import ExerciseKind
from tempoband.contracts.tempo import Tempo
from tempoband.storage.records.scored import Score


def reps(count: int, hz: float = 80.0) -> tuple[np.ndarray, np.ndarray]:
    """Smooth reps of 2 s out, 1 s hold, 2 s back, 1 s rest, between 5 and 45 N."""

    def rise(n: int) -> np.ndarray:
        s = np.linspace(0, 1, n)
        return 10 * s**3 - 15 * s**4 + 6 * s**5  # minimum jerk

    one = np.concatenate([rise(int(2 * hz)), np.ones(int(hz)), 1 - rise(int(2 * hz)), np.zeros(int(hz))])
    tension = 5 + 40 * np.concatenate([np.zeros(int(2 * hz)), *[one] * count])
    return np.arange(len(tension)) / hz, tension + np.random.default_rng(1).normal(0, 0.05, len(tension))


def test_a_dynamic_set_fills_every_column() -> None:
    result = score_curve(*reps(6), SetPlan(tempo=Tempo.parse("2-1-2")))
    score = Score.from_dict(result.to_dict(), scored_us=1)
    assert (score.rep_count, score.judged_reps, len(score.reps)) == (6, 6, 6)
    assert score.on_tempo_share == result.summary["on_tempo_share"]
    assert score.tut_s == pytest.approx(30, abs=3)
    assert score.tempo_score is not None
    assert score.eccentric_score is not None
    assert score.scoring_version == result.scoring_version
    assert score.sentence == result.sentence


@pytest.mark.parametrize("kind", [ExerciseKind.BY_HAND, ExerciseKind.PUSH_OUT, ExerciseKind.CONSTANT_TENSION])
def test_what_a_kind_cannot_carry_stays_empty(kind: ExerciseKind) -> None:
    time_s = np.arange(0, 20, 1 / 80)
    result = score_curve(time_s, np.full(len(time_s), 30.0), SetPlan(kind=kind))
    score = Score.from_dict(result.to_dict(), scored_us=1)
    assert (score.rep_count, score.judged_reps, score.on_tempo_share, score.tempo_score) == (0, 0, None, None)
    assert (score.tut_s is None) == (kind is ExerciseKind.BY_HAND)
