"""Done against prescribed for everybody: rows from the records, arithmetic from ``analytics.coaching``."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from analytics.coaching.adherence import Adherence, Tally, adherence
from analytics.coaching.calendar import DAYS_IN_WEEK, day_start_us, local_day, week_start
from analytics.coaching.prescribed import DoneSet, Prescribed, days_in_force, prescribed_tut_s
from dashboard import catalogue
from dashboard.catalogue import Dose, DoseUnit
from dashboard.models import Named
from dashboard.prescribing.models import ComplianceOut, PersonKept, PrescriptionKept
from tempoband.contracts.exercise import ExerciseKind, Side
from tempoband.storage.records import clinics, compliance, people, prescriptions
from tempoband.storage.records.compliance import DoneRow
from tempoband.storage.records.prescriptions import Prescription

_OfPerson = TypeVar("_OfPerson", DoneRow, Prescription)


def overview(
    session: Session, clinic_id: str, *, days: int, now_us: int, only: str | None = None
) -> ComplianceOut:
    """The last ``days`` local days, today included, one row per person; ``only`` limits it to one."""
    zone = ZoneInfo(clinics.get(session, clinic_id).time_zone)
    today = local_day(now_us, zone)
    first = today - timedelta(days=days - 1)
    last_sets = compliance.last_set_us(session, clinic_id)
    # With free days, what is due depends on the whole week.
    start_us = day_start_us(week_start(first), zone)
    end_us = day_start_us(today + timedelta(days=1), zone)
    rows = _by_person(compliance.done(session, clinic_id, start_us=start_us, end_us=end_us, person_id=only))
    asked = _by_person(
        prescriptions.in_force(session, clinic_id, start_us=start_us, end_us=end_us, person_id=only)
    )
    kept = []
    for person in people.current(session, clinic_id):
        if only not in (None, person.id):
            continue
        versions = asked.get(person.id, [])
        done = [as_done(row, versions) for row in rows.get(person.id, [])]
        plan = [as_prescribed(each, zone) for each in versions]
        result = adherence(plan, done, first=first, last=today, today=today, zone=zone)
        totals = {lineage: _total(result, lineage) for lineage in result.totals}
        named = Named(id=person.id, name=person.display_name)
        kept.append(_person(named, versions, totals, last_sets.get(person.id)))
    return ComplianceOut(from_us=day_start_us(first, zone), to_us=end_us, time_zone=zone.key, people=kept)


def _by_person(items: Iterable[_OfPerson]) -> dict[str, list[_OfPerson]]:
    found: dict[str, list[_OfPerson]] = {}
    for item in items:
        found.setdefault(item.person_id, []).append(item)
    return found


def _total(result: Adherence, lineage: str) -> Tally:
    """One prescription over the span.

    A prescription younger than its first day in the even spread of a week asks for nothing yet; a session
    done all the same then counts as asked, or a first set would read "1 of 0".
    """
    total = result.totals[lineage]
    if total.sets_prescribed or not (total.sets_done or total.sets_partial):
        return total
    return sum((day.exercises[lineage].tally for day in result.days if lineage in day.exercises), Tally())


def _person(
    person: Named, versions: Sequence[Prescription], totals: Mapping[str, Tally], last_set_us: int | None
) -> PersonKept:
    newest = {each.id: each for each in sorted(versions, key=lambda each: each.version)}
    rows = [_kept(newest[lineage], tally) for lineage, tally in totals.items()]
    total = sum(totals.values(), Tally())
    measured = [tally for tally in totals.values() if tally.tut_prescribed_s is not None]
    return PersonKept(
        person=person,
        prescriptions=rows,
        sets_done=total.sets_done,
        sets_prescribed=total.sets_prescribed,
        tut_share=sum(measured, Tally()).tut_share,
        on_tempo_share=total.on_tempo_share,
        last_set_us=last_set_us,
    )


def _kept(prescription: Prescription, tally: Tally) -> PrescriptionKept:
    return PrescriptionKept(
        prescription_id=prescription.id,
        exercise=prescription.exercise,
        exercise_name=catalogue.exercise_name(prescription.exercise),
        side=prescription.side,
        sets_done=tally.sets_done,
        sets_prescribed=tally.sets_prescribed,
        tut_s=tally.tut_s,
        tut_prescribed_s=tally.tut_prescribed_s,
        on_tempo_share=tally.on_tempo_share,
        reason=_why_no_tempo(prescription, tally),
    )


def _why_no_tempo(prescription: Prescription, tally: Tally) -> str:
    if tally.judged:
        return ""
    if catalogue.kind_of(prescription.exercise) is not ExerciseKind.DYNAMIC:
        return "the tension of this exercise does not show its tempo"
    if prescription.concentric_s is None and prescription.eccentric_s is None:
        return "no seconds are prescribed"
    return "no set has been scored yet"


def as_prescribed(prescription: Prescription, zone: ZoneInfo) -> Prescribed:
    """A version of a prescription as adherence counts it."""
    exercise = catalogue.find(prescription.exercise)
    both = prescription.side is Side.BOTH and exercise is not None
    dose = dose_of(prescription)
    first_day, last_day = days_in_force(prescription.valid_from_us, prescription.valid_to_us, zone)
    return Prescribed(
        id=_version_id(prescription.id, prescription.version),
        lineage=prescription.id,
        exercise=prescription.exercise,
        sets=prescription.sets * (exercise.sides.sets_each if both and exercise else 1),
        dose=dose,
        tut_s=prescribed_tut_s(dose, _rep_tut_s(prescription)),
        days_per_week=prescription.days_per_week or DAYS_IN_WEEK,
        first_day=first_day,
        last_day=last_day,
        weekdays=frozenset(prescription.weekdays or ()),
    )


def as_done(row: DoneRow, versions: Sequence[Prescription]) -> DoneSet:
    """A set as adherence counts it."""
    named = row.prescription_id is not None and row.prescription_version is not None
    under = next(
        (v for v in versions if (v.id, v.version) == (row.prescription_id, row.prescription_version)), None
    )
    return DoneSet(
        prescription=_version_id(row.prescription_id, row.prescription_version) if named else None,
        exercise=row.exercise,
        started_us=row.started_us,
        amount=_amount(row, under),
        tut_s=row.tut_s,
        on_tempo=row.on_tempo_reps or 0,
        judged=row.judged_reps or 0,
    )


def _amount(row: DoneRow, under: Prescription | None) -> float:
    """What was done, in the unit it was prescribed in.

    Where tension cannot count (push-outs, walks without steps, no band), the wearer does; where they said
    no number, a told set that ended counts as its lower bound.
    """
    exercise = catalogue.find(row.exercise)
    dose = dose_of(under) if under is not None else (exercise.dose if exercise else None)
    if row.rep_count is None:  # not scored yet
        return 0.0
    if dose is None or (dose.unit is DoseUnit.REPS and row.kind is ExerciseKind.DYNAMIC):
        return float(row.rep_count)
    if dose.unit is DoseUnit.SECONDS:
        return row.tut_s or 0.0
    if row.hand_reps is not None and dose.unit is DoseUnit.REPS:
        return float(row.hand_reps)
    counted = row.steps if dose.unit is DoseUnit.STEPS else None
    return float(counted or dose.lower)


def dose_of(prescription: Prescription) -> Dose:
    """What one set of a prescription asks for, in its own unit."""
    if prescription.seconds is not None:
        seconds = max(1, round(prescription.seconds))
        return Dose(DoseUnit.SECONDS, seconds, seconds)
    if prescription.steps is not None:
        return Dose(DoseUnit.STEPS, prescription.steps, prescription.steps)
    lower = prescription.reps_lower or 1
    return Dose(DoseUnit.REPS, lower, prescription.reps_upper or lower)


def _rep_tut_s(prescription: Prescription) -> float | None:
    """Seconds of tension in one rep: rest between reps is not tension."""
    if prescription.concentric_s is None or prescription.eccentric_s is None:
        return None
    return prescription.concentric_s + (prescription.hold_s or 0.0) + prescription.eccentric_s


def _version_id(prescription_id: str | None, version: int | None) -> str:
    return f"{prescription_id}:{version}"
