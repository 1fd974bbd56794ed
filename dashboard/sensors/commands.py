"""Asks a bridge to do something with a sensor, and waits for its answer."""

import asyncio
from http import HTTPStatus

import structlog
from pydantic import ValidationError

from dashboard.errors import DashboardError, DashboardReason
from dashboard.language import heard
from dashboard.sensors.registry import SensorRegistry
from tempoband.contracts.events import BridgeCommand, CommandKind, CommandResult, SensorState
from tempoband.contracts.topics import ROOT, commands
from tempoband.messaging.link import Delivery, MqttLink
from tempoband.storage.records.rows import new_id
from tempoband.words.phrases import Phrase, phrased

RESULTS = f"{ROOT}/+/up/+/+/results"

log = structlog.get_logger(__name__)


class Commander:
    """Sends commands down and matches the answers that come up."""

    def __init__(self, link: MqttLink, registry: SensorRegistry, timeout_s: float) -> None:
        self._link = link
        self._registry = registry
        self._timeout_s = timeout_s
        self._waiting: dict[str, asyncio.Future[CommandResult]] = {}

    async def ask(
        self, sensor: str, kind: CommandKind, by: str, *, load_n: float | None = None
    ) -> CommandResult:
        """Send a command and wait for its result.

        Raises:
            DashboardError: the sensor is not there (409), or nobody answers (504).
            MessagingError: the broker is away.
        """
        command = self._command(sensor, kind, by, load_n)
        answer: asyncio.Future[CommandResult] = asyncio.get_running_loop().create_future()
        self._waiting[command.id] = answer
        try:
            self._send(command)
            async with asyncio.timeout(self._timeout_s):
                return await answer
        except TimeoutError:
            raise DashboardError(
                HTTPStatus.GATEWAY_TIMEOUT,
                DashboardReason.NO_ANSWER,
                phrased(
                    "the sensor did not answer within {seconds} s; is it awake and near?",
                    seconds=self._timeout_s,
                ),
            ) from None
        finally:
            del self._waiting[command.id]

    def lease(self, sensor: str, by: str, lease_s: float) -> None:
        """Ask that a sensor streams for a while; no answer is awaited.

        Raises:
            MessagingError: the broker is away.
        """
        status = self._registry.find(sensor)
        if status is not None and status.state is not SensorState.OFFLINE:
            command = BridgeCommand(
                id=new_id(), sensor=sensor, kind=CommandKind.STREAM, by=by, lease_s=lease_s
            )
            self._link.publish(commands(status.bridge), command.encode())

    def took_result(self, delivery: Delivery) -> None:
        """A bridge answered."""
        try:
            result = CommandResult.model_validate_json(delivery.payload)
        except ValidationError:
            log.warning("result_refused", topic=delivery.topic)
            return
        waiting = self._waiting.get(result.id)
        if waiting is not None and not waiting.done():
            waiting.set_result(result)

    def _command(self, sensor: str, kind: CommandKind, by: str, load_n: float | None) -> BridgeCommand:
        status = self._registry.find(sensor)
        if status is None or status.state in (SensorState.OFFLINE, SensorState.LOST, SensorState.ASLEEP):
            words = Phrase("the sensor cannot be asked: it is not connected")
            if status is not None and status.detail:
                words = phrased("the sensor cannot be asked: {why}", why=heard(status.said, status.detail))
            raise DashboardError(HTTPStatus.CONFLICT, DashboardReason.NOT_CONNECTED, words)
        return BridgeCommand(id=new_id(), sensor=sensor, kind=kind, by=by, load_n=load_n)

    def _send(self, command: BridgeCommand) -> None:
        status = self._registry.find(command.sensor)
        if status is not None:
            self._link.publish(commands(status.bridge), command.encode())
