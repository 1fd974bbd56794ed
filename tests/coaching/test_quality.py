import pytest

from analytics.coaching.progression import RepQuality
from analytics.coaching.quality import rep_quality
from analytics.signal import SetPlan, score_curve
from tempoband.contracts.tempo import Tempo
from tests.analytics.curves import Tape, rep, rest


def scored(*pieces, tempo: str | None):
    tape = Tape().add(*pieces)
    plan = SetPlan(tempo=Tempo.parse(tempo) if tempo else None, rate_hz=80.0)
    time_s = (tape.time_us - tape.start_us) / 1e6
    return score_curve(time_s, tape.tension_n, plan).to_dict()["reps"]


def test_careful_reps_count_and_a_snapped_one_does_not():
    careful = [part for _ in range(4) for part in (rep(2, 0, 2), rest(0.6))]
    reps = scored(rest(3), *careful, rep(2, 0, 0.3), rest(4), tempo="2-0-2")
    qualities = [rep_quality(r) for r in reps]
    assert [q.counts for q in qualities] == [True] * 4 + [False]
    assert qualities[-1].return_controlled is False


def test_rushed_reps_lose_their_time_under_tension():
    rushed = [part for _ in range(5) for part in (rep(1.0, 0, 1.0), rest(0.6))]
    qualities = [rep_quality(r) for r in scored(rest(3), *rushed, rest(3), tempo="2-0-2")]
    assert len(qualities) == 5
    assert {q.tension_time_kept for q in qualities} == {False}


def test_without_a_tempo_time_cannot_fail():
    free = [part for _ in range(4) for part in (rep(1.0, 0, 1.0), rest(0.6))]
    qualities = [rep_quality(r) for r in scored(rest(3), *free, rest(3), tempo=None)]
    assert {q.tension_time_kept for q in qualities} == {None}


@pytest.mark.parametrize("verdict", [None, True])
def test_only_a_failure_keeps_a_rep_from_counting(verdict):
    assert RepQuality(verdict, verdict, verdict).counts
    assert not RepQuality(verdict, False, verdict).counts
