"""Scores what changed on one sensor, within one transaction: reading the curve, writing the sets."""

from collections.abc import Sequence
from dataclasses import dataclass

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
from tempoband.storage.records import declarations, sets
from tempoband.storage.records.declarations import SetDeclaration
from tempoband.storage.timeseries.base import Curve, StreamInfo, TimeSeriesReader

_FIRST_READ_US = 1200 * MICROSECONDS_PER_SECOND
_LONGEST_SET_US = 4 * 3600 * MICROSECONDS_PER_SECOND
_FAR_US = 2**62


@dataclass(frozen=True, slots=True)
class Rescorer:
    """Scores one sensor of one clinic; every call reads what is known now and writes what follows from it."""

    store: TimeSeriesReader
    session: Session
    clinic_id: str
    sensor: str
    now_us: int
    rules: Rules = DEFAULT_RULES

    def told(self, touched: Sequence[Touched]) -> list[SetEvent]:
        """Score every told set that the stretches touch."""
        chosen = {d.id: d for t in touched for d in self._touching(t) if self._concerns(d, t)}
        return [event for d in chosen.values() if (event := self._told_set(d)) is not None]

    def found(self, touched: Touched) -> list[SetEvent]:
        """Find the sets that nobody told in and around a stretch that has come to rest."""
        limits = (touched.start_us - MAX_BOUT_US, touched.end_us + MAX_BOUT_US)
        curve = self.store.read(self.sensor, *limits)
        window = bout_around(curve, (touched.start_us, touched.end_us), limits)
        gaps = tuple(self.store.gaps(self.sensor, *window))
        streams = tuple(self.store.streams(self.sensor, *window))
        taken = self._taken(window)
        plan = undeclared_plan(sensor_facts(streams))
        found: list[Assessed] = []
        for stretch in outside(window, taken):
            found += find_sets(Evidence(cut(curve, *stretch), gaps, streams), plan, self.rules)
        return self._keep_found(found, window, taken, curve)

    def _touching(self, touched: Touched) -> list[SetDeclaration]:
        margin_us = round(self.rules.lost_s * MICROSECONDS_PER_SECOND)
        return declarations.touching(
            self.session, self.clinic_id, self.sensor, touched.start_us - margin_us, touched.end_us + 1
        )

    def _concerns(self, declaration: SetDeclaration, touched: Touched) -> bool:
        """Samples after the end matter only where the end was that samples stopped."""
        if declaration.discarded_us is not None:
            return False
        if declaration.closed_us is None or declaration.close_reason is CloseReason.SENSOR_LOST:
            return True
        return touched.start_us <= declaration.closed_us + LOOK_AHEAD_US

    def _told_set(self, declaration: SetDeclaration) -> SetEvent | None:
        asked = look_up(self.session, self.clinic_id, declaration)
        following = self._opened_after(declaration)
        if asked.kind is ExerciseKind.BY_HAND:
            assessed = assess(asked.told(SensorFacts(), following), NO_EVIDENCE, self.now_us, self.rules)
            return self._keep_told(asked, assessed, NO_EVIDENCE)
        span_us = _FIRST_READ_US
        while True:
            evidence = self._evidence(declaration, span_us)
            told = asked.told(sensor_facts(evidence.streams), following)
            assessed = assess(told, evidence, self.now_us, self.rules)
            read_to_us = declaration.opened_us + span_us
            seen = assessed.closing is not None and assessed.closing.at_us <= read_to_us
            if seen or evidence.last_us < read_to_us or span_us >= _LONGEST_SET_US:
                return self._keep_told(asked, assessed, evidence)
            span_us *= 2

    def _keep_told(self, asked: Asked, assessed: Assessed, evidence: Evidence) -> SetEvent | None:
        event = keep_told(self.session, self.clinic_id, asked, assessed, now_us=self.now_us)
        keep_digest(self.session, self.clinic_id, event, assessed, evidence.curve)
        return event

    def _evidence(self, declaration: SetDeclaration, span_us: int) -> Evidence:
        span = (declaration.opened_us, declaration.opened_us + span_us)
        return Evidence(
            self.store.read(self.sensor, *span),
            tuple(self.store.gaps(self.sensor, *span)),
            tuple(self.store.streams(self.sensor, *span)),
        )

    def _opened_after(self, declaration: SetDeclaration) -> int | None:
        span = (declaration.opened_us, declaration.opened_us + _LONGEST_SET_US)
        others = declarations.touching(self.session, self.clinic_id, self.sensor, *span)
        later = [d.opened_us for d in others if d.opened_us > declaration.opened_us]
        return min(later, default=None)

    def _taken(self, window: Span) -> list[Span]:
        told = declarations.touching(self.session, self.clinic_id, self.sensor, *window)
        return [(d.opened_us, _FAR_US if d.closed_us is None else d.closed_us) for d in told]

    def _keep_found(
        self, found: Sequence[Assessed], window: Span, taken: Sequence[Span], curve: Curve
    ) -> list[SetEvent]:
        old = sets.touching(self.session, self.clinic_id, self.sensor, *window, declared=False)
        known = [Known(item.id, item.started_us, item.ended_us) for item in old]
        named = with_ids(self.sensor, found, known)
        kept = {set_id for set_id, _ in named}
        gone = [k.id for k in known if k.id not in kept and _is_over(k, window, taken)]
        sets.delete_found(self.session, self.clinic_id, gone)
        events = []
        for set_id, item in named:
            event = keep_found(self.session, self.clinic_id, self.sensor, set_id, item, now_us=self.now_us)
            keep_digest(self.session, self.clinic_id, event, item, curve)
            events.append(event)
        return [event for event in events if event is not None]


def sensor_facts(streams: Sequence[StreamInfo]) -> SensorFacts:
    """Rate and clock of the newest stream."""
    return SensorFacts(streams[-1].rate_hz, streams[-1].clock) if streams else SensorFacts()


def _is_over(known: Known, window: Span, taken: Sequence[Span]) -> bool:
    """A set that is not found again is gone if all of it was looked at, or somebody told what it is."""
    seen = window[0] <= known.started_us and known.ended_us <= window[1]
    return seen or any(a < known.ended_us and known.started_us < b for a, b in taken)
