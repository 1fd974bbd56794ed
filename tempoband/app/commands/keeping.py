"""``tempoband retention`` and ``tempoband erase``: how long samples are kept, and what must go at once."""

import contextlib
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from tempoband.app.commands.moving import DataDir, RecordsUrl, StoreUrl, place_of, storage_errors
from tempoband.app.errors import AppError, AppReason

if TYPE_CHECKING:
    from tempoband.storage.timeseries.base import TimeSeriesReader

_FOREVER = (0, 2**52)
Keep = Annotated[
    float | None,
    typer.Option(
        envvar="TEMPOBAND_INGEST_KEEP_DAYS", min=0, help="Drop samples this old; not given: keep all."
    ),
]
Outline = Annotated[
    float | None,
    typer.Option(
        envvar="TEMPOBAND_INGEST_OUTLINE_DAYS",
        min=0,
        help="Drop the outline of dropped samples this old; not given: keep it; 0: keep none.",
    ),
]
When = Annotated[datetime, typer.Argument(help="Such as 2026-05-01T18:30:00, in this machine's zone.")]


def retention(
    *,
    keep_days: Keep = None,
    outline_days: Outline = None,
    apply: Annotated[
        bool, typer.Option("--apply", help="Do it now; ingest does it all the time anyway.")
    ] = False,
    data_dir: DataDir = None,
    store_url: StoreUrl = "",
) -> None:
    """Show what is stored and what the policy would drop; with --apply drop it, also while ingest runs."""
    from tempoband.storage.timeseries.base import Retaining
    from tempoband.storage.timeseries.open import open_eraser, open_store
    from tempoband.storage.timeseries.retention import RetentionPolicy

    policy, now_us = RetentionPolicy(keep_days, outline_days), time.time_ns() // 1000
    address, console = place_of(data_dir, store_url, "").store, Console(highlight=False)
    console.print(f"Policy: {policy}.")
    with storage_errors():
        if apply:
            with contextlib.closing(open_eraser(address)) as store:
                dropped = 0
                while isinstance(store, Retaining) and (step := policy.step(store, now_us)):
                    dropped += step
            console.print(f"{dropped} samples dropped.")
        with contextlib.closing(open_store(address, writable=False)) as reader:
            console.print(_overview(reader, policy.oldest_us(now_us)))


def erase(
    sensor: Annotated[str, typer.Argument(help="Id of the sensor.")],
    start: When,
    end: When,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    data_dir: DataDir = None,
    store_url: StoreUrl = "",
    records_url: RecordsUrl = "",
) -> None:
    """Erase a stretch of a sensor for good, with every set and score that came from it."""
    from tempoband.storage.erasure import Orderer, erase_stretch
    from tempoband.storage.records import Records, devices
    from tempoband.storage.records.forgetting import Stretch
    from tempoband.storage.timeseries.open import open_eraser

    stretch = Stretch(sensor, _micros(start), _micros(end))
    if stretch.end_us <= stretch.start_us:
        raise AppError(AppReason.BAD_SETTING, "the end must be after the start")
    if not yes:
        typer.confirm(f"Erase {sensor} from {start} to {end}? It cannot be brought back.", abort=True)
    place = place_of(data_dir, store_url, records_url)
    with (
        storage_errors(),
        contextlib.closing(open_eraser(place.store)) as samples,
        contextlib.closing(Records(place.records_url, owner=False)) as records,
    ):
        _known(place.store, sensor)
        with records.read() as session:
            clinic_id = devices.clinic_of(session, sensor)
        orderer = Orderer("command-line", "local_owner", clinic_id)
        erased = erase_stretch(records, samples, stretch, orderer, now_us=time.time_ns() // 1000)
    Console(highlight=False).print(f"{erased.samples} samples erased, and every set that touched them.")


def _known(address: str, sensor: str) -> None:
    from tempoband.storage.timeseries.open import open_store

    with contextlib.closing(open_store(address, writable=False)) as reader:
        sensors = reader.sensors()
    if sensor not in sensors:
        names = ", ".join(sensors) or "none"
        raise AppError(AppReason.BAD_SETTING, f"nothing is stored of a sensor {sensor!r}; there are: {names}")


def _overview(reader: "TimeSeriesReader", oldest_us: int) -> Table:
    name = Column("sensor", no_wrap=True, overflow="fold")
    table = Table(name, "samples", "oldest", "newest", "older than the policy allows")
    for sensor in reader.sensors():
        infos = [info for info in reader.streams(sensor, *_FOREVER) if info.samples]
        if infos:
            older = sum(info.samples for info in infos if info.end_us < oldest_us)
            first, last = min(i.start_us for i in infos), max(i.end_us for i in infos)
            samples = sum(info.samples for info in infos)
            table.add_row(sensor, f"{samples}", _day(first), _day(last), f"{older}")
    return table


def _day(at_us: int) -> str:
    return datetime.fromtimestamp(at_us / 1e6, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _micros(when: datetime) -> int:
    return round(when.astimezone().timestamp() * 1_000_000)
