"""The home's store is the spool: its commits are followed by number, and frames go up as backfill."""

import asyncio
import contextlib
import time
from collections.abc import Iterator, Sequence

import structlog

from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.contracts.frame import digest
from tempoband.contracts.ledger import encode_note
from tempoband.contracts.topics import UpKind, up
from tempoband.storage.errors import StorageError
from tempoband.storage.records import Records, cursors, devices
from tempoband.storage.timeseries.base import Spooling, TimeSeriesReader
from tempoband.uplink.home.backlog import Backlog, Piece
from tempoband.uplink.home.delivery import Delivery, Parcel
from tempoband.uplink.home.records import people_of_clinic

LOOK_S = 0.3
_RETRY_S = 5.0
_NOTES_S = 10.0
_NOTES_BACK_US = 30 * 24 * 3600 * 1_000_000
_AT_ONCE = 1000
log = structlog.get_logger(__name__)


class FrameSender:
    """Follows the store until cancelled; ``waiting`` tells how many frames have no receipt yet."""

    def __init__(self, home: str, store: TimeSeriesReader, records: Records, delivery: Delivery) -> None:
        self._home = home
        self._store = store
        self._records = records
        self._delivery = delivery
        self._cursor = f"uplink-{home}"
        self._backlog: Backlog | None = None
        self._counts: dict[tuple[str, int, int], int] = {}
        self._noted_s = float("-inf")
        self._since_us: dict[str, int] = {}  # by sensor: the oldest that was sent since the start

    @property
    def waiting(self) -> int:
        """Frames that have no receipt yet, as far as the store was looked at."""
        return sum(self._counts.values())

    async def run(self) -> None:
        """Send what is there, then what comes."""
        while True:
            try:
                await self._step()
            except StorageError as error:
                log.warning("uplink_cannot_read", why=str(error))
                await asyncio.sleep(_RETRY_S)

    async def _step(self) -> None:
        backlog = await asyncio.to_thread(self._look)
        theirs = await asyncio.to_thread(self._theirs)
        if not theirs:
            await asyncio.sleep(LOOK_S)  # whose data the clinic may have, it tells first
        elif backlog.pieces():
            for pieces in backlog.turn():
                await self._send(backlog, pieces, theirs)
        else:
            await self._send_notes()
            await asyncio.sleep(LOOK_S)

    def _look(self) -> Backlog:
        """Read new commits and count what waits."""
        if self._backlog is None:
            with self._records.read() as session:
                self._backlog = Backlog(cursors.position(session, self._cursor))
        backlog = self._backlog
        while changes := self._store.changes(backlog.read_to, _AT_ONCE):
            backlog.add(changes)
        spans = [(piece.sensor, piece.start_us, piece.end_us) for piece in backlog.pieces()]
        self._counts = {span: self._counts.get(span) or self._count(*span) for span in spans}
        return backlog

    def _count(self, sensor: str, start_us: int, end_us: int) -> int:
        if isinstance(self._store, Spooling):
            return self._store.count_frames(sensor, start_us, end_us)
        return sum(1 for _ in self._store.frames(sensor, start_us, end_us))

    async def _send(self, backlog: Backlog, pieces: Sequence[Piece], theirs: list[str]) -> None:
        """Several pieces as one: their receipts are awaited once."""
        parcels = await asyncio.to_thread(self._parcels, pieces, theirs)
        await self._delivery.deliver(parcels)
        before = backlog.position
        for piece in pieces:
            known_us = self._since_us.get(piece.sensor, piece.start_us)
            self._since_us[piece.sensor] = min(piece.start_us, known_us)
            backlog.done(piece)
        if backlog.position != before:
            await asyncio.to_thread(self._save, backlog.position)
        for piece in pieces:  # nothing waits any more once that is kept
            self._counts.pop((piece.sensor, piece.start_us, piece.end_us), None)

    def _parcels(self, pieces: Sequence[Piece], theirs: list[str]) -> list[Parcel]:
        return [parcel for piece in pieces for parcel in self._parcels_of(piece, theirs)]

    def _parcels_of(self, piece: Piece, theirs: list[str]) -> Iterator[Parcel]:
        topic = up(self._home, piece.sensor, UpKind.BACKFILL)
        with self._records.read() as session:
            private = devices.worn_by_others(session, LOCAL_CLINIC, piece.sensor, theirs)
        for each in self._store.frames(piece.sensor, piece.start_us, piece.end_us):
            if not any(start_us <= each.frame.t0_us < end_us for start_us, end_us in private):
                yield Parcel((each.frame.stream, each.frame.seq), topic, each.payload)

    def _theirs(self) -> list[str]:
        with self._records.read() as session:
            return people_of_clinic(session, self._home)

    def _save(self, position: int) -> None:
        with self._records.write() as session:
            cursors.move(session, self._cursor, position, now_us=time.time_ns() // 1000)

    async def _send_notes(self) -> None:
        """How streams ended and what was given up: notes are no commits, so they are looked for."""
        now_s = asyncio.get_running_loop().time()
        if now_s - self._noted_s < _NOTES_S or not isinstance(self._store, Spooling):
            return
        self._noted_s = now_s
        parcels = await asyncio.to_thread(self._notes, self._store)
        with contextlib.suppress(TimeoutError):  # frames must not wait behind notes
            async with asyncio.timeout(_NOTES_S):
                await self._delivery.deliver(parcels)

    def _notes(self, store: Spooling) -> list[Parcel]:
        now_us = time.time_ns() // 1000
        parcels = []
        for sensor in self._store.sensors():
            topic = up(self._home, sensor, UpKind.LEDGER)
            since_us = min(now_us - _NOTES_BACK_US, self._since_us.get(sensor, now_us))
            for note in store.notes(sensor, since_us, now_us):
                payload = encode_note(note)
                parcels.append(Parcel(digest(payload), topic, payload))
        return parcels
