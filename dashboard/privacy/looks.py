"""Looks at people's data, as the audit keeps them."""

import time
from collections.abc import Callable

from dashboard.caller import Seen
from tempoband.storage.records import Records, audit
from tempoband.storage.records.audit import Act
from tempoband.storage.records.rows import new_id

AGAIN_AFTER_US = 15 * 60 * 1_000_000  # a page that polls is one look
_MOST_KNOWN = 20_000


class Looks:
    """Which looks were noted a moment ago."""

    def __init__(self, records: Records, clock: Callable[[], int] = lambda: time.time_ns() // 1000) -> None:
        self._records = records
        self._clock = clock
        self._noted: dict[Seen, int] = {}

    def note(self, seen: list[Seen]) -> None:
        """Write those that are new.

        Raises:
            StorageError: the audit cannot be written.
        """
        now_us = self._clock()
        fresh = [each for each in dict.fromkeys(seen) if now_us - self._noted.get(each, 0) >= AGAIN_AFTER_US]
        if not fresh:
            return
        with self._records.write() as session:
            for each in fresh:
                audit.note(session, each.clinic_id, _act(each, now_us))
        if len(self._noted) > _MOST_KNOWN:
            self._noted.clear()
        self._noted.update(dict.fromkeys(fresh, now_us))


def _act(seen: Seen, now_us: int) -> Act:
    return Act(
        id=new_id(),
        at_us=now_us,
        by=seen.by,
        role=seen.role,
        action=seen.action,
        resource="person" if seen.person_id else "list",
        resource_id=seen.person_id,
        person_id=seen.person_id,
    )
