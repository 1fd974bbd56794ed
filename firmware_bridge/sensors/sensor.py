"""One sensor for as long as the bridge runs: find, connect, stream, and again."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import structlog

from firmware_bridge.drivers.base import Driver, Session
from firmware_bridge.errors import DriverError, LinkError, LinkProblem, Step
from firmware_bridge.frames.calibration import CalibrationBook
from firmware_bridge.frames.clock import STEP_BACK_US, HostTime
from firmware_bridge.frames.stream import Arrival, Stream, Tally
from firmware_bridge.radio.air import Air
from firmware_bridge.radio.cancelling import end_if_cancelled
from firmware_bridge.radio.link import Inbox, guarded, open_sensor
from firmware_bridge.sensors.charge import Charge
from firmware_bridge.sensors.keeper import Keeper
from firmware_bridge.sensors.weighing import Weighing
from firmware_bridge.settings import BridgeSettings, SensorSettings
from firmware_bridge.spool.items import KnownSensor
from tempoband.contracts.events import SensorState, SensorStatus, Sentence
from tempoband.contracts.frame import LossKnowledge
from tempoband.words.phrases import Phrase, phrased, words_of

SEARCH_S = 30.0  # unseen for so long, a sensor is called asleep
FIRST_RETRY_S, LAST_RETRY_S = 0.5, 30.0
STEADY_S = 10.0  # a stream this long starts the back-off anew
START_TIMEOUT_S = 10.0
HALT_TIMEOUT_S = 2.0
REFRESH_S = 1.0  # counts in the status are so fresh

_STATES = {
    LinkProblem.ASLEEP: SensorState.ASLEEP,
    LinkProblem.TAKEN: SensorState.TAKEN,
}
NOTHING = Phrase("")
BATTERY_LOW = Phrase("Its battery is nearly empty.")
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every sensor of a bridge shares."""

    settings: BridgeSettings
    air: Air
    keeper: Keeper
    book: CalibrationBook
    now: Callable[[], HostTime]
    changed: Callable[["Sensor"], None]


