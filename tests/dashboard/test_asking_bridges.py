"""A bridge is asked to tare or calibrate: its answer, its refusal, its silence."""

import asyncio

import httpx
import pytest

from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.contracts.events import (
    BridgeCommand,
    BridgeStatus,
    CommandKind,
    CommandResult,
    SensorState,
    Sentence,
)
from tempoband.contracts.topics import UpKind, commands, up
from tempoband.messaging.link import Delivery, MqttLink
from tempoband.storage.records import audit
from tempoband.words.phrases import phrased
from tests.dashboard.served import (
    BRIDGE,
    SENSOR,
    T0,
    Served,
    say_bridge,
    say_status,
    status,
)
from tests.messaging.tasks import until

pytestmark = pytest.mark.usefixtures("reported")


class Bridge:
    """Answers commands as told."""

    def __init__(self, link: MqttLink, **answer: object) -> None:
        self.link = link
        self.answer = answer
        self.commands: list[BridgeCommand] = []
        link.subscribe(commands(BRIDGE), 1, self.heard)

    def heard(self, delivery: Delivery) -> None:
        command = BridgeCommand.model_validate_json(delivery.payload)
        self.commands.append(command)
        result = CommandResult(id=command.id, sensor=command.sensor, kind=command.kind, **self.answer)
        self.link.publish(up(BRIDGE, SENSOR, UpKind.RESULTS), b"rubbish first")
        self.link.publish(up(BRIDGE, SENSOR, UpKind.RESULTS), result.encode())


async def tare(served: Served) -> httpx.Response:
    return await served.http.post(f"/api/sensors/{SENSOR}/tare")


async def test_tare_is_answered(served: Served, bridge: MqttLink) -> None:
    Bridge(bridge, ok=True, message="zeroed")
    await asyncio.sleep(0.1)
    answer = await tare(served)
    assert (answer.status_code, answer.json()["message"]) == (200, "zeroed")
    with served.services.records.read() as session:
        [act] = audit.acts(session, LOCAL_CLINIC, start_us=0, end_us=2**62)
    assert (act.action, act.resource_id, act.detail) == ("sensors.command", SENSOR, {"what": "tare"})


async def test_what_a_bridge_says_is_said_in_the_language_of_the_reader(
    served: Served, bridge: MqttLink
) -> None:
    words = phrased("Connected, but no data for {seconds:g} s: connecting anew.", seconds=2.5)
    german = "Verbunden, aber seit 2,5 s keine Daten: Verbindung wird neu aufgebaut."
    Bridge(bridge, ok=False, reason="not_streaming", message=str(words), said=Sentence.of(words))
    await asyncio.sleep(0.1)
    read = {"accept-language": "de"}
    answer = await served.http.post(f"/api/sensors/{SENSOR}/tare", headers=read)
    assert (answer.status_code, answer.json()["message"]) == (409, german)
    assert (await tare(served)).json()["message"] == str(words)
    await say_status(bridge, status(state=SensorState.LOST, detail=str(words), said=Sentence.of(words)))
    await asyncio.sleep(0.2)
    [sensor] = (await served.http.get("/api/sensors", headers=read)).json()
    assert sensor["detail"] == german
    refused = await served.http.post(f"/api/sensors/{SENSOR}/tare", headers=read)
    assert refused.json()["detail"] == f"Der Sensor ist nicht zu erreichen: {german}"


async def test_tare_is_refused_while_a_set_is_open(served: Served) -> None:
    opened = await served.http.post("/api/sets", json={"sensor": SENSOR, "exercise": "clamshell"})
    assert opened.status_code == 201, opened.text
    answer = await tare(served)
    assert (answer.status_code, answer.json()["reason"]) == (409, "set_open")


async def test_a_calibration_point_is_taken_between_sets_only(served: Served, bridge: MqttLink) -> None:
    told = Bridge(bridge, ok=True, message="Now hang the known weight on the sensor.")
    await asyncio.sleep(0.1)
    path = f"/api/sensors/{SENSOR}/calibrate"
    answer = await served.http.post(path, json={"load_n": 49.0})
    assert (answer.status_code, answer.json()["message"][:8]) == (200, "Now hang")
    assert [(c.kind, c.load_n) for c in told.commands] == [(CommandKind.CALIBRATE, 49.0)]
    assert (await served.http.post(path, json={"load_n": -1})).status_code == 422
    await served.http.post("/api/sets", json={"sensor": SENSOR, "exercise": "clamshell"})
    refused = await served.http.post(path, json={"load_n": 0})
    assert (refused.status_code, refused.json()["reason"]) == (409, "set_open")
    assert [c.kind for c in told.commands].count(CommandKind.CALIBRATE) == 1


async def test_a_refused_tare_says_why(served: Served, bridge: MqttLink) -> None:
    Bridge(bridge, ok=False, reason="under_load", message="Take the load off first.")
    await asyncio.sleep(0.1)
    answer = await tare(served)
    assert (answer.status_code, answer.json()["reason"]) == (409, "under_load")


async def test_a_silent_bridge_is_a_time_out_in_words(served: Served) -> None:
    answer = await tare(served)
    assert (answer.status_code, answer.json()["reason"]) == (504, "no_answer")
    assert "awake" in answer.json()["detail"]


async def test_a_sensor_that_is_not_connected_is_not_asked(served: Served, bridge: MqttLink) -> None:
    await say_bridge(bridge, BridgeStatus(bridge=BRIDGE, online=False, at_us=T0))
    await until(lambda: served.services.sensors.find(SENSOR).state is SensorState.OFFLINE, "the bridge's end")
    answer = await tare(served)
    assert (answer.status_code, answer.json()["reason"]) == (409, "not_connected")
    assert "not running" in answer.json()["detail"]
