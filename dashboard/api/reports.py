"""Self-reports: pain and effort, as the wearer taps them after a set."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends

from dashboard import auditing
from dashboard.caller import Caller
from dashboard.deps import May, RecordsDep, ServicesDep
from dashboard.serving.spans import SpanDep
from dashboard.sets.models import SelfReportIn, SelfReportOut
from dashboard.sets.view import load
from tempoband.identity.permissions import Action
from tempoband.storage.records import people, self_reports
from tempoband.storage.records.rows import new_id, values
from tempoband.storage.records.self_reports import SelfReport

router = APIRouter(prefix="/people", tags=["reports"])


@router.get("/{person_id}/reports")
def list_reports(
    person_id: str,
    caller: Annotated[Caller, Depends(May(Action.READ_REPORTS))],
    records: RecordsDep,
    span: SpanDep,
) -> list[SelfReportOut]:
    """What a person reported in start_us <= t < end_us, by time."""
    caller.check(person_id, "person", person_id)
    with records.read() as session:
        people.get(session, caller.clinic_id, person_id)
        found = self_reports.of_person(
            session, caller.clinic_id, person_id, start_us=span.start_us, end_us=span.end_us
        )
    return [SelfReportOut(**values(each)) for each in found]


@router.post("/{person_id}/reports", status_code=HTTPStatus.CREATED)
def add_report(
    person_id: str,
    told: SelfReportIn,
    caller: Annotated[Caller, Depends(May(Action.REPORT))],
    services: ServicesDep,
    records: RecordsDep,
) -> SelfReportOut:
    """Keep pain 0-10, effort on Borg's CR10, or both; with ``set_id`` about that set."""
    caller.check(person_id, "person", person_id)
    report = SelfReport(
        id=new_id(), person_id=person_id, at_us=services.now_us(), by=caller.id, **told.model_dump()
    )
    with records.write() as session:
        people.get(session, caller.clinic_id, person_id)
        if told.set_id is not None:
            caller.check(load(session, caller.clinic_id, told.set_id).subject.person_id, "set", told.set_id)
        self_reports.add(session, caller.clinic_id, report)
        auditing.note(session, caller, "report", report.id, person_id=person_id)
    return SelfReportOut(**values(report))
