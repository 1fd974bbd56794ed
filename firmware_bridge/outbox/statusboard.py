"""Retained statuses: published when they change, now and then anyway, and after every reconnection."""

from collections.abc import Callable

from tempoband.contracts import topics
from tempoband.contracts.events import BridgeStatus, Message, SensorStatus
from tempoband.contracts.topics import UpKind
from tempoband.messaging.errors import MessagingError
from tempoband.messaging.link import MqttLink


class StatusBoard:
    """The last word on the bridge and each of its sensors."""

    def __init__(self, bridge: str, link: MqttLink) -> None:
        self._bridge = bridge
        self._link = link
        self._said: dict[str, Message] = {}
        link.on_connected(self._say_all)

    def sensor(self, status: SensorStatus) -> None:
        """Say how a sensor is; its battery goes to a topic of its own as well."""
        topic = topics.up(self._bridge, status.sensor, UpKind.STATUS)
        if self._say(topic, status) and (status.battery_mv or status.battery_percent) is not None:
            battery = status.model_dump_json(include={"at_us", "battery_percent", "battery_mv"}).encode()
            self._publish(topics.up(self._bridge, status.sensor, UpKind.BATTERY), battery)

    def bridge(self, status: BridgeStatus) -> None:
        """Say how the bridge is."""
        self._say(topics.bridge_status(self._bridge), status)

    def repeat(self, refresh: Callable[[], None]) -> None:
        """Say everything anew, as of now."""
        self._said.clear()
        refresh()

    def _say(self, topic: str, message: Message) -> bool:
        before = self._said.get(topic)
        self._said[topic] = message
        same = before is not None and before == message.model_copy(
            update={"at_us": before.model_dump()["at_us"]}
        )
        if not same:
            self._publish(topic, message.encode())
        return not same

    def _say_all(self) -> None:
        for topic, message in self._said.items():
            self._publish(topic, message.encode())

    def _publish(self, topic: str, payload: bytes) -> None:
        try:
            self._link.publish(topic, payload, qos=1, retain=True)
        except MessagingError:
            return  # said again as soon as there is a connection
