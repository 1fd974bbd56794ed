"""Messages from the physio to a wearer: sent, listed, read."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends

from dashboard import auditing
from dashboard.caller import Caller
from dashboard.caseload.message_view import message_view
from dashboard.caseload.models import MessageIn, MessageOut, MessagesRead
from dashboard.deps import May, RecordsDep, ServicesDep
from tempoband.identity.permissions import Action
from tempoband.storage.records import messages, people
from tempoband.storage.records.messages import Message
from tempoband.storage.records.rows import new_id

router = APIRouter(prefix="/people/{person_id}/messages", tags=["messages"])


@router.get("")
def list_messages(
    person_id: str, caller: Annotated[Caller, Depends(May(Action.READ_MESSAGES))], records: RecordsDep
) -> list[MessageOut]:
    """The last hundred messages to a person, newest first."""
    caller.check(person_id, "person", person_id)
    with records.read() as session:
        people.get(session, caller.clinic_id, person_id)
        return [message_view(each) for each in messages.of_person(session, caller.clinic_id, person_id)]


@router.post("", status_code=HTTPStatus.CREATED)
def send_message(
    person_id: str,
    told: MessageIn,
    caller: Annotated[Caller, Depends(May(Action.SEND_MESSAGE))],
    services: ServicesDep,
    records: RecordsDep,
) -> MessageOut:
    """Send a message; it stands on the wearer's page until they have read it."""
    caller.check(person_id, "person", person_id)
    message = Message(new_id(), person_id, told.body, services.now_us(), caller.id)
    with records.write() as session:
        people.get(session, caller.clinic_id, person_id)
        messages.send(session, caller.clinic_id, message)
        auditing.note(session, caller, "message", message.id, person_id=person_id)
    return message_view(message)


@router.post("/read")
def mark_read(
    person_id: str,
    told: MessagesRead,
    caller: Annotated[Caller, Depends(May(Action.MARK_READ))],
    services: ServicesDep,
    records: RecordsDep,
) -> list[MessageOut]:
    """The wearer has read these."""
    caller.check(person_id, "person", person_id)
    with records.write() as session:
        people.get(session, caller.clinic_id, person_id)
        found = [
            messages.read(session, caller.clinic_id, person_id, each, now_us=services.now_us())
            for each in told.ids
        ]
        for each in found:
            auditing.note(session, caller, "message", each.id, person_id=person_id)
    return [message_view(each) for each in found]
