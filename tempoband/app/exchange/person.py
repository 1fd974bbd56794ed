"""Reads in the copy of a person that another clinic's dashboard made: once or again, nothing is replaced."""

import contextlib
import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Table, insert, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from tempoband.app.exchange.archive import Archive, bad
from tempoband.app.exchange.tables import allow_any_order
from tempoband.app.progress import Told
from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.contracts.copies import COPY_FORMAT, COPY_MANIFEST, COPY_OF_A_PERSON
from tempoband.contracts.errors import ContractError
from tempoband.storage.records import Records, RecordsError, audit, devices
from tempoband.storage.records.audit import Act
from tempoband.storage.records.devices import Device
from tempoband.storage.records.rows import new_id
from tempoband.storage.records.tables import AuditRow, Base, DeviceRow, ErasureRow
from tempoband.storage.timeseries.base import StoredFrame, TimeSeriesStore
from tempoband.storage.timeseries.frame_rows import frame_of_line
from tempoband.storage.timeseries.sqlite.erasure_list import read_forgotten
from tempoband.uplink.kinds import value_of

ACTION: Final = "people.import"
# What was agreed to, who looked, and what the other clinic's rules made of it stay with that clinic.
TAKEN: Final = (
    *("people", "prescriptions", "assignments", "person_references", "set_declarations", "sets", "scores"),
    *("reps", "self_reports", "self_tests", "felt_tempos", "recordings", "notes", "messages"),
)
_MOST_ROWS = 2_000_000
_BATCH = 500
Row = dict[str, Any]
Worn = dict[str, list[tuple[int, int]]]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a copy comes from."""

    person_id: str
    clinic_name: str
    made_us: int
    sha256: str


@dataclass(frozen=True, slots=True)
class _Copy:
    """The records of a copy, by table, and its sensors."""

    origin: Origin
    rows: dict[str, list[Row]]
    sensors: list[Device]


@dataclass(slots=True)
class PersonImported:
    """What came of it; ``different`` rows and ``refused`` frames stand here otherwise or were erased here."""

    origin: Origin
    rows: int = 0
    different: int = 0
    frames: int = 0
    refused: int = 0


def import_person(
    store: TimeSeriesStore,
    records: Records,
    path: Path,
    *,
    now_us: int,
    clinic_id: str = LOCAL_CLINIC,
    told: Told = lambda _done, _all: None,
) -> PersonImported:
    """Read one copy in; the samples are scored again by whoever follows the store.

    Raises:
        AppError: what is wrong with the file, where, and that nothing of the records was taken in.
    """
    with contextlib.closing(Archive(path)) as archive:
        copy = _read(archive)
    result = PersonImported(copy.origin)
    with records.read() as session:
        _may_come(session, records, clinic_id, copy.origin)
        worn = _worn(session, clinic_id, copy)
    with contextlib.closing(Archive(path)) as archive:  # all of it is looked at before any of it is kept
        for name in _frame_files(archive):
            for _ in _frames(archive, name, worn):
                pass
    try:
        with contextlib.closing(Archive(path)) as archive, records.write() as session:
            _keep(session, clinic_id, copy, store.erased(), result)
            _take_frames(store, archive, worn, told, result)
            _note(session, clinic_id, result, now_us)
    except (SQLAlchemyError, RecordsError) as error:
        raise bad(f"{path}: the records were not taken in: {error}") from error
    return result


def _read(archive: Archive) -> _Copy:
    origin = _origin(archive)
    rows = {name: list(_rows(archive, name, origin)) for name in TAKEN}
    return _Copy(origin, rows, [_device(*each) for each in archive.objects("devices.ndjson")])


def _worn(session: Session, clinic_id: str, copy: _Copy) -> Worn:
    """When each of its sensors was somebody else's here."""
    mine = [copy.origin.person_id]
    return {
        each.sensor: devices.worn_by_others(session, clinic_id, each.sensor, mine) for each in copy.sensors
    }


def _origin(archive: Archive) -> Origin:
    told = archive.document(COPY_MANIFEST)
    if told is None or told.get("what") != COPY_OF_A_PERSON:
        raise bad(
            f"{archive.path} is no copy of a person that can be read in: it says so in manifest.json;"
            " copies made before this version have none, have it made again"
        )
    match told:
        case {"format": int(number)} if number > COPY_FORMAT:
            raise bad(f"{archive.path}: made by a newer tempoband (format {number}): update this one")
        case {"person_id": str(person), "clinic_name": str(name), "made_us": int(made_us)}:
            with archive.path.open("rb") as file:
                sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            return Origin(person, name[:200], made_us, sha256)
    raise bad(f"{archive.path}: manifest.json does not say whose copy it is, from where and when")


def _rows(archive: Archive, name: str, origin: Origin) -> Iterator[Row]:
    """The rows of one table, each with values of the right kinds, and about this person only."""
    table = Base.metadata.tables[name]
    columns = [column for column in table.columns if column.name != "clinic_id"]
    for number, (where, told) in enumerate(archive.objects(f"records/{name}.ndjson"), start=1):
        if number > _MOST_ROWS:
            raise bad(f"{where}: more than {_MOST_ROWS} rows")
        try:
            row = {column.name: value_of(column, told) for column in columns}
        except ContractError as error:
            raise bad(f"{where}: {error.detail}") from error
        whose = row["id"] if name == "people" else row.get("person_id", origin.person_id)
        if whose != origin.person_id:
            raise bad(f"{where}: is about somebody else")
        yield _here(name, row, origin)


