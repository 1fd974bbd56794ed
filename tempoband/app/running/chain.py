"""The whole chain in one process: ingest, scoring, dashboard and bridge around an embedded broker."""

import asyncio
import contextlib
import socket
import webbrowser
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from rich.console import Console

from analytics.service import AnalyticsService
from analytics.settings import AnalyticsSettings
from dashboard.app import create_app
from dashboard.settings import DashboardSettings
from firmware_bridge.bridge import Bridge
from firmware_bridge.settings import BridgeSettings, default_bridge_id
from ingest.enrolment import Enrolment
from ingest.service import Ingest
from ingest.settings import IngestSettings
from tempoband.app.errors import AppError, AppReason
from tempoband.app.running.erasing import keep_erasing
from tempoband.app.running.home_https import OpenHome, keep_certificate
from tempoband.app.running.parts import Part, run_parts, stop_on_signals
from tempoband.app.running.web_server import Keeping, address, serve, tell_first_admin, tls_of
from tempoband.contracts.topic_rules import SERVICE_NAME
from tempoband.identity.errors import IdentityError
from tempoband.messaging.broker import EmbeddedBroker
from tempoband.messaging.settings import MqttSettings
from tempoband.observability.health import Health
from tempoband.storage.errors import StorageError
from tempoband.storage.records import Records
from tempoband.storage.settings import records_in
from tempoband.storage.timeseries.base import TimeSeriesStore
from tempoband.storage.timeseries.open import open_store
from tempoband.uplink.admission import Admission
from tempoband.uplink.clinic.service import ClinicUplink
from tempoband.uplink.home.credential import ClinicCredential
from tempoband.uplink.home.service import HomeUplink

LOOPBACK, EVERYWHERE = "127.0.0.1", "0.0.0.0"  # noqa: S104 - only with accounts and TLS


@dataclass(frozen=True, slots=True)
class Household:
    """What one process serves.

    Attributes:
        mode: ``demo`` or ``up``, as the pages show it.
        data_dir: where everything is kept.
        listener: where the dashboard listens.
        bridge_id: this machine's name in topics.
        stream_always: whether sensors stream without anybody looking.
        simulated: whether the wearers are virtual: every status and page says so.
        clinic: of a home: who it is to its clinic.
        opened: how the page is served to the network at home; None: to this machine only.
    """

    mode: str
    data_dir: Path
    listener: socket.socket
    bridge_id: str = field(default_factory=default_bridge_id)
    stream_always: bool = False
    simulated: bool = False
    clinic: ClinicCredential | None = None
    opened: OpenHome | None = None


async def run_household(household: Household, stop: asyncio.Event, extra: Sequence[Part] = ()) -> None:
    """Run the chain until ``stop``.

    Args:
        household: what to serve.
        stop: set by Ctrl-C, SIGTERM or the caller.
        extra: parts that run beside it, such as the demo's director.

    Raises:
        AppError: something only the user can mend, such as a data folder in use.
    """
    health = Health()
    with stop_on_signals(stop), _opened(household.data_dir) as (store, records):
        admission = Admission(records, own_bridges=[household.bridge_id])
        async with EmbeddedBroker(LOOPBACK, 0, admission.check) as broker:
            admission.on_revoked(broker.cut)
            health.set("broker", ok=True)
            inside = Inside(store, records, health, admission, broker.port)
            await run_parts([*_parts(household, inside), *extra], health, stop)


@dataclass(frozen=True, slots=True)
class Inside:
    """What the parts of one process share."""

    store: TimeSeriesStore
    records: Records
    health: Health
    admission: Admission
    broker_port: int

    def mqtt(self, name: str) -> MqttSettings:
        """The way to the embedded broker for one of our own parts."""
        password = SecretStr(self.admission.secret_of(name))
        return MqttSettings(host=LOOPBACK, port=self.broker_port, username=name, password=password)


