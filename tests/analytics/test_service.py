"""The whole service on a real broker, the real store and real records."""

import asyncio
import shutil
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from analytics.service import AnalyticsService
from analytics.settings import AnalyticsSettings
from tempoband.contracts.events import (
    CloseReason,
    Committed,
    Declared,
    PhaseEvent,
    RepEvent,
    SetEvent,
    SetStatus,
)
from tempoband.contracts.exercise import Side
from tempoband.contracts.frame import Frame, encode_frame
from tempoband.contracts.topics import EventKind, UpKind, event, parse_event, shard_of, up
from tempoband.messaging.broker import EmbeddedBroker
from tempoband.messaging.link import Delivery, MqttLink
from tempoband.messaging.settings import MqttSettings
from tempoband.observability.health import Health
from tempoband.storage.records import Records, declarations, sets
from tempoband.storage.records.declarations import SetDeclaration
from tempoband.storage.timeseries.base import StoredFrame
from tempoband.storage.timeseries.sqlite import SqliteStore
from tests.analytics.curves import SECOND, Tape, reps, rest
from tests.analytics.memory_store import frames_of
from tests.messaging.tasks import running, until

BRIDGE, SENSOR, CLINIC = "bridge-1", "sensor-1", "local"
SHARD = shard_of(BRIDGE)
MESSAGES = {EventKind.PHASE: PhaseEvent, EventKind.REP: RepEvent, EventKind.SET: SetEvent}


@dataclass
class World:
    """What stands around the service: a bridge, ingest and a page, played by the test."""

    link: MqttLink
    store: SqliteStore
    records: Records
    health: Health
    said: list = field(default_factory=list)

    def listen(self) -> None:
        for kind in MESSAGES:
            self.link.subscribe(event("+", "+", kind), 1, self._hear)

    def _hear(self, delivery: Delivery) -> None:
        _, _, kind = parse_event(delivery.topic)
        self.said.append(MESSAGES[kind].model_validate_json(delivery.payload))

    def of(self, kind: type) -> list:
        return [message for message in self.said if isinstance(message, kind)]

    def send_live(self, frame: Frame, sensor: str = SENSOR) -> None:
        self.link.publish(up(BRIDGE, sensor, UpKind.FRAMES), encode_frame(frame), qos=0)

    def commit(self, frames: list[Frame]) -> None:
        self.store.write([StoredFrame(SENSOR, BRIDGE, frame, encode_frame(frame)) for frame in frames])
        news = Committed(
            sensor=SENSOR,
            bridge=BRIDGE,
            stream=frames[0].stream,
            start_us=frames[0].t0_us,
            end_us=frames[-1].end_us,
            samples=sum(map(len, frames)),
            backfill=True,
        )
        self.link.publish(event(SHARD, SENSOR, EventKind.COMMITTED), news.encode())

    def declare(self, opened_us: int) -> None:
        declaration = SetDeclaration(
            id="set-1",
            sensor=SENSOR,
            person_id=None,
            opened_us=opened_us,
            by="x",
            exercise="clamshell",
            side=Side.LEFT,
            tempo="2-0-2",
        )
        with self.records.write() as session:
            declarations.open_set(session, CLINIC, declaration)
        self.nudge()

    def nudge(self) -> None:
        told = Declared(sensor=SENSOR, set_id="set-1")
        self.link.publish(event(SHARD, SENSOR, EventKind.DECLARED), told.encode())

    def sets(self) -> list:
        with self.records.read() as session:
            return sets.latest(session, CLINIC)


@pytest.fixture
async def world(tmp_path: Path, empty_records: Path) -> AsyncIterator[World]:
    store = SqliteStore(tmp_path / "data", writable=True)
    path = shutil.copy(empty_records, tmp_path / "records.db")
    records = Records(f"sqlite:///{path}", owner=False)
    async with EmbeddedBroker("127.0.0.1", 0) as broker:
        mqtt = MqttSettings(host="127.0.0.1", port=broker.port)
        world = World(MqttLink(mqtt, "world"), store, records, Health())
        world.health.expect("analytics")
        world.listen()
        service = AnalyticsService(AnalyticsSettings(mqtt=mqtt), records, store, health=world.health)
        async with running(world.link.run(), service.run()):
            await until(lambda: world.link.connected and world.health.ok, "both are connected")
            yield world
    records.close()
    store.close()


def tape_ending_now(*pieces) -> Tape:
    """A tape whose last sample is as old as a live one."""
    tape = Tape().add(*pieces)
    tape.start_us = time.time_ns() // 1000 - (tape.now_us - tape.start_us)
    return tape


async def test_what_is_committed_becomes_a_final_set(world: World):
    tape = tape_ending_now(rest(5), reps(6), rest(25))
    world.declare(tape.start_us)
    frames = frames_of(tape.time_us, tape.tension_n)
    for at in range(0, len(frames), 40):
        world.commit(frames[at : at + 40])
        await asyncio.sleep(0.02)
    await until(lambda: [s.set.status for s in world.sets()] == [SetStatus.FINAL], "a final set")
    (kept,) = world.sets()
    assert (kept.score.rep_count, kept.set.close_reason) == (6, CloseReason.IDLE)
    await until(lambda: any(e.status is SetStatus.FINAL for e in world.of(SetEvent)), "its event")
    final = world.of(SetEvent)[-1]
    assert (final.set_id, final.reps, final.revision) == ("set-1", 6, kept.set.revision)


async def test_live_frames_are_answered_with_reps(world: World):
    tape = tape_ending_now(rest(4), reps(3), rest(2))
    world.declare(tape.start_us)
    await until(world.sets, "the declaration is seen")
    for frame in frames_of(tape.time_us, tape.tension_n, size=8):
        world.send_live(frame)
    await until(lambda: len(world.of(RepEvent)) >= 2, "live reps")
    heard = world.of(RepEvent)
    assert [rep.index for rep in heard] == list(range(len(heard)))
    assert {rep.sensor for rep in heard} == {SENSOR}
    assert heard[0].rep["concentric_start_s"] == pytest.approx(0, abs=1e-6)


async def test_no_old_frame_is_scored_live(world: World):
    fresh = tape_ending_now(rest(4), reps(3), rest(2))
    old = Tape(start_us=fresh.start_us - 3600 * SECOND).add(rest(4), reps(4), rest(2))
    late = frames_of(old.time_us, old.tension_n, "f" * 16)
    world.send_live(replace(late[0], t0_us=time.time_ns() // 1000))  # shows how late this stream is at least
    for frame in late[1:]:
        world.send_live(frame)
    for frame in frames_of(fresh.time_us, fresh.tension_n, "e" * 16):
        world.send_live(frame, "sensor-2")  # answered after everything that came before it
    await until(lambda: world.of(RepEvent), "the fresh reps")
    assert {message.sensor for message in world.said} == {"sensor-2"}


async def test_a_set_opened_without_a_nudge_is_seen_by_the_poll(world: World):
    tape = tape_ending_now(rest(5), reps(4), rest(25))
    declaration = SetDeclaration("set-9", SENSOR, None, tape.start_us, "x", exercise="clamshell")
    with world.records.write() as session:
        declarations.open_set(session, CLINIC, declaration)
    world.store.write(
        [StoredFrame(SENSOR, BRIDGE, f, encode_frame(f)) for f in frames_of(tape.time_us, tape.tension_n)]
    )
    await until(lambda: [s.set.status for s in world.sets()] == [SetStatus.FINAL], "a final set")
    assert world.sets()[0].set.id == "set-9"
