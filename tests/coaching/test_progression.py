from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from analytics.coaching.calendar import day_start_us
from analytics.coaching.catalogue import exercise
from analytics.coaching.exercise import Dose, DoseUnit
from analytics.coaching.hints import (
    BandSession,
    HintKind,
    WeekLoad,
    band_release,
    band_wear,
    over_use,
)
from analytics.coaching.progression import Now, RepQuality, SetWork, Step, advise, sessions
from tempoband.contracts.tempo import Tempo

UTC = ZoneInfo("UTC")
DAY = date(2026, 3, 2)
SECOND = 1_000_000
GOOD = RepQuality(True, True, True)
RUSHED = RepQuality(True, False, True)
SHORT = RepQuality(False, True, True)
UNJUDGED = RepQuality(None, None, None)


def now(
    exercise_slug="clamshell", lower=12, upper=15, tempo="2-1-2", placement="just above the knees"
) -> Now:
    return Now(exercise(exercise_slug), Dose(DoseUnit.REPS, lower, upper), Tempo.parse(tempo), placement)


def work(day: int, *sets: list[RepQuality], gap_s: float = 90, told: bool = True) -> list[SetWork]:
    at = day_start_us(DAY + timedelta(days=day), UTC) + 3600 * SECOND
    out = []
    for reps in sets:
        out.append(SetWork(at, at + 60 * SECOND, tuple(reps), told))
        at += round((60 + gap_s) * SECOND)
    return out


def two_sessions(reps: list[RepQuality]) -> list[SetWork]:
    return work(0, [GOOD] * 15, reps) + work(3, [GOOD] * 15, reps)


def test_two_more_in_two_sessions_raises_reps_first():
    advice = advise(now(), two_sessions([GOOD] * 17), UTC)
    assert advice is not None
    assert (advice.step, advice.dose) == (Step.REPS, Dose(DoseUnit.REPS, 15, 20))
    assert "17 good reps" in advice.reasons[0]


def test_then_a_slower_return_then_the_ankles_then_the_next_band():
    many = two_sessions([GOOD] * 30)
    steps = []
    current = now("standing-glute-kickback", 15, 20, "2-1-2")
    for _ in range(4):
        advice = advise(current, many, UTC)
        assert advice is not None
        steps.append(advice.step)
        current = replace(
            current, tempo=advice.tempo or current.tempo, placement=advice.placement or current.placement
        )
    assert steps == [Step.TEMPO, Step.TEMPO, Step.PLACEMENT, Step.NEXT_BAND]
    last = advise(current, many, UTC)
    assert last is not None
    assert "+25 %" in last.words


@given(st.lists(st.sampled_from([GOOD, RUSHED, SHORT, UNJUDGED]), min_size=0, max_size=30))
def test_reps_that_fail_do_not_count(reps):
    advice = advise(now(), two_sessions(reps), UTC)
    good = sum(rep in (GOOD, UNJUDGED) for rep in reps)
    if advice is not None and advice.step is not Step.LIGHTER_BAND:
        assert good >= 17
    if good < 17:
        assert advice is None or advice.step is Step.LIGHTER_BAND


def test_one_good_session_is_not_enough():
    assert advise(now(), work(0, [GOOD] * 17), UTC) is None
    assert advise(now(), work(0, [GOOD] * 17) + work(3, [GOOD] * 15), UTC) is None


def test_only_the_last_set_of_a_session_decides():
    assert advise(now(), work(0, [GOOD] * 20, [GOOD] * 12) + work(3, [GOOD] * 20, [GOOD] * 12), UTC) is None


def test_reps_added_after_the_target_closed_the_set_are_its_extra_reps():
    def session(day: int, gap_s: float) -> list[SetWork]:
        first = work(day, [GOOD] * 15)
        extra = SetWork(
            first[0].ended_us + round(gap_s * SECOND), first[0].ended_us + 30 * SECOND, (GOOD,) * 3, False
        )
        return [*first, extra]

    assert advise(now(), session(0, 2) + session(3, 2), UTC).step is Step.REPS
    assert advise(now(), session(0, 20) + session(3, 20), UTC) is None


def test_undeclared_sets_make_no_session():
    assert sessions(work(0, [GOOD] * 5, told=False), UTC) == []


def test_lost_range_or_form_asks_for_a_lighter_band_even_with_many_reps():
    advice = advise(now(), two_sessions([GOOD] * 20 + [SHORT] * 20), UTC)
    assert advice is not None
    assert advice.step is Step.LIGHTER_BAND


def test_walks_and_seconds_have_no_two_for_two():
    walk = Now(exercise("monster-walk"), Dose(DoseUnit.SECONDS, 60, 60), None, None)
    assert advise(walk, two_sessions([GOOD] * 40), UTC) is None


def weeks(*days: int, prescribed: int = 3, load: float = 100.0) -> list[WeekLoad]:
    return [WeekLoad(DAY + timedelta(weeks=n), d, prescribed, load) for n, d in enumerate(days)]


def test_working_on_rest_days_week_after_week_is_hinted_at():
    assert [h.kind for h in over_use(weeks(3, 7, 7))] == [HintKind.TOO_OFTEN]
    assert over_use(weeks(3, 3, 7)) == []
    assert over_use(weeks(7, 7, 7, prescribed=7)) == []


def test_a_jump_of_the_load_is_hinted_at():
    usual = weeks(3, 3, 3, 3)
    assert over_use(usual) == []
    assert [h.kind for h in over_use([*usual[:3], replace(usual[3], load_n_s=180.0)])] == [HintKind.LOAD_JUMP]


@given(st.floats(10, 200), st.floats(-0.05, 0.05), st.integers(0, 10**6))
def test_scatter_alone_is_no_worn_band(level, noise, seed):
    wobble = [1 + noise * ((seed >> n) & 1) for n in range(12)]
    steady = [BandSession(DAY + timedelta(days=3 * n), level * w) for n, w in enumerate(wobble)]
    assert band_wear(steady) is None


@given(st.floats(10, 200), st.floats(0.15, 0.5))
def test_a_band_that_softens_is_hinted_at_whatever_one_odd_session_says(level, drop):
    falling = [BandSession(DAY + timedelta(days=3 * n), level * (1 - drop * n / 11)) for n in range(12)]
    falling[6] = replace(falling[6], range_n=3 * level)
    hint = band_wear(falling)
    assert hint is not None
    assert hint.kind is HintKind.BAND_WEAR


def test_too_few_sessions_or_days_say_nothing_of_a_band():
    falling = [BandSession(DAY + timedelta(days=n), 50.0 - 4 * n) for n in range(8)]
    assert band_wear(falling) is None
    assert band_wear(falling[:4]) is None


def test_a_release_asks_to_inspect_the_band():
    assert band_release(0) is None
    hint = band_release(2)
    assert hint is not None
    assert "2 times" in hint.words
