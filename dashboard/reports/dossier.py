"""What every export is made of: one person's sets, what was asked for, what they reported."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from dashboard.errors import invalid
from tempoband.storage.records import clinics, devices, people, prescriptions, self_reports, sets
from tempoband.storage.records.clinics import Clinic
from tempoband.storage.records.people import Person
from tempoband.storage.records.prescriptions import Prescription
from tempoband.storage.records.scored import ScoredSet, SetRecord
from tempoband.storage.records.self_reports import SelfReport


@dataclass(frozen=True, slots=True)
class Dossier:
    """A person's record from ``start_us`` to before ``end_us``.

    Attributes:
        plans: every version that held at some time in the span, oldest first.
        sets: not discarded, oldest first, with their newest scores.
        reports: pain and effort, by time.
        simulated: sensors that are virtual; None: everything here is.
    """

    clinic: Clinic
    person: Person
    start_us: int
    end_us: int
    plans: Sequence[Prescription]
    sets: Sequence[ScoredSet]
    reports: Sequence[SelfReport]
    simulated: frozenset[str] | None = frozenset()

    def is_simulated(self, sensor: str) -> bool:
        """Whether what this sensor measured was never measured on a person."""
        return self.simulated is None or sensor in self.simulated

    @property
    def any_simulated(self) -> bool:
        """Whether anything in this record is simulated."""
        return self.simulated is None or any(self.is_simulated(each.set.sensor) for each in self.sets)

    @property
    def zone(self) -> ZoneInfo:
        """The clinic's time zone: days and weeks are counted in it."""
        return ZoneInfo(self.clinic.time_zone)

    @property
    def felt(self) -> Mapping[str, SelfReport]:
        """The newest answers about each set, pain and effort from one or two taps put together."""
        found: dict[str, SelfReport] = {}
        for each in self.reports:
            if each.set_id is None:
                continue
            old = found.get(each.set_id, each)
            found[each.set_id] = SelfReport(
                each.id,
                each.person_id,
                each.at_us,
                each.by,
                each.set_id,
                old.pain if each.pain is None else each.pain,
                old.effort_cr10 if each.effort_cr10 is None else each.effort_cr10,
            )
        return found

    def plan_of(self, item: SetRecord) -> Prescription | None:
        """The version a set was done under."""
        wanted = (item.prescription_id, item.prescription_version)
        return next((each for each in self.plans if (each.id, each.version) == wanted), None)


def dossier(
    session: Session, clinic_id: str, person_id: str, *, start_us: int, end_us: int, simulated: bool = False
) -> Dossier:
    """Load a person's record; ``simulated`` where everybody here is virtual.

    Raises:
        RecordsError: NOT_FOUND.
        DashboardError: 422, for a span that ends before it begins.
    """
    if end_us <= start_us:
        raise invalid("end_us must lie after start_us")
    return Dossier(
        clinic=clinics.get(session, clinic_id),
        person=people.get(session, clinic_id, person_id),
        plans=prescriptions.in_force(
            session, clinic_id, person_id=person_id, start_us=start_us, end_us=end_us
        ),
        sets=sets.of_person(session, clinic_id, person_id, start_us=start_us, end_us=end_us),
        reports=self_reports.of_person(session, clinic_id, person_id, start_us=start_us, end_us=end_us),
        start_us=start_us,
        end_us=end_us,
        simulated=None if simulated else devices.simulated(session, clinic_id),
    )
