"""Advice on prescriptions: shown with its reasons, applied by one tap, never by itself."""

from dataclasses import replace
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends

from dashboard import auditing
from dashboard.caller import Caller
from dashboard.deps import May, RecordsDep, ServicesDep
from dashboard.errors import DashboardError, DashboardReason, invalid
from dashboard.prescribing.advice import advice_of
from dashboard.prescribing.models import AdviceApply, AdviceOut, PrescriptionOut
from dashboard.prescribing.view import prescription_view
from tempoband.identity.permissions import Action
from tempoband.storage.records import people, prescriptions

router = APIRouter(tags=["advice"])


@router.get("/people/{person_id}/advice")
def list_advice(
    person_id: str,
    caller: Annotated[Caller, Depends(May(Action.READ_ADVICE))],
    services: ServicesDep,
    records: RecordsDep,
) -> list[AdviceOut]:
    """Proposals and hints for a person's prescriptions, each with its reasons and its rule."""
    caller.check(person_id, "person", person_id)
    with records.read() as session:
        people.get(session, caller.clinic_id, person_id)
        return advice_of(session, caller.clinic_id, person_id, services.now_us())


@router.post("/prescriptions/{prescription_id}/advice")
def apply_advice(
    prescription_id: str,
    asked: AdviceApply,
    caller: Annotated[Caller, Depends(May(Action.PRESCRIBE))],
    services: ServicesDep,
    records: RecordsDep,
) -> PrescriptionOut:
    """Make the next version as advised; refused when the advice no longer stands for this version."""
    clinic_id, now_us = caller.clinic_id, services.now_us()
    with records.write() as session:
        plan = prescriptions.get(session, clinic_id, prescription_id)
        caller.check(plan.person_id, "prescription", prescription_id)
        advice = _standing(advice_of(session, clinic_id, plan.person_id, now_us), prescription_id, asked)
        told = asked.model_dump(include={"band_brand", "band_label", "placement"}, exclude_none=True)
        if advice.needs_band and asked.band_label is None:
            raise invalid("say which band comes next: its label does not tell")
        draft = replace(prescriptions.draft_of(plan), **(advice.change or {}) | told)
        made = prescriptions.revise(session, clinic_id, prescription_id, draft, by=caller.id, now_us=now_us)
        detail = {"what": "apply_advice", "step": asked.step, "version": made.version}
        auditing.note(session, caller, "prescription", made.id, person_id=plan.person_id, detail=detail)
    return prescription_view(made)


def _standing(given: list[AdviceOut], prescription_id: str, asked: AdviceApply) -> AdviceOut:
    for each in given:
        same = (each.prescription_id, each.version) == (prescription_id, asked.version)
        if same and each.kind != "hint" and each.step == asked.step:
            return each
    words = "this advice no longer stands: the prescription or the sets have changed; look again"
    raise DashboardError(HTTPStatus.CONFLICT, DashboardReason.CONFLICT, words)
