"""Corrects what was told about a set, or tells what a found one was; analytics scores it anew."""

from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from dashboard import catalogue
from dashboard.errors import invalid
from dashboard.sets.models import SetEdit
from dashboard.sets.opening import reference_of
from dashboard.sets.view import Told
from tempoband.contracts.tempo import Tempo, TempoError
from tempoband.storage.records import declarations, people, prescriptions
from tempoband.storage.records.declarations import SetDeclaration
from tempoband.storage.records.prescriptions import Prescription
from tempoband.words.phrases import words_of


def edit(session: Session, clinic_id: str, told: Told, change: SetEdit, *, by: str) -> SetDeclaration:
    """Keep what was changed; what was not mentioned stays as it is.

    Raises:
        RecordsError: an unknown person or prescription, or another told set covers the same time.
        DashboardError: what is said now contradicts itself.
    """
    before = told.as_declared(by=by)
    said = {name: getattr(change, name) for name in change.model_fields_set}
    prescribed = _prescription(session, clinic_id, before, said)
    after = _checked(session, clinic_id, replace(before, **_told_fields(before, said, prescribed)))
    after = replace(after, reference_id=reference_of(session, clinic_id, after, prescribed))
    if isinstance(told.subject, SetDeclaration):
        return declarations.amend(session, clinic_id, after)
    return declarations.tell(session, clinic_id, after)


def _prescription(
    session: Session, clinic_id: str, before: SetDeclaration, said: dict[str, Any]
) -> Prescription | None:
    """The prescription that counts after the change; another exercise or person leaves the old one."""
    if said.get("prescription_id") is not None:
        return prescriptions.get(session, clinic_id, said["prescription_id"])
    if "prescription_id" in said or before.prescription_id is None:
        return None
    kept = prescriptions.get(session, clinic_id, before.prescription_id, before.prescription_version)
    exercise = said.get("exercise", before.exercise)
    person_id = said.get("person_id", before.person_id)
    return kept if (kept.exercise, kept.person_id) == (exercise, person_id) else None


def _told_fields(
    before: SetDeclaration, said: dict[str, Any], prescribed: Prescription | None
) -> dict[str, Any]:
    fields: dict[str, Any] = {
        name: said[name] for name in ("exercise", "side", "person_id", "tempo", "hand_reps") if name in said
    }
    if "prescription_id" in said and prescribed is not None:
        fields = {"exercise": prescribed.exercise, "person_id": prescribed.person_id} | fields
        fields = {"tempo": prescribed.tempo} | fields
    if fields.get("exercise", before.exercise) != before.exercise and "tempo" not in fields:
        exercise = catalogue.required(fields["exercise"])
        fields["tempo"] = str(exercise.tempo) if exercise else None
    return fields | {
        "prescription_id": prescribed.id if prescribed else None,
        "prescription_version": prescribed.version if prescribed else None,
    }


def _checked(session: Session, clinic_id: str, after: SetDeclaration) -> SetDeclaration:
    catalogue.required(after.exercise)
    if after.person_id is not None:
        people.get(session, clinic_id, after.person_id)
    if after.tempo is None:
        return after
    try:
        return replace(after, tempo=str(Tempo.parse(after.tempo)))
    except TempoError as error:
        raise invalid(words_of(error)) from error
