"""Where a person stands: by hypothesis over zones, late uploads, changed prescriptions."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.coaching.exercise import Dose, DoseUnit
from analytics.coaching.prescribed import DoneSet, Prescribed
from analytics.coaching.standing import Standing, stand
from analytics.coaching.windows import prescribed_days
from analytics.coaching.work import Felt, WorkSet
from tests.coaching.making import BERLIN, at, prescribed

ZONES = [
    ZoneInfo(z) for z in ("Europe/Berlin", "America/Havana", "Pacific/Apia", "Australia/Lord_Howe", "UTC")
]
TODAY = date(2026, 4, 3)  # the week before lost an hour in Berlin
zones = st.sampled_from(ZONES)
todays = st.dates(date(2024, 1, 1), date(2028, 12, 31))


def plan(**changes: object) -> Prescribed:
    smaller = {"sets": 2, "dose": Dose(DoseUnit.REPS, 10, 10), "tut_s": 50.0, "days_per_week": 4}
    return prescribed(**(smaller | changes))


def work(
    back: int, *, today: date = TODAY, zone: ZoneInfo = BERLIN, tut_s: float = 50.0, **more: object
) -> list[WorkSet]:
    """A whole session so many days ago: two sets of ten reps."""
    base = {
        "rig": "clamshell|left",
        "reps": 10,
        "control": 80.0,
        "range_n": 20.0,
        "back_s": 2.0,
        "load_n_s": 900.0,
    }
    started = [at(today - timedelta(days=back), hour, zone) for hour in (9.0, 9.1)]
    done = [DoneSet("v1", "clamshell", us, 10, tut_s, on_tempo=8, judged=10) for us in started]
    return [WorkSet(each, **(base | more)) for each in done]  # type: ignore[arg-type]


def standing(
    sets: list[WorkSet],
    prescribed: list[Prescribed] | None = None,
    felt: list[Felt] | None = None,
    **more: object,
) -> Standing:
    given_ = {"today": TODAY, "zone": BERLIN} | more
    return stand([plan()] if prescribed is None else prescribed, sets, felt or [], None, **given_)  # type: ignore[arg-type]


@given(st.integers(1, 7), todays)
def test_any_week_and_month_ask_for_just_the_prescribed_days(per_week: int, today: date) -> None:
    for length, weeks in ((7, 1), (28, 4)):
        first = today - timedelta(days=length - 1)
        assert prescribed_days([plan(days_per_week=per_week)], first, today) == per_week * weeks


@given(st.sets(st.integers(0, 6), min_size=1), st.integers(1, 7), todays)
def test_exercises_share_their_days(fixed: set[int], free: int, today: date) -> None:
    both = [plan(weekdays=frozenset(fixed)), plan(id="w1", lineage="w", days_per_week=free)]
    assert prescribed_days(both, today - timedelta(days=6), today) == max(len(fixed), free)


@given(st.sets(st.integers(0, 27)), todays, zones, st.randoms(use_true_random=False))
def test_days_are_those_on_which_it_was_done_however_late_it_came(backs, today, zone, random) -> None:
    sets = [one for back in backs for one in work(back, today=today, zone=zone)]
    random.shuffle(sets)  # uploaded in any order, days later
    found = standing(sets, today=today, zone=zone)
    end = 0 if 0 in backs else 1
    assert found.week.days_done == sum(end <= back < end + 7 for back in backs)
    assert found.month.days_done == sum(end <= back < end + 28 for back in backs)
    assert (found.week.days_prescribed, found.month.days_prescribed) == (4, 16)


@given(zones, st.dates(date(2024, 1, 1), date(2028, 12, 31)), st.sampled_from([0.0, 0.02, 23.4]))
def test_a_set_counts_on_its_local_day_at_either_edge_of_midnight(zone, today, hour) -> None:
    day = today - timedelta(days=6)
    edge = WorkSet(
        DoneSet("v1", "clamshell", min(at(day, hour, zone), at(day + timedelta(1), 0, zone) - 1), 10, 50.0),
        "r",
    )
    sets = [*work(0, today=today, zone=zone), edge]
    assert standing(sets, today=today, zone=zone).week.days_done == 2
    before = WorkSet(DoneSet("v1", "clamshell", at(day, 0, zone) - 1, 10, 50.0), "r")
    assert standing([*work(0, today=today, zone=zone), before], today=today, zone=zone).week.days_done == 1


@given(st.integers(1, 6), st.integers(1, 7), st.integers(1, 7))
def test_a_changed_prescription_asks_no_more_than_its_versions(change: int, before: int, after: int) -> None:
    cut = TODAY - timedelta(days=change)
    versions = [
        plan(id="v1", days_per_week=before, last_day=cut - timedelta(days=1)),
        plan(id="v2", days_per_week=after, first_day=cut),
    ]
    found = standing([], versions).week.days_prescribed
    assert min(before, after) - 1 <= found <= max(before, after) + 1


@given(st.floats(0.2, 3.0))
def test_dose_is_seconds_under_tension_and_never_clipped(pace: float) -> None:
    found = standing([one for back in (1, 2, 4, 6) for one in work(back, tut_s=50 * pace)])
    assert found.week.dose == pytest.approx(pace)
    assert found.amount_share == 1.0
    assert found.delivered[0].unit == "under_tension"


def test_where_the_tempo_gives_no_seconds_the_dose_is_in_reps() -> None:
    found = standing(work(1), [plan(tut_s=None)])
    assert found.week.dose == pytest.approx(20 / 80)
    assert (found.delivered[0].unit, found.delivered[0].done, found.delivered[0].prescribed) == (
        "reps",
        20,
        80,
    )


def test_seconds_that_cannot_be_known_fall_back_to_reps() -> None:
    unknown = [WorkSet(DoneSet("v1", "clamshell", one.done.started_us, 10, None), one.rig) for one in work(1)]
    assert standing(unknown).week.dose == pytest.approx(20 / 80)


def test_nobody_is_behind_because_the_day_is_not_over() -> None:
    every = [plan(days_per_week=7)]
    yesterday = [one for back in range(1, 8) for one in work(back)]
    assert (standing(yesterday, every).week.days_done, standing(yesterday, every).week.dose) == (7, 1.0)
    assert standing([*yesterday, *work(0)], every).week.dose == 1.0


def test_idle_days_count_from_the_last_set_if_one_of_them_asked_for_work() -> None:
    assert standing(work(9)).idle_days == 9
    assert standing([], [plan(first_day=TODAY - timedelta(days=5))]).idle_days == 5
    assert standing(work(9), [plan(last_day=TODAY - timedelta(days=1))]).idle_days is None
    monday_only = [plan(weekdays=frozenset({(TODAY - timedelta(days=3)).weekday()}))]
    assert standing(work(2), monday_only).idle_days == 0
    assert standing(work(4), monday_only).idle_days == 4


def test_pain_stands_beside_what_is_usual() -> None:
    told = [
        Felt(at(TODAY - timedelta(days=back), 10), pain, None)
        for back, pain in ((1, 5), (3, 2), (9, 1), (12, 2), (20, 2))
    ]
    found = standing(work(1), felt=told).pain
    assert found is not None
    assert (found.worst, found.usual, found.at_us) == (5, 2, told[0].at_us)
    few = standing(work(1), felt=told[:4]).pain
    assert few is not None
    assert few.usual is None  # two reports make no habit
    assert standing(work(1), felt=told[2:]).pain is None  # none this week


def test_trends_are_medians_of_weeks_and_a_week_without_sets_is_a_gap() -> None:
    found = standing([*work(1, control=60.0), *work(2, control=90.0), *work(9, control=70.0)])
    assert found.control_weeks == (None,) * 6 + (70.0, 75.0)
    assert (found.control, found.control_before) == (75.0, 70.0)


def test_lost_range_compares_only_within_one_rig() -> None:
    before = [one for back in (8, 10, 12) for one in work(back, range_n=20.0)]
    now = [one for back in (1, 3) for one in work(back, range_n=15.0)]
    lost = standing([*before, *now]).lost_range
    assert lost is not None
    assert (lost.drop, lost.exercise) == (0.25, "clamshell")
    other = [one for back in (1, 3) for one in work(back, range_n=15.0, rig="clamshell|left|red")]
    assert standing([*before, *other]).lost_range is None


def test_local_noon_is_the_same_day_everywhere() -> None:
    for zone in ZONES:
        noon = datetime(TODAY.year, TODAY.month, TODAY.day, 12, tzinfo=zone)
        one = WorkSet(DoneSet("v1", "clamshell", int(noon.timestamp()) * 1_000_000, 10, 50.0), "r")
        assert standing([one], zone=zone).week.last == TODAY
