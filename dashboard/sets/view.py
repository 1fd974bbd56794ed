"""A set as the API shows it, from what was declared and what was scored."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from analytics.coaching.calendar import local_day
from dashboard.catalogue import exercise_name, kind_of
from dashboard.models import Named
from dashboard.sets import sentences
from dashboard.sets.day import DaySet, sets_of_day
from dashboard.sets.models import SetOut, Target
from tempoband.contracts.events import SetStatus
from tempoband.contracts.exercise import Side
from tempoband.storage.records import clinics, declarations, people, prescriptions, sets
from tempoband.storage.records.compliance import BACK
from tempoband.storage.records.declarations import SetDeclaration
from tempoband.storage.records.errors import RecordsError, not_found
from tempoband.storage.records.scored import ScoredSet, SetRecord
from tempoband.storage.records.set_edits import declared_from


@dataclass(frozen=True, slots=True)
class Told:
    """A set in its two halves, of which at least one is there.

    Attributes:
        subject: who did what on which sensor: the declaration where there is one, since what a person says
            stands above what an earlier scoring copied from it.
        scored: None until analytics has seen it.
    """

    subject: SetDeclaration | SetRecord
    scored: ScoredSet | None

    @classmethod
    def of(cls, declaration: SetDeclaration | None, scored: ScoredSet | None) -> "Told | None":
        """Both halves together; None when there is neither."""
        if declaration is not None:
            return cls(declaration, scored)
        return None if scored is None else cls(scored.set, scored)

    @property
    def started_us(self) -> int:
        """When it began: its first rep once there is one, its declaration before."""
        if self.scored is not None:
            return self.scored.set.started_us
        return self.subject.opened_us if isinstance(self.subject, SetDeclaration) else self.subject.started_us

    @property
    def ended_us(self) -> int | None:
        """When it ended; None while it is open."""
        if self.status is SetStatus.OPEN:
            return None
        if self.scored is not None:
            return self.scored.set.ended_us
        return self.subject.closed_us if isinstance(self.subject, SetDeclaration) else self.subject.ended_us

    @property
    def status(self) -> SetStatus:
        """How final it is."""
        if self.subject.discarded_us or (self.scored is not None and self.scored.set.discarded_us):
            return SetStatus.DISCARDED
        if isinstance(self.subject, SetDeclaration) and self.subject.closed_us is None:
            return SetStatus.OPEN
        if self.scored is None:
            return SetStatus.PROVISIONAL
        # Closed a moment ago, and the scorer has not caught up.
        stored = self.scored.set.status
        return SetStatus.PROVISIONAL if stored is SetStatus.OPEN else stored

    def as_declared(self, *, by: str) -> SetDeclaration:
        """The declaration; a found set as if somebody had told of it, with its own id and times."""
        if isinstance(self.subject, SetDeclaration):
            return self.subject
        return declared_from(self.subject, by=by)


def load(session: Session, clinic_id: str, set_id: str) -> Told:
    """One set by its id.

    Raises:
        RecordsError: NOT_FOUND.
    """
    told = Told.of(declarations.find(session, clinic_id, set_id), sets.find(session, clinic_id, set_id))
    if told is None:
        raise not_found("set", set_id)
    return told


def latest(
    session: Session,
    clinic_id: str,
    *,
    limit: int,
    person_id: str | None = None,
    sensor: str | None = None,
    before_us: int | None = None,
    exercise: str | None = None,
) -> list[Told]:
    """The newest sets that are not discarded, newest first; those open and not scored yet among them."""
    scored = sets.latest(
        session,
        clinic_id,
        limit=limit,
        person_id=person_id,
        sensor=sensor,
        before_us=before_us,
        exercise=exercise,
    )
    found = declarations.several(session, clinic_id, [item.set.id for item in scored])
    told = [Told(found.get(item.set.id, item.set), item) for item in scored]
    waiting = [
        Told(declared, None)
        for declared in declarations.every_open(session, clinic_id)
        if declared.id not in found
        and person_id in (None, declared.person_id)
        and sensor in (None, declared.sensor)
        and (before_us is None or declared.opened_us < before_us)
    ]
    # What was told may be newer than what the scorer has copied from it.
    kept = [
        item
        for item in told + waiting
        if item.status is not SetStatus.DISCARDED and exercise in (None, item.subject.exercise)
    ]
    return sorted(kept, key=lambda item: item.started_us, reverse=True)[:limit]


class SetViews:
    """Makes views within one session; names, prescriptions and counts are looked up once."""

    def __init__(self, session: Session, clinic_id: str) -> None:
        self._session = session
        self._clinic_id = clinic_id
        self._zone = ZoneInfo(clinics.get(session, clinic_id).time_zone)
        self._names = people.names(session, clinic_id)
        self._targets: dict[tuple[str, int | None], Target | None] = {}
        self._days: dict[int, list[DaySet]] = {}

    def view(self, told: Told) -> SetOut:
        """One set."""
        subject, scored = told.subject, told.scored
        score = None if scored is None else scored.score
        stored = None if scored is None else scored.set
        return SetOut(
            id=subject.id,
            sensor=subject.sensor,
            person=self.person(subject.person_id),
            exercise=subject.exercise,
            exercise_name=exercise_name(subject.exercise),
            side=subject.side,
            kind=kind_of(subject.exercise),
            tempo=subject.tempo,
            status=told.status,
            close_reason=subject.close_reason,
            started_us=told.started_us,
            ended_us=told.ended_us,
            coverage=None if stored is None else stored.coverage,
            lost_samples=None if stored is None else stored.lost_samples,
            revision=0 if stored is None else stored.revision,
            scoring_version="" if score is None else score.scoring_version,
            prescription_id=subject.prescription_id,
            prescription_version=subject.prescription_version,
            set_number=self._number(told),
            target=self._target(subject),
            direction=subject.direction,
            hand_reps=subject.hand_reps if isinstance(subject, SetDeclaration) else None,
            reference_id=subject.reference_id if isinstance(subject, SetDeclaration) else None,
            reps=[] if score is None else sentences.reps_of(score),
            score=None if score is None else sentences.result_of(score),
            sentence="" if score is None else sentences.sentence_of(score),
        )

    def person(self, person_id: str | None) -> Named | None:
        """A person as lists show them."""
        name = self._names.get(person_id or "")
        return None if person_id is None or name is None else Named(id=person_id, name=name)

    def _target(self, subject: SetDeclaration | SetRecord) -> Target | None:
        if subject.prescription_id is None:
            return None
        key = (subject.prescription_id, subject.prescription_version)
        if key not in self._targets:
            self._targets[key] = self._load_target(*key)
        return self._targets[key]

    def _load_target(self, prescription_id: str, version: int | None) -> Target | None:
        try:
            found = prescriptions.get(self._session, self._clinic_id, prescription_id, version)
        except RecordsError:
            return None
        return Target(
            sets=found.sets,
            reps_lower=found.reps_lower,
            reps_upper=found.reps_upper,
            seconds=found.seconds,
            steps=found.steps,
        )

    def _number(self, told: Told) -> int | None:
        """Which set of this exercise and side it is on its local day: 1, 2, 3 ..."""
        subject = told.subject
        if subject.person_id is None or told.status is SetStatus.DISCARDED or subject.direction == BACK:
            return None
        side = subject.side or Side.BOTH
        same = (subject.person_id, subject.exercise, side)
        earlier = sum(
            (each.person_id, each.exercise, each.side) == same and each.started_us < told.started_us
            for each in self._of_day(told.started_us)
            if each.id != subject.id
        )
        return earlier + 1

    def _of_day(self, at_us: int) -> list[DaySet]:
        day = local_day(at_us, self._zone).toordinal()
        if day not in self._days:
            self._days[day] = sets_of_day(self._session, self._clinic_id, at_us)
        return self._days[day]


def open_set_on(session: Session, clinic_id: str, sensor: str) -> SetOut | None:
    """The set that is open on a sensor."""
    declared = declarations.open_on(session, clinic_id, sensor)
    if declared is None:
        return None
    return SetViews(session, clinic_id).view(Told(declared, sets.find(session, clinic_id, declared.id)))
