"""Watching a home live: let in by the wearer only, their own sensor only, over when either has had enough."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from dashboard.far.clinic import FarWatches
from dashboard.far.home import WatchedHome
from dashboard.live.hub import LiveHub
from dashboard.live.viewer import Viewer
from dashboard.live.watching import SILENT_S, Watches
from dashboard.live.wire import encode_frame
from dashboard.sensors.registry import SensorRegistry
from tempoband.contracts.clinic import LOCAL_CLINIC as CLINIC
from tempoband.contracts.frame import encode_frame as encode
from tempoband.contracts.homes import LinkState
from tempoband.contracts.topics import UpKind, own, up
from tempoband.contracts.watching import WatchState, WatchWord
from tempoband.messaging.link import Delivery, MqttLink, Publication
from tempoband.messaging.settings import MqttSettings
from tempoband.storage.records import audit, devices, people
from tempoband.storage.records.devices import Device
from tempoband.uplink.home.delivery import Delivery as Sending
from tempoband.uplink.home.delivery import Pace, Parcel
from tempoband.uplink.home.live import LiveWay
from tempoband.uplink.home.records import people_of_clinic
from tests.dashboard.served import frame
from tests.messaging.tasks import running, until
from tests.timeseries.making import SENSOR
from tests.uplink.conftest import T0
from tests.uplink.pairs import HOME, Pair, Side, make_pair

PHYSIO = "physio-1"


@dataclass
class Clock:
    now_s: float = 100.0

    def __call__(self) -> float:
        return self.now_s


@dataclass
class Watched:
    """A pair with the watching part of both dashboards; the home's sensor is fed by hand."""

    pair: Pair
    clock: Clock
    clinic: FarWatches
    clinic_watches: Watches
    clinic_hub: LiveHub
    home_watches: Watches
    home_hub: LiveHub
    seq: int = field(default=0)

    def ask(self) -> None:
        self.clinic_watches.ask(CLINIC, self.pair.person, by=PHYSIO, here=True, home=HOME)
        self.clinic.poke()

    def stand(self, watches: Watches) -> str:
        known = watches.find(CLINIC, self.pair.person)
        return "none" if known is None else "watching" if known.granted else "asked"

    async def stands(self, at_clinic: str, at_home: str) -> None:
        await until(
            lambda: (self.stand(self.clinic_watches), self.stand(self.home_watches)) == (at_clinic, at_home),
            f"{at_clinic} at the clinic, {at_home} at home",
        )

    async def agreed(self) -> None:
        self.ask()
        await self.stands("asked", "asked")
        self.home_watches.answer(CLINIC, self.pair.person, yes=True)
        await self.stands("watching", "watching")
        await until(
            lambda: self.clinic.status(SENSOR) is None and self.relayed(), "the sensor to be believed"
        )

    def relayed(self) -> bool:
        known = self.clinic_watches.find(CLINIC, self.pair.person)
        mirror = self.clinic.mirror(known)
        return mirror is not None and mirror.sensor == SENSOR and SENSOR in self.home_hub.watched()

    def measure(self) -> bytes:
        """One frame of the home's sensor; what a page is sent of it."""
        made = frame(self.seq)
        self.seq += 1
        self.home_hub.took_frame(Delivery(up("living-room", SENSOR, UpKind.FRAMES), encode(made), 0, False))
        return encode_frame(made)


@pytest.fixture
async def both(tmp_path) -> AsyncIterator[Watched]:
    async with make_pair(tmp_path) as pair, contextlib.AsyncExitStack() as stack:
        clock = Clock()
        link = MqttLink(pair.service(), "clinic-page")
        clinic_hub, clinic_watches = LiveHub(link, clock), Watches(clock)
        clinic = FarWatches(link, clinic_hub, clinic_watches, pair.clinic.records)
        home_hub = LiveHub(MqttLink(MqttSettings(port=1), "home-page"), clock)  # its frames do not grow old
        home_watches = Watches(clock)
        uplink = pair.home_uplink()
        home = WatchedHome(uplink.live, home_watches, home_hub, SensorRegistry(), pair.home.records)
        await stack.enter_async_context(pair.open())
        await stack.enter_async_context(running(link.run(), clinic.run(), uplink.run(), home.run()))
        await until(lambda: uplink.link().state is LinkState.LINKED, "the link")
        await until(lambda: whose(pair.home), "the person at home")
        wear(pair.home, pair.person)
        await until(lambda: worn(pair.clinic) == pair.person, "who wears it, at the clinic")
        yield Watched(pair, clock, clinic, clinic_watches, clinic_hub, home_watches, home_hub)


