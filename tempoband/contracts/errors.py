"""The one exception root of the contracts, and why a message is refused."""

from enum import StrEnum


class RejectReason(StrEnum):
    """Why a message was refused for good: it goes to the dead letters and is receipted as rejected."""

    UNDECODABLE = "undecodable"
    UNKNOWN_VERSION = "unknown_version"
    UNSORTED_TIMES = "unsorted_times"
    ABSURD_TIMES = "absurd_times"
    IMPOSSIBLE_COUNTS = "impossible_counts"
    OVERSIZE = "oversize"
    WRONG_SENSOR = "wrong_sensor"
    CONFLICT = "conflict"
    ERASED = "erased"
    NOT_ENROLLED = "not_enrolled"  # the bridge is unknown here, or was revoked
    OWNED_ELSEWHERE = "owned_elsewhere"  # another bridge holds this sensor, which can only be listened to
    NOT_ALLOWED = "not_allowed"  # a document that this home may not write


class ContractError(Exception):
    """A message does not keep to the contract.

    Attributes:
        reason: what was wrong, for counters, receipts and dead letters.
    """

    def __init__(self, reason: RejectReason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
