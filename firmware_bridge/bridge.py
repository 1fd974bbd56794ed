"""The service: sensors to frames, frames to the spool, the spool to MQTT."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterator

import structlog
from prometheus_client import CollectorRegistry

from firmware_bridge.drivers.base import Driver
from firmware_bridge.drivers.registry import load_drivers
from firmware_bridge.errors import BridgeError, RadioError
from firmware_bridge.frames.calibration import CalibrationBook
from firmware_bridge.frames.clock import HostTime
from firmware_bridge.metrics import BridgeCollector
from firmware_bridge.outbox.outbox import Outbox
from firmware_bridge.outbox.statusboard import StatusBoard
from firmware_bridge.radio.air import Air
from firmware_bridge.sensors.commands import Commands
from firmware_bridge.sensors.discovery import Roster
from firmware_bridge.sensors.sensor import Sensor, Surroundings
from firmware_bridge.settings import BridgeSettings
from firmware_bridge.spool.janitor import keep_house
from firmware_bridge.spool.spool import Spool
from tempoband import __version__
from tempoband.contracts import topics
from tempoband.contracts.events import BridgeStatus, SensorState
from tempoband.messaging.link import MqttLink, Will
from tempoband.messaging.settings import MqttSettings
from tempoband.observability.metrics import new_registry, serve_metrics

__all__ = ["Bridge", "BridgeSettings"]
GOODBYE_S = 2.0
log = structlog.get_logger()


def _mqtt_link(settings: MqttSettings, client_id: str, will: Will) -> MqttLink:
    return MqttLink(settings, client_id, will=will)


class Bridge:
    """One bridge: every sensor in reach, one spool, one MQTT connection."""

    def __init__(
        self,
        settings: BridgeSettings,
        *,
        drivers: tuple[Driver, ...] | None = None,
        utc_us: Callable[[], int] = lambda: time.time_ns() // 1000,
        make_link: Callable[[MqttSettings, str, Will], MqttLink] = _mqtt_link,
        registry: CollectorRegistry | None = None,
    ) -> None:
        """Nothing happens before ``run``.

        Args:
            settings: what the bridge shall do.
            drivers: instead of those installed.
            utc_us: the host's UTC; intervals come from the event loop's clock.
            make_link: settings, client id and last will to an MQTT connection.
            registry: of the process, for Prometheus; with ``metrics_port`` the bridge serves its own.
        """
        self._settings = settings
        found = load_drivers() if drivers is None else drivers
        self._drivers = tuple(d for d in found if not settings.drivers or d.name in settings.drivers)
        self._utc_us = utc_us
        self._make_link = make_link
        self._registry = registry
        self.sensors: dict[str, Sensor] = {}

    async def run(self) -> None:
        """Run until cancelled; then close the streams and say goodbye.

        Raises:
            SpoolError: the data folder cannot be used, or another bridge uses it.
            CalibrationError: the calibrations cannot be read.
        """
        self._loop = asyncio.get_running_loop()
        self.sensors.clear()
        settings = self._settings
        spool = Spool(settings.data_dir)
        with contextlib.closing(spool):
            recovered = spool.recover()
            log.info("spool", frames=spool.frames, bytes=spool.bytes_used(), streams_left_open=recovered)
            link = self._make_link(settings.mqtt, f"tempoband-bridge-{settings.id}", self._will())
            await self._run_with(spool, link)

    async def _run_with(self, spool: Spool, link: MqttLink) -> None:
        settings = self._settings
        outbox = Outbox(settings, spool, link, self._now)
        board = StatusBoard(settings.id, link)
        air = Air(settings.adapter)
        around = Surroundings(
            settings=settings,
            air=air,
            keeper=outbox,
            book=CalibrationBook(settings.data_dir / "calibrations.json"),
            now=self._now,
            changed=lambda sensor: board.sensor(sensor.status()),
        )
        Commands(settings.id, link, self.sensors)
        connection = asyncio.create_task(link.run())
        try:
            with self._measured(BridgeCollector(self.sensors, outbox, spool)):
                await self._work(spool, outbox, board, around)
        finally:
            await self._goodbye(board, link)
            connection.cancel()
            await asyncio.gather(connection, return_exceptions=True)

    async def _work(self, spool: Spool, outbox: Outbox, board: StatusBoard, around: Surroundings) -> None:
        air = around.air
        async with asyncio.TaskGroup() as group:
            roster = Roster(self._drivers, spool, around, self.sensors, group)
            air.subscribe(roster.saw)
            air.on_problem = lambda _problem: board.bridge(self._status(spool, outbox, air))
            roster.recall()
            group.create_task(air.run())
            group.create_task(outbox.run())
            group.create_task(keep_house(self._settings, spool, self._utc_us))
            group.create_task(self._report(spool, outbox, air, board))

    @contextlib.contextmanager
    def _measured(self, collector: BridgeCollector) -> Iterator[None]:
        registry, port = self._registry, self._settings.metrics_port
        if port is not None:
            registry = registry or new_registry()
            serve_metrics(registry, port)
        if registry is None:
            yield
            return
        registry.register(collector)
        try:
            yield
        finally:
            registry.unregister(collector)

    async def _report(self, spool: Spool, outbox: Outbox, air: Air, board: StatusBoard) -> None:
        def everything() -> None:
            board.bridge(self._status(spool, outbox, air))
            for sensor in self.sensors.values():
                board.sensor(sensor.status())

        while True:
            board.repeat(everything)
            await asyncio.sleep(self._settings.status_every_s)

    def _status(self, spool: Spool, outbox: Outbox, air: Air) -> BridgeStatus:
        problem: RadioError | None = air.problem
        words = [str(problem) if problem else "", outbox.disk_problem]
        return BridgeStatus(
            bridge=self._settings.id,
            online=True,
            at_us=self._utc_us(),
            version=__version__,
            problem=problem.problem if problem else None,
            detail=" ".join(filter(None, words)),
            spool_frames=spool.frames,
            spool_bytes=spool.bytes_used(),
            evicted_samples=spool.samples_evicted,
            simulated=self._settings.simulated,
        )

    def _will(self) -> Will:
        gone = BridgeStatus(
            bridge=self._settings.id,
            online=False,
            at_us=self._utc_us(),
            version=__version__,
            simulated=self._settings.simulated,
        )
        return Will(topics.bridge_status(self._settings.id), gone.encode())

    async def _goodbye(self, board: StatusBoard, link: MqttLink) -> None:
        for sensor in self.sensors.values():
            board.sensor(sensor.status().model_copy(update={"state": SensorState.OFFLINE, "stream": None}))
        will = self._will()
        with contextlib.suppress(BridgeError, Exception):
            async with asyncio.timeout(GOODBYE_S):
                await link.publish(will.topic, will.payload, qos=1, retain=True)

    def _now(self) -> HostTime:
        return HostTime(round(self._loop.time() * 1e6), self._utc_us())
