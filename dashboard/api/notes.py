"""Notes of the physio's file: about a person, a set, or one moment of a set."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends

from dashboard import auditing
from dashboard.caller import Caller
from dashboard.deps import May, RecordsDep, ServicesDep
from dashboard.errors import invalid
from dashboard.patient.models import NoteIn, NoteOut
from dashboard.sets.view import load
from tempoband.identity.permissions import Action
from tempoband.storage.records import notes, people
from tempoband.storage.records.notes import Note
from tempoband.storage.records.rows import new_id, values

router = APIRouter(tags=["notes"])
WriteCaller = Annotated[Caller, Depends(May(Action.WRITE_NOTE))]


@router.get("/people/{person_id}/notes")
def list_notes(
    person_id: str,
    caller: Annotated[Caller, Depends(May(Action.READ_NOTES))],
    records: RecordsDep,
) -> list[NoteOut]:
    """Every note about a person, newest first."""
    caller.check(person_id, "person", person_id)
    with records.read() as session:
        people.get(session, caller.clinic_id, person_id)
        found = notes.of_person(session, caller.clinic_id, person_id)
    return [NoteOut(**values(each)) for each in found]


@router.post("/people/{person_id}/notes", status_code=HTTPStatus.CREATED)
def add_note(
    person_id: str, told: NoteIn, caller: WriteCaller, services: ServicesDep, records: RecordsDep
) -> NoteOut:
    """Write a note; ``about_us`` needs the ``set_id`` whose curve it points at."""
    caller.check(person_id, "person", person_id)
    if told.about_us is not None and told.set_id is None:
        raise invalid("a moment belongs to a set: name its set_id")
    note = Note(
        id=new_id(), person_id=person_id, written_us=services.now_us(), by=caller.id, **told.model_dump()
    )
    with records.write() as session:
        people.get(session, caller.clinic_id, person_id)
        if told.set_id is not None:
            about = load(session, caller.clinic_id, told.set_id)
            if about.subject.person_id != person_id:
                raise invalid("this set is somebody else's")
        notes.add(session, caller.clinic_id, note)
        auditing.note(session, caller, "note", note.id, person_id=person_id)
    return NoteOut(**values(note))


@router.delete("/notes/{note_id}", status_code=HTTPStatus.NO_CONTENT)
def delete_note(note_id: str, caller: WriteCaller, records: RecordsDep) -> None:
    """Take a note out of the file; the audit keeps that there was one."""
    with records.write() as session:
        found = notes.get(session, caller.clinic_id, note_id)
        caller.check(found.person_id, "note", note_id)
        notes.remove(session, caller.clinic_id, note_id)
        detail = {"what": "delete"}
        auditing.note(session, caller, "note", note_id, person_id=found.person_id, detail=detail)
