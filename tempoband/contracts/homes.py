"""What a home and a clinic say to each other before records and frames flow: pairing, hello, welcome."""

from enum import StrEnum

from tempoband.contracts.events import Message

# What this version speaks; raise the maximum with a change, the minimum when an old way is given up.
# 1: frames, records, orders. 2: being watched live. 3: the clinic says what it has.
PROTOCOL_MIN, PROTOCOL_MAX = 1, 3
WATCHED_SINCE, CHECKED_SINCE = 2, 3


class HomeReason(StrEnum):
    """Why a home is refused, for programs; the words beside it are for people."""

    HOME_TOO_OLD = "home_too_old"
    CLINIC_TOO_OLD = "clinic_too_old"


class Hello(Message):
    """A home's first word on every connection; ``again``: it was restored, and wants every document again."""

    home: str
    version: str
    protocol_min: int
    protocol_max: int
    again: bool = False


class Welcome(Message):
    """The clinic's answer: the protocol to speak, or why not.

    ``spool``, ``position`` and ``documents`` are the home's own mark, as it stands beside the samples here:
    what came after it at home is sent again. None: nothing of this home stands there.
    """

    home: str
    ok: bool
    version: str
    protocol: int | None = None
    clinic_name: str = ""
    reason: HomeReason | None = None
    words: str = ""
    spool: str | None = None
    position: int = 0
    documents: int = 0


class PairingAsk(Message):
    """What a home sends with its six digits."""

    code: str
    name: str
    version: str
    protocol_min: int
    protocol_max: int


class PairingGrant(Message):
    """What it gets, once: ``mqtt_url`` is empty where MQTT is spoken at the address of the pages."""

    home: str
    secret: str
    clinic_name: str
    mqtt_url: str = ""


class LinkState(StrEnum):
    """How a home stands with its clinic."""

    ALONE = "alone"  # this machine is not paired with a clinic
    CONNECTING = "connecting"
    LINKED = "linked"
    REFUSED = "refused"  # the clinic answered, and said no: see the words


class ClinicLink(Message):
    """What the home's page says about its clinic; ``words`` tell why it is not linked."""

    state: LinkState = LinkState.ALONE
    clinic_name: str = ""
    url: str = ""
    words: str = ""
    waiting_frames: int = 0


def agree(theirs: Hello | PairingAsk, version: str) -> tuple[int | None, HomeReason | None, str]:
    """The newest protocol both speak; or why there is none, in words for both sides.

    Args:
        theirs: what the home says of itself.
        version: this clinic's version, for the words.

    Returns:
        (protocol, None, "") or (None, reason, words).
    """
    if theirs.protocol_max < PROTOCOL_MIN:
        words = f"this home runs version {theirs.version}, too old for this clinic ({version})"
        return None, HomeReason.HOME_TOO_OLD, words + _UPDATE[HomeReason.HOME_TOO_OLD]
    if theirs.protocol_min > PROTOCOL_MAX:
        words = f"this home runs version {theirs.version}, newer than this clinic ({version})"
        return None, HomeReason.CLINIC_TOO_OLD, words + _UPDATE[HomeReason.CLINIC_TOO_OLD]
    return min(theirs.protocol_max, PROTOCOL_MAX), None, ""


_UPDATE = {HomeReason.HOME_TOO_OLD: ": update the home", HomeReason.CLINIC_TOO_OLD: ": update the clinic"}


def reason_of(words: str) -> HomeReason | None:
    """The reason behind the words of ``agree``, which are what is kept; None for other words."""
    return next((reason for reason, ending in _UPDATE.items() if words.endswith(ending)), None)
