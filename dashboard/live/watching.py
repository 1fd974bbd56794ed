"""Who watches whom live: asked by the physio, granted by the wearer, over with one tap of either.

Nothing of it is kept: a watch lasts while the watcher's page renews it, an hour at most.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from http import HTTPStatus

from dashboard.errors import DashboardError, DashboardReason
from tempoband.contracts.events import Message
from tempoband.contracts.watching import SILENT_S
from tempoband.storage.records.rows import new_id

ASK_S = 120.0
"""So long a request waits for its answer."""
LONGEST_S = 3600.0
_OVER_KEPT = 1000


class WatchEvent(Message):
    """Told to the live pages of the sensor: somebody asks, watches, stopped, or gives a cue."""

    state: str
    cue: str = ""
    at_us: int = 0


@dataclass(frozen=True, slots=True)
class Cue:
    """What the physio wants done differently, now."""

    text: str
    at_us: int


@dataclass(frozen=True, slots=True)
class Watch:
    """A request, or a watch that was granted.

    Attributes:
        id: names this one watch, at a home and at its clinic alike.
        by: pseudonymous id of the watcher.
        granted: whether the wearer agreed.
        here: agreed aloud, in one room, as the watcher noted.
        since_us: asked or granted, for the page.
        since_s: the same on the monotonic clock.
        seen_s: last sign of the watcher's page.
        home: where it is done; only the page there can grant it. None: here.
    """

    id: str
    by: str
    granted: bool
    here: bool
    since_us: int
    since_s: float
    seen_s: float
    cue: Cue | None = None
    home: str | None = None


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
        self._over: OrderedDict[str, None] = OrderedDict()  # ids that somebody ended

    def ask(
        self,
        clinic_id: str,
        person_id: str,
        *,
        by: str,
        here: bool,
        home: str | None = None,
        watch_id: str | None = None,
    ) -> Watch:
        """Ask to watch; one's own request or watch is renewed.

        Args:
            clinic_id: the tenant.
            person_id: whom.
            by: who asks.
            here: agreed aloud, in one room; nobody is in the room of a ``home``.
            home: where it is done, if not here.
            watch_id: its name, where somebody gave it one already.

        Raises:
            DashboardError: 409, while somebody else asks or watches.
        """
        with self._lock:
            known = self._current(clinic_id, person_id)
            if known is not None and known.by != by:
                raise _conflict("somebody else watches already")
            here = here and home is None
            if known is None or (here and not known.granted):
                now_s = self._clock()
                named = watch_id or new_id()
                known = Watch(named, by, here, here, self._now_us(), now_s, now_s, home=home)
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

    def every(self) -> list[tuple[str, str, Watch]]:
        """Every request and watch: clinic, person, and how it stands."""
        with self._lock:
            found = [(*key, self._current(*key)) for key in list(self._found)]
        return [(clinic_id, person_id, known) for clinic_id, person_id, known in found if known is not None]

    def is_over(self, watch_id: str) -> bool:
        """Whether somebody ended or refused this watch, as far as we remember."""
        with self._lock:
            return watch_id in self._over

    def answer(
        self, clinic_id: str, person_id: str, *, yes: bool, at_home: str | None = None
    ) -> Watch | None:
        """The wearer's answer.

        Args:
            clinic_id: the tenant.
            person_id: whose answer.
            yes: whether they agree.
            at_home: the home where it was given; None: here.

        Raises:
            DashboardError: 409, when nobody asks any more, or the answer is to be given elsewhere.
        """
        with self._lock:
            known = self._current(clinic_id, person_id)
            if known is None:
                raise _conflict("nobody asks to watch any more")
            if not yes:
                self._forget(clinic_id, person_id)
                return None
            if known.home != at_home:
                raise _conflict("the sensor is at home: agree on the page there")
            if not known.granted:
                now_s = self._clock()
                known = replace(known, granted=True, since_us=self._now_us(), since_s=now_s, seen_s=now_s)
                self._found[clinic_id, person_id] = known
            return known

    def ask_again(self, clinic_id: str, person_id: str) -> None:
        """The home knows nothing of a yes any more: the wearer is asked anew."""
        with self._lock:
            known = self._current(clinic_id, person_id)
            if known is not None and known.granted:
                now_s = self._clock()
                self._found[clinic_id, person_id] = replace(
                    known, granted=False, since_us=self._now_us(), since_s=now_s
                )

    def end(self, clinic_id: str, person_id: str) -> Watch | None:
        """Nobody watches any more."""
        with self._lock:
            self._forget(clinic_id, person_id)
        return None

    def _forget(self, clinic_id: str, person_id: str) -> None:
        known = self._found.pop((clinic_id, person_id), None)
        if known is not None:
            self._over[known.id] = None
            if len(self._over) > _OVER_KEPT:
                self._over.popitem(last=False)

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
