"""What the bridges say about themselves and their sensors, from retained messages."""

from collections.abc import Callable

import structlog
from pydantic import ValidationError

from tempoband.contracts.errors import ContractError
from tempoband.contracts.events import BridgeStatus, SensorState, SensorStatus, Sentence
from tempoband.contracts.topics import ROOT, bridge_status, parse_up
from tempoband.messaging.link import Delivery
from tempoband.words.phrases import Phrase

SENSOR_STATUSES = f"{ROOT}/+/up/+/+/status"
BRIDGE_STATUSES = f"{ROOT}/+/up/+/status"

log = structlog.get_logger(__name__)

# Two bridges may see one sensor: the one that gets further with it is the one to show and to ask.
_NEARER = {
    SensorState.STREAMING: 0,
    SensorState.IDLE: 1,
    SensorState.CONNECTING: 2,
    SensorState.LOST: 3,
    SensorState.TAKEN: 4,
    SensorState.SEARCHING: 5,
    SensorState.ASLEEP: 6,
    SensorState.OFFLINE: 7,
}


class SensorRegistry:
    """The newest status of every bridge and sensor; ``on_change`` is told which sensor changed."""

    def __init__(self, on_change: Callable[[SensorStatus], None] = lambda _: None) -> None:
        self._sensors: dict[str, dict[str, SensorStatus]] = {}  # by sensor, then bridge
        self._bridges: dict[str, BridgeStatus] = {}
        self._on_change = on_change

    def find(self, sensor: str) -> SensorStatus | None:
        """The status to show for a sensor; OFFLINE while its bridge is gone."""
        known = self._sensors.get(sensor)
        if not known:
            return None
        return min(
            map(self._effective, known.values()),
            key=lambda s: (_NEARER[s.state], s.owned_elsewhere, -s.at_us),
        )

    def every(self) -> list[SensorStatus]:
        """One status per known sensor, by name."""
        found = [status for sensor in self._sensors if (status := self.find(sensor)) is not None]
        return sorted(found, key=lambda status: (status.name, status.sensor))

    def bridges(self) -> list[BridgeStatus]:
        """Every bridge that ever said something, by id."""
        return sorted(self._bridges.values(), key=lambda status: status.bridge)

    def took_sensor(self, delivery: Delivery) -> None:
        """A sensor's status arrived; an empty one forgets it."""
        try:
            topic = parse_up(delivery.topic)
            status = SensorStatus.model_validate_json(delivery.payload) if delivery.payload else None
        except (ContractError, ValidationError) as error:
            log.warning("status_refused", topic=delivery.topic, error=type(error).__name__)
            return
        of_sensor = self._sensors.setdefault(topic.sensor, {})
        if status is None:
            of_sensor.pop(topic.bridge, None)
        elif (status.bridge, status.sensor) == (topic.bridge, topic.sensor):
            of_sensor[topic.bridge] = status
        else:
            log.warning("status_refused", topic=delivery.topic, error="it names another sensor")
        self._changed(topic.sensor)

    def took_bridge(self, delivery: Delivery) -> None:
        """A bridge's status arrived; an empty one forgets it."""
        bridge = delivery.topic.split("/")[-2]
        try:
            status = BridgeStatus.model_validate_json(delivery.payload) if delivery.payload else None
        except ValidationError as error:
            log.warning("status_refused", topic=delivery.topic, error=type(error).__name__)
            return
        if delivery.topic != bridge_status(bridge) or (status is not None and status.bridge != bridge):
            log.warning("status_refused", topic=delivery.topic, error="it names another bridge")
            return
        if status is None:
            self._bridges.pop(bridge, None)
        else:
            self._bridges[bridge] = status
        for sensor, known in self._sensors.items():
            if bridge in known:
                self._changed(sensor)

    def _changed(self, sensor: str) -> None:
        if (status := self.find(sensor)) is not None:
            self._on_change(status)

    def _effective(self, status: SensorStatus) -> SensorStatus:
        bridge = self._bridges.get(status.bridge)
        if bridge is None or bridge.online:
            return status
        words = Phrase("the program beside this sensor is not running")
        gone = {"state": SensorState.OFFLINE, "detail": str(words), "said": Sentence.of(words)}
        return status.model_copy(update=gone)
