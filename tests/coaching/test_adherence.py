from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from hypothesis import assume, given
from hypothesis import strategies as st

from analytics.coaching.adherence import Adherence, DayState, adherence
from analytics.coaching.calendar import day_start_us, days_between, local_day, week_start
from analytics.coaching.exercise import Dose, DoseUnit
from analytics.coaching.prescribed import DoneSet, Prescribed, days_in_force, prescribed_tut_s
from tests.coaching.making import BERLIN, at
from tests.coaching.making import prescribed as plan

# Zones with every awkward habit: midnight skipped (Beirut, Havana), half hours (Lord Howe), a day
# skipped for good (Apia 2011), far east and far west of Greenwich.
ZONES = [
    ZoneInfo(name)
    for name in (
        "Europe/Berlin",
        "America/Havana",
        "Asia/Beirut",
        "Australia/Lord_Howe",
        "Pacific/Apia",
        "Pacific/Kiritimati",
        "America/Los_Angeles",
        "UTC",
    )
]
MONDAY = date(2026, 3, 23)  # the week in which Berlin loses an hour, on Sunday the 29th
zones = st.sampled_from(ZONES)
days = st.dates(date(2021, 1, 1), date(2029, 12, 31))


def reps(
    day: date, amount: float, *, hour: float = 12, zone: ZoneInfo = BERLIN, **changes: object
) -> DoneSet:
    base = {
        "prescription": "v1",
        "exercise": "clamshell",
        "started_us": at(day, hour, zone),
        "amount": amount,
        "tut_s": 5.0 * amount,
    }
    return DoneSet(**(base | changes))  # type: ignore[arg-type]


def week(prescribed: list[Prescribed], done: list[DoneSet], *, today: date | None = None) -> Adherence:
    last = MONDAY + timedelta(days=6)
    return adherence(
        prescribed, done, first=MONDAY, last=last, today=today or last + timedelta(days=1), zone=BERLIN
    )


def states(result: Adherence) -> str:
    return "".join(str(day.state)[0] for day in result.days)


@given(days, zones)
def test_a_local_day_begins_where_its_date_begins(day, zone):
    start = day_start_us(day, zone)
    assert local_day(start, zone) == day
    assert local_day(start - 1, zone) < day


@given(st.datetimes(datetime(2021, 1, 1), datetime(2029, 12, 31)), zones)  # noqa: DTZ001 - made aware below
def test_an_instant_lies_within_its_own_local_day(moment, zone):
    at_us = round(moment.replace(tzinfo=UTC).timestamp()) * 1_000_000
    day = local_day(at_us, zone)
    assert day_start_us(day, zone) <= at_us < day_start_us(day + timedelta(days=1), zone)


@given(st.integers(1, 7), days)
def test_any_seven_days_hold_the_prescribed_number_of_sessions(per_week, first):
    p = plan(days_per_week=per_week)
    assert sum(p.counts(d) for d in days_between(first, first + timedelta(days=6))) == per_week


@given(st.integers(1, 7), st.sets(st.integers(0, 6)))
def test_misses_of_a_finished_week_are_exactly_what_it_fell_short_by(per_week, done_on):
    sets = [reps(MONDAY + timedelta(days=k), 12) for k in done_on for _ in range(3)]
    result = week([plan(days_per_week=per_week)], sets)
    assert result.missed == max(0, per_week - len(done_on))
    assert result.session_days == len(done_on)


@given(st.sets(st.integers(0, 6), min_size=1), st.sets(st.integers(0, 6)))
def test_fixed_days_that_were_not_done_are_missed_and_no_others(weekdays, done_on):
    sets = [reps(MONDAY + timedelta(days=k), 12) for k in done_on]
    result = week([plan(weekdays=frozenset(weekdays))], sets)
    missed = {day.day.weekday() for day in result.days if day.state is DayState.MISSED}
    assert missed == weekdays - done_on


@given(
    st.lists(st.tuples(st.integers(0, 6), st.floats(0, 23.9), st.integers(1, 40)), max_size=30), st.randoms()
)
def test_order_of_arrival_does_not_matter(work, random):
    sets = [reps(MONDAY + timedelta(days=d), n, hour=h) for d, h, n in work]
    late = list(sets)
    random.shuffle(late)
    assert week([plan()], sets) == week([plan()], late)


