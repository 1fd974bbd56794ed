import asyncio
import json

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.contracts.events import (
    BridgeCommand,
    CommandKind,
    Declared,
    Heartbeat,
    PhaseEvent,
    RepEvent,
    SensorState,
)
from tempoband.contracts.frame import encode_frame
from tempoband.contracts.tempo import Phase
from tempoband.contracts.topics import HEARTBEAT, EventKind, UpKind, commands, event, shard_of, up
from tempoband.messaging.link import Delivery, MqttLink
from tempoband.storage.records import devices
from tests.dashboard.served import (
    BRIDGE,
    SENSOR,
    T0,
    Served,
    frame,
    next_block,
    next_text,
    say_status,
    status,
)
from tests.messaging.tasks import until

FRAMES = up(BRIDGE, SENSOR, UpKind.FRAMES)


pytestmark = pytest.mark.usefixtures("reported")


async def send_until_seen(bridge: MqttLink, served: Served) -> int:
    """Send frames until the dashboard's own subscription is in place; returns the next seq."""
    seq = 0
    while SENSOR not in served.services.live._recent:
        await bridge.publish(FRAMES, encode_frame(frame(seq)), qos=1)
        seq += 1
        await asyncio.sleep(0.02)
    return seq


async def test_hello_samples_and_events_reach_the_page(served: Served, bridge: MqttLink) -> None:
    async with served.live() as page:
        hello = json.loads(await page.recv())
        assert (hello["type"], hello["status"]["name"], hello["open_set"]) == ("hello", "Progressor 1", None)
        assert abs(hello["server_us"] - served.services.now_us()) < 60_000_000
        seq = await send_until_seen(bridge, served)
        sent = frame(seq, lost=3)
        await bridge.publish(FRAMES, encode_frame(sent), qos=1)
        while (block := await next_block(page)).seq < seq:
            pass
        assert (block.seq, block.t0_us, block.lost) == (seq, sent.t0_us, 3)
        assert block.tension_n == sent.tension_n.tolist()
        phase = PhaseEvent(sensor=SENSOR, set_id=None, phase=Phase.ECCENTRIC, at_us=T0)
        await bridge.publish(event(shard_of(BRIDGE), SENSOR, EventKind.PHASE), phase.encode())
        assert await next_text(page, "phase") == {"type": "phase", **phase.model_dump(mode="json")}
        rep = RepEvent(
            sensor=SENSOR, set_id="s", index=0, started_us=7, rep={"peak_n": 40.0}, sentence="Back: 0.8 s."
        )
        await bridge.publish(event(shard_of(BRIDGE), SENSOR, EventKind.REP), rep.encode())
        assert (await next_text(page, "rep"))["sentence"] == "Back: 0.8 s."
        await say_status(bridge, status(state=SensorState.LOST, detail="out of range"))
        assert (await next_text(page, "status"))["detail"] == "out of range"


async def test_no_page_sees_an_old_sample(served: Served, bridge: MqttLink) -> None:
    async with served.live() as page:
        await next_text(page, "hello")
        seq = await send_until_seen(bridge, served)
        old = frame(seq, t0_us=T0 - 60_000_000)
        await bridge.publish(FRAMES, encode_frame(old), qos=1)
        await bridge.publish(FRAMES, encode_frame(frame(seq + 1)), qos=1)
        seen = []
        while not seen or seen[-1] < seq + 1:
            seen.append((await next_block(page)).seq)
        assert seq not in seen
    assert served.services.live.stale_frames == 1


async def test_rubbish_on_the_topics_is_counted_and_passed_over(served: Served, bridge: MqttLink) -> None:
    async with served.live() as page:
        await next_text(page, "hello")
        seq = await send_until_seen(bridge, served)
        for payload in (b"", b"\xff" * 99, encode_frame(frame(seq))[:-1]):
            await bridge.publish(FRAMES, payload, qos=1)
        await bridge.publish(event(shard_of(BRIDGE), SENSOR, EventKind.REP), b"{}")
        await bridge.publish(FRAMES, encode_frame(frame(seq + 7)), qos=1)
        while (await next_block(page)).seq != seq + 7:
            pass
    assert served.services.live.bad_messages == 4


async def test_a_page_that_comes_back_gets_what_it_missed(served: Served, bridge: MqttLink) -> None:
    async with served.live() as page:
        await next_text(page, "hello")
        seq = await send_until_seen(bridge, served)
        while (await next_block(page)).seq < seq - 1:
            pass
    for missed in (seq, seq + 1):
        await bridge.publish(FRAMES, encode_frame(frame(missed)), qos=1)
    seen_us = frame(seq - 1).end_us
    await until(lambda: served.services.live._recent[SENSOR][-1][1] == frame(seq + 1).end_us, "both frames")
    async with served.live(query=f"?after_us={seen_us}") as page:
        assert [(await next_block(page)).seq for _ in range(2)] == [seq, seq + 1]
    async with served.live() as fresh:
        await next_text(fresh, "hello")
        await bridge.publish(FRAMES, encode_frame(frame(seq + 2)), qos=1)
        assert (await next_block(fresh)).seq == seq + 2


