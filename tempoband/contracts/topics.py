"""Topic names: ``tempoband/v1/{shard}/up|down|events/...``.

``shard`` is the first byte of SHA-256 of the bridge id, in hex: workers take shard ranges, so scaling
needs no shared subscription and one sensor stays in order at one worker. Access rules are directional:
a bridge writes under its own ``up`` and reads its own ``down``; only services write events and receipts.
"""

import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum

from tempoband.contracts.errors import ContractError, RejectReason

ROOT = "tempoband/v1"
HEARTBEAT = f"{ROOT}/services/ingest/{{worker}}"  # retained; carries the shard range and a boot id
HEARTBEATS = f"{ROOT}/services/ingest/+"
_NAME = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
SHARD_COUNT = 256


class UpKind(StrEnum):
    """What a bridge sends."""

    FRAMES = "frames"  # live: only while fresh
    BACKFILL = "backfill"  # replayed from the spool, oldest first
    LEDGER = "ledger"  # stream ended, frames evicted
    STATUS = "status"  # retained JSON: SensorStatus
    BATTERY = "battery"
    SENML = "senml"
    RESULTS = "results"  # answers to commands
    LIVE = "live"  # of a home, while the clinic watches: what its live page shows; never stored


class OwnKind(StrEnum):
    """What a bridge or a home sends about itself: ``up/{bridge}/{kind}``."""

    STATUS = "status"  # retained JSON: BridgeStatus; its last will clears ``online``
    HELLO = "hello"  # a home's versions, before anything else
    RECORDS = "records"  # a home's documents
    RECEIPTS = "receipts"  # a home's receipts for documents that came down
    WATCH = "watch"  # a home's answer to an order to be watched


class DownKind(StrEnum):
    """What services send to one bridge or home: ``down/{bridge}/{kind}``."""

    RECEIPTS = "receipts"
    COMMANDS = "commands"
    RECORDS = "records"  # documents and orders for a home
    WELCOME = "welcome"  # the answer to a home's hello
    WATCH = "watch"  # somebody at the clinic asks to watch, watches, gives a cue


class EventKind(StrEnum):
    """What the services tell each other about a sensor (JSON, see events.py)."""

    COMMITTED = "committed"
    PHASE = "phase"
    REP = "rep"
    SET = "set"
    DECLARED = "declared"  # nudge: a set was opened, closed or edited in the records


@dataclass(frozen=True, slots=True)
class UpTopic:
    """A parsed ``up`` topic."""

    shard: str
    bridge: str
    sensor: str
    kind: UpKind


@dataclass(frozen=True, slots=True)
class ShardRange:
    """An inclusive range of shards, written ``00-7f``."""

    first: int = 0
    last: int = SHARD_COUNT - 1

    @classmethod
    def parse(cls, text: str) -> "ShardRange":
        """Read ``00-7f`` or a single shard ``3c``.

        Raises:
            ValueError: when it is not one or two shards of two hex digits, rising.
        """
        parts = text.lower().split("-")
        if len(parts) > 2 or not all(re.fullmatch(r"[0-9a-f]{2}", p) for p in parts):
            raise ValueError(f"shards {text!r}: write two hex digits or a range such as 00-7f")
        first, last = int(parts[0], 16), int(parts[-1], 16)
        if first > last:
            raise ValueError(f"shards {text!r}: the range runs backwards")
        return cls(first, last)

    def __contains__(self, shard: str) -> bool:
        return self.first <= int(shard, 16) <= self.last

    def __str__(self) -> str:
        return f"{self.first:02x}-{self.last:02x}"

    @property
    def whole(self) -> bool:
        """Whether this is every shard: then one wildcard subscription serves."""
        return self.first == 0 and self.last == SHARD_COUNT - 1

    def filters(self, tail: str) -> list[str]:
        """Subscription filters for everything under these shards that ends in ``tail``."""
        if self.whole:
            return [f"{ROOT}/+/{tail}"]
        return [f"{ROOT}/{n:02x}/{tail}" for n in range(self.first, self.last + 1)]


