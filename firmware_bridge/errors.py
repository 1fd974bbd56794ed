"""The one exception root of the bridge; reasons are enums, so that nobody matches on text."""

from enum import StrEnum

from tempoband.contracts.events import BridgeProblem
from tempoband.words.phrases import Phrase


class BridgeError(Exception):
    """Anything the bridge raises on purpose; its text is a sentence for people."""


class DecodeReason(StrEnum):
    """Why a notification or advertisement was refused."""

    SHORT = "short"
    CUT = "cut"  # the 20 bytes that an MTU of 23 leaves
    LENGTH = "length"
    UNKNOWN_TAG = "unknown_tag"
    NOT_FINITE = "not_finite"
    IMPLAUSIBLE = "implausible"


class DecodeError(BridgeError):
    """Bytes of a sensor that do not keep to its protocol: counted, never fatal."""

    def __init__(self, reason: DecodeReason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason


class LinkProblem(StrEnum):
    """Why a sensor does not stream."""

    ASLEEP = "asleep"
    TAKEN = "taken"
    STALLED = "stalled"
    DISCONNECTED = "disconnected"
    CUT_PACKETS = "cut_packets"
    NOT_A_SENSOR = "not_a_sensor"  # connected, but the service is missing
    FAILED = "failed"


class Step(StrEnum):
    """What the platform is asked to do; its words are the messages ``link_step``."""

    OPEN = "open"
    START = "start"
    STOP = "stop"
    BATTERY = "battery"


class LinkError(BridgeError):
    """A link could not be made or broke; the supervisor tries again."""

    def __init__(self, problem: LinkProblem, words: Phrase | str) -> None:
        super().__init__(words)
        self.problem = problem


class RadioError(BridgeError):
    """This computer cannot use Bluetooth now; the text says what to do."""

    def __init__(self, problem: BridgeProblem, detail: str) -> None:
        super().__init__(detail)
        self.problem = problem


class SpoolError(BridgeError):
    """The spool cannot be opened or written."""


class DriverError(BridgeError):
    """A driver cannot be loaded, or a sensor did not do what it was asked."""


class CalibrationError(BridgeError):
    """Calibration points from which no calibration can be drawn."""
