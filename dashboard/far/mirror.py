"""What a home that is watched tells of its sensor and its set, as its own page shows them; in memory only."""

import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import ValidationError

from dashboard.live.hub import event_text, hello_text
from dashboard.sets.models import SetOut
from tempoband.contracts.events import Message, PhaseEvent, RepEvent, SensorStatus, SetEvent, SetStatus
from tempoband.contracts.watching import LiveKind, LiveText

_SETS_KEPT = 50
_EVENTS: Final[dict[LiveKind, type[Message]]] = {
    LiveKind.STATUS: SensorStatus,
    LiveKind.PHASE: PhaseEvent,
    LiveKind.REP: RepEvent,
    LiveKind.SET: SetEvent,
}


@dataclass(slots=True)
class Mirror:
    """One watch of one person at one home.

    Attributes:
        heard_s: when the home said something last, on the monotonic clock.
        sensor: what the person wears there, once that is found to be true.
        dropped_frames: live frames that the way up was too slow for, as the home counts them.
    """

    clinic_id: str
    person_id: str
    home: str
    heard_s: float = float("-inf")
    sensor: str | None = None
    dropped_frames: int = 0
    status: SensorStatus | None = None
    open_set: SetOut | None = None
    sets: OrderedDict[str, SetOut] = field(default_factory=OrderedDict)

    def wears(self, sensor: str | None) -> None:
        """They wear another sensor: what was told of the one before is over."""
        self.sensor, self.status, self.open_set = sensor, None, None

    def took(self, text: LiveText) -> str:
        """Take in what was told; returns it as the pages here read it.

        Raises:
            ValueError: it is about another sensor or nothing we know.
        """
        if text.kind is LiveKind.HELLO:
            status = text.event.get("status")
            self.status = None if status is None else self._status(status)
            self.open_set = self._view(text.view)
            return hello_text(time.time_ns() // 1000, self.status, self.open_set)
        event = _EVENTS[text.kind].model_validate(text.event)
        if getattr(event, "sensor", self.sensor) != self.sensor:
            raise ValueError("an event of another sensor")
        if isinstance(event, SensorStatus):
            self.status = event
        if isinstance(event, SetEvent):
            self._view(text.view)
            self._opened_or_closed(event)
        return event_text(str(text.kind), event)

    def _opened_or_closed(self, event: SetEvent) -> None:
        if event.status is SetStatus.OPEN:
            self.open_set = self.sets.get(event.set_id, self.open_set)
        elif self.open_set is not None and self.open_set.id == event.set_id:
            self.open_set = None

    def _status(self, given: dict[str, Any]) -> SensorStatus:
        status = SensorStatus.model_validate(given)
        if status.sensor != self.sensor:
            raise ValueError("the status of another sensor")
        return status

    def _view(self, given: dict[str, Any] | None) -> SetOut | None:
        """The set as the home shows it; none that is somebody else's, or that this version cannot read."""
        try:
            view = None if given is None else SetOut.model_validate(given)
        except ValidationError:
            return None
        if view is None or view.sensor != self.sensor:
            return None
        if view.person is None or view.person.id != self.person_id:
            return None
        self.sets[view.id] = view
        self.sets.move_to_end(view.id)
        if len(self.sets) > _SETS_KEPT:
            self.sets.popitem(last=False)
        return view
