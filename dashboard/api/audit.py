"""The clinic's access log: who saw or changed whose data; to read with filters, and to take along."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse
from sqlalchemy.orm import Session

from dashboard.caller import Caller
from dashboard.deps import May, RecordsDep
from dashboard.models import Out
from dashboard.serving.downloads import kept_as
from dashboard.serving.spans import SpanDep
from tempoband.identity.permissions import Action, reads
from tempoband.storage.records import Records, accounts, audit, people
from tempoband.storage.records.audit import Act, Wanted

router = APIRouter(tags=["privacy"])
AuditCaller = Annotated[Caller, Depends(May(Action.READ_AUDIT))]
LOOKS: Final = frozenset(action for action in Action if reads(action))
_COLUMNS = ("id", "at_us", "by", "role", "action", "resource", "resource_id", "person_id", "detail")


class What(StrEnum):
    """Looks show data, changes change it."""

    LOOKS = "looks"
    CHANGES = "changes"


@dataclass(frozen=True, slots=True)
class Filter:
    """Whose data it was, who it was, and whether something was seen or changed."""

    person_id: Annotated[str | None, Query(max_length=64)] = None
    by: Annotated[str | None, Query(max_length=64)] = None
    what: What | None = None


FilterDep = Annotated[Filter, Depends()]


class ActOut(Out):
    """One act, with the names that are still known."""

    id: str
    at_us: int
    by: str
    by_name: str | None
    role: str
    action: str
    resource: str
    resource_id: str | None
    person_id: str | None
    person_name: str | None
    detail: dict[str, Any] | None


@router.get("/audit")
def read_audit(
    caller: AuditCaller,
    records: RecordsDep,
    span: SpanDep,
    told: FilterDep,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[ActOut]:
    """The newest acts of the clinic, or on one's own data, newest first; older ones with ``end_us``."""
    wanted = _wanted(caller, span.start_us, span.end_us, told)
    with records.read() as session:
        found = audit.newest(session, caller.clinic_id, wanted, limit=limit)
        return _named(session, caller.clinic_id, found)


@router.get("/audit.ndjson", response_class=StreamingResponse)
def audit_ndjson(
    caller: AuditCaller, records: RecordsDep, span: SpanDep, told: FilterDep
) -> StreamingResponse:
    """The same for programs, one act a line, oldest first; ids and no names."""
    acts = _stream(records, caller.clinic_id, _wanted(caller, span.start_us, span.end_us, told))
    lines = (json.dumps(asdict(act), ensure_ascii=False) + "\n" for act in acts)
    return _download(lines, "application/x-ndjson", "audit.ndjson")


@router.get("/audit.csv", response_class=StreamingResponse)
def audit_csv(caller: AuditCaller, records: RecordsDep, span: SpanDep, told: FilterDep) -> StreamingResponse:
    """The same as CSV."""
    acts = _stream(records, caller.clinic_id, _wanted(caller, span.start_us, span.end_us, told))
    return _download(_csv(acts), "text/csv", "audit.csv")


def _wanted(caller: Caller, start_us: int, end_us: int, told: Filter) -> Wanted:
    """Wearers see what was done with their own data, whoever they ask for."""
    only = caller.only_person
    if only is not None and told.person_id not in (None, only):
        caller.check(told.person_id, "person", str(told.person_id))
    return Wanted(
        start_us,
        end_us,
        person_id=told.person_id if only is None else only,
        by=told.by,
        actions=LOOKS if told.what is What.LOOKS else None,
        but=LOOKS if told.what is What.CHANGES else (),
    )


def _named(session: Session, clinic_id: str, acts: list[Act]) -> list[ActOut]:
    staff = {each.id: each.name for each in accounts.staff(session, clinic_id)}
    names = {each.id: each.display_name for each in people.current(session, clinic_id)}
    wearers = accounts.wearers(session, clinic_id)
    return [
        ActOut(
            **asdict(act),
            by_name=staff.get(act.by) or names.get(wearers.get(act.by, "")),
            person_name=names.get(act.person_id or ""),
        )
        for act in acts
    ]


def _stream(records: Records, clinic_id: str, wanted: Wanted) -> Iterator[Act]:
    with records.read() as session:
        yield from audit.matching(session, clinic_id, wanted)


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


def _download(lines: Iterator[str], kind: str, name: str) -> StreamingResponse:
    return StreamingResponse(lines, HTTPStatus.OK, kept_as(name), kind)
