"""A month of one person's days: rows from the records, states from ``analytics.coaching.adherence``."""

import calendar
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from analytics.coaching.adherence import Adherence, Day, DayState, adherence
from analytics.coaching.calendar import DAYS_IN_WEEK, day_start_us, days_between, local_day, week_start
from dashboard.catalogue import exercise_name
from dashboard.patient.models import CalendarDay, CalendarOut, DayExercise, DaySetOut
from dashboard.prescribing.compliance import as_done, as_prescribed
from tempoband.storage.records import clinics, compliance, prescriptions, self_reports
from tempoband.storage.records.compliance import DoneRow
from tempoband.storage.records.prescriptions import Prescription

KEPT_DAYS = 28
SET_DAYS = 30
_KEPT = (DayState.DONE, DayState.PARTLY)


def month_of(
    session: Session, clinic_id: str, person_id: str, month: date | None, now_us: int
) -> CalendarOut:
    """The month of a day, by default of today, in the clinic's time zone."""
    zone = ZoneInfo(clinics.get(session, clinic_id).time_zone)
    today = local_day(now_us, zone)
    first = (month or today).replace(day=1)
    last = first.replace(day=calendar.monthrange(first.year, first.month)[1])
    recent = today - timedelta(days=max(KEPT_DAYS, SET_DAYS) - 1)
    start_us = day_start_us(week_start(min(first, recent)), zone)
    end_us = day_start_us(max(last, today) + timedelta(days=1), zone)
    rows = compliance.done(session, clinic_id, start_us=start_us, end_us=end_us, person_id=person_id)
    versions = prescriptions.in_force(session, clinic_id, start_us=0, end_us=end_us, person_id=person_id)
    kept = adherence(
        [as_prescribed(each, zone) for each in versions],
        [as_done(row, versions) for row in rows],
        first=min(first, recent),
        last=max(last, today),
        today=today,
        zone=zone,
    )
    by_day = {day.day: day for day in kept.days}
    sets = _sets(rows, zone)
    lately = [by_day[day] for day in days_between(today - timedelta(days=KEPT_DAYS - 1), today)]
    newest = {each.id: each for each in versions}
    reports = self_reports.of_person(session, clinic_id, person_id, start_us=start_us, end_us=end_us)
    return CalendarOut(
        month=f"{first:%Y-%m}",
        time_zone=zone.key,
        today=today.isoformat(),
        days=[
            _day(_without_choice(by_day[day], today), sets[day], newest, _unprescribed(kept, day, zone))
            for day in days_between(first, last)
        ],
        days_kept=sum(day.state in _KEPT for day in lately),
        days_asked=sum(day.state in (*_KEPT, DayState.MISSED) for day in lately),
        days_reported=len({local_day(each.at_us, zone) for each in reports} & {each.day for each in lately}),
        days_worked=days_with_a_set(rows, today, zone, KEPT_DAYS),
        days_with_a_set=days_with_a_set(rows, today, zone),
        week=_week(versions, today, zone),
        free_days=_free_days(versions),
    )


def _without_choice(day: Day, today: date) -> Day:
    """A day to come is planned only where its weekday is prescribed: free days are the person's choice."""
    if day.day <= today:
        return day
    return replace(day, exercises={key: one for key, one in day.exercises.items() if one.prescribed.weekdays})


def _free_days(versions: Sequence[Prescription]) -> int | None:
    lasting = [each for each in versions if each.valid_to_us is None and not each.weekdays]
    return max((each.days_per_week or DAYS_IN_WEEK for each in lasting), default=None)


def days_with_a_set(rows: Sequence[DoneRow], today: date, zone: ZoneInfo, days: int = SET_DAYS) -> int:
    """Local days with a set among so many to today; a set without a rep or a second is none."""
    since = today - timedelta(days=days - 1)
    worked = {local_day(row.started_us, zone) for row in rows if row.rep_count or row.tut_s}
    return sum(since <= day <= today for day in worked)


def _sets(rows: Sequence[DoneRow], zone: ZoneInfo) -> dict[date, list[DaySetOut]]:
    found: dict[date, list[DaySetOut]] = defaultdict(list)
    for row in rows:
        found[local_day(row.started_us, zone)].append(
            DaySetOut(
                id=row.id,
                exercise=row.exercise,
                exercise_name=exercise_name(row.exercise),
                kind=row.kind,
                side=row.side,
                started_us=row.started_us,
                reps=row.rep_count,
                prescription_id=row.prescription_id,
            )
        )
    return found


def _unprescribed(kept: Adherence, day: date, zone: ZoneInfo) -> int:
    return sum(local_day(each.started_us, zone) == day for each in kept.unprescribed)


def _day(day: Day, sets: list[DaySetOut], newest: dict[str, Prescription], unprescribed: int) -> CalendarDay:
    return CalendarDay(
        day=day.day.isoformat(),
        state=day.state,
        dose=day.dose,
        exercises=[
            DayExercise(
                prescription_id=lineage,
                version=int(each.prescribed.id.rpartition(":")[2]),
                exercise=newest[lineage].exercise,
                exercise_name=exercise_name(newest[lineage].exercise),
                state=each.state,
                sets_done=each.tally.sets_done,
                sets_partial=each.tally.sets_partial,
                sets_prescribed=each.tally.sets_prescribed,
                ratio=each.tally.ratio,
            )
            for lineage, each in day.exercises.items()
            if each.due
        ],
        sets=sets,
        unprescribed=unprescribed,
    )


def _week(versions: Sequence[Prescription], today: date, zone: ZoneInfo) -> int | None:
    """Which week it is since the first version of the oldest prescription in force."""
    lasting = {each.id for each in versions if each.valid_to_us is None}
    began = [local_day(each.valid_from_us, zone) for each in versions if each.id in lasting]
    return (today - min(began)).days // DAYS_IN_WEEK + 1 if began else None
