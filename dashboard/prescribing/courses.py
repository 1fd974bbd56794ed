"""What a prescription in force has been so far: since when it is what it is, and the sets done under it."""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from tempoband.contracts.exercise import UNKNOWN_EXERCISE
from tempoband.contracts.units import MICROSECONDS_PER_SECOND
from tempoband.storage.records import clinics, prescriptions, sets
from tempoband.storage.records.prescriptions import Prescription
from tempoband.storage.records.scored import ScoredSet

WINDOW_US = 70 * 86_400 * MICROSECONDS_PER_SECOND
RIG = ("band_brand", "band_label", "placement", "ring_length_cm")
_WORK = (*RIG, "sets", "reps_lower", "reps_upper", "tempo")


@dataclass(frozen=True, slots=True)
class Course:
    """A prescription in force, since when its work and its rig are what they are, and what was done."""

    plan: Prescription
    work_since_us: int
    rig_since_us: int
    done: tuple[ScoredSet, ...]
    zone: ZoneInfo
    now_us: int

    @property
    def own(self) -> list[ScoredSet]:
        """Told sets of its exercise."""
        return [each for each in self.done if each.set.exercise == self.plan.exercise]


def courses(session: Session, clinic_id: str, person_id: str, now_us: int) -> list[Course]:
    """Every prescription of a person that is in force, with what was done lately."""
    zone = ZoneInfo(clinics.get(session, clinic_id).time_zone)
    versions = prescriptions.in_force(session, clinic_id, start_us=0, end_us=now_us + 1, person_id=person_id)
    done = sets.of_person(session, clinic_id, person_id, start_us=now_us - WINDOW_US, end_us=now_us + 1)
    found = []
    for plan in (each for each in versions if each.valid_to_us is None):
        history = [each for each in versions if each.id == plan.id]
        wanted = {plan.exercise, UNKNOWN_EXERCISE}
        own = tuple(each for each in done if each.set.exercise in wanted)
        work, rig = (_since(history, names) for names in (_WORK, RIG))
        found.append(Course(plan, work, rig, own, zone, now_us))
    return found


def _since(history: Sequence[Prescription], names: Sequence[str]) -> int:
    """From when the newest version's fields have been as they are."""
    newest, *older = sorted(history, key=lambda each: each.version, reverse=True)
    since_us = newest.valid_from_us
    for each in older:
        if any(getattr(each, name) != getattr(newest, name) for name in names):
            break
        since_us = each.valid_from_us
    return since_us
