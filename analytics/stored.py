"""Follows the store and keeps the sets up to date: the record.

Everything here is synchronous and runs in one thread; ``analytics.service`` drives it.
"""

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog
from prometheus_client import CollectorRegistry

from analytics.found import MAX_BOUT_US, QUIET_US, is_quiet
from analytics.lifecycle import DEFAULT_RULES, Rules
from analytics.metrics import AnalyticsMetrics
from analytics.rescore import Rescorer
from analytics.settings import AnalyticsSettings
from analytics.touched import Touched, Waiting
from analytics.unsettled import Unsettled, unsettled
from tempoband.contracts.events import SetEvent
from tempoband.contracts.topics import shard_of
from tempoband.storage.errors import StorageError
from tempoband.storage.records import Records, cursors
from tempoband.storage.timeseries.base import TimeSeriesReader

log = structlog.get_logger(__name__)

_SHARD_KEPT_S = 60.0
_BREATH = 3.0
_DAY_US = 86_400_000_000
_REST_S = 5.0  # no commit for so long: what is there is looked at, even in the middle of motion


@dataclass(frozen=True, slots=True)
class Announcement:
    """A set event and the shard to publish it on."""

    shard: str
    event: SetEvent


class Follower:
    """Scores whatever commits and declarations touch; may be killed at any instant and started again.

    The cursor moves after the sets it led to are kept, so a run that died is repeated from there, and
    repeating gives the same records.
    """

    def __init__(
        self,
        settings: AnalyticsSettings,
        records: Records,
        store: TimeSeriesReader,
        *,
        metrics: AnalyticsMetrics | None = None,
        now_us: Callable[[], int] = lambda: time.time_ns() // 1000,
        monotonic_s: Callable[[], float] = time.monotonic,
        rules: Rules = DEFAULT_RULES,
    ) -> None:
        self._settings = settings
        self._records = records
        self._store = store
        self._metrics = metrics or AnalyticsMetrics(CollectorRegistry())
        self._now_us = now_us
        self._monotonic_s = monotonic_s
        self._rules = rules
        self._shards = settings.shard_range
        self._waiting: Waiting | None = None
        self._saved_cursor = 0
        self._pace_s = settings.rescore_s
        self.more = False  # whether commits wait that the last step did not look at
        self._looked_s: dict[str, float] = {}
        self._nudged: deque[str] = deque()
        self._shard_of: dict[str, tuple[float, str]] = {}
        self._reconciled_s = float("-inf")

    def step(self) -> list[Announcement]:
        """Take in new commits, score what is due, move the cursor. Does nothing when nothing is due.

        Raises:
            StorageError: a database is away; what was not kept is tried again at the next step.
        """
        began_s = self._monotonic_s()
        waiting = self._waiting or self._start()
        changes = self._store.changes(waiting.read_to, self._settings.changes_at_once)
        self.more = len(changes) >= self._settings.changes_at_once
        for change in changes:
            waiting.read_to = max(waiting.read_to, change.cursor)
            if self._mine(change.sensor, change.end_us):
                waiting.take(change, self._monotonic_s())
        self._reconcile(waiting)
        announced = [a for sensor in waiting.sensors() for a in self._sensor(waiting, sensor)]
        self._save_cursor(waiting)
        self._metrics.waiting.set(self.behind)
        # With many open sets a step takes long: then each is scored less often, not one core all the time.
        self._pace_s = max(self._settings.rescore_s, _BREATH * (self._monotonic_s() - began_s))
        return announced

    def told(self, sensor: str) -> None:
        """Somebody told something about this sensor: look at it in the next step. Safe from any thread."""
        self._nudged.append(sensor)

    @property
    def behind(self) -> int:
        """Stretches that wait."""
        return sum(1 for _ in self._waiting) if self._waiting else 0

    def _start(self) -> Waiting:
        with self._records.read() as session:
            self._saved_cursor = cursors.position(session, self._settings.worker)
        self._waiting = Waiting(self._saved_cursor)
        return self._waiting

    def _mine(self, sensor: str, at_us: int) -> bool:
        return self._shards.whole or self._shard(sensor, at_us) in self._shards

    def _shard(self, sensor: str, at_us: int) -> str:
        """Shard of the bridge that carries a sensor; asked again now and then, for sensors change hands."""
        now_s = self._monotonic_s()
        known_s, shard = self._shard_of.get(sensor, (float("-inf"), ""))
        if now_s - known_s > _SHARD_KEPT_S:
            streams = self._store.streams(sensor, at_us - _DAY_US, at_us + 1)
            shard = shard_of(streams[-1].bridge if streams else "")
            self._shard_of[sensor] = (now_s, shard)
        return shard

    def _reconcile(self, waiting: Waiting) -> None:
        """Look for told sets that are not scored as told: those just told, and now and then all."""
        now_s = self._monotonic_s()
        sensors: list[str | None] = []
        while self._nudged:
            sensors.append(self._nudged.popleft())
        if now_s - self._reconciled_s >= self._settings.reconcile_s:
            self._reconciled_s, sensors = now_s, [*sensors, None]
        for sensor in dict.fromkeys(sensors):
            if sensor is not None:
                self._looked_s.pop(sensor, None)
            with self._records.read() as session:
                rows = unsettled(session, sensor)
            self._add_unsettled(waiting, rows)

    def _add_unsettled(self, waiting: Waiting, rows: Sequence[Unsettled]) -> None:
        rested_s = self._monotonic_s() - _REST_S
        for row in rows:
            end_us = max(row.opened_us, self._now_us() if row.closed_us is None else row.closed_us)
            if self._mine(row.sensor, end_us):
                touched = Touched(row.opened_us, end_us, None, rested_s, found_due=row.new)
                waiting.add(row.sensor, touched)

    def _sensor(self, waiting: Waiting, sensor: str) -> Sequence[Announcement]:
        """Score one sensor; trouble with one never stops the others."""
        try:
            return self._score(waiting, sensor)
        except StorageError:
            raise
        except Exception:
            # The samples stay: the next commit to the stretch, or a new scoring version, tries again.
            log.exception("scoring_failed", sensor=sensor)
            self._metrics.failures.labels(half="stored").inc()
            waiting.drop(sensor, waiting.of(sensor))
            return []

    def _score(self, waiting: Waiting, sensor: str) -> list[Announcement]:
        now_s = self._monotonic_s()
        if now_s - self._looked_s.get(sensor, float("-inf")) < self._pace_s:
            return []
        self._looked_s[sensor] = now_s
        told_due = [t for t in waiting.of(sensor) if t.told_due]
        ready = [t for t in waiting.of(sensor) if self._at_rest(sensor, t)]
        if not told_due and not ready:
            return []
        rescorer = Rescorer(self._store, self._records, sensor, self._now_us(), self._rules)
        results = [rescorer.told(told_due)]
        if not results[0].stale:
            waiting.told_done(sensor)
        moved = (t for t in ready if t.found_due and not self._quiet(sensor, t))
        results += [rescorer.found(touched) for touched in moved]
        if not any(result.stale for result in results):
            waiting.drop(sensor, ready)  # the cursor moves over it at the end of the step
        events = [event for result in results for event in result.events]
        for event in events:
            self._metrics.revisions.labels(status=str(event.status)).inc()
        return [Announcement(self._shard(sensor, self._now_us()), event) for event in events]

    def _at_rest(self, sensor: str, touched: Touched) -> bool:
        """Whether undeclared motion in the stretch is over, so that it can be looked at as a whole."""
        if self._monotonic_s() - touched.seen_s >= _REST_S:
            return True
        if touched.end_us - touched.start_us > MAX_BOUT_US:
            return True
        tail = self._store.read(sensor, touched.end_us - QUIET_US, touched.end_us + 1)
        long_enough = len(tail) > 0 and touched.end_us - int(tail.time_us[0]) > QUIET_US * 0.9
        return long_enough and is_quiet(tail)

    def _quiet(self, sensor: str, touched: Touched) -> bool:
        """Whether nothing moved at all, so that there is nothing to find."""
        if touched.cursor is None:
            return False
        return is_quiet(self._store.read(sensor, touched.start_us - QUIET_US, touched.end_us + 1))

    def _save_cursor(self, waiting: Waiting) -> None:
        """Up to the first commit that still waits; those that led to no set (quiet wear) count too."""
        cursor = waiting.cursor_without("", ())
        if cursor > self._saved_cursor:
            with self._records.write() as session:
                cursors.move(session, self._settings.worker, cursor, now_us=self._now_us())
            self._saved_cursor = cursor
