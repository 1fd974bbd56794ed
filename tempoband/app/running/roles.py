"""The parts as processes of their own: ``tempoband bridge | ingest | analytics | dashboard``.

Settings come from the environment (and, for the bridge, a TOML file); imports stay inside the functions, so
that a role's extra is enough.
"""

import asyncio
import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError
from rich.console import Console

from tempoband.app.errors import AppError, AppReason
from tempoband.app.running.parts import Part, run_parts, stop_on_signals
from tempoband.observability.health import Health
from tempoband.observability.logs import configure_logs

if TYPE_CHECKING:
    from firmware_bridge.settings import BridgeSettings
    from ingest.settings import IngestSettings

Settings = TypeVar("Settings")


async def run_bridge(config: Path | None = None) -> None:
    """Bluetooth to MQTT."""
    from firmware_bridge.bridge import Bridge

    settings = bridge_settings(config)
    await _run([Part("bridge", Bridge(settings).run)], Health())


def bridge_settings(config: Path | None) -> "BridgeSettings":
    """Settings of the bridge from its file and the environment."""
    from firmware_bridge.settings import load_settings

    return checked(lambda: load_settings(config))


async def run_ingest() -> None:
    """MQTT to the store."""
    from ingest.service import Ingest
    from ingest.settings import IngestSettings
    from tempoband.observability.metrics import new_registry, serve_metrics
    from tempoband.storage.errors import StorageError
    from tempoband.storage.timeseries.open import open_store

    settings = checked(IngestSettings)
    health, registry = Health(), new_registry()
    if settings.metrics_port is not None:
        serve_metrics(registry, settings.metrics_port)
    try:
        store = open_store(settings.store, writable=True)
    except StorageError as error:
        raise AppError(AppReason.BAD_SETTING, f"cannot open the store: {error}") from error
    with contextlib.closing(store), _enrolment(settings) as rules:
        ingest = Ingest(settings, store, **rules, health=health, registry=registry)
        await _run([Part("ingest", ingest.run)], health)


@contextlib.contextmanager
def _enrolment(settings: "IngestSettings") -> Iterator[dict[str, Any]]:
    from ingest.enrolment import Enrolment
    from ingest.service import anyone
    from tempoband.storage.errors import StorageError
    from tempoband.storage.records import Records

    address = settings.records_url.get_secret_value()
    if not address:
        yield {"allowed": anyone}
        return
    try:
        records = Records(address, owner=False)
    except StorageError as error:
        raise AppError(AppReason.BAD_SETTING, f"cannot open the records: {error}") from error
    with contextlib.closing(records):
        enrolment = Enrolment(records)
        yield {"allowed": enrolment, "kin": enrolment.kin}


async def run_analytics() -> None:
    """Live and stored scoring."""
    from analytics.service import AnalyticsService
    from analytics.settings import AnalyticsSettings
    from tempoband.app.running.erasing import keep_erasing
    from tempoband.app.running.preparation import prepare_scorer
    from tempoband.storage.errors import StorageError
    from tempoband.storage.records import Records
    from tempoband.storage.timeseries.open import open_store

    settings = checked(AnalyticsSettings)
    prepare_scorer()
    health = Health()
    try:
        records = Records(settings.records_address(), owner=False)
        store = open_store(settings.store_address(), writable=False)
    except StorageError as error:
        raise AppError(AppReason.BAD_SETTING, str(error)) from error
    with contextlib.closing(records), contextlib.closing(store):
        service = AnalyticsService(settings, records, store, health=health)
        erasing = Part("erasing", lambda: keep_erasing(records, settings.store_address()))
        await _run([Part("analytics", service.run), erasing], health)


async def run_dashboard(*, port: int | None) -> None:
    """The pages and the API."""
    from dashboard.app import create_app
    from dashboard.settings import DashboardSettings
    from tempoband.app.running.web_server import address, bind, serve, tell_first_admin, tls_of
    from tempoband.identity.errors import IdentityError
    from tempoband.storage.errors import StorageError
    from tempoband.uplink.admission import Admission
    from tempoband.uplink.clinic.service import ClinicUplink
    from tempoband.uplink.settings import UplinkSettings

    settings, uplink = checked(DashboardSettings), checked(UplinkSettings)
    health = Health()
    listener = bind(settings.host, settings.port if port is None else port)
    try:
        application = create_app(settings, health=health)
    except StorageError as error:
        raise AppError(AppReason.BAD_SETTING, f"cannot open the records: {error}") from error
    except IdentityError as error:
        raise AppError(AppReason.BAD_SETTING, error.detail) from error
    tls = tls_of(settings)
    where = settings.public_url or address(listener, secure=tls is not None)
    Console(highlight=False).print(f"tempoband dashboard: [bold]{where}[/bold]")
    tell_first_admin(application, where)
    admission = Admission(application.state.services.records, folder=uplink.broker_files)
    services = application.state.services
    homes = ClinicUplink(
        settings.mqtt, services.records, lambda home: services.store.reader().mark_of(home), health=health
    )
    parts = [
        Part("dashboard", lambda: serve(application, listener, tls)),
        Part("admission", admission.run),
        Part("homes", homes.run),
    ]
    await _run(parts, health)


def checked(read: Callable[[], Settings]) -> Settings:
    """Settings, or one sentence that names each wrong one."""
    try:
        return read()
    except ValidationError as error:
        words = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'settings'}: {e['msg']}" for e in error.errors())
        raise AppError(AppReason.BAD_SETTING, words) from error
    except (OSError, ValueError) as error:
        raise AppError(AppReason.BAD_SETTING, str(error)) from error


async def _run(parts: Sequence[Part], health: Health) -> None:
    configure_logs()
    stop = asyncio.Event()
    with stop_on_signals(stop):
        await run_parts(parts, health, stop)
