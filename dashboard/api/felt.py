"""Guesses of the blind set: how long was your way back?"""

from http import HTTPStatus
from statistics import fmean
from typing import Annotated

from fastapi import APIRouter, Depends

from dashboard import auditing
from dashboard.caller import Caller
from dashboard.deps import May, RecordsDep, ServicesDep
from dashboard.errors import invalid
from dashboard.sets.models import FeltIn, FeltOut
from dashboard.sets.view import Told, load
from tempoband.contracts.tempo import Tempo, TempoError
from tempoband.identity.permissions import Action
from tempoband.storage.records import felt_tempos, people
from tempoband.storage.records.felt_tempos import FeltTempo
from tempoband.storage.records.rows import new_id, values

router = APIRouter(prefix="/people", tags=["felt"])


@router.get("/{person_id}/felt")
def list_felt(
    person_id: str, caller: Annotated[Caller, Depends(May(Action.READ_REPORTS))], records: RecordsDep
) -> list[FeltOut]:
    """Every guess of a person, by time."""
    caller.check(person_id, "person", person_id)
    with records.read() as session:
        people.get(session, caller.clinic_id, person_id)
        return [_view(each) for each in felt_tempos.of_person(session, caller.clinic_id, person_id)]


@router.post("/{person_id}/felt", status_code=HTTPStatus.CREATED)
def add_felt(
    person_id: str,
    guess: FeltIn,
    caller: Annotated[Caller, Depends(May(Action.REPORT))],
    services: ServicesDep,
    records: RecordsDep,
) -> FeltOut:
    """Keep a guess; only the answer says how long the way back was."""
    caller.check(person_id, "person", person_id)
    with records.write() as session:
        people.get(session, caller.clinic_id, person_id)
        told = load(session, caller.clinic_id, guess.set_id)
        caller.check(told.subject.person_id, "set", guess.set_id)
        if told.subject.person_id != person_id:
            raise invalid("this set belongs to somebody else")
        felt = FeltTempo(
            id=new_id(),
            person_id=person_id,
            set_id=guess.set_id,
            guess_s=guess.guess_s,
            measured_s=_measured_s(told),
            prescribed_s=_prescribed_s(told),
            at_us=services.now_us(),
            by=caller.id,
        )
        felt_tempos.add(session, caller.clinic_id, felt)
        auditing.note(session, caller, "felt", felt.id, person_id=person_id)
    return _view(felt)


def _measured_s(told: Told) -> float:
    reps = told.scored.score.reps if told.scored and told.scored.score else ()
    lengths = [rep["eccentric_end_s"] - rep["eccentric_start_s"] for rep in reps if "eccentric_end_s" in rep]
    if not lengths:
        raise invalid("no way back was measured in this set, so there is nothing to compare a guess with")
    return fmean(lengths)


def _prescribed_s(told: Told) -> float | None:
    try:
        return Tempo.parse(told.subject.tempo).eccentric_s if told.subject.tempo else None
    except TempoError:
        return None


def _view(felt: FeltTempo) -> FeltOut:
    return FeltOut(**{name: value for name, value in values(felt).items() if name in FeltOut.model_fields})
