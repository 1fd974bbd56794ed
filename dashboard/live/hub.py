"""Live frames and events from MQTT, fanned out to the pages that watch."""

import json
import math
import time
from collections import deque
from collections.abc import Callable, Iterator

import structlog
from pydantic import ValidationError

from dashboard.live.viewer import Viewer
from dashboard.live.wire import encode_frame, read_block
from dashboard.sets.models import SetOut
from tempoband.contracts.errors import ContractError
from tempoband.contracts.events import Message, PhaseEvent, RepEvent, SensorStatus, SetEvent
from tempoband.contracts.frame import decode_frame
from tempoband.contracts.freshness import Freshness
from tempoband.contracts.topics import ROOT, EventKind, UpKind, parse_event, parse_up
from tempoband.messaging.link import Delivery, MqttLink

EVENTS = f"{ROOT}/+/events/+/+"
REPLAY_S = 15.0
_SHOWN: dict[EventKind, type[Message]] = {
    EventKind.PHASE: PhaseEvent,
    EventKind.REP: RepEvent,
    EventKind.SET: SetEvent,
}

log = structlog.get_logger(__name__)


class LiveHub:
    """Every open live page, by sensor; each frame is decoded and encoded once however many watch."""

    def __init__(self, link: MqttLink, clock: Callable[[], float] = time.monotonic) -> None:
        self._link = link
        self._clock = clock
        self._viewers: dict[str, set[Viewer]] = {}
        self._followed: set[str] = set()
        self._fresh = Freshness()
        self._recent: dict[str, deque[tuple[float, int, bytes]]] = {}
        self._until_s: dict[str, float] = {}  # a page that comes back within seconds misses nothing
        self.stale_frames = 0
        self.bad_messages = 0

    def watched(self) -> list[str]:
        """The sensors somebody looks at now."""
        return [sensor for sensor, viewers in self._viewers.items() if viewers]

    def join(self, sensor: str, after_us: int | None = None) -> Viewer:
        """A new page; with ``after_us`` it first gets what it missed of the last seconds."""
        viewer = Viewer(sensor, self._clock)
        for message in self._missed(sensor, after_us):
            viewer.offer_frame(message)
        self.enter(viewer)
        return viewer

    def enter(self, viewer: Viewer) -> None:
        """From now on this viewer is offered everything of its sensor."""
        sensor = viewer.sensor
        self._viewers.setdefault(sensor, set()).add(viewer)
        self._until_s[sensor] = math.inf
        if sensor not in self._followed:
            # Frames nobody watches are not even delivered; the link renews this by itself.
            self._followed.add(sensor)
            self._link.subscribe(_frames_of(sensor), 0, self.took_frame)

    def leave(self, viewer: Viewer) -> None:
        """The page was closed."""
        viewers = self._viewers[viewer.sensor]
        viewers.discard(viewer)
        if not viewers:
            del self._viewers[viewer.sensor]
            self._until_s[viewer.sensor] = self._clock() + REPLAY_S

    def took_frame(self, delivery: Delivery) -> None:
        """A live frame arrived."""
        now_s = self._clock()
        try:
            sensor = parse_up(delivery.topic).sensor
            if not self._wanted(sensor, now_s):
                return
            frame = decode_frame(delivery.payload)
        except ContractError:  # ingest keeps it as a dead letter; here it is only counted
            self.bad_messages += 1
            return
        if not self._fresh.fresh(frame.stream, frame.seq, frame.end_us, round(now_s * 1e6)):
            self.stale_frames += 1
            return
        self._show(sensor, now_s, frame.end_us, encode_frame(frame))

    def took_block(self, sensor: str, message: bytes) -> None:
        """A live message of a home arrived, as its own page gets it.

        Raises:
            ValueError: it is no message of samples.
        """
        now_s = self._clock()
        block = read_block(message)
        if not self._wanted(sensor, now_s):
            return
        if not self._fresh.fresh(f"{sensor}/{block.tag}", block.seq, block.end_us, round(now_s * 1e6)):
            self.stale_frames += 1
            return
        self._show(sensor, now_s, block.end_us, message)

    def took_event(self, delivery: Delivery) -> None:
        """An event of a set arrived."""
        try:
            _, sensor, kind = parse_event(delivery.topic)
            model = _SHOWN.get(kind)
            if model is not None and sensor in self._viewers:
                self.tell(sensor, kind, model.model_validate_json(delivery.payload))
        except (ContractError, ValidationError):
            self.bad_messages += 1
            log.warning("event_refused", topic=delivery.topic)

    def took_status(self, status: SensorStatus) -> None:
        """A sensor's status changed."""
        self.tell(status.sensor, "status", status)

    def tell(self, sensor: str, kind: str, event: Message) -> None:
        """Send an event to every page that watches the sensor."""
        viewers = self._viewers.get(sensor)
        if viewers:
            self.tell_text(sensor, event_text(kind, event))

    def tell_text(self, sensor: str, message: str) -> None:
        """Send an event that is text already."""
        for viewer in self._viewers.get(sensor, ()):
            viewer.offer_event(message)

    def _wanted(self, sensor: str, now_s: float) -> bool:
        """Whether somebody watches, or left a moment ago; after that frames are not even delivered."""
        if now_s <= self._until_s.get(sensor, -math.inf):
            return True
        self._recent.pop(sensor, None)
        self._until_s.pop(sensor, None)
        if sensor in self._followed:
            self._followed.discard(sensor)
            self._link.unsubscribe(_frames_of(sensor))
        return False

    def _show(self, sensor: str, now_s: float, end_us: int, message: bytes) -> None:
        self._remember(sensor, now_s, end_us, message)
        for viewer in self._viewers.get(sensor, ()):
            viewer.offer_frame(message)

    def _missed(self, sensor: str, after_us: int | None) -> Iterator[bytes]:
        if after_us is None:
            return
        for _, end_us, message in self._recent.get(sensor, ()):
            if end_us > after_us:
                yield message

    def _remember(self, sensor: str, now_s: float, end_us: int, message: bytes) -> None:
        recent = self._recent.setdefault(sensor, deque())
        recent.append((now_s, end_us, message))
        while now_s - recent[0][0] > REPLAY_S:
            recent.popleft()


def _frames_of(sensor: str) -> str:
    return f"{ROOT}/+/up/+/{sensor}/{UpKind.FRAMES}"


def hello_text(server_us: int, status: SensorStatus | None, open_set: SetOut | None) -> str:
    """What a page is told first: the sensor, and the set that is open on it."""
    hello = {
        "type": "hello",
        "server_us": server_us,
        "status": None if status is None else status.model_dump(mode="json"),
        "open_set": None if open_set is None else open_set.model_dump(mode="json"),
    }
    return json.dumps(hello, separators=(",", ":"))


def event_text(kind: str, event: Message) -> str:
    """An event as the page reads it: its own fields and its ``type``."""
    return json.dumps({"type": kind, **event.model_dump(mode="json")}, separators=(",", ":"))
