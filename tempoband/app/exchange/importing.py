"""Reads an export into stores: what is there already is passed over, so an interrupted import goes on."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from tempoband.app.errors import AppError, AppReason
from tempoband.app.exchange import frames, tables
from tempoband.app.exchange.layout import (
    ERASED,
    FRAMES_CSV,
    LEDGER,
    RECORDS,
    SAMPLES,
    Kind,
    Manifest,
    read_manifest,
)
from tempoband.app.progress import Told
from tempoband.contracts.errors import ContractError
from tempoband.contracts.ledger import Evicted, LedgerNote, StreamEnded
from tempoband.contracts.ranges import Range, to_ranges
from tempoband.storage.records import Records, RecordsError
from tempoband.storage.timeseries.base import StoredFrame, TimeSeriesStore

_BATCH = 500  # frames a commit


@dataclass(slots=True)
class Imported:
    """What came of an import. Refused frames and differing rows were left out; nothing is replaced."""

    frames: int = 0
    samples: int = 0
    refused: int = 0
    rows: int = 0
    different: int = 0


def import_(
    store: TimeSeriesStore, records: Records, folder: Path, told: Told = lambda _done, _all: None
) -> Imported:
    """Read a whole export; ``told(files done, files in all)`` follows it.

    Raises:
        AppError: the folder holds no export, or a file of it is damaged: it names file and line.
    """
    manifest = read_manifest(folder)
    if manifest is None:
        raise AppError(AppReason.BAD_FILE, f"{folder} holds no export: there is no manifest.json in it")
    result = Imported()
    _erase_again(store, folder / SAMPLES / ERASED)
    days = [path for path in sorted((folder / SAMPLES).glob(f"*/*.{manifest.kind}")) if _is_day(path)]
    for number, path in enumerate(days, start=1):
        _read_day(store, path, manifest.kind, result)
        told(number, len(days))
    for ledger in sorted((folder / SAMPLES).glob(f"*/{LEDGER}")):
        store.write_notes(list(_notes(store, ledger)))
    _read_records(records, folder / RECORDS, manifest, result)
    return result


def _erase_again(store: TimeSeriesStore, path: Path) -> None:
    """What was erased there must neither stand here nor come here later."""
    known = set(store.erased())
    try:
        for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
            sensor, start_us, end_us = json.loads(line)
            if (sensor, start_us, end_us) not in known:
                store.erase(sensor, start_us, end_us)
    except (OSError, ValueError, TypeError) as error:
        raise AppError(AppReason.BAD_FILE, f"{path}: {error}") from error


def _is_day(path: Path) -> bool:
    return path.name != LEDGER and not path.name.endswith(FRAMES_CSV)


def _read_day(store: TimeSeriesStore, path: Path, kind: Kind, result: Imported) -> None:
    sensor, line = path.parent.name, 0
    if kind is Kind.NDJSON:
        incoming = frames.read_ndjson(path, sensor)
    else:
        incoming = frames.read_csv(path, path.with_suffix(FRAMES_CSV), sensor)
    try:
        while batch := list(islice(incoming, _BATCH)):
            line = batch[-1][0]
            _keep(store, [stored for _, stored in batch], result)
    except (OSError, ValueError, KeyError, TypeError, OverflowError, csv.Error, ContractError) as error:
        raise AppError(AppReason.BAD_FILE, f"{path}: after line {line}: {error}") from error


def _keep(store: TimeSeriesStore, batch: list[StoredFrame], result: Imported) -> None:
    for stored, reason in zip(batch, store.write(batch).outcomes, strict=True):
        if reason is None:
            result.frames += 1
            result.samples += len(stored.frame)
        else:
            result.refused += 1


def _notes(store: TimeSeriesStore, path: Path) -> Iterator[tuple[str, str, LedgerNote]]:
    """How streams ended, and what was given up, told again to the store that now has their frames."""
    sensor = path.parent.name
    seqs: dict[str, list[int]] = {}
    for stored in store.frames(sensor, 0, 2**62):
        seqs.setdefault(stored.frame.stream, []).append(stored.frame.seq)
    for text in path.read_text(encoding="utf-8").splitlines():
        info = json.loads(text)
        if info["evicted_samples"]:
            yield info["bridge"], sensor, _evicted(info, seqs.get(info["stream"], []))
        if info["last_seq"] is not None:
            yield info["bridge"], sensor, StreamEnded(info["stream"], info["last_seq"])


def _evicted(info: dict[str, Any], stored: list[int]) -> Evicted:
    """What is neither stored nor still missing was given up."""
    last = info["last_seq"] if info["last_seq"] is not None else max(stored, default=-1)
    missing = {seq for first, end in info["missing"] for seq in range(first, end + 1)}
    gone: tuple[Range, ...] = to_ranges(set(range(last + 1)) - missing - set(stored))
    return Evicted(
        stream=info["stream"],
        ranges=gone,
        samples=info["evicted_samples"],
        start_us=info["start_us"],
        end_us=info["end_us"],
        reason="told by an export",
    )


def _read_records(records: Records, folder: Path, manifest: Manifest, result: Imported) -> None:
    try:
        with records.write() as session:
            tables.allow_any_order(session)
            for table in tables.tables():
                path = folder / f"{table.name}.{manifest.kind}"
                if path.exists():
                    added, different = tables.keep(session, table, tables.read(path, table, manifest.kind))
                    result.rows += added
                    result.different += different
    except (OSError, ValueError, KeyError, TypeError, csv.Error, SQLAlchemyError, RecordsError) as error:
        raise AppError(AppReason.BAD_FILE, f"{folder}: the records were not taken in: {error}") from error
