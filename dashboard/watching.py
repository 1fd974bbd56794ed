"""Who watches whom live: asked by the physio, granted by the wearer, over with one tap of either.

Nothing of it is kept: a watch lasts while the watcher's page renews it, an hour at most.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from http import HTTPStatus

from dashboard.errors import DashboardError, DashboardReason

ASK_S = 120.0
"""So long a request waits for its answer."""
SILENT_S = 15.0
"""So long a watch outlives its watcher's page."""
LONGEST_S = 3600.0


@dataclass(frozen=True, slots=True)
class Cue:
    """What the physio wants done differently, now."""

    text: str
    at_us: int


@dataclass(frozen=True, slots=True)
class Watch:
    """A request, or a watch that was granted.

    Attributes:
        by: pseudonymous id of the watcher.
        granted: whether the wearer agreed.
        here: agreed aloud, in one room, as the watcher noted.
        since_us: asked or granted, for the page.
        since_s: the same on the monotonic clock.
        seen_s: last sign of the watcher's page.
    """

    by: str
    granted: bool
    here: bool
    since_us: int
    since_s: float
    seen_s: float
    cue: Cue | None = None


class Watches:
    """The watches of this process, by clinic and person; safe from several threads."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        now_us: Callable[[], int] = lambda: time.time_ns() // 1000,
    ) -> None:
        self._clock = clock
        self._now_us = now_us
        self._lock = threading.Lock()
        self._found: dict[tuple[str, str], Watch] = {}

    def ask(self, clinic_id: str, person_id: str, *, by: str, here: bool) -> Watch:
        """Ask to watch; one's own request or watch is renewed.

        Raises:
            DashboardError: 409, while somebody else asks or watches.
        """
        with self._lock:
            known = self._current(clinic_id, person_id)
            if known is not None and known.by != by:
                raise _conflict("somebody else watches already")
            if known is None or (here and not known.granted):
                now_s = self._clock()
                known = Watch(by, here, here, self._now_us(), now_s, now_s)
                self._found[clinic_id, person_id] = known
            return known

    def find(self, clinic_id: str, person_id: str, *, watching_by: str | None = None) -> Watch | None:
        """The request or watch; ``watching_by`` is the watcher, whose page is there."""
        with self._lock:
            known = self._current(clinic_id, person_id)
            if known is not None and known.by == watching_by:
                known = replace(known, seen_s=self._clock())
                self._found[clinic_id, person_id] = known
            return known

    def answer(self, clinic_id: str, person_id: str, *, yes: bool) -> Watch | None:
        """The wearer's answer.

        Raises:
            DashboardError: 409, when nobody asks any more.
        """
        with self._lock:
            known = self._current(clinic_id, person_id)
            if known is None:
                raise _conflict("nobody asks to watch any more")
            if not yes:
                del self._found[clinic_id, person_id]
                return None
            if not known.granted:
                now_s = self._clock()
                known = replace(known, granted=True, since_us=self._now_us(), since_s=now_s, seen_s=now_s)
                self._found[clinic_id, person_id] = known
            return known

    def end(self, clinic_id: str, person_id: str) -> Watch | None:
        """Nobody watches any more."""
        with self._lock:
            self._found.pop((clinic_id, person_id), None)
        return None

    def cue(self, clinic_id: str, person_id: str, text: str, *, by: str) -> Watch:
        """One cue in place of the one before.

        Raises:
            DashboardError: 409, when the caller does not watch.
        """
        with self._lock:
            known = self._current(clinic_id, person_id)
            if known is None or not known.granted or known.by != by:
                raise _conflict("a cue needs a watch that the wearer has agreed to")
            known = replace(known, cue=Cue(text, self._now_us()), seen_s=self._clock())
            self._found[clinic_id, person_id] = known
            return known

    def may_see(self, clinic_id: str, person_id: str, by: str) -> bool:
        """Whether this watcher was let in and still is."""
        known = self.find(clinic_id, person_id)
        return known is not None and known.granted and known.by == by

    def _current(self, clinic_id: str, person_id: str) -> Watch | None:
        known = self._found.get((clinic_id, person_id))
        if known is None:
            return None
        now_s = self._clock()
        longest_s = LONGEST_S if known.granted else ASK_S
        if now_s - known.since_s > longest_s or now_s - known.seen_s > SILENT_S:
            del self._found[clinic_id, person_id]
            return None
        return known


def _conflict(words: str) -> DashboardError:
    return DashboardError(HTTPStatus.CONFLICT, DashboardReason.CONFLICT, words)
