"""Tells analytics and the pages that something was told about a set."""

import contextlib
from dataclasses import dataclass

from dashboard.live.hub import LiveHub
from dashboard.sensors.registry import SensorRegistry
from dashboard.sets.view import Told
from tempoband.contracts.events import Declared, SetEvent
from tempoband.contracts.topics import EventKind, event, shard_of
from tempoband.messaging.errors import MessagingError
from tempoband.messaging.link import MqttLink


@dataclass(frozen=True, slots=True)
class Announcer:
    """A nudge only: the records already hold what was told, so a lost one costs nothing but time."""

    link: MqttLink
    sensors: SensorRegistry
    live: LiveHub

    def announce(self, told: Told) -> None:
        """Nudge analytics, where the sensor's bridge is known, and tell the pages that watch."""
        self._nudge(told.subject.sensor, told.subject.id)
        scored = told.scored
        news = SetEvent(
            sensor=told.subject.sensor,
            set_id=told.subject.id,
            status=told.status,
            revision=0 if scored is None else scored.set.revision,
            close_reason=told.subject.close_reason,
            reps=0 if scored is None or scored.score is None else scored.score.rep_count,
        )
        self.live.tell(told.subject.sensor, "set", news)

    def _nudge(self, sensor: str, set_id: str) -> None:
        status = self.sensors.find(sensor)
        if status is not None:
            topic = event(shard_of(status.bridge), sensor, EventKind.DECLARED)
            with contextlib.suppress(MessagingError):  # analytics reads the records when the broker is back
                self.link.publish(topic, Declared(sensor=sensor, set_id=set_id).encode())
