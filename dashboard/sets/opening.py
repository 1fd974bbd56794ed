"""Opens, closes and discards sets, in the records."""

from dataclasses import replace

from sqlalchemy.orm import Session

from dashboard import catalogue
from dashboard.errors import invalid
from dashboard.sets.day import sets_of_day
from dashboard.sets.models import NewSet
from dashboard.sets.view import Told
from tempoband.contracts.events import CloseReason
from tempoband.contracts.exercise import UNKNOWN_EXERCISE, ExerciseKind, Side
from tempoband.contracts.tempo import Tempo, TempoError
from tempoband.storage.records import (
    declarations,
    devices,
    people,
    prescriptions,
    references,
    sets,
)
from tempoband.storage.records.declarations import SetDeclaration
from tempoband.storage.records.devices import Device
from tempoband.storage.records.prescriptions import Prescription
from tempoband.storage.records.references import Rig
from tempoband.storage.records.rows import new_id
from tempoband.words.phrases import words_of

BY_HAND_PREFIX = "by-hand-"


def plan(session: Session, clinic_id: str, asked: NewSet, *, by: str, now_us: int) -> SetDeclaration:
    """What is to be declared: what was said, then the prescription, then the catalogue.

    Raises:
        RecordsError: an unknown person or prescription.
        DashboardError: what was said contradicts itself.
    """
    prescribed = _prescription(session, clinic_id, asked)
    person_id = asked.person_id or (prescribed.person_id if prescribed else None)
    if person_id is None:
        person_id = _wearer(session, clinic_id, asked, now_us)
    else:
        people.get(session, clinic_id, person_id)
    slug = asked.exercise or (prescribed.exercise if prescribed else UNKNOWN_EXERCISE)
    declaration = SetDeclaration(
        id=new_id(),
        sensor=asked.sensor or _without_sensor(session, clinic_id, person_id, slug, now_us),
        person_id=person_id,
        opened_us=now_us,
        by=by,
        exercise=slug,
        direction=asked.direction,
        tempo=_tempo(asked, prescribed, slug),
        prescription_id=prescribed.id if prescribed else None,
        prescription_version=prescribed.version if prescribed else None,
    )
    side = asked.side or _side(session, clinic_id, declaration, prescribed)
    declaration = replace(declaration, side=side)
    return replace(declaration, reference_id=reference_of(session, clinic_id, declaration, prescribed))


def _wearer(session: Session, clinic_id: str, asked: NewSet, now_us: int) -> str | None:
    return None if asked.sensor is None else devices.wearer_at(session, clinic_id, asked.sensor, now_us)


def _without_sensor(session: Session, clinic_id: str, person_id: str | None, slug: str, now_us: int) -> str:
    """A name that stands for no sensor: sets by hand have no curve, but a person and a time."""
    exercise = catalogue.find(slug)
    if person_id is None or exercise is None or exercise.kind is not ExerciseKind.BY_HAND:
        raise invalid("this exercise is measured: say on which sensor")
    name = f"{BY_HAND_PREFIX}{person_id}"
    devices.seen(session, clinic_id, Device(name, "By hand", now_us))
    return name


def _prescription(session: Session, clinic_id: str, asked: NewSet) -> Prescription | None:
    if asked.prescription_id is None:
        return None
    found = prescriptions.get(session, clinic_id, asked.prescription_id)
    if found.valid_to_us is not None:
        raise invalid("this prescription was ended; choose one that is in force")
    if asked.person_id not in (None, found.person_id):
        raise invalid("this prescription belongs to somebody else")
    if asked.exercise not in (None, found.exercise):
        raise invalid("this prescription is for another exercise")
    return found


def _tempo(asked: NewSet, prescribed: Prescription | None, slug: str) -> str | None:
    exercise = catalogue.required(slug)
    text = asked.tempo or (prescribed.tempo if prescribed else None)
    if text is None:
        return str(exercise.tempo) if exercise else None
    try:
        return str(Tempo.parse(text))
    except TempoError as error:
        raise invalid(words_of(error)) from error


def _side(
    session: Session, clinic_id: str, declaration: SetDeclaration, prescribed: Prescription | None
) -> Side:
    """The side nobody named: the prescribed one, else the one with fewer sets today."""
    if prescribed is not None and prescribed.side is not Side.BOTH:
        return prescribed.side
    exercise = catalogue.find(declaration.exercise)
    if exercise is None or not exercise.unilateral:
        return Side.BOTH
    done = [
        each.side
        for each in sets_of_day(session, clinic_id, declaration.opened_us)
        if (each.person_id, each.exercise) == (declaration.person_id, declaration.exercise)
    ]
    return Side.RIGHT if done.count(Side.LEFT) > done.count(Side.RIGHT) else Side.LEFT


def reference_of(
    session: Session, clinic_id: str, declaration: SetDeclaration, prescribed: Prescription | None
) -> str | None:
    """Id of the person's own full range on the prescribed rig; None where it was never measured."""
    if declaration.person_id is None or prescribed is None:
        return None
    rig = Rig(prescribed.band_brand, prescribed.band_label, prescribed.placement, prescribed.ring_length_cm)
    found = references.newest(
        session,
        clinic_id,
        declaration.person_id,
        exercise=declaration.exercise,
        side=declaration.side,
        rig=rig,
    )
    return None if found is None else found.id


def close(session: Session, clinic_id: str, told: Told, *, now_us: int) -> SetDeclaration | None:
    """Close a set by hand; a found set is closed already."""
    if not isinstance(told.subject, SetDeclaration):
        return None
    return declarations.close(session, clinic_id, told.subject.id, now_us, CloseReason.HAND)


def discard(session: Session, clinic_id: str, told: Told, *, now_us: int, by: str) -> SetDeclaration:
    """Say that this is no set; the stretch of a found one is told as such, so that it stays away."""
    if told.scored is not None:
        sets.discard(session, clinic_id, told.subject.id, now_us)
    if isinstance(told.subject, SetDeclaration):
        return declarations.discard(session, clinic_id, told.subject.id, now_us)
    found = replace(told.as_declared(by=by), discarded_us=now_us)
    return declarations.tell(session, clinic_id, found)
