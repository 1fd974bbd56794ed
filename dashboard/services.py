"""Everything a request may need, made once per application."""

import asyncio
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from dashboard.access.access import Access, make_access
from dashboard.caseload.board import Board
from dashboard.far.clinic import FarWatches
from dashboard.far.home import WatchedHome
from dashboard.live.announcing import Announcer
from dashboard.live.hub import EVENTS, LiveHub
from dashboard.live.leases import Leases
from dashboard.live.watching import Watches
from dashboard.mail.daily import DailyMailer
from dashboard.privacy.looks import Looks
from dashboard.sensors.access import SensorAccess
from dashboard.sensors.commands import RESULTS, Commander
from dashboard.sensors.heartbeats import Heartbeats
from dashboard.sensors.registry import BRIDGE_STATUSES, SENSOR_STATUSES, SensorRegistry
from dashboard.sensors.sightings import Sightings
from dashboard.settings import DashboardSettings
from dashboard.store import StoreHandle
from tempoband.contracts.events import SensorStatus
from tempoband.contracts.homes import ClinicLink
from tempoband.contracts.hosts import is_loopback
from tempoband.contracts.topics import HEARTBEATS
from tempoband.contracts.watching import WayUp
from tempoband.messaging.link import MqttLink
from tempoband.observability.health import Health
from tempoband.storage.records import Records
from tempoband.storage.timeseries.open import open_store

MOST_RELAYED = 512  # homes and bridges connected through the page's own port


@dataclass(frozen=True, slots=True)
class Services:
    """The parts of a running dashboard."""

    settings: DashboardSettings
    records: Records
    store: StoreHandle
    link: MqttLink
    sensors: SensorRegistry
    sensor_access: SensorAccess
    commands: Commander
    live: LiveHub
    announcer: Announcer
    leases: Leases
    sightings: Sightings
    ingest: Heartbeats
    health: Health
    board: Board
    mailer: DailyMailer
    watches: Watches
    far: FarWatches
    access: Access | None  # None: no account is asked
    looks: Looks
    clinic_link: Callable[[], ClinicLink] = ClinicLink  # of a home: how it stands with its clinic
    watched: WatchedHome | None = None  # of a home with a clinic
    relayed: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MOST_RELAYED))

    def watch_changed(self) -> None:
        """Somebody asked, agreed, ended or gave a cue: the other side hears of it now. From any thread."""
        self.far.poke()
        if self.watched is not None:
            self.watched.poke()

    @staticmethod
    def now_us() -> int:
        """UTC microseconds."""
        return time.time_ns() // 1000


def make_services(
    settings: DashboardSettings,
    health: Health | None = None,
    store: StoreHandle | None = None,
    way_up: WayUp | None = None,
) -> Services:
    """Open the records and wire the live parts to one MQTT link, which does not run yet.

    Raises:
        StorageError: the records cannot be opened.
        IdentityError: the server's secret is weak, or readable by others.
    """
    records = _open_records(settings)
    link = MqttLink(settings.mqtt, f"dashboard-{secrets.token_hex(4)}")
    live, sightings, ingest = LiveHub(link), Sightings(records), Heartbeats()
    sensors = SensorRegistry(_each(live.took_status, sightings.saw))
    commands = Commander(link, sensors, settings.command_timeout_s)
    _listen(link, sensors, commands, ingest, live)
    access = make_access(settings, records, settings.data_dir, loopback=is_loopback(settings.host))
    store = store or StoreHandle(lambda: open_store(settings.store_address(), writable=False))
    board, watches = Board(records), Watches()
    return Services(
        settings=settings,
        records=records,
        store=store,
        link=link,
        sensors=sensors,
        sensor_access=SensorAccess(records, sensors, store),
        commands=commands,
        live=live,
        announcer=Announcer(link, sensors, live),
        leases=Leases(live, commands, records, settings.lease_s),
        sightings=sightings,
        ingest=ingest,
        health=health or Health(),
        board=board,
        mailer=DailyMailer(records, board, settings.smtp, settings.page_url, Services.now_us),
        watches=watches,
        far=FarWatches(link, live, watches, records),
        watched=None if way_up is None else WatchedHome(way_up, watches, live, sensors, records),
        access=access,
        looks=Looks(records) if access is None else Looks(records, access.now_us),
    )


def _open_records(settings: DashboardSettings) -> Records:
    if not settings.records_url.get_secret_value():
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    return Records(settings.records_address(), owner=settings.records_owner)


def _each(*tell: Callable[[SensorStatus], None]) -> Callable[[SensorStatus], None]:
    def changed(status: SensorStatus) -> None:
        for each in tell:
            each(status)

    return changed


def _listen(
    link: MqttLink, sensors: SensorRegistry, commands: Commander, ingest: Heartbeats, live: LiveHub
) -> None:
    link.subscribe(SENSOR_STATUSES, 1, sensors.took_sensor)
    link.subscribe(BRIDGE_STATUSES, 1, sensors.took_bridge)
    link.subscribe(RESULTS, 1, commands.took_result)
    link.subscribe(HEARTBEATS, 1, ingest.took)
    link.subscribe(EVENTS, 1, live.took_event)