@given(st.lists(st.tuples(st.integers(0, 13), st.integers(1, 40)), max_size=20), st.integers(1, 13))
def test_totals_of_two_spans_add_up_to_the_whole(work, cut):
    first, last = MONDAY, MONDAY + timedelta(days=13)
    sets = [reps(first + timedelta(days=d), n) for d, n in work]

    def over(a: date, b: date) -> Adherence:
        return adherence([plan()], sets, first=a, last=b, today=last, zone=BERLIN)

    left = over(first, first + timedelta(days=cut - 1))
    right = over(first + timedelta(days=cut), last)
    assert left.totals["p"] + right.totals["p"] == over(first, last).totals["p"]


@given(zones, days, st.floats(0, 22.9))
def test_every_set_counts_on_the_date_it_was_done_in_the_wearers_zone(zone, day, hour):
    assume(local_day(at(day, hour, zone), zone) == day)
    done = reps(day, 12, hour=hour, zone=zone)
    span = {"first": day - timedelta(days=2), "last": day + timedelta(days=2), "today": day}
    result = adherence([plan()], [done], zone=zone, **span)
    assert [d.day for d in result.days if d.state is DayState.PARTLY] == [day]


@given(st.integers(1, 7), st.lists(st.tuples(st.integers(0, 6), st.integers(1, 60)), max_size=40))
def test_dose_is_the_plain_ratio_and_is_never_clipped(per_week, work):
    result = week([plan(days_per_week=per_week)], [reps(MONDAY + timedelta(days=d), n) for d, n in work])
    exact = Fraction(sum(n for _, n in work), per_week * 3 * 12)
    assert result.dose is not None
    assert abs(result.dose - float(exact)) < 1e-9


@given(st.integers(0, 7), st.integers(1, 7), st.integers(1, 7))
def test_a_prescription_changed_in_mid_week_asks_no_more_than_both_versions_together(change, before, after):
    turn = MONDAY + timedelta(days=change)
    old = plan(id="v1", days_per_week=before, last_day=turn - timedelta(days=1))
    new = plan(id="v2", days_per_week=after, first_day=turn, sets=2)
    result = week([old, new], [])
    asked = sum(old.counts(d.day) + new.counts(d.day) for d in result.days)
    assert result.missed == asked
    assert min(before, after) - 1 <= asked <= max(before, after) + 1
    expected = sum(3 * old.counts(d.day) + 2 * new.counts(d.day) for d in result.days)
    assert result.totals["p"].sets_prescribed == expected


@given(st.integers(0, 6), st.integers(0, 6))
def test_what_was_done_under_a_version_is_judged_by_it_also_after_the_change(turn, done_on):
    change = MONDAY + timedelta(days=turn)
    old = plan(id="v1", days_per_week=7, last_day=change - timedelta(days=1))
    new = plan(id="v2", days_per_week=7, first_day=change, dose=Dose(DoseUnit.REPS, 20, 25), tut_s=100.0)
    day = MONDAY + timedelta(days=done_on)
    result = week([old, new], [reps(day, 12, hour=6, prescription="v1") for _ in range(3)])
    assert result.days[done_on].state is DayState.DONE
    assert result.days[done_on].dose == 1.0
    assert result.totals["p"].sets_done == 3


@given(st.sets(st.integers(0, 6)), st.integers(1, 7))
def test_a_day_without_a_prescription_in_force_is_never_missed(paused, per_week):
    spans = [
        plan(id=f"v{k}", days_per_week=per_week, first_day=day, last_day=day)
        for k in range(7)
        if k not in paused and (day := MONDAY + timedelta(days=k))
    ]
    result = week(spans, [])
    for k in paused:
        assert result.days[k].state is DayState.REST
    assert result.missed <= 7 - len(paused)


@given(st.lists(st.tuples(st.integers(0, 6), st.floats(0, 23.9), st.integers(1, 40)), max_size=20), zones)
def test_whoever_moves_to_another_zone_keeps_every_set(work, zone):
    sets = [reps(MONDAY + timedelta(days=d), n, hour=h) for d, h, n in work]
    span = {"first": MONDAY - timedelta(days=2), "last": MONDAY + timedelta(days=9), "today": MONDAY}
    here, there = (adherence([plan()], sets, zone=each, **span) for each in (BERLIN, zone))
    assert here.totals["p"].amount_done == there.totals["p"].amount_done == sum(n for _, _, n in work)
    assert sum(d.exercises["p"].tally.amount_done for d in there.days) == there.totals["p"].amount_done


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(1, 40)), min_size=1, max_size=20), st.randoms())
def test_a_deleted_set_takes_only_its_own_part_away(work, random):
    sets = [reps(MONDAY + timedelta(days=d), n) for d, n in work]
    gone = random.randrange(len(sets))
    left = week([plan()], [item for k, item in enumerate(sets) if k != gone])
    lost = week([plan()], sets).totals["p"].amount_done - left.totals["p"].amount_done
    assert lost == sets[gone].amount
    assert left.totals["p"].sets_prescribed == 9