def whose(side: Side) -> list[str]:
    with side.records.read() as session:
        return people_of_clinic(session, HOME)


def worn(side: Side) -> str | None:
    with side.records.read() as session:
        return devices.wearers(session, CLINIC).get(SENSOR)


def wear(side: Side, person: str) -> None:
    with side.records.write() as session:
        devices.seen(session, CLINIC, Device(SENSOR, "Band", T0, bridge="living-room"))
        devices.assign(session, CLINIC, SENSOR, person, now_us=T0)


def noted(side: Side, person: str) -> list[str]:
    with side.records.read() as session:
        acts = list(audit.acts(session, CLINIC, start_us=0, end_us=2**62, person_id=person))
    return [act.detail["what"] for act in acts if act.resource == "watch" and act.detail]


async def taken(viewer: Viewer) -> bytes:
    async with asyncio.timeout(20):
        while True:
            if isinstance(message := await viewer.next_message(), bytes):
                return message


async def test_frames_cross_when_the_wearer_has_agreed_and_to_the_byte(both: Watched) -> None:
    page = both.clinic_hub.join(SENSOR)
    page._pings = False
    both.ask()
    await both.stands("asked", "asked")  # though the physio said that they agreed in one room
    both.measure()
    await both.agreed()
    sent = [both.measure() for _ in range(5)]
    assert [await taken(page) for _ in range(5)] == sent
    both.clinic_watches.end(CLINIC, both.pair.person)  # the physio leaves
    both.clinic.poke()
    await both.stands("none", "none")
    await until(lambda: SENSOR not in both.home_hub.watched(), "an end of what goes up")
    at_home = ["asked by the clinic", "ended by the clinic"]
    await until(lambda: noted(both.pair.home, both.pair.person) == at_home, "the audit at home")
    assert noted(both.pair.clinic, both.pair.person) == ["agreed at home"]


async def test_what_silence_ended_goes_on_and_what_the_wearer_ended_does_not(both: Watched) -> None:
    await both.agreed()
    both.clock.now_s += SILENT_S + 1  # a cut: neither side hears of the other
    both.clinic_watches.find(CLINIC, both.pair.person, watching_by=PHYSIO)
    assert both.stand(both.home_watches) == "none"
    assert both.stand(both.clinic_watches) == "none"
    both.ask()  # a new watch, so the wearer is asked anew
    await both.stands("asked", "asked")
    both.home_watches.answer(CLINIC, both.pair.person, yes=True)
    await both.stands("watching", "watching")
    both.clock.now_s += SILENT_S - 1
    both.clinic_watches.find(CLINIC, both.pair.person, watching_by=PHYSIO)  # the physio's page is there
    both.clock.now_s += 2
    assert both.stand(both.home_watches) == "none"  # no order came for too long
    both.clinic.poke()
    await both.stands("watching", "watching")
    both.home_watches.end(CLINIC, both.pair.person)
    await both.stands("none", "none")
    both.clinic.poke()
    await asyncio.sleep(0.2)
    assert both.stand(both.home_watches) == "none"


async def test_a_no_at_home_is_a_no_at_the_clinic(both: Watched) -> None:
    both.ask()
    await both.stands("asked", "asked")
    both.home_watches.answer(CLINIC, both.pair.person, yes=False)
    await both.stands("none", "none")
    await until(lambda: noted(both.pair.clinic, both.pair.person) == ["refused at home"], "the audit")


async def test_who_takes_their_consent_back_is_watched_no_more_on_either_machine(both: Watched) -> None:
    """The page on which they left ends the watch there; nothing of what is measured then goes up."""
    for watches, poke in ((both.home_watches, lambda: None), (both.clinic_watches, both.clinic.poke)):
        await both.agreed()
        page = both.clinic_hub.join(SENSOR)
        page._pings = False
        both.measure()
        await taken(page)
        watches.end(CLINIC, both.pair.person)
        poke()
        await both.stands("none", "none")
        await until(lambda: SENSOR not in both.home_hub.watched(), "an end of what goes up")
        both.measure()
        both.clinic.poke()
        await asyncio.sleep(0.2)
        assert not page._frames
        both.clinic_hub.leave(page)


