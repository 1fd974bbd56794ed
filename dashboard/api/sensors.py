"""Sensors: what they are doing, who wears them, tare."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Response
from fastapi.concurrency import run_in_threadpool

from dashboard import auditing
from dashboard.caller import Caller
from dashboard.deps import May, RecordsDep, ServicesDep
from dashboard.language import heard, reader
from dashboard.sensors.models import CalibrationPointIn, SensorOut, WearerIn
from dashboard.sensors.sightings import device_of
from dashboard.sensors.view import sensor_views
from dashboard.services import Services
from tempoband.contracts.events import CommandKind, CommandResult, Sentence
from tempoband.identity.permissions import Action
from tempoband.storage.records import declarations, devices
from tempoband.words.phrases import Phrase

router = APIRouter(prefix="/sensors", tags=["sensors"])


@router.get("")
async def list_sensors(
    caller: Annotated[Caller, Depends(May(Action.READ_SENSORS))], services: ServicesDep
) -> list[SensorOut]:
    """Every sensor a bridge reports, by name."""
    statuses = services.sensors.every()
    views = await run_in_threadpool(sensor_views, services.records, caller.clinic_id, statuses)
    only = caller.only_person
    return [view for view in views if only is None or (view.person is not None and view.person.id == only)]


@router.post("/{sensor}/tare", responses={HTTPStatus.CONFLICT: {"model": CommandResult}})
async def tare(
    sensor: str,
    caller: Annotated[Caller, Depends(May(Action.COMMAND_SENSOR))],
    services: ServicesDep,
    response: Response,
) -> CommandResult:
    """Take the present load as zero; 409 with the reason when it cannot, 504 when the sensor is silent."""
    result = await _asked_between_sets(services, caller, sensor, CommandKind.TARE)
    if not result.ok:
        response.status_code = HTTPStatus.CONFLICT
    return result


@router.post("/{sensor}/calibrate", responses={HTTPStatus.CONFLICT: {"model": CommandResult}})
async def calibrate(
    sensor: str,
    point: CalibrationPointIn,
    caller: Annotated[Caller, Depends(May(Action.COMMAND_SENSOR))],
    services: ServicesDep,
    response: Response,
) -> CommandResult:
    """Take a calibration point: first hanging free (0 N), then a known weight; the answer says what next.

    409 with the reason when the point cannot be taken, 504 when the sensor is silent.
    """
    result = await _asked_between_sets(services, caller, sensor, CommandKind.CALIBRATE, load_n=point.load_n)
    if not result.ok:
        response.status_code = HTTPStatus.CONFLICT
    return result


async def _asked_between_sets(
    services: Services, caller: Caller, sensor: str, kind: CommandKind, *, load_n: float | None = None
) -> CommandResult:
    await run_in_threadpool(services.sensor_access.see_now, caller, sensor)
    refused = await run_in_threadpool(_refused_in_a_set, services, caller, sensor, kind)
    if refused is not None:
        return refused
    await run_in_threadpool(_note_command, services, caller, sensor, kind)
    result = await services.commands.ask(sensor, kind, caller.id, load_n=load_n)
    return result.model_copy(update={"message": heard(result.said, result.message)})


def _note_command(services: Services, caller: Caller, sensor: str, kind: CommandKind) -> None:
    """Before it is sent: what cannot be noted is not done. A new zero changes what every later set shows."""
    with services.records.write() as session:
        person = devices.wearers(session, caller.clinic_id).get(sensor)
        auditing.note(session, caller, "sensor", sensor, person_id=person, detail={"what": kind})


def _refused_in_a_set(
    services: Services, caller: Caller, sensor: str, kind: CommandKind
) -> CommandResult | None:
    """A new zero in the middle of a set would break its curve; only the records know of sets."""
    with services.records.read() as session:
        if declarations.open_on(session, caller.clinic_id, sensor) is None:
            return None
    words = (
        Phrase("A set is open on this sensor: end it first, then set the zero.")
        if kind is CommandKind.TARE
        else Phrase("A set is open on this sensor: end it first, then calibrate.")
    )
    return CommandResult(
        id="",
        sensor=sensor,
        kind=kind,
        ok=False,
        reason="set_open",
        message=words.within(reader()),
        said=Sentence.of(words),
    )


@router.put("/{sensor}/person", status_code=HTTPStatus.NO_CONTENT)
def assign(
    sensor: str,
    wearer: WearerIn,
    caller: Annotated[Caller, Depends(May(Action.ASSIGN_SENSOR))],
    services: ServicesDep,
    records: RecordsDep,
) -> None:
    """Say who wears the sensor from now on; nobody with null."""
    with records.write() as session:
        services.sensor_access.see(session, caller, sensor)
        status = services.sensors.find(sensor)
        if status is not None:  # its sighting may still be on its way into the records
            devices.seen(session, caller.clinic_id, device_of(status))
        auditing.note(session, caller, "sensor", sensor, person_id=wearer.person_id)
        if wearer.person_id is None:
            devices.release(session, caller.clinic_id, sensor, now_us=services.now_us())
        else:
            devices.assign(session, caller.clinic_id, sensor, wearer.person_id, now_us=services.now_us())