def check_name(name: str, what: str) -> str:
    """A bridge or sensor id that is safe inside a topic.

    Raises:
        ValueError: when it is empty, longer than 64 or holds anything but letters, digits and ``_.:-``.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f"{what} {name!r}: 1 to 64 letters, digits or _ . : -")
    return name


def shard_of(bridge: str) -> str:
    """The shard of a bridge: two hex digits."""
    return hashlib.sha256(bridge.encode()).hexdigest()[:2]


def up(bridge: str, sensor: str, kind: UpKind) -> str:
    """Topic a bridge writes to."""
    return f"{ROOT}/{shard_of(bridge)}/up/{bridge}/{sensor}/{kind}"


def own(bridge: str, kind: OwnKind) -> str:
    """Topic a bridge or home tells about itself on."""
    return f"{ROOT}/{shard_of(bridge)}/up/{bridge}/{kind}"


def down(bridge: str, kind: DownKind) -> str:
    """Topic one bridge or home reads."""
    return f"{ROOT}/{shard_of(bridge)}/down/{bridge}/{kind}"


def receipts(bridge: str) -> str:
    """Topic a bridge reads its receipts from."""
    return down(bridge, DownKind.RECEIPTS)


def commands(bridge: str) -> str:
    """Topic a bridge reads its commands from."""
    return down(bridge, DownKind.COMMANDS)


def bridge_status(bridge: str) -> str:
    """Retained status of the bridge itself; its last will clears ``online``."""
    return own(bridge, OwnKind.STATUS)


def event(shard: str, sensor: str, kind: EventKind) -> str:
    """Topic a service announces something about a sensor on."""
    return f"{ROOT}/{shard}/events/{sensor}/{kind}"


def parse_up(topic: str) -> UpTopic:
    """Take an ``up`` topic apart.

    Raises:
        ContractError: wrong shape, or a shard that is not the bridge's.
    """
    parts = topic.split("/")
    if len(parts) != 7 or "/".join(parts[:2]) != ROOT or parts[3] != "up":
        raise ContractError(RejectReason.UNDECODABLE, f"topic {topic!r} is not an up topic")
    _, _, shard, _, bridge, sensor, kind = parts
    try:
        check_name(bridge, "bridge")
        check_name(sensor, "sensor")
        parsed = UpTopic(shard, bridge, sensor, UpKind(kind))
    except ValueError as error:
        raise ContractError(RejectReason.UNDECODABLE, str(error)) from error
    if shard != shard_of(bridge):
        raise ContractError(RejectReason.WRONG_SENSOR, f"shard {shard} is not that of bridge {bridge}")
    return parsed


def parse_own(topic: str) -> tuple[str, OwnKind]:
    """Take a bridge's own ``up`` topic apart: bridge and kind.

    Raises:
        ContractError: wrong shape, or a shard that is not the bridge's.
    """
    parts = topic.split("/")
    if len(parts) != 6 or "/".join(parts[:2]) != ROOT or parts[3] != "up":
        raise ContractError(RejectReason.UNDECODABLE, f"topic {topic!r} is not a bridge's own topic")
    try:
        bridge, kind = check_name(parts[4], "bridge"), OwnKind(parts[5])
    except ValueError as error:
        raise ContractError(RejectReason.UNDECODABLE, str(error)) from error
    if parts[2] != shard_of(bridge):
        raise ContractError(RejectReason.WRONG_SENSOR, f"shard {parts[2]} is not that of bridge {bridge}")
    return bridge, kind


def parse_event(topic: str) -> tuple[str, str, EventKind]:
    """Take an event topic apart: shard, sensor, kind.

    Raises:
        ContractError: wrong shape.
    """
    parts = topic.split("/")
    if len(parts) != 6 or "/".join(parts[:2]) != ROOT or parts[3] != "events":
        raise ContractError(RejectReason.UNDECODABLE, f"topic {topic!r} is not an event topic")
    try:
        return parts[2], check_name(parts[4], "sensor"), EventKind(parts[5])
    except ValueError as error:
        raise ContractError(RejectReason.UNDECODABLE, str(error)) from error
