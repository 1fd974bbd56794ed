"""People and prescriptions as the API shows them."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from analytics.coaching.programmes import Mode, conflicts_of
from dashboard.catalogue import exercise_name, kind_of
from dashboard.language import known_language
from dashboard.models import PersonOut, PrescriptionOut, ReferenceOfBand, WornOut
from dashboard.prescribing.compliance import dose_of
from dashboard.prescribing.courses import RIG
from tempoband.storage.records import devices, prescriptions, sightings
from tempoband.storage.records.people import Person
from tempoband.storage.records.prescriptions import Prescription
from tempoband.storage.records.references import Reference
from tempoband.storage.records.rows import values

_SAME_FIELDS = set(PrescriptionOut.model_fields) - {
    "exercise_name",
    "kind",
    "started_us",
    "ended_us",
    "tempo_order",
    "conflicts",
    "references",
}


def person_views(session: Session, clinic_id: str, found: Sequence[Person], now_us: int) -> list[PersonOut]:
    """People with the sensor they wear and the prescriptions in force now."""
    worn = _worn(session, clinic_id)
    only = found[0].id if len(found) == 1 else None
    in_force = prescriptions.in_force(session, clinic_id, start_us=now_us, person_id=only)
    return [
        PersonOut(
            id=person.id,
            name=person.display_name,
            language=known_language(person.language),
            created_us=person.created_us,
            archived=person.archived_us is not None,
            sensor=worn[person.id].sensor if person.id in worn else None,
            worn=worn.get(person.id),
            prescriptions=[prescription_view(each) for each in in_force if each.person_id == person.id],
        )
        for person in found
    ]


def _worn(session: Session, clinic_id: str) -> dict[str, WornOut]:
    """The sensor of each person who wears one; one that is silent is worn all the same."""
    names = {device.sensor: device.name for device in devices.every(session, clinic_id)}
    heard = sightings.every(session, clinic_id)
    found = {}
    for sensor, person_id in devices.wearers(session, clinic_id).items():
        sign = heard.get(sensor)
        found[person_id] = WornOut(
            sensor=sensor,
            name=names.get(sensor) or sensor,
            heard_us=sign.heard_us if sign else None,
            battery_percent=sign.battery_percent if sign else None,
        )
    return found


def prescription_view(
    prescription: Prescription, measured: Sequence[Reference] | None = None
) -> PrescriptionOut:
    """One version of a prescription; ``measured`` are the person's references, newest first."""
    same = {name: value for name, value in values(prescription).items() if name in _SAME_FIELDS}
    return PrescriptionOut(
        **same,
        exercise_name=exercise_name(prescription.exercise),
        kind=kind_of(prescription.exercise),
        started_us=prescription.valid_from_us,
        ended_us=prescription.valid_to_us,
        conflicts=_conflicts(prescription),
        references=[] if measured is None else _references(prescription, measured),
    )


def _conflicts(prescription: Prescription) -> list[str]:
    """Where the prescription leaves what its mode is about."""
    kind = kind_of(prescription.exercise)
    found = conflicts_of(Mode(prescription.mode), prescription.sets, dose_of(prescription), kind)
    return [str(each) for each in found]


def _references(prescription: Prescription, measured: Sequence[Reference]) -> list[ReferenceOfBand]:
    """The newest reference of each side on exactly this band, placement and ring length."""
    same = [
        each
        for each in measured
        if each.exercise == prescription.exercise
        and all(getattr(each, name) == getattr(prescription, name) for name in RIG)
    ]
    newest = {each.side: each for each in reversed(same)}
    return [
        ReferenceOfBand(
            side=each.side,
            excursion_n=each.excursion_n,
            peak_n=each.peak_n,
            measured_us=each.measured_us,
        )
        for each in newest.values()
    ]
