"""The battery of a sensor: asked at connection, now and then while it streams, and when it is let go."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import structlog

from firmware_bridge.drivers.base import Battery, Session, Traits
from firmware_bridge.errors import DriverError, LinkError, Step
from firmware_bridge.radio.link import guarded

ASK_TIMEOUT_S = 10.0
EVERY_S = 600.0  # a cell lasts for hours: often enough to warn in time, too seldom to disturb
log = structlog.get_logger()


class Charge:
    """What is known of a sensor's battery.

    Attributes:
        battery: the last answer.
    """

    def __init__(self, sensor: str, traits: Traits, changed: Callable[[], None]) -> None:
        self.battery = Battery()
        self._sensor = sensor
        self._traits = traits
        self._changed = changed

    async def ask(self, session: Session) -> bool:
        """Ask the sensor, if it tells at all; returns whether it answered.

        Raises:
            LinkError: the link broke.
        """
        if not self._traits.battery:
            return False
        try:
            battery = await guarded(session.battery(), ASK_TIMEOUT_S, Step.BATTERY)
        except DriverError as error:
            log.info("battery_unknown", sensor=self._sensor, error=str(error))
            return False
        if battery != self.battery:
            self.battery = battery
            self._changed()
        return True

    @contextlib.asynccontextmanager
    async def watched(self, session: Session) -> AsyncIterator[None]:
        """While inside, ask again now and then, where the sensor takes the question while it streams."""
        asking = asyncio.create_task(self._again(session))
        try:
            yield
        finally:
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)

    async def _again(self, session: Session) -> None:
        with contextlib.suppress(LinkError):  # who receives the stream sees the broken link too
            while self._traits.battery_streaming:
                await asyncio.sleep(EVERY_S)
                if not await self.ask(session):
                    return  # it does not answer now: not asked again on this connection
