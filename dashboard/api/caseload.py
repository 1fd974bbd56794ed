"""``/api/caseload``: who needs a look and why; a message, a snooze, an acknowledgement."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from pydantic import TypeAdapter
from sqlalchemy.orm import Session

from dashboard import auditing
from dashboard.caller import Caller
from dashboard.caseload.board import open_flags
from dashboard.caseload.message_view import message_view
from dashboard.caseload.models import CaseloadOut, CaseOut, MessageOut, SendIn, SnoozeIn
from dashboard.deps import May, RecordsDep, ServicesDep
from tempoband.identity.permissions import Action
from tempoband.storage.records import alerts, messages, people
from tempoband.storage.records.messages import Message
from tempoband.storage.records.rows import new_id
from tempoband.storage.records.words import AlertState

router = APIRouter(prefix="/caseload", tags=["caseload"])
SettleCaller = Annotated[Caller, Depends(May(Action.SETTLE_ALERTS))]
_DAY_US = 86_400_000_000
CASELOAD: TypeAdapter[dict[str, Any]] = TypeAdapter(dict[str, Any])
"""Writes the board as ``CaseloadOut`` says it."""


@router.get("", response_model=CaseloadOut)
def get_caseload(
    caller: Annotated[Caller, Depends(May(Action.READ_CASELOAD))], services: ServicesDep
) -> Response:
    """Everybody of the clinic, those who need a look first, each flag with its rule."""
    # Written out as it is kept: checking five hundred rows once more costs more than reading them.
    body = CASELOAD.dump_json(services.board.rows(caller.clinic_id, services.now_us()))
    return Response(body, media_type="application/json")


@router.get("/{person_id}", response_model=CaseOut)
def get_case(
    person_id: str,
    caller: Annotated[Caller, Depends(May(Action.READ_CASELOAD))],
    services: ServicesDep,
    records: RecordsDep,
) -> dict[str, Any]:
    """One person's row of the caseload, and who is before and after them."""
    with records.read() as session:
        _see(session, caller, person_id)
    return services.board.case(caller.clinic_id, person_id, services.now_us())


@router.post("/{person_id}/acknowledge")
def acknowledge(person_id: str, caller: SettleCaller, services: ServicesDep, records: RecordsDep) -> int:
    """Settle a person's flags until something new happens; returns how many."""
    with records.write() as session:
        _see(session, caller, person_id)
        found = list(open_flags(session, caller.clinic_id, person_id))
        for alert in found:
            alerts.acknowledge(session, caller.clinic_id, alert.id, by=caller.id, now_us=services.now_us())
        _note(session, caller, person_id, "acknowledge", [alert.rule for alert in found])
    return len(found)


@router.post("/{person_id}/snooze")
def snooze(
    person_id: str, asked: SnoozeIn, caller: SettleCaller, services: ServicesDep, records: RecordsDep
) -> int:
    """Put a person's flags away for some days; returns how many."""
    with records.write() as session:
        _see(session, caller, person_id)
        return _snooze(session, caller, person_id, services.now_us() + asked.days * _DAY_US)


@router.post("/{person_id}/reopen")
def reopen(person_id: str, caller: SettleCaller, records: RecordsDep) -> int:
    """Take back that a person's flags were settled or put away; returns how many."""
    with records.write() as session:
        _see(session, caller, person_id)
        raised = alerts.standing(session, caller.clinic_id, person_id)
        settled = [alert for alert in raised if alert.state is not AlertState.OPEN]
        for alert in settled:
            alerts.reopen(session, caller.clinic_id, alert.id)
        _note(session, caller, person_id, "reopen", [alert.rule for alert in settled])
    return len(settled)


@router.post("/{person_id}/send")
def send(
    person_id: str,
    told: SendIn,
    caller: Annotated[Caller, Depends(May(Action.SEND_MESSAGE))],
    services: ServicesDep,
    records: RecordsDep,
) -> MessageOut:
    """Send the wearer a message and put their flags away: one press, one transaction."""
    now_us = services.now_us()
    with records.write() as session:
        _see(session, caller, person_id)
        message = Message(new_id(), person_id, told.body, now_us, caller.id)
        messages.send(session, caller.clinic_id, message)
        auditing.note(session, caller, "message", message.id, person_id=person_id)
        _snooze(session, caller, person_id, now_us + told.days * _DAY_US)
    return message_view(message)


def _snooze(session: Session, caller: Caller, person_id: str, until_us: int) -> int:
    found = list(open_flags(session, caller.clinic_id, person_id))
    for alert in found:
        alerts.snooze(session, caller.clinic_id, alert.id, until_us=until_us)
    _note(session, caller, person_id, "snooze", [alert.rule for alert in found])
    return len(found)


def _see(session: Session, caller: Caller, person_id: str) -> None:
    caller.check(person_id, "person", person_id)
    people.get(session, caller.clinic_id, person_id)


def _note(session: Session, caller: Caller, person_id: str, what: str, rules: list[str]) -> None:
    detail = {"what": what, "rules": rules}
    auditing.note(session, caller, "alerts", person_id, person_id=person_id, detail=detail)
