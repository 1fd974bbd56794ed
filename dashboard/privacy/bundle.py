"""A person's copy of everything, as a zip that is written while it is sent: constant memory."""

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from dashboard.privacy.readme import readme
from dashboard.sensors.samples import csv_lines, file_name
from tempoband import __version__
from tempoband.contracts.copies import COPY_FORMAT, COPY_MANIFEST, COPY_OF_A_PERSON
from tempoband.contracts.frame import encode_frame
from tempoband.storage.errors import StorageError
from tempoband.storage.records import Records, clinics, devices, forgetting, people, personal
from tempoband.storage.records.clinics import Clinic
from tempoband.storage.records.forgetting import Stretch
from tempoband.storage.timeseries.base import TimeSeriesReader
from tempoband.storage.timeseries.edit import without
from tempoband.storage.timeseries.frame_rows import frame_line

_CHUNK_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose copy it is; ``without`` are tables that whoever asks may not read, and the page says so.

    ``simulated``: everybody here is virtual.
    """

    clinic_id: str
    person_id: str
    now_us: int
    without: frozenset[str] = frozenset()
    simulated: bool = False


class _Pipe(io.RawIOBase):
    """What the zip writes, until it is sent."""

    def __init__(self) -> None:
        self._waiting: list[bytes] = []
        self.size = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        piece = bytes(data)
        self._waiting.append(piece)
        self.size += len(piece)
        return len(piece)

    def take(self) -> bytes:
        taken = b"".join(self._waiting)
        self._waiting.clear()
        self.size = 0
        return taken


def bundle(records: Records, reader: Callable[[], TimeSeriesReader], subject: Subject) -> Iterator[bytes]:
    """The zip, piece by piece."""
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, lines in _files(records, reader, subject):
            with archive.open(zipfile.ZipInfo(name, _when(subject.now_us)), "w", force_zip64=True) as file:
                for line in lines:
                    file.write(line.encode())
                    if pipe.size >= _CHUNK_BYTES:
                        yield pipe.take()
            yield pipe.take()
    yield pipe.take()


def _when(now_us: int) -> tuple[int, int, int, int, int, int]:
    at = datetime.fromtimestamp(now_us / 1e6, UTC)
    return at.year, at.month, at.day, at.hour, at.minute, at.second


def _files(
    records: Records, reader: Callable[[], TimeSeriesReader], subject: Subject
) -> Iterator[tuple[str, Iterable[str]]]:
    with records.read() as session:
        clinic = clinics.get(session, subject.clinic_id)
        person = people.get(session, subject.clinic_id, subject.person_id)
        stretches = forgetting.stretches_of(
            session, subject.clinic_id, subject.person_id, now_us=subject.now_us
        )
        virtual = devices.simulated(session, subject.clinic_id)
        counts: dict[str, int] = {}
        for table in [each for each in personal.tables() if each.name not in subject.without]:
            found = personal.rows(session, table, subject.clinic_id, subject.person_id)
            kept = [json.dumps(row, ensure_ascii=False) + "\n" for row in found]
            counts[table.name] = len(kept)
            if kept:
                yield f"records/{table.name}.ndjson", kept
        yield "sets.csv", _sets(session, subject)
        yield "devices.ndjson", list(_devices(session, subject.clinic_id, {s.sensor for s in stretches}))
    yield COPY_MANIFEST, [_manifest(clinic, subject)]
    for stretch in stretches:
        simulated = subject.simulated or stretch.sensor in virtual
        name = f"samples/{file_name(stretch.sensor, stretch.start_us, simulated=simulated)}"
        yield name, _samples(reader, stretch, simulated=simulated)
        yield f"frames/{stretch.sensor}/{stretch.start_us}.ndjson", _frames(reader, stretch)
    page = readme(
        clinic,
        person,
        counts=counts,
        stretches=stretches,
        now_us=subject.now_us,
        without=subject.without,
        simulated=subject.simulated or any(each.sensor in virtual for each in stretches),
    )
    yield "README.html", [page]


def _manifest(clinic: Clinic, subject: Subject) -> str:
    """What another clinic's program has to know to read this in."""
    told = {
        "what": COPY_OF_A_PERSON,
        "format": COPY_FORMAT,
        "version": __version__,
        "person_id": subject.person_id,
        "clinic_name": clinic.name,
        "made_us": subject.now_us,
    }
    return json.dumps(told, ensure_ascii=False, indent=1) + "\n"


def _devices(session: Session, clinic_id: str, sensors: set[str]) -> Iterator[str]:
    for device in devices.every(session, clinic_id):
        if device.sensor in sensors:
            told = {"sensor": device.sensor, "name": device.name, "driver": device.driver}
            yield json.dumps(told | {"simulated": bool(device.simulated)}, ensure_ascii=False) + "\n"


def _frames(reader: Callable[[], TimeSeriesReader], stretch: Stretch) -> Iterator[str]:
    """The frames with their identities; what of one reaches outside was somebody else's, or nobody's."""
    outside = ((-(2**62), stretch.start_us), (stretch.end_us, 2**62))
    try:
        for stored in reader().frames(stretch.sensor, stretch.start_us, stretch.end_us):
            frame = without(stored.frame, outside)
            if frame is not None:
                if frame is not stored.frame:
                    stored = replace(stored, frame=frame, payload=encode_frame(frame))  # noqa: PLW2901
                yield frame_line(stored)
    except StorageError as error:
        yield json.dumps({"unreadable": error.detail}) + "\n"


def _samples(reader: Callable[[], TimeSeriesReader], stretch: Stretch, *, simulated: bool) -> Iterator[str]:
    try:
        yield from csv_lines(reader(), stretch.sensor, stretch.start_us, stretch.end_us, simulated=simulated)
    except StorageError as error:  # the rest must not be lost for it, and it must not pass in silence
        yield f"# these samples could not be read: {error.detail}; ask for the export again\n"


_SET_COLUMNS = (
    "id",
    "exercise",
    "side",
    "started_us",
    "ended_us",
    "status",
    "close_reason",
)


def _sets(session: Any, subject: Subject) -> Iterator[str]:
    """The sets for a spreadsheet; everything about them stands in ``records/``."""
    table = next(each for each in personal.tables() if each.name == "sets")
    names = [name for name in _SET_COLUMNS if name in table.columns]
    line = io.StringIO()
    writer = csv.writer(line)
    writer.writerow(["started", *names])
    for row in personal.rows(session, table, subject.clinic_id, subject.person_id):
        started = datetime.fromtimestamp(row["started_us"] / 1e6, UTC).isoformat(timespec="seconds")
        writer.writerow([started, *(row[name] for name in names)])
        yield line.getvalue()
        line.seek(0)
        line.truncate()
    yield line.getvalue()