def _here(name: str, row: Row, origin: Origin) -> Row:
    """What has another meaning in another place: programmes stay there, and so does the sensor."""
    if name == "prescriptions":
        return row | {"programme_id": None}
    if name == "assignments" and row["to_us"] is None:
        return row | {"to_us": max(origin.made_us, row["from_us"] + 1)}
    return row


def _device(where: str, told: Row) -> Device:
    match told:
        case {"sensor": str(sensor), "name": str(name), "driver": str(driver), "simulated": bool(simulated)}:
            return Device(sensor[:64], name[:200], 0, driver=driver[:64], simulated=simulated or None)
    raise bad(f"{where}: not a sensor")


def _may_come(session: Session, records: Records, clinic_id: str, origin: Origin) -> None:
    """Whoever was erased here is not read in again, and nobody's file is written into."""
    person = origin.person_id
    erased = select(ErasureRow.id).where(ErasureRow.clinic_id == clinic_id, ErasureRow.person_id == person)
    forgotten = records.folder is not None and (clinic_id, person) in set(read_forgotten(records.folder))
    if forgotten or session.scalar(erased.limit(1)) is not None:
        raise bad("this person was erased here for good: the copy is not read in")
    people = Base.metadata.tables["people"].columns
    known = session.scalar(
        select(people["id"]).where(people["clinic_id"] == clinic_id, people["id"] == person)
    )
    came = select(AuditRow.id).where(
        AuditRow.clinic_id == clinic_id, AuditRow.person_id == person, AuditRow.action == ACTION
    )
    if known is not None and session.scalar(came.limit(1)) is None:
        raise bad("somebody here has this number who did not come from a copy: their file is left alone")


def _keep(
    session: Session,
    clinic_id: str,
    copy: _Copy,
    erased: list[tuple[str, int, int]],
    result: PersonImported,
) -> None:
    allow_any_order(session)
    for device in copy.sensors:
        elsewhere = session.scalar(select(DeviceRow.clinic_id).where(DeviceRow.sensor == device.sensor))
        if elsewhere not in (None, clinic_id):
            raise bad(f"the sensor {device.sensor} belongs to another clinic of this server")
        if elsewhere is None:
            devices.seen(session, clinic_id, replace(device, created_us=copy.origin.made_us))
    gone = {
        row["id"] for name in ("sets", "set_declarations") for row in copy.rows[name] if _erased(row, erased)
    }
    for name in TAKEN:
        kept = [row for row in copy.rows[name] if not gone & {row.get("id"), row.get("set_id")}]
        result.different += len(copy.rows[name]) - len(kept)
        _add(session, clinic_id, Base.metadata.tables[name], kept, result)


def _erased(row: Row, erased: list[tuple[str, int, int]]) -> bool:
    start_us: int = row["started_us"] if "started_us" in row else row["opened_us"]
    end_us: int = row.get("ended_us") or row.get("closed_us") or start_us + 1
    return any(sensor == row["sensor"] and start_us < b and end_us > a for sensor, a, b in erased)


def _add(session: Session, clinic_id: str, table: Table, rows: list[Row], result: PersonImported) -> None:
    keys = [column.name for column in table.primary_key.columns if column.name != "clinic_id"]
    mine = select(*table.columns).where(table.columns["clinic_id"] == clinic_id)
    for row in rows:
        same = (
            session.execute(mine.where(*(table.columns[key] == row[key] for key in keys))).mappings().first()
        )
        if same is None:
            session.execute(insert(table).values(clinic_id=clinic_id, **row))
            result.rows += 1
        elif any(same[name] != value for name, value in row.items()):
            result.different += 1


def _take_frames(
    store: TimeSeriesStore,
    archive: Archive,
    worn: Worn,
    told: Told,
    result: PersonImported,
) -> None:
    before = _stored(store, worn)
    names = _frame_files(archive)
    for number, name in enumerate(names, start=1):
        incoming = _frames(archive, name, worn)
        while batch := list(islice(incoming, _BATCH)):
            result.refused += sum(reason is not None for reason in store.write(batch).outcomes)
        told(number, len(names))
    result.frames = _stored(store, worn) - before


def _stored(store: TimeSeriesStore, sensors: Collection[str]) -> int:
    return sum(info.frames for sensor in sensors for info in store.streams(sensor, 0, 2**62))


def _frame_files(archive: Archive) -> list[str]:
    return [name for name in archive.names if name.startswith("frames/")]


def _frames(archive: Archive, name: str, worn: Worn) -> Iterator[StoredFrame]:
    sensor = name.split("/")[1]
    if sensor not in worn:
        raise bad(f"{archive.path}: {name}: this sensor is not among its devices")
    for where, line in archive.lines(name):
        try:
            stored = frame_of_line(sensor, line)
        except (ValueError, KeyError, TypeError, OverflowError, RecursionError, ContractError) as error:
            raise bad(f"{where}: not a frame ({error})") from error
        if any(a <= stored.frame.end_us and stored.frame.t0_us < b for a, b in worn[sensor]):
            raise bad(f"{where}: {sensor} was worn by somebody else here at that time")
        yield stored


def _note(session: Session, clinic_id: str, result: PersonImported, now_us: int) -> None:
    """Where it came from, and when: in the audit of the person, who may read that."""
    origin = result.origin
    detail = {
        "from": origin.clinic_name,
        "made_us": origin.made_us,
        "sha256": origin.sha256,
        "rows": result.rows,
        "frames": result.frames,
    }
    act = Act(
        new_id(), now_us, "local-owner", "local_owner", ACTION, "person", origin.person_id, origin.person_id
    )
    audit.note(session, clinic_id, replace(act, detail=detail))
