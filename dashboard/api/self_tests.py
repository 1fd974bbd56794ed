"""Self-tests of a person: guided, answered by hand."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends

from analytics.coaching.self_tests import SELF_TESTS, SelfTestResult
from dashboard import auditing
from dashboard.caller import Caller
from dashboard.deps import May, RecordsDep, ServicesDep
from dashboard.errors import invalid
from dashboard.language import reader, translated
from dashboard.patient.models import SelfTestIn, SelfTestOut
from tempoband.contracts.exercise import Side
from tempoband.identity.permissions import Action
from tempoband.storage.records import people, self_tests
from tempoband.storage.records.rows import new_id, values
from tempoband.storage.records.self_tests import SelfTestRecord
from tempoband.words.phrases import words_of

router = APIRouter(prefix="/people", tags=["self-tests"])


@router.get("/{person_id}/self-tests")
def list_self_tests(
    person_id: str, caller: Annotated[Caller, Depends(May(Action.READ_REPORTS))], records: RecordsDep
) -> list[SelfTestOut]:
    """Every self-test of a person, newest first."""
    caller.check(person_id, "person", person_id)
    with records.read() as session:
        people.get(session, caller.clinic_id, person_id)
        return [_view(each) for each in self_tests.of_person(session, caller.clinic_id, person_id)]


@router.post("/{person_id}/self-tests", status_code=HTTPStatus.CREATED)
def add_self_test(
    person_id: str,
    told: SelfTestIn,
    caller: Annotated[Caller, Depends(May(Action.REPORT))],
    services: ServicesDep,
    records: RecordsDep,
) -> SelfTestOut:
    """Keep what was answered, for every side the test has."""
    caller.check(person_id, "person", person_id)
    now_us = services.now_us()
    try:
        SelfTestResult(told.test, now_us, told.passed, told.note)
    except ValueError as error:
        raise invalid(words_of(error)) from error
    done = SelfTestRecord(
        id=new_id(),
        person_id=person_id,
        test=told.test,
        passed={str(side): passed for side, passed in told.passed.items()},
        note=told.note,
        at_us=now_us,
        by=caller.id,
    )
    with records.write() as session:
        people.get(session, caller.clinic_id, person_id)
        self_tests.add(session, caller.clinic_id, done)
        auditing.note(session, caller, "self-test", done.id, person_id=person_id)
    return _view(done)


def _view(done: SelfTestRecord) -> SelfTestOut:
    result = SelfTestResult(done.test, done.at_us, {Side(k): v for k, v in done.passed.items()}, done.note)
    same = {name: value for name, value in values(done).items() if name in SelfTestOut.model_fields}
    return SelfTestOut(
        **same, name=translated(SELF_TESTS[done.test].name), sentence=result.sentence(reader())
    )
