"""Somebody's record for other places: one-page PDF, CSV, NDJSON, FHIR R4B. Every read is audited."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from dashboard import auditing
from dashboard.caller import Caller
from dashboard.deps import May, RecordsDep, ServicesDep, StoreDep
from dashboard.errors import invalid
from dashboard.language import reader
from dashboard.reports import fhir, tables
from dashboard.reports.dossier import Dossier, dossier
from dashboard.reports.page import report
from dashboard.reports.summary import summary
from dashboard.reports.words import Language
from dashboard.services import Services
from dashboard.serving.downloads import kept_as
from dashboard.serving.spans import Span, SpanDep
from tempoband.identity.permissions import Action
from tempoband.storage.records import Records, people
from tempoband.words.phrases import phrased

router = APIRouter(prefix="/people", tags=["record"])
ReadCaller = Annotated[Caller, Depends(May(Action.READ_RECORD))]
MOST_FHIR_SETS = 500


@dataclass(frozen=True, slots=True)
class Form:
    """One way to write a table."""

    name: str
    media_type: str
    write: Callable[[Dossier], str]


_CSV = "text/csv; charset=utf-8; header=present"
_SETS_CSV = Form("sets.csv", _CSV, tables.sets_csv)
_REPS_CSV = Form("reps.csv", _CSV, tables.reps_csv)
_SETS_NDJSON = Form("sets.ndjson", "application/x-ndjson", tables.sets_ndjson)


@router.get("/{person_id}/report.pdf", response_class=Response)
def report_pdf(
    *,
    person_id: str,
    caller: ReadCaller,
    services: ServicesDep,
    records: RecordsDep,
    store: StoreDep,
    lang: Language | None = None,
    weeks: Annotated[int, Query(ge=1, le=52)] = 8,
) -> Response:
    """One page of A4 for the file, over the last weeks; in the reader's language unless ``lang`` is told."""
    _seen(caller, records, person_id, "report.pdf")
    with records.read() as session:
        told = summary(
            session,
            caller.clinic_id,
            person_id,
            weeks=weeks,
            now_us=services.now_us(),
            simulated=services.settings.simulated,
        )
    made = report(told, store, lang or reader())
    return Response(made, media_type="application/pdf", headers=_file(told.record, "report.pdf"))


@router.get("/{person_id}/sets.csv", response_class=Response)
def sets_csv(person_id: str, caller: ReadCaller, services: ServicesDep, span: SpanDep) -> Response:
    """One row per set begun in start_us <= t < end_us; what cannot be known is empty."""
    return _table(caller, services, person_id, span, _SETS_CSV)


@router.get("/{person_id}/reps.csv", response_class=Response)
def reps_csv(person_id: str, caller: ReadCaller, services: ServicesDep, span: SpanDep) -> Response:
    """One row per rep of those sets, phase by phase."""
    return _table(caller, services, person_id, span, _REPS_CSV)


@router.get("/{person_id}/sets.ndjson", response_class=Response)
def sets_ndjson(person_id: str, caller: ReadCaller, services: ServicesDep, span: SpanDep) -> Response:
    """One JSON object per line and set, with its whole score."""
    return _table(caller, services, person_id, span, _SETS_NDJSON)


@router.get("/{person_id}/fhir", response_class=Response)
def fhir_bundle(
    *,
    person_id: str,
    caller: ReadCaller,
    services: ServicesDep,
    store: StoreDep,
    span: SpanDep,
    curves: bool = True,
    lang: Language | None = None,
) -> Response:
    """A FHIR R4B bundle: person, sensors, prescriptions, plan, and each set with its curve."""
    record = _taken_away(caller, services, person_id, span, "fhir.json")
    if len(record.sets) > MOST_FHIR_SETS:
        words = "{sets} sets are too many for one bundle: ask for a span of at most {most}"
        raise invalid(phrased(words, sets=len(record.sets), most=MOST_FHIR_SETS))
    made = fhir.bundle(record, store if curves else None, now_us=services.now_us(), language=lang or reader())
    return Response(made, media_type=fhir.MEDIA_TYPE, headers=_file(record, "fhir.json"))


def _seen(caller: Caller, records: Records, person_id: str, form: str) -> None:
    """Somebody takes the record away: the audit keeps who and in which form."""
    caller.check(person_id, "person", person_id)
    with records.write() as session:
        people.get(session, caller.clinic_id, person_id)
        detail = {"what": "read", "form": form}
        auditing.note(session, caller, "record", person_id, person_id=person_id, detail=detail)


def _taken_away(caller: Caller, services: Services, person_id: str, span: Span, form: str) -> Dossier:
    """The record over a span, for somebody who takes it away."""
    _seen(caller, services.records, person_id, form)
    with services.records.read() as session:
        return dossier(
            session,
            caller.clinic_id,
            person_id,
            start_us=span.start_us,
            end_us=span.end_us,
            simulated=services.settings.simulated,
        )


def _table(caller: Caller, services: Services, person_id: str, span: Span, form: Form) -> Response:
    record = _taken_away(caller, services, person_id, span, form.name)
    return Response(form.write(record), media_type=form.media_type, headers=_file(record, form.name))


def _file(record: Dossier, name: str) -> dict[str, str]:
    """Kept as a file whose name tells the pseudonym, not the person."""
    return kept_as(f"{record.person.pseudonym}-{name}")
