"""What may keep a bridge from working, each with what to do: the checks behind ``tempoband doctor``."""

import asyncio
import contextlib
import os
import shutil
import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from pathlib import Path

from firmware_bridge.drivers.registry import load_drivers
from firmware_bridge.errors import RadioError, SpoolError
from firmware_bridge.radio.probe import probe_radio
from firmware_bridge.settings import BridgeSettings
from firmware_bridge.spool.spool import Spool
from tempoband.contracts import topics
from tempoband.contracts.events import Heartbeat
from tempoband.contracts.frame import EARLIEST_US
from tempoband.messaging.errors import MessagingError
from tempoband.messaging.link import Delivery, MqttLink
from tempoband.messaging.settings import MqttSettings
from tempoband.messaging.words import socket_words

BROKER_TIMEOUT_S = 8.0
HEARTBEAT_TIMEOUT_S = 8.0
CERTIFICATE_DAYS = 14
SLOW_SYNC_S = 0.25
DAY_S = 86_400


class _Verify(IntEnum):
    """OpenSSL's X509_V_ERR numbers that have a remedy of their own."""

    NOT_YET = 9
    EXPIRED = 10
    OTHER_HOST = 62
    OTHER_ADDRESS = 64


class Verdict(StrEnum):
    """How a check went."""

    GOOD = "good"
    WARN = "warn"
    BAD = "bad"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: what was found, and what to do about it (empty when nothing)."""

    check: str
    verdict: Verdict
    found: str
    remedy: str = ""


async def examine(settings: BridgeSettings) -> list[Finding]:
    """Every check, in the order a sample travels. None raises; none changes anything."""
    checks: Sequence[Callable[[], Awaitable[Finding]]] = (
        check_bluetooth,
        check_drivers,
        check_clock,
        lambda: asyncio.to_thread(check_disk, settings.data_dir, settings.spool_max_bytes),
        lambda: asyncio.to_thread(check_spool, settings.data_dir),
        lambda: asyncio.to_thread(check_certificate, settings.mqtt),
        lambda: check_broker(settings),
        lambda: check_ingest(settings),
    )
    return [await check() for check in checks]


async def check_bluetooth(probe: Callable[[], Awaitable[None]] = probe_radio) -> Finding:
    """Adapter and permission, tried in a child process."""
    try:
        await probe()
    except RadioError as error:
        return Finding("bluetooth", Verdict.BAD, str(error.problem).replace("_", " "), str(error))
    return Finding("bluetooth", Verdict.GOOD, "an adapter that can search")


async def check_drivers() -> Finding:
    """The drivers that are installed."""
    names = [driver.name for driver in load_drivers()]
    if names:
        return Finding("drivers", Verdict.GOOD, ", ".join(names))
    return Finding("drivers", Verdict.BAD, "none", "Install tempoband again: its own drivers are missing.")


async def check_clock(now_s: Callable[[], float] = time.time) -> Finding:
    """Whether this computer's clock is set by the network."""
    remedy = "Switch network time on (Linux: timedatectl set-ntp true); samples carry this clock's time."
    if now_s() * 1e6 < EARLIEST_US:
        return Finding("clock", Verdict.BAD, time.strftime("%Y-%m-%d", time.gmtime(now_s())), remedy)
    synchronised = await _ntp_synchronised()
    if synchronised is None:
        return Finding("clock", Verdict.UNKNOWN, "this system does not say whether it follows network time")
    if synchronised:
        return Finding("clock", Verdict.GOOD, "follows network time")
    return Finding("clock", Verdict.WARN, "does not follow network time", remedy)