async def test_the_band_on_somebody_else_shows_nothing(both: Watched) -> None:
    await both.agreed()
    with both.pair.home.records.write() as session:
        guest = people.add(session, CLINIC, "Guest", now_us=T0).id
        devices.assign(session, CLINIC, SENSOR, guest, now_us=T0 + 10)
    await until(lambda: SENSOR not in both.home_hub.watched(), "an end of what goes up")


async def test_a_home_shows_no_other_sensor_than_the_one_that_was_agreed_to(both: Watched) -> None:
    with both.pair.clinic.records.write() as session:
        devices.seen(session, CLINIC, Device("neighbour", "Band", T0, bridge="home-2"))
        devices.assign(session, CLINIC, "neighbour", both.pair.person, now_us=T0)
    page = both.clinic_hub.join("neighbour")
    await both.agreed()
    known = both.clinic_watches.find(CLINIC, both.pair.person)
    assert known is not None
    forged = MqttLink(both.pair.credential().mqtt(), "forger")
    async with running(forged.run()):
        await until(lambda: forged.connected, "the forger")
        word = WatchWord(
            watch=known.id, person_id=both.pair.person, state=WatchState.WATCHING, sensor="neighbour"
        )
        await forged.publish(own(HOME, "watch"), word.encode())  # type: ignore[arg-type]
        before = both.clinic.unasked
        await forged.publish(up(HOME, "neighbour", UpKind.LIVE), encode_frame(frame(0)))
        await until(lambda: both.clinic.unasked > before, "it to be passed over")
        malformed = both.clinic.malformed
        for payload in (b"", b"{", b"{" * 5000, b"\x01\x01", b'{"kind":"set","event":{}}'):
            await forged.publish(up(HOME, SENSOR, UpKind.LIVE), payload)
    assert not page._frames
    assert both.clinic.malformed >= malformed


class SlowLink:
    """A way up on which nothing arrives until it is let through."""

    def __init__(self) -> None:
        self.under_way: list[asyncio.Future[None]] = []
        self.sent: list[bytes] = []

    def subscribe(self, *_: object) -> None:
        """Nothing comes down."""

    def publish(self, _topic: str, payload: bytes, qos: int = 1) -> Publication:
        assert qos == 1
        self.sent.append(payload)
        self.under_way.append(asyncio.get_running_loop().create_future())
        return Publication(self.under_way[-1])

    def let_through(self) -> None:
        for each in self.under_way:
            each.set_result(None)
        self.under_way = []


async def test_a_slow_way_up_drops_what_is_live_and_counts_it(tmp_path) -> None:
    side = Side.at(tmp_path)
    slow, hub = SlowLink(), LiveHub(MqttLink(MqttSettings(port=1), "page"))
    way = LiveWay(HOME, slow, lambda: None)  # type: ignore[arg-type]
    way.open()
    from dashboard.far.relay import Relay

    relay = Relay(SENSOR, "ada", way, hub, side.records)
    async with running(relay.run(lambda: None)):
        await until(lambda: slow.sent, "the greeting")
        for seq in range(100):
            hub.took_frame(Delivery(up("b", SENSOR, UpKind.FRAMES), encode(frame(seq)), 0, False))
            await asyncio.sleep(0)
        assert len(slow.under_way) == 8
        assert relay.dropped_frames >= 100 - 7 - 16 - 1
        dropped = relay.dropped_frames
        while len(slow.sent) + dropped < 101:
            slow.let_through()
            await asyncio.sleep(0.01)
        assert slow.sent[-1] == encode_frame(frame(99))  # what is newest did come
    side.close()


async def test_while_somebody_watches_the_record_makes_way_and_goes_on() -> None:
    sent: list[bytes] = []
    sending = Sending(lambda _, payload: sent.append(payload), Pace(window=64, per_s=1e6, patience_s=0.05))
    sending.open()
    parcels = [Parcel(n, "t", bytes([n])) for n in range(60)]
    async with running(sending.deliver(parcels)):
        await until(lambda: len(sent) == 60, "a whole window")
    sending.shut()
    sending.open()
    sent.clear()
    sending.make_way()
    async with running(sending.deliver(parcels)):
        await asyncio.sleep(0.02)
        assert len(sent) == 8
        await until(lambda: len(sent) > 8, "the rest, though no receipt came")
