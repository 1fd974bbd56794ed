"""Watching a home live: what clinic and home tell each other while it lasts.

The clinic repeats its order every few seconds; a home that hears none for ``SILENT_S`` sends nothing more.
Only the wearer's page at home grants a watch. Live messages are those of the home's own live page.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Any, Protocol

from pydantic import Field

from tempoband.contracts.events import Message

REPEAT_S = 3.0
SILENT_S = 15.0
"""So long a watch outlives the last sign of whoever watches."""
LONGEST_CUE = 120
MAX_LIVE_BYTES = 256 * 1024


class WatchState(StrEnum):
    """How a watch stands."""

    ASKED = "asked"
    WATCHING = "watching"
    OVER = "over"  # refused, ended, lapsed


class WatchOrder(Message):
    """Clinic to home. ``watch`` names this one watch; ``by`` is the watcher's pseudonymous id."""

    watch: str = Field(min_length=1, max_length=64)
    person_id: str = Field(min_length=1, max_length=64)
    by: str = Field(max_length=64)
    state: WatchState
    cue: str = Field(default="", max_length=LONGEST_CUE)
    cue_us: int = 0  # which cue it is, by the clinic's clock


class WatchWord(Message):
    """Home to clinic, after every order and with every change."""

    watch: str = Field(max_length=64)
    person_id: str = Field(max_length=64)
    state: WatchState
    sensor: str | None = None  # what they wear, while it is watched
    dropped_frames: int = 0  # live frames that the way up was too slow for


class LiveKind(StrEnum):
    """What a text among the live messages is."""

    HELLO = "hello"  # the sensor's status and the open set
    STATUS = "status"
    PHASE = "phase"
    REP = "rep"
    SET = "set"  # with ``view``: the set as the home's API shows it


class LiveText(Message):
    """A text among the live messages; ``event`` is of its kind in ``events``."""

    kind: LiveKind
    event: dict[str, Any] = Field(default_factory=dict)
    view: dict[str, Any] | None = None


class WayUp(Protocol):
    """A home's way to its clinic for what is live: nothing waits in it, and nothing of the record does."""

    def on_order(self, took: Callable[[WatchOrder], None]) -> None:
        """Hand every order to this."""
        ...

    def say(self, word: WatchWord) -> None:
        """Answer; without a connection nothing is said."""
        ...

    async def send(self, sensor: str, message: bytes) -> bool:
        """Send one live message as soon as there is room for it; False: there is no connection."""
        ...
