"""From what was told in the records to what the scorer and the life cycle need."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from analytics.assess import Told
from analytics.coaching.catalogue import CATALOGUE
from analytics.lifecycle import NO_TARGET, Target
from analytics.signal.plan import SetPlan
from tempoband.contracts.events import TOLD_ENDS, CloseReason
from tempoband.contracts.exercise import ExerciseKind
from tempoband.contracts.frame import ClockKind
from tempoband.contracts.tempo import Tempo, TempoError
from tempoband.storage.records import prescriptions, references
from tempoband.storage.records.declarations import SetDeclaration
from tempoband.storage.records.prescriptions import Prescription
from tempoband.storage.records.references import Reference, Rig


@dataclass(frozen=True, slots=True)
class SensorFacts:
    """What the sensor itself says: nominal rate (0: it does not know) and clock."""

    rate_hz: float | None = None
    clock: ClockKind = ClockKind.DEVICE

    @property
    def known_rate_hz(self) -> float | None:
        """The rate, where it can be one."""
        return _positive(self.rate_hz)


@dataclass(frozen=True, slots=True)
class Asked:
    """Everything asked of a declared set, looked up once."""

    declaration: SetDeclaration
    prescription: Prescription | None
    reference: Reference | None

    @property
    def kind(self) -> ExerciseKind:
        """Kind of its exercise; unknown ones may hold reps."""
        found = CATALOGUE.get(self.declaration.exercise)
        return found.kind if found else ExerciseKind.DYNAMIC

    @property
    def tempo(self) -> Tempo | None:
        """The tempo told with the set, else the prescription's."""
        text = self.declaration.tempo or (self.prescription.tempo if self.prescription else None)
        try:
            return Tempo.parse(text) if text else None
        except TempoError:
            return None

    @property
    def target(self) -> Target:
        """The prescription's upper target."""
        if self.prescription is None:
            return NO_TARGET
        if self.kind is ExerciseKind.DYNAMIC:
            return Target(reps=self.prescription.reps_upper)
        return Target(seconds=self.prescription.seconds)

    def plan(self, sensor: SensorFacts) -> SetPlan:
        """The scorer's plan."""
        reference = self.reference
        return SetPlan(
            kind=self.kind,
            tempo=self.tempo,
            side=self.declaration.side,
            reference_excursion_n=_positive(reference.excursion_n) if reference else None,
            reference_peak_n=_positive(reference.peak_n) if reference else None,
            floor_n=_positive(reference.floor_n) if reference else None,
            rate_hz=sensor.known_rate_hz,
            clock=sensor.clock,
        )

    def told(self, sensor: SensorFacts, next_opened_us: int | None = None) -> Told:
        """What was told: an end that scoring itself wrote is found again, not believed."""
        declaration = self.declaration
        closed_us, reason = declaration.closed_us, declaration.close_reason
        if reason not in TOLD_ENDS:
            closed_us, reason = None, None
        if next_opened_us is not None and (closed_us is None or next_opened_us < closed_us):
            closed_us, reason = next_opened_us, CloseReason.REPLACED
        return Told(declaration.opened_us, closed_us, reason, self.plan(sensor), self.target)


def look_up(session: Session, clinic_id: str, declaration: SetDeclaration) -> Asked:
    """Find what a declaration refers to; the reference of the same rig if it names none."""
    prescription = None
    if declaration.prescription_id is not None:
        prescription = prescriptions.get(
            session, clinic_id, declaration.prescription_id, declaration.prescription_version
        )
    if declaration.reference_id is not None:
        reference = references.find(session, clinic_id, declaration.reference_id)
    elif declaration.person_id is not None and prescription is not None:
        reference = references.newest(
            session,
            clinic_id,
            declaration.person_id,
            exercise=declaration.exercise,
            side=declaration.side,
            rig=_rig(prescription),
        )
    else:
        reference = None
    return Asked(declaration, prescription, reference)


def undeclared_plan(sensor: SensorFacts) -> SetPlan:
    """The plan for tension nobody told anything about."""
    return SetPlan(rate_hz=sensor.known_rate_hz, clock=sensor.clock, declared=False)


def _positive(value: float | None) -> float | None:
    return value if value is not None and value > 0 else None


def _rig(prescription: Prescription) -> Rig:
    return Rig(
        prescription.band_brand,
        prescription.band_label,
        prescription.placement,
        prescription.ring_length_cm,
    )
