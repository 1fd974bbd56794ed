"""A sensor as the API shows it: its status, its wearer, its open set."""

from collections.abc import Sequence

from dashboard.language import heard
from dashboard.sensors.models import SensorOut
from dashboard.sets.view import SetViews, Told
from tempoband.contracts.events import SensorStatus
from tempoband.storage.records import Records, declarations, devices, sets

_STATUS_FIELDS = set(SensorOut.model_fields) - {"person", "open_set"}


def sensor_views(records: Records, clinic_id: str, statuses: Sequence[SensorStatus]) -> list[SensorOut]:
    """The statuses with what the records know; sensors of other clinics are left out."""
    with records.read() as session:
        views = SetViews(session, clinic_id)
        wearers = devices.wearers(session, clinic_id)
        open_sets = {told.sensor: told for told in declarations.every_open(session, clinic_id)}
        virtual = devices.simulated(session, clinic_id)
        shown = []
        for status in statuses:
            if devices.clinic_of(session, status.sensor) != clinic_id:
                continue
            declared = open_sets.get(status.sensor)
            view = None
            if declared is not None:
                view = views.view(Told(declared, sets.find(session, clinic_id, declared.id)))
            person = views.person(wearers.get(status.sensor))
            own = status.model_dump(include=_STATUS_FIELDS)
            own["detail"] = heard(status.said, status.detail)
            own["simulated"] = status.simulated or status.sensor in virtual
            shown.append(SensorOut(**own, person=person, open_set=view))
        return shown
