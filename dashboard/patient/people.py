"""People as the API shows them."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from dashboard.language import known_language
from dashboard.patient.models import PersonOut, WornOut
from dashboard.prescribing.view import prescription_view
from tempoband.storage.records import devices, prescriptions, sightings
from tempoband.storage.records.people import Person


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