class Sensor:
    """Supervises one sensor."""

    def __init__(self, known: KnownSensor, driver: Driver, around: Surroundings) -> None:
        self.known = known
        self.driver = driver
        self._past = Tally(streams=0)  # of finished streams
        self.rejects: Counter[str] = Counter()
        self._around = around
        self._weighing = Weighing(known.sensor, driver.traits, around.book)
        self._stream: Stream | None = None
        self._state, self._words = SensorState.IDLE, NOTHING
        self._told_s = -REFRESH_S
        self._charge = Charge(known.sensor, driver.traits, lambda: around.changed(self))
        self._wanted_until_s = 0.0
        self._nudge = asyncio.Event()

    # -- what others ask ---------------------------------------------------------------------------

    @property
    def id(self) -> str:
        """The sensor's name in topics."""
        return self.known.sensor

    @property
    def settings(self) -> SensorSettings:
        """What the settings file says about this sensor."""
        return self._around.settings.sensor.get(self.id, SensorSettings())

    def moved(self, address: str) -> None:
        """The sensor goes by another address now (private addresses change)."""
        self.known = replace(self.known, address=address)

    def stream_for(self, lease_s: float | None) -> None:
        """Somebody is looking: stream at least so long."""
        lease_s = max(lease_s or 0.0, self._around.settings.idle_after_s)
        self._wanted_until_s = max(self._wanted_until_s, self._now_s() + lease_s)
        self._nudge.set()

    def idle(self) -> None:
        """Nobody is looking any more."""
        self._wanted_until_s = 0.0

    def tare(self) -> None:
        """Set the zero.

        Raises:
            RefusedError: with what to do.
        """
        self._weighing.tare(self._around.now())
        self._recalibrated()

    def calibrate(self, load_n: float) -> Phrase:
        """Take a calibration point; returns what to do next.

        Raises:
            RefusedError: with what to do.
        """
        words = self._weighing.calibrate(load_n, self._around.now())
        self._recalibrated()
        return words

    def _recalibrated(self) -> None:
        if self._stream is not None:
            self._stream.calibration = self._weighing.calibration
        self._around.changed(self)

    def status(self) -> SensorStatus:
        """Everything a page needs to say about the sensor."""
        stream, traits = self._stream, self.driver.traits
        known_loss = traits.loss is not LossKnowledge.UNKNOWN
        return SensorStatus(
            bridge=self._around.settings.id,
            sensor=self.id,
            name=self.settings.name or self.known.name or self.id,
            state=self._state,
            at_us=self._around.now().utc_us,
            detail=str(self._words),
            said=Sentence.of(self._words) if self._words.english else None,
            driver=self.driver.name,
            stream=stream.id if stream else None,
            rate_hz=stream.rate_hz if stream else traits.rate_hz,
            clock=traits.clock,
            loss=traits.loss,
            lost_samples=self.total().lost if known_loss else None,
            battery_percent=self._charge.battery.percent,
            battery_mv=self._charge.battery.millivolts,
            tared_at_us=self._weighing.calibration.tared_at_us,
            calibration_id=self._weighing.calibration.id,
            can_tare=True,
            ring_length_cm=self.settings.ring_length_cm,
            owned_elsewhere=stream is not None and self._around.keeper.owned_elsewhere(stream.id),
            simulated=self._around.settings.simulated,
        )

    def total(self) -> Tally:
        """Counts since this process began."""
        return self._past.plus(self._stream.tally) if self._stream else self._past

    # -- the life of a sensor ------------------------------------------------------------------------

    async def run(self) -> None:
        """Stream whenever wanted, for as long as it takes."""
        pause_s = FIRST_RETRY_S
        while True:
            end_if_cancelled()
            await self._until_wanted()
            started_s = self._now_s()
            try:
                await self._stream_once()
                continue
            except LinkError as error:
                self._tell(_STATES.get(error.problem, SensorState.LOST), words_of(error))
            except Exception as error:  # a driver's bug must not end the sensor
                log.exception("sensor_failed", sensor=self.id)
                self._tell(SensorState.LOST, phrased("The driver failed: {error}", error=repr(error)))
            if self._now_s() - started_s > STEADY_S:
                pause_s = FIRST_RETRY_S
            await asyncio.sleep(pause_s * random.uniform(0.5, 1.0))  # noqa: S311 - jitter, no secret
            pause_s = min(2 * pause_s, LAST_RETRY_S)

    async def _until_wanted(self) -> None:
        while not self._wanted():
            self._tell(SensorState.IDLE, Phrase("Streams as soon as a page or a set asks for it."))
            self._nudge.clear()
            await self._nudge.wait()

    def _wanted(self) -> bool:
        return self._around.settings.stream_always or self._now_s() < self._wanted_until_s

    async def _stream_once(self) -> None:
        air = self._around.air
        sighting = air.recent(self.known.address)
        if self._state not in _STATES.values():  # asleep or taken stays so until it is seen again
            self._tell(SensorState.SEARCHING, self._words if self._state is SensorState.LOST else NOTHING)
        while sighting is None:
            if not self._wanted():
                return
            sighting = await air.wait_for(self.known.address, SEARCH_S)
            if sighting is None:
                self._tell(SensorState.ASLEEP, self._unseen())
        self._tell(SensorState.CONNECTING, NOTHING)
        air.forget(self.known.address)
        inbox = Inbox(self._around.now)
        try:
            async with open_sensor(self.driver, sighting, air, inbox, self._notify_options()) as session:
                await self._charge.ask(session)
                await guarded(session.start(inbox), START_TIMEOUT_S, Step.START)
                async with self._charge.watched(session):
                    await self._receive(session, inbox)
                await self._charge.ask(session)
        finally:
            self.rejects.update(str(reason) for reason in inbox.rejects.elements())

    def _unseen(self) -> Phrase:
        problem = self._around.air.problem
        if problem is not None:
            return words_of(problem)
        return Phrase("Not on the air: wake it with its button and keep it near; or another app holds it.")

    def _notify_options(self) -> Mapping[str, Any]:
        forced = self.settings.use_start_notify
        return {} if forced is None else {"bluez": {"use_start_notify": forced}}

    async def _receive(self, session: Session, inbox: Inbox) -> None:
        self._begin()
        linked = True
        try:
            while self._wanted():
                end_if_cancelled()
                self._take(await inbox.gather(self.driver.traits.silence_s), inbox)
        except LinkError:
            linked = False
            raise
        finally:
            try:
                if linked:  # what the sensor sent before it heard us arrives before its answer
                    await self._halt(session)
            finally:
                self._take(inbox.drain(), inbox)
                self._end()

    async def _halt(self, session: Session) -> None:
        try:
            await guarded(session.stop(), HALT_TIMEOUT_S, Step.STOP)
        except (LinkError, DriverError) as error:
            log.info("not_stopped", sensor=self.id, error=str(error))

    def _take(self, arrivals: list[Arrival], inbox: Inbox) -> None:
        assert self._stream is not None, "begin before take"  # noqa: S101 - our own order
        for arrival in arrivals:
            self._stream.push(arrival)
            self._weighing.add(arrival)
        cut = self._stream.cut()
        self._around.keeper.accept(self.id, cut)
        if arrivals:
            self._tell(SensorState.STREAMING, BATTERY_LOW if inbox.battery_low else NOTHING)
        if cut.carry is not None:
            self._end()
            self._begin()
            for arrival in cut.carry:
                self._stream.push(arrival)

    def _begin(self) -> None:
        not_before_us = self._around.keeper.end_us(self.id) + 1
        if self._around.now().utc_us < not_before_us - STEP_BACK_US:
            log.warning("clock_was_ahead", sensor=self.id, by_us=not_before_us - self._around.now().utc_us)
            not_before_us = 0
        self._stream = Stream(self.driver.traits, self._weighing.calibration, not_before_us=not_before_us)
        self._weighing.clear()

    def _end(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            self._around.keeper.accept(self.id, stream.finish())
            self._around.keeper.end_stream(stream.id)
            self._past = self._past.plus(stream.tally)

    def _tell(self, state: SensorState, words: Phrase) -> None:
        same = state is self._state and words == self._words
        if same and self._now_s() - self._told_s < REFRESH_S:
            return
        self._told_s = self._now_s()
        if state is not self._state:
            log.info("sensor_state", sensor=self.id, state=str(state), detail=str(words))
        self._state, self._words = state, words
        self._around.changed(self)

    def _now_s(self) -> float:
        return self._around.now().mono_us / 1e6
