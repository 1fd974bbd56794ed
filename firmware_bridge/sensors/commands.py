"""Commands from the services: executed once each, answered always."""

from collections import deque
from collections.abc import Callable, Mapping

import structlog
from pydantic import ValidationError

from firmware_bridge.sensors.sensor import Sensor
from firmware_bridge.sensors.weighing import RefusedError
from tempoband.contracts import topics
from tempoband.contracts.events import BridgeCommand, CommandKind, CommandResult, Sentence
from tempoband.contracts.topics import UpKind
from tempoband.messaging.errors import MessagingError
from tempoband.messaging.link import Delivery, MqttLink
from tempoband.words.phrases import Phrase, words_of

REMEMBERED = 256  # MQTT may deliver a command twice
MAX_LEASE_S = 3600.0
log = structlog.get_logger()


class Commands:
    """Reads the bridge's commands topic."""

    def __init__(self, bridge: str, link: MqttLink, sensors: Mapping[str, Sensor]) -> None:
        self._bridge = bridge
        self._link = link
        self._sensors = sensors
        self._done: deque[str] = deque(maxlen=REMEMBERED)
        link.subscribe(topics.commands(bridge), 1, self._on_command)

    def _on_command(self, delivery: Delivery) -> None:
        try:
            command = BridgeCommand.model_validate_json(delivery.payload)
            topics.check_name(command.sensor, "sensor")
        except (ValidationError, ValueError) as error:
            log.warning("command_unreadable", error=str(error).splitlines()[0])
            return
        if command.id in self._done:
            return
        self._done.append(command.id)
        self._answer(self._execute(command))

    def _execute(self, command: BridgeCommand) -> CommandResult:
        sensor = self._sensors.get(command.sensor)
        if sensor is None:
            return _result(command, "unknown_sensor", Phrase("This bridge does not know that sensor."))
        execute: dict[CommandKind, Callable[[BridgeCommand, Sensor], CommandResult]] = {
            CommandKind.TARE: _tare,
            CommandKind.STREAM: _stream,
            CommandKind.IDLE: _idle,
            CommandKind.CALIBRATE: _calibrate,
        }
        try:
            result = execute[command.kind](command, sensor)
        except RefusedError as refusal:
            result = _result(command, str(refusal.reason), words_of(refusal))
        log.info("command", kind=str(command.kind), sensor=command.sensor, by=command.by, ok=result.ok)
        return result

    def _answer(self, result: CommandResult) -> None:
        try:
            self._link.publish(topics.up(self._bridge, result.sensor, UpKind.RESULTS), result.encode(), qos=1)
        except MessagingError as error:
            log.warning("answer_lost", error=str(error))


def _tare(command: BridgeCommand, sensor: Sensor) -> CommandResult:
    sensor.tare()
    return _result(command, "", Phrase("The zero is set."))


def _calibrate(command: BridgeCommand, sensor: Sensor) -> CommandResult:
    return _result(command, "", sensor.calibrate(command.load_n or 0.0))


def _stream(command: BridgeCommand, sensor: Sensor) -> CommandResult:
    sensor.stream_for(None if command.lease_s is None else min(command.lease_s, MAX_LEASE_S))
    return _result(command)


def _idle(command: BridgeCommand, sensor: Sensor) -> CommandResult:
    sensor.idle()
    return _result(command)


def _result(command: BridgeCommand, reason: str = "", words: Phrase | None = None) -> CommandResult:
    return CommandResult(
        id=command.id,
        sensor=command.sensor,
        kind=command.kind,
        ok=not reason,
        reason=reason,
        message=str(words or ""),
        said=Sentence.of(words) if words else None,
    )
