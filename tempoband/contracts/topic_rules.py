"""Who may write and read which topic: the one source, for the embedded broker and for mosquitto's files.

Access is directional: a bridge writes under its own ``up`` and reads its own ``down``; a home may also send
and receive records; only services write receipts, commands, events and heartbeats. Nobody without a
credential may do anything.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from tempoband.contracts.topics import HEARTBEATS, ROOT, DownKind, OwnKind, UpKind, check_name, shard_of

SERVICE_NAME = "tempoband"


class Holder(StrEnum):
    """What kind of program holds a credential."""

    SERVICE = "service"  # ingest, analytics, dashboard, uplink
    BRIDGE = "bridge"  # beside the sensors
    HOME = "home"  # a whole household that keeps its own record


class Access(StrEnum):
    """One direction."""

    WRITE = "write"
    READ = "read"


@dataclass(frozen=True, slots=True)
class Credential:
    """Who is connected; the id of a bridge or home is its user name and its name in topics."""

    holder: Holder
    id: str


SERVICE = Credential(Holder.SERVICE, SERVICE_NAME)
# What a home sends live is for who watches, never for the store: its frames come as backfill only.
_UP = {
    Holder.BRIDGE: tuple(kind for kind in UpKind if kind is not UpKind.LIVE),
    Holder.HOME: (UpKind.BACKFILL, UpKind.LEDGER, UpKind.LIVE),
}
_OWN = {Holder.BRIDGE: (OwnKind.STATUS,), Holder.HOME: tuple(OwnKind)}
_DOWN = {Holder.BRIDGE: (DownKind.RECEIPTS, DownKind.COMMANDS), Holder.HOME: tuple(DownKind)}


def filters(credential: Credential, access: Access) -> tuple[str, ...]:
    """The topic filters this credential may write to or read from; everything else is refused.

    Raises:
        ValueError: an id that is no name.
    """
    if credential.holder is Holder.SERVICE:
        return (f"{ROOT}/#",)
    name = check_name(credential.id, str(credential.holder))
    base = f"{ROOT}/{shard_of(name)}"
    if access is Access.WRITE:
        up = tuple(f"{base}/up/{name}/+/{kind}" for kind in _UP[credential.holder])
        return up + tuple(f"{base}/up/{name}/{kind}" for kind in _OWN[credential.holder])
    return (*(f"{base}/down/{name}/{kind}" for kind in _DOWN[credential.holder]), HEARTBEATS)


@lru_cache(maxsize=16_384)
def allowed(credential: Credential, access: Access, topic: str) -> bool:
    """Whether this topic, or everything that a subscription's filter matches, is within the rules."""
    return any(_covers(rule.split("/"), topic.split("/")) for rule in filters(credential, access))


def _covers(rule: list[str], asked: list[str]) -> bool:
    for index, level in enumerate(rule):
        if level == "#":
            return True
        if index >= len(asked) or asked[index] == "#":
            return False
        if level not in ("+", asked[index]):
            return False
    return len(rule) == len(asked)


def mosquitto_acl(credentials: Iterator[Credential] | tuple[Credential, ...]) -> str:
    """An ``acl_file`` for these credentials; mosquitto refuses whatever it does not name."""
    lines: list[str] = []
    for credential in credentials:
        lines.append(f"user {credential.id}")
        for access in Access:
            lines += [f"topic {access} {each}" for each in filters(credential, access)]
        lines.append("")
    return "\n".join(lines)
