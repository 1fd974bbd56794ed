"""A person's rights: who saw their data, a copy of everything, erasure. And the clinic's access log."""

import contextlib
import csv
import io
import json
from collections.abc import Iterator
from dataclasses import asdict
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import StreamingResponse
from pydantic import Field

from dashboard import auditing
from dashboard.deps import Caller, May, RecordsDep, ServicesDep
from dashboard.downloads import kept_as
from dashboard.errors import invalid
from dashboard.models import In, Name, Out
from dashboard.privacy.bundle import Subject, bundle
from dashboard.spans import Span, SpanDep
from tempoband.identity.permissions import Action, scope
from tempoband.storage.erasure import Orderer, erase_person
from tempoband.storage.records import Records, accounts, audit, people
from tempoband.storage.records.audit import Act
from tempoband.storage.timeseries.open import open_eraser

router = APIRouter(tags=["privacy"])
AuditCaller = Annotated[Caller, Depends(May(Action.READ_AUDIT))]
_COLUMNS = ("id", "at_us", "by", "role", "action", "resource", "resource_id", "person_id", "detail")
_NEWEST = 200


class LookOut(Out):
    """One act on a person's data: ``by_name`` where it was staff of the clinic."""

    at_us: int
    by: str
    by_name: str | None
    role: str
    action: str


class ErasureIn(In):
    """The person's name, typed again: nobody erases by a slip."""

    name: Name


class ErasedOut(Out):
    """What is gone."""

    samples: int
    rows: Annotated[dict[str, int], Field(description="rows deleted, by table")]


@router.get("/audit.ndjson", response_class=StreamingResponse)
def audit_ndjson(caller: AuditCaller, records: RecordsDep, span: SpanDep) -> StreamingResponse:
    """The access log, one act a line, oldest first: of the clinic, or of one's own data."""
    acts = _acts(records, caller, span)
    lines = (json.dumps(asdict(act), ensure_ascii=False) + "\n" for act in acts)
    return _download(lines, "application/x-ndjson", "audit.ndjson")


@router.get("/audit.csv", response_class=StreamingResponse)
def audit_csv(caller: AuditCaller, records: RecordsDep, span: SpanDep) -> StreamingResponse:
    """The same as CSV."""
    return _download(_csv(_acts(records, caller, span)), "text/csv", "audit.csv")


@router.get("/people/{person_id}/audit")
def looks(person_id: str, caller: AuditCaller, records: RecordsDep) -> list[LookOut]:
    """Who saw or changed a person's data, newest first."""
    caller.check(person_id, "person", person_id)
    with records.read() as session:
        people.get(session, caller.clinic_id, person_id)
        names = {each.id: each.name for each in accounts.staff(session, caller.clinic_id)}
        found = audit.newest_of(session, caller.clinic_id, person_id, limit=_NEWEST)
    return [
        LookOut(at_us=a.at_us, by=a.by, by_name=names.get(a.by), role=a.role, action=a.action) for a in found
    ]


@router.get("/people/{person_id}/export.zip", response_class=StreamingResponse)
def export_person(
    person_id: str,
    caller: Annotated[Caller, Depends(May(Action.EXPORT_PERSON))],
    services: ServicesDep,
    records: RecordsDep,
) -> StreamingResponse:
    """Everything kept about a person: to read, and for programs. The physio's notes only for physios."""
    caller.check(person_id, "person", person_id)
    with records.write() as session:
        people.get(session, caller.clinic_id, person_id)
        auditing.note(session, caller, "person", person_id, person_id=person_id)
    without = frozenset() if scope(caller.principal, Action.READ_NOTES) else frozenset({"notes"})
    subject = Subject(
        caller.clinic_id, person_id, services.now_us(), without, simulated=services.settings.simulated
    )
    return _download(bundle(records, services.store.reader, subject), "application/zip", "everything.zip")


@router.post("/people/{person_id}/erasure")
def erase(
    person_id: str,
    told: ErasureIn,
    caller: Annotated[Caller, Depends(May(Action.ERASE_PERSON))],
    services: ServicesDep,
    records: RecordsDep,
) -> ErasedOut:
    """Erase a person for good: samples, every row, the name, the account. The audit keeps the number."""
    caller.check(person_id, "person", person_id)
    with records.read() as session:
        person = people.get(session, caller.clinic_id, person_id)
    if person.display_name.casefold() != told.name.casefold():
        raise invalid("this is not the person's name; nothing was erased")
    orderer = Orderer(caller.id, caller.principal.role, caller.clinic_id)
    with contextlib.closing(open_eraser(services.settings.store_address())) as samples:
        erased = erase_person(records, samples, person_id, orderer, now_us=services.now_us())
    services.watches.end(caller.clinic_id, person_id)
    services.watch_changed()
    if services.access is not None:
        services.access.watch.poke()
    return ErasedOut(samples=erased.samples, rows=erased.rows)


def _acts(records: Records, caller: Caller, span: Span) -> Iterator[Act]:
    only = caller.only_person
    return _stream(records, caller.clinic_id, only, span)


def _stream(records: Records, clinic_id: str, only: str | None, span: Span) -> Iterator[Act]:
    with records.read() as session:
        yield from audit.acts(session, clinic_id, start_us=span.start_us, end_us=span.end_us, person_id=only)


def _csv(acts: Iterator[Act]) -> Iterator[str]:
    line = io.StringIO()
    writer = csv.writer(line)
    writer.writerow(_COLUMNS)
    for act in acts:
        row = asdict(act)
        row["detail"] = None if act.detail is None else json.dumps(act.detail, ensure_ascii=False)
        writer.writerow([row[name] for name in _COLUMNS])
        yield line.getvalue()
        line.seek(0)
        line.truncate()
    yield line.getvalue()


def _download(lines: Iterator[str] | Iterator[bytes], kind: str, name: str) -> StreamingResponse:
    return StreamingResponse(lines, HTTPStatus.OK, kept_as(name), kind)