async def test_one_slow_page_does_not_hold_up_another(served: Served, bridge: MqttLink) -> None:
    async with served.live(close_timeout=0.1) as slow, served.live() as quick:
        await next_text(slow, "hello")
        await next_text(quick, "hello")
        seq = await send_until_seen(bridge, served)
        while (await next_block(quick)).seq < seq - 1:  # what was sent before the subscription is not seen
            pass
        for _ in range(100):  # the slow page reads nothing, the quick one each frame
            await bridge.publish(FRAMES, encode_frame(frame(seq)), qos=1)
            assert (await next_block(quick)).seq == seq
            seq += 1


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1"])
async def test_a_foreign_page_cannot_watch(served: Served, origin: str) -> None:
    with pytest.raises(InvalidStatus) as caught:
        await served.live(additional_headers={"origin": origin})
    assert caught.value.response.status_code == 403


async def test_our_own_page_can_watch(served: Served) -> None:
    async with served.live(additional_headers={"origin": f"http://{served.host}"}) as page:
        assert (await next_text(page, "hello"))["type"] == "hello"


async def test_an_unknown_sensor_is_not_there(served: Served) -> None:
    async with served.live("no-such-sensor") as page:
        with pytest.raises(ConnectionClosed):
            await page.recv()
        assert page.close_code == 4404
        assert "no sensor" in str(page.close_reason)
    assert served.services.live.watched() == []


async def test_while_somebody_looks_the_sensor_is_asked_to_stream(served: Served, bridge: MqttLink) -> None:
    asked: list[BridgeCommand] = []

    def heard(delivery: Delivery) -> None:
        asked.append(BridgeCommand.model_validate_json(delivery.payload))

    bridge.subscribe(commands(BRIDGE), 1, heard)
    await asyncio.sleep(0.1)
    async with served.live():
        await until(lambda: asked, "a lease")
    assert (asked[0].kind, asked[0].sensor, asked[0].by) == (CommandKind.STREAM, SENSOR, "local-owner")
    assert asked[0].lease_s == served.services.settings.lease_s
    await until(lambda: not served.services.live.watched(), "the page to leave")


async def test_sensors_and_bridges_are_listed_with_wearer_and_open_set(served: Served) -> None:
    await until(
        lambda: served.services.sightings._news.empty() and _device_name(served), "the sensor in the records"
    )
    person = (await served.http.post("/api/people", json={"name": "Ada"})).json()["id"]
    await served.http.put(f"/api/sensors/{SENSOR}/person", json={"person_id": person})
    opened = (await served.http.post("/api/sets", json={"sensor": SENSOR})).json()
    [sensor] = (await served.http.get("/api/sensors")).json()
    assert (sensor["name"], sensor["state"], sensor["can_tare"]) == ("Progressor 1", "streaming", True)
    assert sensor["ring_length_cm"] is None
    assert sensor["person"] == {"id": person, "name": "Ada"}
    assert sensor["open_set"] == opened
    [bridge] = (await served.http.get("/api/bridges")).json()
    assert (bridge["bridge"], bridge["online"]) == (BRIDGE, True)


def _device_name(served: Served) -> str | None:
    with served.services.records.read() as session:
        found = devices.find(session, LOCAL_CLINIC, SENSOR)
    return found.name if found else None


async def test_opening_and_closing_nudge_analytics_and_tell_the_page(
    served: Served, bridge: MqttLink
) -> None:
    nudges: list[Declared] = []

    def heard(delivery: Delivery) -> None:
        nudges.append(Declared.model_validate_json(delivery.payload))

    bridge.subscribe(event(shard_of(BRIDGE), SENSOR, EventKind.DECLARED), 1, heard)
    await asyncio.sleep(0.1)
    async with served.live() as page:
        await next_text(page, "hello")
        first = (await served.http.post("/api/sets", json={"sensor": SENSOR})).json()["id"]
        told = await next_text(page, "set")
        assert (told["set_id"], told["status"]) == (first, "open")
        second = (await served.http.post("/api/sets", json={"sensor": SENSOR})).json()["id"]
        replaced = await next_text(page, "set")
        assert (replaced["set_id"], replaced["close_reason"]) == (first, "replaced")
        assert (await next_text(page, "set"))["set_id"] == second
        await served.http.post(f"/api/sets/{second}/close")
        assert (await next_text(page, "set"))["status"] == "provisional"
    await until(lambda: len(nudges) == 4, "four nudges")
    assert [nudge.set_id for nudge in nudges] == [first, first, second, second]
    async with served.live() as page:
        assert (await next_text(page, "hello"))["open_set"] is None


async def test_healthz_is_ok_when_everything_runs(served: Served, bridge: MqttLink) -> None:
    before = await served.http.get("/healthz")
    assert (before.status_code, before.json()["parts"]["dashboard.ingest"]["ok"]) == (503, False)
    alive = Heartbeat(worker="w1", boot="b", shards="00-ff", at_us=T0)
    await bridge.publish(HEARTBEAT.format(worker="w1"), alive.encode(), retain=True)
    await until(lambda: served.services.ingest.verdict()[0], "the heartbeat")
    answer = await served.http.get("/healthz")
    assert (answer.status_code, answer.json()["status"]) == (200, "ok"), answer.text
