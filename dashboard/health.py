"""What this process knows of itself: the parts that report, and what the dashboard can see on its own."""

from dashboard.models import Out
from dashboard.services import Services
from tempoband.storage.errors import StorageError
from tempoband.storage.records import clinics


class PartOut(Out):
    """One part of the process."""

    ok: bool
    detail: str


class HealthOut(Out):
    """Whether everything runs."""

    status: str
    parts: dict[str, PartOut]


def report(services: Services) -> HealthOut:
    """Look at everything now."""
    parts = {name: PartOut(ok=part.ok, detail=part.detail) for name, part in services.health.parts().items()}
    parts["dashboard.mqtt"] = PartOut(ok=services.link.connected, detail=services.link.state)
    parts["dashboard.records"] = _records(services)
    parts["dashboard.store"] = _store(services)
    stored, by = services.ingest.verdict()
    parts["dashboard.ingest"] = PartOut(ok=stored, detail=by)
    status = "ok" if all(part.ok for part in parts.values()) else "degraded"
    return HealthOut(status=status, parts=parts)


def _records(services: Services) -> PartOut:
    try:
        with services.records.read() as session:
            clinics.every(session)
    except StorageError as error:
        return PartOut(ok=False, detail=error.detail)
    return PartOut(ok=True, detail="")


def _store(services: Services) -> PartOut:
    try:
        services.store.reader().changes(after=2**62, limit=1)
    except StorageError as error:
        return PartOut(ok=False, detail=error.detail)
    return PartOut(ok=True, detail="")
