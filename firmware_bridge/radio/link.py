"""One connection to a sensor: a new client each time, data watched, every failure in its own words."""

import asyncio
import contextlib
from collections import Counter, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, TypeVar

from bleak import BleakClient
from bleak.exc import BleakError
from bleak_retry_connector import establish_connection

from firmware_bridge.drivers.base import Advertisement, Device, Driver, Samples, Session
from firmware_bridge.errors import DecodeError, DecodeReason, LinkError, LinkProblem, Step
from firmware_bridge.frames.clock import HostTime
from firmware_bridge.frames.stream import Arrival
from firmware_bridge.radio.air import Air, Sighting
from tempoband.words.phrases import Phrase, phrased

CONNECT_ATTEMPTS = 2  # by the connector; the supervisor goes on for ever
CONNECT_TIMEOUT_S = 45.0
OPEN_TIMEOUT_S = 10.0
CLOSE_TIMEOUT_S = 5.0
LEAST_SAMPLES = 4  # a frame of fewer waits a moment for more
GATHER_S = 0.04
CUT_IN_A_ROW = 3
Result = TypeVar("Result")
PLATFORM_ERRORS = (
    BleakError,
    OSError,
    EOFError,
    AttributeError,
)  # what the platforms raise when a link breaks


class Inbox:
    """What a session delivers, stamped on arrival. Nothing here blocks or decides."""

    def __init__(self, now: Callable[[], HostTime]) -> None:
        self._now = now
        self._arrivals: deque[Arrival] = deque()
        self._wake = asyncio.Event()
        self._broken: LinkError | None = None
        self._cut = 0
        self.rejects: Counter[DecodeReason] = Counter()
        self.battery_low = False

    def samples(self, samples: Samples) -> None:
        """A good notification."""
        self._arrivals.append(Arrival(samples, self._now()))
        self._cut = 0
        self._wake.set()

    def rejected(self, error: DecodeError) -> None:
        """A notification that could not be read; many cut ones in a row mean a small MTU."""
        self.rejects[error.reason] += 1
        self._cut = self._cut + 1 if error.reason is DecodeReason.CUT else 0
        if self._cut >= CUT_IN_A_ROW:
            self.break_off(
                LinkError(
                    LinkProblem.CUT_PACKETS,
                    Phrase(
                        "Every packet is cut to 20 bytes (small MTU): use another Bluetooth adapter, update"
                        " the proxy, or let the sensor send fewer samples a packet."
                    ),
                )
            )

    def low_battery(self) -> None:
        """The sensor says so itself."""
        self.battery_low = True

    def break_off(self, error: LinkError) -> None:
        """The link is over; what has arrived is still handed out first."""
        self._broken = self._broken or error
        self._wake.set()

    async def gather(self, silence_s: float) -> list[Arrival]:
        """Everything that has arrived, after a moment for notifications that carry few samples.

        Raises:
            LinkError: the link broke, or nothing came for ``silence_s`` although it is up.
        """
        await self._first(silence_s)
        if sum(len(a.samples) for a in self._arrivals) < LEAST_SAMPLES and self._broken is None:
            await asyncio.sleep(GATHER_S)
        if not self._arrivals and self._broken is not None:
            raise self._broken
        return self.drain()

    def drain(self) -> list[Arrival]:
        """What has arrived and was not handed out."""
        arrivals = list(self._arrivals)
        self._arrivals.clear()
        if self._broken is None:
            self._wake.clear()
        return arrivals

    async def _first(self, silence_s: float) -> None:
        try:
            async with asyncio.timeout(silence_s):
                await self._wake.wait()
        except TimeoutError:
            raise LinkError(
                LinkProblem.STALLED,
                phrased("Connected, but no data for {seconds:g} s: connecting anew.", seconds=silence_s),
            ) from None


@contextlib.asynccontextmanager
async def open_sensor(
    driver: Driver, sighting: Sighting, air: Air, inbox: Inbox, notify_options: Mapping[str, Any]
) -> AsyncIterator[Session]:
    """Connect, open, and leave again whatever happens.

    Raises:
        LinkError: with what a person can do.
    """
    async with contextlib.AsyncExitStack() as stack:
        if not driver.traits.connects:
            stack.enter_context(air.seeking())
        client = await _connect(sighting, air, inbox, stack) if driver.traits.connects else None
        device = Device(sighting.advertisement, client, notify_options, _listener(air, sighting))
        session = await guarded(driver.open(device), OPEN_TIMEOUT_S, Step.OPEN)
        stack.push_async_callback(session.close)
        yield session


async def guarded(call: Awaitable[Result], timeout_s: float, what: Step) -> Result:
    """Await something of the platform; whatever it raises becomes an error of ours.

    Raises:
        LinkError: it took too long or failed. bleak's own words mislead after a broken link ("Service
            Discovery has not been performed yet"), so ours come first.
    """
    try:
        async with asyncio.timeout(timeout_s):
            return await call
    except TimeoutError as error:
        words = phrased("The sensor took too long: {what:link_step}.", what=what)
        raise LinkError(LinkProblem.FAILED, words) from error
    except PLATFORM_ERRORS as error:
        system = str(error) or type(error).__name__
        words = phrased("The link broke: {what:link_step} ({system}).", what=what, system=system)
        raise LinkError(LinkProblem.FAILED, words) from error


async def _connect(
    sighting: Sighting, air: Air, inbox: Inbox, stack: contextlib.AsyncExitStack
) -> BleakClient:
    name = sighting.advertisement.name or sighting.advertisement.address

    def gone(_client: BleakClient) -> None:
        words = phrased("{name} went away: connecting anew.", name=name)
        inbox.break_off(LinkError(LinkProblem.DISCONNECTED, words))

    try:
        with air.seeking():  # whether it is still on the air tells asleep from taken
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                client = await establish_connection(
                    BleakClient,
                    sighting.device,
                    name,
                    disconnected_callback=gone,
                    max_attempts=CONNECT_ATTEMPTS,
                )
    except (*PLATFORM_ERRORS, TimeoutError) as error:
        raise _refused(name, air.recent(sighting.advertisement.address), error) from error
    stack.push_async_callback(_leave, client)
    return client


def _refused(name: str, still_seen: Sighting | None, error: Exception) -> LinkError:
    if still_seen is None:
        return LinkError(
            LinkProblem.ASLEEP,
            phrased(
                "{name} does not answer: wake it with its button and keep it near; if it is awake, close"
                " the other app that holds it.",
                name=name,
            ),
        )
    return LinkError(
        LinkProblem.TAKEN,
        phrased(
            "{name} is in reach but refuses the connection: close the other app that holds it. ({system})",
            name=name,
            system=str(error) or type(error).__name__,
        ),
    )


async def _leave(client: BleakClient) -> None:
    with contextlib.suppress(*PLATFORM_ERRORS, TimeoutError):
        async with asyncio.timeout(CLOSE_TIMEOUT_S):
            await client.disconnect()


def _listener(
    air: Air, sighting: Sighting
) -> Callable[[Callable[[Advertisement], None]], Callable[[], None]]:
    address = sighting.advertisement.address

    def listen(callback: Callable[[Advertisement], None]) -> Callable[[], None]:
        def one(seen: Sighting) -> None:
            if seen.advertisement.address == address:
                callback(seen.advertisement)

        return air.subscribe(one)

    return listen