def test_a_set_over_midnight_belongs_to_the_day_it_began_on():
    result = week([plan(days_per_week=7)], [reps(MONDAY, 12, hour=23 + 59 / 60)])
    assert states(result)[:2] == "pm"
    result = week([plan(days_per_week=7)], [reps(MONDAY + timedelta(days=1), 12, hour=1 / 60)])
    assert states(result)[:2] == "mp"


def test_a_walk_is_done_one_step_below_its_number_because_tension_counts_the_steps():
    walk = plan(dose=Dose(DoseUnit.STEPS, 12, 12), tut_s=None, days_per_week=1)
    result = week([walk], [reps(MONDAY, 12), reps(MONDAY, 11), reps(MONDAY, 10)])
    tally = result.totals["p"]
    assert (tally.sets_done, tally.sets_partial) == (2, 1)
    assert tally.ratio == 33 / 36  # the dose itself is what was counted


def test_a_rest_day_is_not_a_miss():
    done = [reps(MONDAY + timedelta(days=d), 12) for d in (0, 2, 4) for _ in range(3)]
    result = week([plan()], done)
    assert states(result) == "drdrdrr"
    assert result.missed == 0
    assert result.dose == 1.0


def test_a_set_is_done_at_the_lower_bound_and_partly_done_below_it():
    result = week([plan(days_per_week=1)], [reps(MONDAY, 12), reps(MONDAY, 15), reps(MONDAY, 11)])
    tally = result.totals["p"]
    assert (tally.sets_done, tally.sets_partial, tally.sets_prescribed) == (2, 1, 3)
    assert states(result)[0] == "p"


def test_today_is_open_and_never_missed():
    daily = plan(days_per_week=7)
    result = week([daily], [], today=MONDAY + timedelta(days=3))
    assert states(result) == "mmmoooo"


def test_skipping_one_exercise_halves_the_session_however_large_the_other_is():
    walk = plan(
        id="w1", lineage="w", exercise="monster-walk", dose=Dose(DoseUnit.SECONDS, 60, 60), days_per_week=7
    )
    result = week([plan(days_per_week=7), walk], [reps(MONDAY, 12) for _ in range(3)])
    assert result.days[0].dose == 0.5
    assert result.days[0].state is DayState.PARTLY
    assert result.dose == (1 / 7 + 0) / 2


def test_over_doing_shows():
    result = week([plan(days_per_week=1)], [reps(MONDAY, 24) for _ in range(3)])
    assert result.days[0].dose == 2.0


def test_a_set_at_half_past_eleven_at_night_stays_on_its_date_over_the_change_of_clocks():
    sunday = MONDAY + timedelta(days=6)
    late = reps(sunday, 12, hour=22.5)  # the day has 23 hours
    assert local_day(late.started_us, BERLIN) == sunday
    assert local_day(late.started_us + 3_600_000_000, BERLIN) == sunday + timedelta(days=1)


def test_a_set_without_a_prescription_counts_for_the_one_in_force_and_is_kept_otherwise():
    other = reps(MONDAY, 30, prescription=None, exercise="fire-hydrant")
    same = reps(MONDAY, 12, prescription=None)
    foreign = reps(MONDAY, 12, prescription="somebody-else")
    result = week([plan()], [other, same, foreign])
    assert result.totals["p"].sets_done == 1
    assert result.unprescribed == (other, foreign)


def test_a_version_replaced_on_its_first_day_held_on_no_day():
    first, last = days_in_force(at(MONDAY, 9), at(MONDAY, 15), BERLIN)
    p = plan(first_day=first, last_day=last)
    assert not any(p.holds(MONDAY + timedelta(days=d)) for d in range(-2, 3))


def test_time_under_tension_is_prescribed_only_where_the_tempo_gives_seconds():
    assert prescribed_tut_s(Dose(DoseUnit.REPS, 15, 20), 5.0) == 75.0
    assert prescribed_tut_s(Dose(DoseUnit.SECONDS, 60, 60), None) == 60.0
    assert prescribed_tut_s(Dose(DoseUnit.STEPS, 12, 15), None) is None
    assert prescribed_tut_s(Dose(DoseUnit.REPS, 12, 15), None) is None
    no_seconds = week([plan(tut_s=None)], [reps(MONDAY, 12)]).totals["p"]
    assert no_seconds.tut_prescribed_s is None
    assert no_seconds.tut_share is None


def test_a_week_starts_on_monday_everywhere():
    assert week_start(MONDAY + timedelta(days=6)) == MONDAY
