"""``create_app``: the dashboard as one ASGI application."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

from fastapi import APIRouter, FastAPI
from starlette.middleware.gzip import GZipMiddleware
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from dashboard import problems
from dashboard.api import (
    advice,
    audit,
    bridges,
    calendar,
    caseload,
    compliance,
    consent,
    curves,
    daily_mail,
    exercises,
    felt,
    healthz,
    homes,
    info,
    join,
    live,
    me,
    messages,
    mqtt,
    notes,
    pairing,
    people,
    prescriptions,
    privacy,
    programmes,
    record,
    references,
    reports,
    rules,
    samples,
    self_tests,
    sensors,
    session,
    set_edits,
    sets,
    staff,
    tenants,
    trends,
    watch,
    wearer_access,
)
from dashboard.language import Speaks
from dashboard.privacy.witness import Witness
from dashboard.services import Services, make_services
from dashboard.serving import pages
from dashboard.serving.guard import Guard
from dashboard.settings import DashboardSettings
from dashboard.store import StoreHandle
from tempoband import __version__
from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.contracts.homes import ClinicLink
from tempoband.contracts.watching import WayUp
from tempoband.observability.health import Health
from tempoband.storage.records import clinics

_RESOURCES = (
    info,
    me,
    session,
    join,
    consent,
    staff,
    tenants,
    wearer_access,
    privacy,
    audit,
    sensors,
    samples,
    bridges,
    sets,
    set_edits,
    curves,
    people,
    prescriptions,
    programmes,
    advice,
    exercises,
    compliance,
    reports,
    references,
    trends,
    felt,
    self_tests,
    caseload,
    rules,
    messages,
    daily_mail,
    watch,
    calendar,
    notes,
    record,
    homes,
    pairing,
    live,
)


def create_app(
    settings: DashboardSettings,
    *,
    health: Health | None = None,
    store: StoreHandle | None = None,
    clinic_link: Callable[[], ClinicLink] | None = None,
    way_up: WayUp | None = None,
) -> FastAPI:
    """The application; its MQTT link runs from start-up to shut-down.

    Args:
        settings: where to listen and what to read.
        health: the process's registry of parts, where the process has more parts than this one.
        store: another way to open the time-series store than the settings'.
        clinic_link: at home: how this home stands with its clinic.
        way_up: at home: how what is live goes there, while somebody watches.

    Raises:
        StorageError: the records cannot be opened, or were written by a newer program.
        IdentityError: the server's secret is weak, or readable by others.
    """
    services = make_services(settings, health, store, way_up)
    if clinic_link is not None:
        services = replace(services, clinic_link=clinic_link)
    app = FastAPI(
        title="tempoband",
        version=__version__,
        lifespan=_lifespan,
        openapi_url=None,  # served by a route of ours, which takes a principal like every other
        docs_url=None,  # their pages load scripts from elsewhere, which our content policy forbids
        redoc_url=None,
    )
    app.state.services = services
    problems.install(app)
    _route(app, settings)
    _wrap(app, services)
    return app


def _route(app: FastAPI, settings: DashboardSettings) -> None:
    app.include_router(healthz.router)
    app.include_router(mqtt.router)
    api = APIRouter(prefix="/api")
    for resource in _RESOURCES:
        api.include_router(resource.router)
    app.include_router(api)
    pages.install(app, settings.static_dir)


def _wrap(app: FastAPI, services: Services) -> None:
    """What a request passes on its way to a route; the last one added is met first."""
    settings = services.settings
    if settings.accounts:
        app.add_middleware(Witness, looks=services.looks)
    app.add_middleware(GZipMiddleware, minimum_size=1024, compresslevel=5)
    app.add_middleware(
        Guard,
        allowed_hosts=settings.answered_hosts(),
        accounts=settings.accounts,
        https_only=settings.https_only_host(),
    )
    app.add_middleware(Speaks)
    if settings.trusted_proxies:
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=list(settings.trusted_proxies))


@contextlib.asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    services: Services = app.state.services
    await asyncio.to_thread(_tell_clinic, services)
    runs = [
        services.link.run(),
        services.leases.run(),
        services.sightings.run(),
        services.mailer.run(),
        services.far.run(),
    ]
    if services.watched is not None:
        runs.append(services.watched.run())
    if services.access is not None:
        runs.append(services.access.watch.run())
    tasks = [asyncio.create_task(run) for run in runs]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        services.store.close()
        services.records.close()


def _tell_clinic(services: Services) -> None:
    with services.records.write() as session:
        clinics.set_time_zone(session, LOCAL_CLINIC, services.settings.time_zone)
        if services.settings.clinic_name:
            clinics.rename(session, LOCAL_CLINIC, services.settings.clinic_name)
