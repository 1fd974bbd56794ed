"""Whether anybody stores what the sensors send: ingest's own word, as the bridges hear it too."""

import time
from collections.abc import Callable

import structlog
from pydantic import ValidationError

from tempoband.contracts.events import Heartbeat
from tempoband.messaging.link import Delivery

SILENT_S = 30.0

log = structlog.get_logger(__name__)


class Heartbeats:
    """The newest heartbeat of every ingest worker, with when it came by our own clock."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._heard: dict[str, tuple[float, Heartbeat]] = {}

    def took(self, delivery: Delivery) -> None:
        """A heartbeat arrived; an empty one forgets the worker."""
        worker = delivery.topic.rsplit("/", 1)[-1]
        if not delivery.payload:
            self._heard.pop(worker, None)
            return
        try:
            self._heard[worker] = (self._clock(), Heartbeat.model_validate_json(delivery.payload))
        except ValidationError:
            log.warning("heartbeat_refused", topic=delivery.topic)

    def verdict(self) -> tuple[bool, str]:
        """Whether somebody stores, and in words who does or why nobody does."""
        if not self._heard:
            return False, "no ingest was ever heard: samples wait at the bridges"
        alive = [
            beat for at_s, beat in self._heard.values() if self._clock() - at_s <= SILENT_S and beat.online
        ]
        if not alive:
            return False, "ingest has gone silent: samples wait at the bridges"
        held = [beat.worker for beat in alive if not beat.accepting]
        if held:
            return False, f"{', '.join(sorted(held))} cannot store now: samples wait at the bridges"
        return True, ", ".join(sorted(f"{beat.worker} ({beat.shards})" for beat in alive))
