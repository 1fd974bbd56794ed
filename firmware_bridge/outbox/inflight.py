"""What was sent and has no receipt yet, and when to send it again. Pure: time comes in."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar, cast

Key = TypeVar("Key", bound=Hashable)


@dataclass(slots=True)
class _Entry:
    due_s: float
    attempts: int
    credit: bool
    sha256: bytes


class InFlight(Generic[Key]):
    """Messages under way, each with the time at which its receipt is overdue.

    ``key in in_flight`` says whether a message must not be sent now; ask ``at(now)`` for that view.
    """

    def __init__(self, resend_after_s: float, resend_most_s: float) -> None:
        self._first_s = resend_after_s
        self._most_s = resend_most_s
        self._entries: dict[Key, _Entry] = {}
        self._by_sha: dict[bytes, Key] = {}
        self._now_s = 0.0

    def at(self, now_s: float) -> "InFlight[Key]":
        """Look from this instant."""
        self._now_s = now_s
        return self

    def __contains__(self, key: object) -> bool:
        entry = self._entries.get(cast("Key", key))
        return entry is not None and entry.due_s > self._now_s

    def waiting(self) -> int:
        """How many are not yet overdue."""
        return sum(entry.due_s > self._now_s for entry in self._entries.values())

    def sent(self, key: Key, sha256: bytes, *, credit: bool) -> None:
        """A message left at this instant; with ``credit`` it counts against the window."""
        known = self._entries.get(key)
        attempts = known.attempts + 1 if known else 0
        wait_s = min(self._first_s * 2**attempts, self._most_s)
        self._entries[key] = _Entry(self._now_s + wait_s, attempts, credit, sha256)
        self._by_sha[sha256] = key

    def credit_used(self) -> int:
        """Replayed messages without a receipt that is not yet overdue."""
        return sum(e.credit and e.due_s > self._now_s for e in self._entries.values())

    def named(self, sha256: bytes) -> Key | None:
        """The message with this digest, if it was sent by this process and has no receipt."""
        return self._by_sha.get(sha256)

    def done(self, key: Key) -> None:
        """A receipt came."""
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._by_sha.pop(entry.sha256, None)

    def done_where(self, matches: Callable[[Key], bool]) -> None:
        """A receipt came for all that match."""
        for key in [key for key in self._entries if matches(key)]:
            self.done(key)

    def overdue_now(self, key: Key) -> None:
        """It never reached the broker: send it as soon as may be."""
        if key in self._entries:
            self._entries[key].due_s = self._now_s

    def all_overdue_now(self) -> None:
        """Whoever took them is gone: everything without a receipt is sent again, and patience starts anew."""
        for entry in self._entries.values():
            entry.due_s, entry.attempts = self._now_s, -1