def _parts(household: Household, inside: Inside) -> list[Part]:
    """Stopped in reverse: the bridge says goodbye first, ingest last, so that what was sent is kept."""
    data_dir, health, store, records = household.data_dir, inside.health, inside.store, inside.records
    mqtt = inside.mqtt(SERVICE_NAME)
    allowed = Enrolment(records, [household.bridge_id])
    ingest = IngestSettings(mqtt=mqtt, store=str(data_dir))
    analytics = AnalyticsSettings(mqtt=mqtt)
    dashboard = DashboardSettings(
        mqtt=mqtt,
        data_dir=data_dir,
        mode=household.mode,
        simulated=household.simulated,
        records_owner=False,
        **_access(household),
    )
    uplink = _uplink(household, inside)
    parts = [
        Part("admission", inside.admission.run),
        Part("ingest", lambda: Ingest(ingest, store, allowed=allowed, kin=allowed.kin, health=health).run()),
        Part("analytics", lambda: AnalyticsService(analytics, records, store, health=health).run()),
        Part("erasing", lambda: keep_erasing(records, str(data_dir))),
        Part("homes", lambda: ClinicUplink(mqtt, records, store.mark_of, health=health).run()),
        Part("dashboard", lambda: _serve(dashboard, health, household, uplink)),
        Part("bridge", lambda: Bridge(_bridge_settings(household, inside.mqtt(household.bridge_id))).run()),
    ]
    return parts if uplink is None else [*parts, Part("clinic", uplink.run)]


def _access(household: Household) -> dict[str, Any]:
    """Off this machine the page asks for accounts and speaks TLS."""
    opened = household.opened
    if opened is None:
        return {}
    port = household.listener.getsockname()[1]
    return {
        "host": EVERYWHERE,
        "accounts": True,
        "tls_certificate": opened.certificate,
        "tls_key": opened.key,
        "public_url": f"https://{opened.names[0]}:{port}",
        "allowed_hosts": opened.names,
        "trust_port": opened.trust_port,
        "trust_fingerprint": "" if opened.ca is None else opened.ca.fingerprint,
    }


async def _serve(
    settings: DashboardSettings, health: Health, household: Household, uplink: HomeUplink | None
) -> None:
    link, way_up = (uplink.link, uplink.live) if uplink else (None, None)
    try:
        application = create_app(settings, health=health, clinic_link=link, way_up=way_up)
    except IdentityError as error:
        raise AppError(AppReason.BAD_SETTING, error.detail) from error
    tls, listener = tls_of(settings), household.listener
    tell_first_admin(application, settings.public_url or address(listener, secure=tls is not None))
    await serve(application, listener, tls, _keeping(household))


def _keeping(household: Household) -> Keeping | None:
    """What keeps the certificate of this machine's own authority good."""
    opened = household.opened
    if opened is None or opened.ca is None:
        return None

    def moved(name: str) -> None:
        port = household.listener.getsockname()[1]
        words = f"tempoband: this machine has another address; phones find it at [bold]https://{name}:{port}[/bold]"
        Console(highlight=False, soft_wrap=True).print(words)

    return lambda tls: keep_certificate(opened, household.data_dir, tls, moved)


def _uplink(household: Household, inside: Inside) -> HomeUplink | None:
    if household.clinic is None:
        return None
    return HomeUplink(
        household.clinic,
        inside.store,
        inside.records,
        health=inside.health,
        simulated=household.simulated,
    )


def _bridge_settings(household: Household, mqtt: MqttSettings) -> BridgeSettings:
    return BridgeSettings(
        id=household.bridge_id,
        data_dir=household.data_dir / "bridge",
        mqtt=mqtt,
        stream_always=household.stream_always,
        simulated=household.simulated,
    )


@contextlib.contextmanager
def _opened(data_dir: Path) -> Iterator[tuple[TimeSeriesStore, Records]]:
    """The store and the records of a data folder, which nobody else may be writing to."""
    with contextlib.ExitStack() as stack:
        try:
            data_dir.mkdir(parents=True, exist_ok=True)
            store = stack.enter_context(contextlib.closing(open_store(str(data_dir), writable=True)))
            records = Records(records_in(data_dir))
        except (OSError, StorageError) as error:
            raise AppError(
                AppReason.BAD_SETTING, f"cannot use the data folder {data_dir}: {error}"
            ) from error
        stack.callback(records.close)
        yield store, records


def open_page(listener: socket.socket) -> None:
    """Show the page in the user's browser, where there is one."""
    with contextlib.suppress(webbrowser.Error):
        webbrowser.open(address(listener))
