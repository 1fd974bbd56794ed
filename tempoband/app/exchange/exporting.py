"""Writes an export; interrupted, the next run goes on; later, the next run adds what is new."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path

from tempoband import __version__
from tempoband.app.errors import AppError, AppReason
from tempoband.app.exchange import frames, tables
from tempoband.app.exchange.layout import (
    DAY_US,
    ERASED,
    FRAMES_CSV,
    LEDGER,
    RECORDS,
    SAMPLES,
    Kind,
    Manifest,
    appearing,
    day_name,
    day_of,
    read_manifest,
    write_manifest,
)
from tempoband.app.progress import Told
from tempoband.storage.records import Records
from tempoband.storage.timeseries.base import Change, StreamInfo, TimeSeriesReader

_ALL = (0, 2**62)
_LAST_US = 253_402_300_799_000_000  # the last second of the year 9999: later has no name


def export(
    store: TimeSeriesReader, records: Records, folder: Path, kind: Kind, told: Told = lambda _done, _all: None
) -> int:
    """Write everything to a folder; returns samples written by this run.

    Raises:
        AppError: the folder holds an export of the other kind, or something else.
    """
    before = _begin(store, folder, kind)
    ledgers = {sensor: store.streams(sensor, *_ALL) for sensor in store.sensors()}
    total = sum(info.samples for infos in ledgers.values() for info in infos)
    done = written = 0
    for sensor, infos in ledgers.items():
        home = folder / SAMPLES / sensor
        for day_us in _days(infos):
            path = home / f"{day_name(day_us)}.{kind}"
            count = 0 if path.exists() else _write_day(store, sensor, day_us, path, kind)
            written += count
            done += count
            told(done, total)
        _write_ledger(infos, home / LEDGER)
    with appearing(folder / SAMPLES / ERASED) as file:
        file.writelines(json.dumps(stretch) + "\n" for stretch in store.erased())
    _write_records(records, folder / RECORDS, kind)
    write_manifest(folder, Manifest(kind, __version__, before))
    return written


def _begin(store: TimeSeriesReader, folder: Path, kind: Kind) -> int:
    """The store's last commit now; days that changed since an earlier run are taken away to be redone."""
    known = read_manifest(folder)
    if known is None and folder.exists() and any(folder.iterdir()):
        raise AppError(
            AppReason.BAD_FILE, f"{folder} is not empty and holds no export; choose another folder"
        )
    if known is not None and known.kind is not kind:
        raise AppError(AppReason.BAD_FILE, f"{folder} holds an export as {known.kind}; choose another folder")
    cursor = known.cursor if known else 0
    for stretch in _changes(store, cursor):
        cursor = stretch.cursor
        if known is not None:
            _take_away(folder / SAMPLES / stretch.sensor, stretch)
    if known is None:
        write_manifest(folder, Manifest(kind, __version__, cursor))
    return cursor


def _take_away(home: Path, stretch: Change) -> None:
    """The files of the days of a stretch; there are never more files than days with samples."""
    first, last = day_name(max(stretch.start_us, 0)), day_name(min(stretch.end_us, _LAST_US))
    for path in list(home.glob("2*")):
        if first <= path.name[: len(first)] <= last:
            path.unlink()


def _changes(store: TimeSeriesReader, after: int) -> Iterator[Change]:
    while changes := store.changes(after):
        yield from changes
        after = changes[-1].cursor


def _days(infos: Iterable[StreamInfo]) -> list[int]:
    days: set[int] = set()
    for info in infos:
        if info.samples:
            days.update(range(day_of(info.start_us), info.end_us + 1, DAY_US))
    return sorted(days)


def _write_day(store: TimeSeriesReader, sensor: str, day_us: int, path: Path, kind: Kind) -> int:
    """The frames that begin on that day."""
    today = (s for s in store.frames(sensor, day_us, day_us + DAY_US) if day_of(s.frame.t0_us) == day_us)
    if kind is Kind.NDJSON:
        with appearing(path) as file:
            return frames.write_ndjson(today, file)
    # The samples' file appears last: with it the pair is complete.
    with appearing(path) as file, appearing(path.with_suffix(FRAMES_CSV)) as frames_file:
        return frames.write_csv(today, file, frames_file)


def _write_ledger(infos: Iterable[StreamInfo], path: Path) -> None:
    with appearing(path) as file:
        for info in infos:
            file.write(json.dumps(asdict(info)) + "\n")


def _write_records(records: Records, folder: Path, kind: Kind) -> None:
    with records.read() as session:
        for table in tables.tables():
            with appearing(folder / f"{table.name}.{kind}") as file:
                tables.write(session, table, kind, file)
