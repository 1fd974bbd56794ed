"""Scores what changed on one sensor: read, then score, then write.

Scoring takes long and must not hold the records' write lock: what was told is read first, the curve is scored
without any transaction, and what came of it is kept only if what was told still stands and nothing was erased
meanwhile. What does not hold any more is not kept, and has to be looked at again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from analytics.assess import LOOK_AHEAD_US, NO_EVIDENCE, Assessed, Evidence, assess, cut
from analytics.coverage import Span
from analytics.digests import keep_digest
from analytics.found import MAX_BOUT_US, Known, bout_around, find_sets, outside, with_ids
from analytics.keeping import keep_found, keep_told
from analytics.lifecycle import DEFAULT_RULES, Rules
from analytics.plans import Asked, SensorFacts, look_up, undeclared_plan
from analytics.touched import Touched
from tempoband.contracts.events import CloseReason, SetEvent
from tempoband.contracts.exercise import ExerciseKind
from tempoband.contracts.units import MICROSECONDS_PER_SECOND
from tempoband.storage.records import Records, declarations, devices, erasures, sets
from tempoband.storage.records.declarations import SetDeclaration
from tempoband.storage.timeseries.base import Curve, StreamInfo, TimeSeriesReader

_FIRST_READ_US = 1200 * MICROSECONDS_PER_SECOND
_LONGEST_SET_US = 4 * 3600 * MICROSECONDS_PER_SECOND
_FAR_US = 2**62


@dataclass(slots=True)
class Rescored:
    """What was kept; ``stale`` when something has to be looked at again because it changed meanwhile."""

    events: list[SetEvent] = field(default_factory=list)
    stale: bool = False


@dataclass(frozen=True, slots=True)
class _Told:
    """A told set, looked up; ``following`` is when the next one opens."""

    asked: Asked
    following: int | None


@dataclass(frozen=True, slots=True)
class _Scored:
    """What a told set is."""

    asked: Asked
    assessed: Assessed
    curve: Curve


@dataclass(frozen=True, slots=True)
class _Found:
    """Sets that nobody told in a window, outside what was told."""

    window: Span
    taken: list[Span]
    sets: list[Assessed]
    curve: Curve


@dataclass(frozen=True, slots=True)
class Rescorer:
    """Scores one sensor; every call reads what is known now and writes what follows from it.

    ``clinic_id`` is by default the clinic that the sensor belongs to now.
    """

    store: TimeSeriesReader
    records: Records
    sensor: str
    now_us: int
    rules: Rules = DEFAULT_RULES
    clinic_id: str | None = None

    def told(self, touched: Sequence[Touched]) -> Rescored:
        """Score every told set that the stretches touch."""
        result = Rescored()
        if not touched:
            return result
        with self.records.read() as session:
            before = erasures.state(session, self.sensor)
            clinic_id = self.clinic_id or devices.clinic_of(session, self.sensor)
            looked_up = self._look_up(session, clinic_id, touched)
        scored = [self._score_told(told) for told in looked_up]
        if not scored:
            return result
        with self.records.write() as session:
            result.stale = erasures.state(session, self.sensor) != before
            for each in [] if result.stale else scored:
                self._keep_told(session, clinic_id, each, result)
        return result

    def found(self, touched: Touched) -> Rescored:
        """Find the sets that nobody told in and around a stretch that has come to rest."""
        kept_us = self.store.kept_since_us()
        limits = (max(touched.start_us - MAX_BOUT_US, kept_us), touched.end_us + MAX_BOUT_US)
        if limits[0] >= limits[1]:
            return Rescored()  # what was scored of dropped samples stays scored
        with self.records.read() as session:
            before = erasures.state(session, self.sensor)
            clinic_id = self.clinic_id or devices.clinic_of(session, self.sensor)
        curve = self.store.read(self.sensor, *limits)
        window = bout_around(curve, (touched.start_us, touched.end_us), limits)
        with self.records.read() as session:
            taken = self._taken(session, clinic_id, window)
        found = _Found(window, taken, self._find(curve, window, taken), curve)
        with self.records.write() as session:
            if erasures.state(session, self.sensor) != before:
                return Rescored(stale=True)
            if self._taken(session, clinic_id, window) != taken:
                return Rescored(stale=True)
            return self._keep_found(session, clinic_id, found)

    # -- told sets --------------------------------------------------------------------------------

    def _look_up(self, session: Session, clinic_id: str, touched: Sequence[Touched]) -> list[_Told]:
        margin_us = round(self.rules.lost_s * MICROSECONDS_PER_SECOND)
        kept_us = self.store.kept_since_us()
        chosen: dict[str, SetDeclaration] = {}
        for each in touched:
            span = (each.start_us - margin_us, each.end_us + 1)
            for told in declarations.touching(session, clinic_id, self.sensor, *span):
                if told.opened_us >= kept_us and _concerns(told, each):
                    chosen[told.id] = told
        return [
            _Told(look_up(session, clinic_id, told), self._opened_after(session, clinic_id, told))
            for told in chosen.values()
        ]

    def _opened_after(self, session: Session, clinic_id: str, declaration: SetDeclaration) -> int | None:
        span = (declaration.opened_us, declaration.opened_us + _LONGEST_SET_US)
        others = declarations.touching(session, clinic_id, self.sensor, *span)
        later = [d.opened_us for d in others if d.opened_us > declaration.opened_us]
        return min(later, default=None)

    def _score_told(self, told: _Told) -> _Scored:
        asked, opened_us = told.asked, told.asked.declaration.opened_us
        if asked.kind is ExerciseKind.BY_HAND:
            by_hand = asked.told(SensorFacts(), told.following)
            return _Scored(asked, assess(by_hand, NO_EVIDENCE, self.now_us, self.rules), NO_EVIDENCE.curve)
        span_us = _FIRST_READ_US
        while True:
            evidence = self._evidence((opened_us, opened_us + span_us))
            facts = asked.told(sensor_facts(evidence.streams), told.following)
            assessed = assess(facts, evidence, self.now_us, self.rules)
            read_to_us = opened_us + span_us
            seen = assessed.closing is not None and assessed.closing.at_us <= read_to_us
            if seen or evidence.last_us < read_to_us or span_us >= _LONGEST_SET_US:
                return _Scored(asked, assessed, evidence.curve)
            span_us *= 2

    def _evidence(self, span: Span) -> Evidence:
        return Evidence(
            self.store.read(self.sensor, *span),
            tuple(self.store.gaps(self.sensor, *span)),
            tuple(self.store.streams(self.sensor, *span)),
        )

    def _keep_told(self, session: Session, clinic_id: str, scored: _Scored, result: Rescored) -> None:
        told, assessed = scored.asked.declaration, scored.assessed
        span = (assessed.started_us, assessed.ended_us)
        if declarations.find(session, clinic_id, told.id) != told or self._being_erased(session, span):
            result.stale = True
            return
        event = keep_told(session, clinic_id, scored.asked, assessed, now_us=self.now_us)
        keep_digest(session, clinic_id, told.id, event, (assessed, scored.curve))
        result.events += [event] if event is not None else []

    def _being_erased(self, session: Session, span: Span) -> bool:
        return any(
            span[0] < stretch.end_us and stretch.start_us <= span[1]
            for stretch in erasures.under_way(session, self.sensor)
        )

    # -- found sets -------------------------------------------------------------------------------

    def _taken(self, session: Session, clinic_id: str, window: Span) -> list[Span]:
        told = declarations.touching(session, clinic_id, self.sensor, *window)
        return [(d.opened_us, _FAR_US if d.closed_us is None else d.closed_us) for d in told]

    def _find(self, curve: Curve, window: Span, taken: Sequence[Span]) -> list[Assessed]:
        gaps = tuple(self.store.gaps(self.sensor, *window))
        streams = tuple(self.store.streams(self.sensor, *window))
        plan = undeclared_plan(sensor_facts(streams))
        found: list[Assessed] = []
        for stretch in outside(window, taken):
            found += find_sets(Evidence(cut(curve, *stretch), gaps, streams), plan, self.rules)
        return found

    def _keep_found(self, session: Session, clinic_id: str, found: _Found) -> Rescored:
        if self._being_erased(session, found.window):
            return Rescored(stale=True)
        old = sets.touching(session, clinic_id, self.sensor, *found.window, declared=False)
        known = [Known(item.id, item.started_us, item.ended_us) for item in old]
        half_gone = [k for k in known if k.started_us < self.store.kept_since_us()]
        whole = [item for item in found.sets if not any(_overlap(k, item) for k in half_gone)]
        known = [k for k in known if k not in half_gone]
        named = with_ids(self.sensor, whole, known)
        kept = {set_id for set_id, _ in named}
        gone = [k.id for k in known if k.id not in kept and _is_over(k, found.window, found.taken)]
        sets.delete_found(session, clinic_id, gone)
        events = []
        for set_id, item in named:
            event = keep_found(session, clinic_id, self.sensor, set_id, item, now_us=self.now_us)
            keep_digest(session, clinic_id, set_id, event, (item, found.curve))
            events.append(event)
        return Rescored([event for event in events if event is not None])


def sensor_facts(streams: Sequence[StreamInfo]) -> SensorFacts:
    """Rate and clock of the newest stream."""
    return SensorFacts(streams[-1].rate_hz, streams[-1].clock) if streams else SensorFacts()


def _concerns(declaration: SetDeclaration, touched: Touched) -> bool:
    """Samples after the end matter only where the end was that samples stopped."""
    if declaration.discarded_us is not None:
        return False
    if declaration.closed_us is None or declaration.close_reason is CloseReason.SENSOR_LOST:
        return True
    return touched.start_us <= declaration.closed_us + LOOK_AHEAD_US


def _overlap(known: Known, item: Assessed) -> bool:
    return known.started_us <= item.ended_us and item.started_us <= known.ended_us


def _is_over(known: Known, window: Span, taken: Sequence[Span]) -> bool:
    """A set that is not found again is gone if all of it was looked at, or somebody told what it is."""
    seen = window[0] <= known.started_us and known.ended_us <= window[1]
    return seen or any(a < known.ended_us and known.started_us < b for a, b in taken)
