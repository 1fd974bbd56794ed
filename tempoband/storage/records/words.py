"""Words that only the records use."""

from enum import StrEnum


class Mode(StrEnum):
    """What a prescription is for; the modes conflict on purpose and are kept apart."""

    WARM_UP = "warm_up"
    PRIMARY = "primary"
    REHAB = "rehab"
    FIND_YOUR_BAND = "find_your_band"


class Progression(StrEnum):
    """What advice a prescription asks for; it is never applied by itself."""

    TWO_FOR_TWO = "two_for_two"
    NONE = "none"


class SetOrder(StrEnum):
    """Whether sets of one exercise follow each other or alternate with other exercises."""

    STRAIGHT = "straight"
    CIRCUIT = "circuit"


class AlertState(StrEnum):
    """Where an alert stands."""

    OPEN = "open"
    SNOOZED = "snoozed"
    ACKNOWLEDGED = "acknowledged"
    CLEARED = "cleared"  # the reason is gone