async def _ntp_synchronised() -> bool | None:
    program = shutil.which("timedatectl")
    if program is None:
        return None
    child = await asyncio.create_subprocess_exec(
        program,
        "show",
        "--property=NTPSynchronized",
        "--value",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    out, _ = await child.communicate()
    return {b"yes": True, b"no": False}.get(out.strip())


def check_disk(folder: Path, spool_max_bytes: int) -> Finding:
    """Room and speed of the disk under the spool."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        seconds = _sync_seconds(folder)
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return Finding("disk", Verdict.BAD, str(error), f"Make {folder} writable, or set data_dir.")
    found = f"{free / 1e9:.1f} GB free, a sync takes {seconds * 1000:.0f} ms"
    if free < spool_max_bytes:
        remedy = f"The spool may grow to {spool_max_bytes / 1e6:.0f} MB: free the disk or lower spool_max_mb."
        return Finding("disk", Verdict.WARN, found, remedy)
    if seconds > SLOW_SYNC_S:
        return Finding("disk", Verdict.WARN, found, "A slow card wears out early: use a better one.")
    return Finding("disk", Verdict.GOOD, found)


def _sync_seconds(folder: Path) -> float:
    trial = folder / "doctor.tmp"
    try:
        started = time.monotonic()
        with trial.open("wb") as file:
            file.write(b"\0" * 4096)
            file.flush()
            os.fsync(file.fileno())
        return time.monotonic() - started
    finally:
        trial.unlink(missing_ok=True)


def check_spool(folder: Path) -> Finding:
    """What waits in the spool."""
    try:
        spool = Spool(folder)
    except SpoolError as error:
        running = "another bridge" in str(error)
        remedy = "" if running else "Move the folder away to start anew; its frames are then lost."
        return Finding("spool", Verdict.GOOD if running else Verdict.BAD, str(error), remedy)
    try:
        found = f"{spool.frames} frames wait, {spool.bytes_used() / 1e6:.1f} MB"
    finally:
        spool.close()
    return Finding("spool", Verdict.GOOD, found)


def check_certificate(mqtt: MqttSettings, now_s: Callable[[], float] = time.time) -> Finding:
    """Whether the broker's certificate is trusted, and for how long."""
    if not mqtt.tls:
        local = mqtt.host in {"127.0.0.1", "::1", "localhost"}
        if local:
            return Finding("tls", Verdict.GOOD, "not used, and not needed on this computer")
        return Finding("tls", Verdict.WARN, "not used", "Set mqtt.tls: health data crosses in clear.")
    try:
        ends_s = _certificate_ends(mqtt)
    except ssl.SSLCertVerificationError as error:
        return Finding("tls", Verdict.BAD, socket_words(error), _certificate_remedy(error))
    except (OSError, MessagingError) as error:
        return Finding("tls", Verdict.BAD, socket_words(error), "Check mqtt.host, mqtt.port, mqtt.ca_file.")
    days = (ends_s - now_s()) / DAY_S
    if days < CERTIFICATE_DAYS:
        return Finding("tls", Verdict.WARN, f"the certificate ends in {days:.0f} days", "Renew it.")
    return Finding("tls", Verdict.GOOD, f"trusted, for {days:.0f} more days")


def _certificate_remedy(error: ssl.SSLCertVerificationError) -> str:
    match error.verify_code:
        case _Verify.EXPIRED:
            return "Renew the broker's certificate; if it is new, look at this computer's date."
        case _Verify.NOT_YET:
            return "Set this computer's date: the certificate begins later."
        case _Verify.OTHER_HOST | _Verify.OTHER_ADDRESS:
            return "Set mqtt.host to a name that stands in the certificate."
    return "Set mqtt.ca_file to the authority that signed it."


def _certificate_ends(mqtt: MqttSettings) -> float:
    context = mqtt.tls_context()
    assert context is not None, "only with tls"  # noqa: S101 - the caller checked
    with (
        socket.create_connection((mqtt.host, mqtt.port), timeout=BROKER_TIMEOUT_S) as plain,
        context.wrap_socket(plain, server_hostname=mqtt.host) as secure,
    ):
        certificate = secure.getpeercert() or {}
    return ssl.cert_time_to_seconds(str(certificate["notAfter"]))


async def check_broker(settings: BridgeSettings) -> Finding:
    """Whether the broker lets this bridge in."""
    link, connected = _link(settings), asyncio.Event()
    link.on_connected(connected.set)
    if await _happens(link, connected, BROKER_TIMEOUT_S):
        return Finding("broker", Verdict.GOOD, f"{settings.mqtt} lets this bridge in")
    remedy = "Check mqtt.host, mqtt.port, username and password; and that the broker runs."
    return Finding("broker", Verdict.BAD, link.state, remedy)


async def check_ingest(settings: BridgeSettings) -> Finding:
    """Whether somebody stores what this bridge sends."""
    link, heard = _link(settings), asyncio.Event()
    shard, beats = topics.shard_of(settings.id), list[Heartbeat]()

    def on_beat(delivery: Delivery) -> None:
        beat = Heartbeat.model_validate_json(delivery.payload)
        if not delivery.retain and shard in topics.ShardRange.parse(beat.shards):
            beats.append(beat)
            heard.set()

    link.subscribe(topics.HEARTBEATS, 0, on_beat)
    await _happens(link, heard, HEARTBEAT_TIMEOUT_S)
    return _ingest_finding(beats)


def _link(settings: BridgeSettings) -> MqttLink:
    return MqttLink(settings.mqtt, f"tempoband-doctor-{settings.id}")


async def _happens(link: MqttLink, event: asyncio.Event, timeout_s: float) -> bool:
    """Run the link until the event, at most so long."""
    running = asyncio.create_task(link.run())
    try:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await event.wait()
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    return event.is_set()


def _ingest_finding(beats: Sequence[Heartbeat]) -> Finding:
    if not beats:
        remedy = "Start ingest, or look at its log; until then everything is kept in the spool."
        return Finding("ingest", Verdict.WARN, "no heartbeat", remedy)
    if not beats[-1].accepting:
        return Finding("ingest", Verdict.WARN, "alive, but its store is away", "Look at the log of ingest.")
    return Finding("ingest", Verdict.GOOD, "alive and storing")
