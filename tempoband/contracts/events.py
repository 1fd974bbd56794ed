"""What the parts tell each other as JSON: status, heartbeat, commands, events of a set.

Times are UTC microseconds. Unknown fields are ignored, so that mixed versions understand each other.
"""

from enum import StrEnum
from typing import Any, Self

from pydantic import BaseModel, ConfigDict

from tempoband.contracts.frame import ClockKind, LossKnowledge
from tempoband.contracts.tempo import Phase
from tempoband.words.phrases import Phrase


class Message(BaseModel):
    """Base of every JSON message."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    def encode(self) -> bytes:
        """JSON bytes."""
        return self.model_dump_json().encode()


class Sentence(BaseModel):
    """Words for people in any language: the English sentence as their key, and its values."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    sentence: str
    values: dict[str, str | float] = {}

    @classmethod
    def of(cls, words: Phrase) -> Self:
        """The same, for the wire."""
        return cls.model_validate(words.to_dict())

    def phrase(self) -> Phrase:
        """The sentence, to be said in a language."""
        return Phrase(self.sentence, self.values)


class SensorState(StrEnum):
    """What a bridge knows of a sensor's link."""

    SEARCHING = "searching"
    CONNECTING = "connecting"
    STREAMING = "streaming"
    IDLE = "idle"  # connected, not streaming
    LOST = "lost"  # the link or the data stopped; the bridge keeps trying
    TAKEN = "taken"  # another app holds it
    ASLEEP = "asleep"
    OFFLINE = "offline"  # the bridge itself is gone (last will)


class SensorStatus(Message):
    """Retained on ``status``: everything a page needs to say about the sensor.

    ``lost_samples`` is None where loss cannot be known; ``None`` elsewhere means not told yet.
    ``ring_length_cm`` is that of the closed, unstretched ring the sensor sits in, as entered at the bridge:
    part of what makes two curves comparable. ``detail`` is English; ``said`` the same for other languages.
    """

    bridge: str
    sensor: str
    name: str
    state: SensorState
    at_us: int
    detail: str = ""
    said: Sentence | None = None
    driver: str = ""
    stream: str | None = None
    rate_hz: float | None = None
    clock: ClockKind | None = None
    loss: LossKnowledge | None = None
    lost_samples: int | None = None
    battery_percent: int | None = None
    battery_mv: int | None = None
    tared_at_us: int | None = None
    calibration_id: str | None = None
    can_tare: bool = False
    ring_length_cm: float | None = None
    owned_elsewhere: bool = False  # another bridge hears it and is the one that is stored
    simulated: bool = False


class BridgeProblem(StrEnum):
    """Why a bridge has no sensors: each has its own words and its own remedy."""

    NO_ADAPTER = "no_adapter"
    ADAPTER_OFF = "adapter_off"
    PERMISSION_DENIED = "permission_denied"
    SCAN_FAILED = "scan_failed"


class BridgeStatus(Message):
    """Retained on the bridge's own status topic; the last will sets ``online`` to false."""

    bridge: str
    online: bool
    at_us: int
    version: str = ""
    problem: BridgeProblem | None = None
    detail: str = ""
    spool_frames: int = 0
    spool_bytes: int = 0
    evicted_samples: int = 0
    lost_samples: int | None = None  # of a home: lost lately before its record; None: cannot be known
    catching_up: bool = False  # of a home: sends again what its clinic had, and lost
    simulated: bool = False


class Heartbeat(Message):
    """Retained by ingest, refreshed every few seconds: "I commit; my boot id is ...".

    A new boot id tells bridges to re-send at once what has no receipt; silence tells them to hold.
    """

    worker: str
    boot: str
    shards: str
    at_us: int
    online: bool = True
    accepting: bool = True  # False while the store is away: bridges hold their backfill


class CommandKind(StrEnum):
    """What a service may ask a bridge to do with a sensor."""

    TARE = "tare"
    STREAM = "stream"  # someone is looking: stream for ``lease_s`` seconds from now
    IDLE = "idle"
    CALIBRATE = "calibrate"  # first with ``load_n`` 0 (hanging free), then with the known weight


class BridgeCommand(Message):
    """Sent down to one bridge; ``by`` is the principal's pseudonymous id, ``load_n`` a known weight."""

    id: str
    sensor: str
    kind: CommandKind
    by: str
    lease_s: float | None = None
    load_n: float | None = None


class CommandResult(Message):
    """A bridge's answer: ``reason`` is a word for programs, ``message`` an English sentence for people.

    ``said`` is that sentence for readers of other languages.
    """

    id: str
    sensor: str
    kind: CommandKind
    ok: bool
    reason: str = ""
    message: str = ""
    said: Sentence | None = None


class Committed(Message):
    """A batch is durable: these samples of this sensor may now be read from the store."""

    sensor: str
    bridge: str
    stream: str
    start_us: int
    end_us: int
    samples: int
    backfill: bool


class PhaseEvent(Message):
    """A phase began; provisional ones are announced within 150 ms of sample time."""

    sensor: str
    set_id: str | None
    phase: Phase
    at_us: int
    provisional: bool = True


class RepEvent(Message):
    """A finished rep; ``rep`` is the same object as in ``GET /api/sets``.

    Live scoring that began in the middle of a set counts from there: ``index`` may be too small and
    ``started_us`` too late, but the two of rep time and ``started_us`` together say when it was.
    """

    sensor: str
    set_id: str | None
    index: int
    started_us: int  # what the times of ``rep`` count from
    rep: dict[str, Any]
    sentence: str = ""
    said: dict[str, Any] | None = None  # the sentence as code and values, for other languages than English


class SetStatus(StrEnum):
    """How final a set's score is."""

    OPEN = "open"
    PROVISIONAL = "provisional"
    FINAL = "final"
    INCOMPLETE = "incomplete"  # final, but with samples missing
    DISCARDED = "discarded"


class CloseReason(StrEnum):
    """Why a set closed."""

    TARGET = "target"
    HAND = "hand"
    IDLE = "idle"
    SENSOR_LOST = "sensor_lost"
    REPLACED = "replaced"
    EDITED = "edited"  # somebody split or merged it afterwards: neither target nor stillness ends it earlier


TOLD_ENDS = frozenset({CloseReason.HAND, CloseReason.REPLACED, CloseReason.EDITED})
"""Ends that people told: believed, while the others are found again from the curve each time."""


class SetEvent(Message):
    """A set opened, closed or was (re-)scored: SetScored of the design."""

    sensor: str
    set_id: str
    status: SetStatus
    revision: int = 0
    scoring_version: str = ""
    coverage: float | None = None
    close_reason: CloseReason | None = None
    reps: int = 0


class Declared(Message):
    """Nudge: the records hold a new, changed or closed set declaration for this sensor."""

    sensor: str
    set_id: str
