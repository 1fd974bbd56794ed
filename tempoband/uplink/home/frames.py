"""The home's store is the spool: its commits are followed by number, and frames go up as backfill.

How far everything is receipted is kept here, and told to the clinic, which keeps it beside its samples. At
every welcome the clinic says what stands there: restored from a backup it says less, and what came after that
is sent again. A numbering that it does not know (this home was restored) begins anew. Both are harmless.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterator, Sequence

import structlog

from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.contracts.frame import digest
from tempoband.contracts.ledger import Mark, Reached, encode_note
from tempoband.contracts.topics import UpKind, up
from tempoband.storage.errors import StorageError
from tempoband.storage.records import Records, cursors, devices, sync
from tempoband.storage.timeseries.base import Spooling, TimeSeriesReader
from tempoband.uplink.home.backlog import Backlog, Piece
from tempoband.uplink.home.delivery import Delivery, Parcel
from tempoband.uplink.home.records import documents_cursor, people_of_clinic

LOOK_S = 0.3
_RETRY_S = 5.0
_NOTES_S = 10.0
_NOTES_BACK_US = 30 * 24 * 3600 * 1_000_000
_AT_ONCE = 1000
log = structlog.get_logger(__name__)


class FrameSender:
    """Follows the store until cancelled; ``waiting`` tells how many frames have no receipt yet."""

    def __init__(
        self,
        home: str,
        store: TimeSeriesReader,
        records: Records,
        delivery: Delivery,
        *,
        mark_every_s: float = 10.0,
        on_news: Callable[[], None] = lambda: None,
        ask_again: Callable[[], None] = lambda: None,
    ) -> None:
        self._home = home
        self._mark_every_s = mark_every_s
        self._on_news, self._ask_again = on_news, ask_again
        self._asked = False
        self._store = store
        self._records = records
        self._delivery = delivery
        self._cursor, self._marked = f"uplink-{home}", f"marked-{home}"
        self._backlog: Backlog | None = None
        self._counts: dict[tuple[str, int, int], int] = {}
        self._noted_s = float("-inf")
        self._since_us: dict[str, int] = {}  # by sensor: the oldest that was sent since the start
        self._told: tuple[Mark | None] | None = None  # what a welcome said, until it was compared
        self._mark: Mark | None = None  # what stands at the clinic
        self._next: Mark | None = None  # what it was told, and has not receipted yet
        self._marking = False  # whether this clinic keeps marks
        self._marked_s = float("-inf")
        self._again_to = 0

    @property
    def waiting(self) -> int:
        """Frames that have no receipt yet, as far as the store was looked at."""
        return sum(self._counts.values())

    @property
    def catching_up(self) -> bool:
        """Whether it sends again what the clinic had once."""
        return (self._backlog.position if self._backlog else 0) < self._again_to

    def heard(self, mark: Mark | None) -> None:
        """A welcome says what of this home stands beside the clinic's samples."""
        self._told = (mark,)

    async def run(self) -> None:
        """Send what is there, then what comes."""
        while True:
            try:
                await self._step()
            except StorageError as error:
                log.warning("uplink_cannot_read", why=str(error))
                await asyncio.sleep(_RETRY_S)

    async def _step(self) -> None:
        if self._told is not None:
            (mark,), self._told = self._told, None
            if await asyncio.to_thread(self._compare, mark) and not self._asked:
                self._asked = True
                self._ask_again()
            self._on_news()
        await self._send_mark()
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

    def _compare(self, mark: Mark | None) -> bool:
        """Go back to where the clinic stands; whether it knows more of us than we: then we were restored."""
        if not isinstance(self._store, Spooling):
            return False
        ours = mark is not None and mark.spool == self._store.spool_id()
        theirs = mark if mark is not None and ours else Mark(self._store.spool_id(), 0)
        names = (self._cursor, self._marked, documents_cursor(self._home))
        with self._records.read() as session:
            position, marked, documents = (cursors.position(session, each) for each in names)
        self._mark, self._next, self._marking = mark, None, True
        if theirs.position < position:  # what came after the last mark is sent again after every start
            self._save(theirs.position)
            self._backlog, self._counts = None, {}
        if theirs.documents < documents:
            self._doubt(theirs.documents)
        if theirs.position < position or theirs.documents < documents:
            self._delivery.forget()
        if theirs.position < marked:
            log.warning("clinic_lost_what_it_had", position=position, marked=marked, clinic=theirs.position)
            self._again_to = max(self._again_to, position)
        return mark is not None and (not ours or mark.documents > documents)

    def _doubt(self, documents: int) -> None:
        """The clinic may not have every document any more: all of them are sent again."""
        with self._records.write() as session:
            sync.doubt(session, LOCAL_CLINIC, self._home)
            now_us = time.time_ns() // 1000
            cursors.move(session, documents_cursor(self._home), documents, now_us=now_us)

    async def _send_mark(self) -> None:
        """Tell the clinic how far it has receipted everything; not for every piece."""
        now_s = asyncio.get_running_loop().time()
        if not self._marking or self._backlog is None or now_s - self._marked_s < self._mark_every_s:
            return
        here = await asyncio.to_thread(self._here, self._backlog.position)
        mark = self._next = self._next or here  # one after the other: each names the one before
        if mark == self._mark or (self._mark is None and not (mark.position or mark.documents)):
            self._next = None
            return
        self._marked_s = now_s
        payload = encode_note(Reached(mark, self._mark))
        parcel = Parcel(digest(payload), up(self._home, self._home, UpKind.LEDGER), payload)
        with contextlib.suppress(TimeoutError):  # it may come again; frames must not wait behind it
            async with asyncio.timeout(_NOTES_S):
                await self._delivery.deliver([parcel])
                self._mark, self._next = mark, None
                await asyncio.to_thread(self._save, mark.position, self._marked)

    def _here(self, position: int) -> Mark:
        with self._records.read() as session:
            documents = cursors.position(session, documents_cursor(self._home))
        return Mark(self._store.spool_id() if isinstance(self._store, Spooling) else "", position, documents)

    def _theirs(self) -> list[str]:
        with self._records.read() as session:
            return people_of_clinic(session, self._home)

    def _save(self, position: int, cursor: str = "") -> None:
        with self._records.write() as session:
            cursors.move(session, cursor or self._cursor, position, now_us=time.time_ns() // 1000)

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
