"""Commits one batch and says what to tell: pure of MQTT, run in a thread."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import structlog

from ingest.errors import IngestError
from ingest.register import DeadLetter, Register
from ingest.sorting import Message, Sorted, Sorter, bridge_of, dead_letter
from tempoband.contracts.errors import ContractError, RejectReason
from tempoband.contracts.events import Committed
from tempoband.contracts.frame import Frame, digest
from tempoband.contracts.ranges import to_ranges
from tempoband.contracts.receipts import Receipt, Rejected
from tempoband.storage.errors import StorageError
from tempoband.storage.timeseries.base import StoredFrame, TimeSeriesStore

log = structlog.get_logger(__name__)
BridgeLetter = tuple[str | None, DeadLetter]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a committed batch means for others.

    Attributes:
        receipts: (bridge, receipt) pairs, at most one a bridge and stream.
        committed: one a stream: what may now be read.
        samples: samples in frames that are now durable.
        rejects: refused messages by reason.
    """

    receipts: tuple[tuple[str, Receipt], ...]
    committed: tuple[Committed, ...]
    samples: int
    rejects: tuple[RejectReason, ...]

    def __add__(self, other: "Outcome") -> "Outcome":
        return Outcome(
            self.receipts + other.receipts,
            self.committed + other.committed,
            self.samples + other.samples,
            self.rejects + other.rejects,
        )


class Committer:
    """Sorts a batch, makes it durable, and draws up the receipts.

    The order matters: dead letters and stream owners first, then the samples. A crash in between leaves
    nothing that was not sent, and everything is sent again.
    """

    def __init__(self, store: TimeSeriesStore, register: Register, sorter: Sorter) -> None:
        self._store, self._register, self._sorter = store, register, sorter

    def commit(self, messages: Sequence[Message]) -> Outcome:
        """Make a batch durable.

        A message that makes us fail in a way nobody thought of goes to the dead letters, alone, to be
        replayed once we are better: it must neither stop the others nor come again for ever.

        Raises:
            StorageError, IngestError: nothing may be receipted; try the same batch again.
        """
        try:
            return self._commit(messages)
        except (StorageError, IngestError):
            raise
        except Exception as error:
            if len(messages) == 1:
                log.exception("message set aside", topic=messages[0].topic)
                return self._set_aside(messages[0], error)
            middle = len(messages) // 2
            return self.commit(messages[:middle]) + self.commit(messages[middle:])

    def _set_aside(self, message: Message, error: Exception) -> Outcome:
        words = ContractError(RejectReason.UNDECODABLE, f"we failed on it: {type(error).__name__}: {error}")
        letter = dead_letter(message, words)
        self._register.keep([letter], {})
        rejects = [(bridge_of(message.topic), letter)]
        return Outcome(tuple(_receipts((), (), rejects)), (), 0, (letter.reason,))

    def _commit(self, messages: Sequence[Message]) -> Outcome:
        batch = self._sorter.sort(messages)
        self._register.keep([letter for _, letter in batch.rejects], batch.new_owners, batch.packs)
        good, refused = self._write(batch)
        self._register.keep([letter for _, letter in refused], {})
        rejects = [*batch.rejects, *refused]
        return Outcome(
            receipts=tuple(_receipts(good, batch.note_digests, rejects)),
            committed=tuple(_committed(good)),
            samples=sum(len(kept.stored.frame) for kept in good),
            rejects=tuple(letter.reason for _, letter in rejects),
        )

    def _write(self, batch: Sorted) -> tuple[list["_Kept"], list[BridgeLetter]]:
        """Frames that are durable now, and those the store refused for good."""
        outcomes = self._store.write(batch.frames).outcomes if batch.frames else ()
        if batch.notes:
            self._store.write_notes(batch.notes)
        for home, reached in batch.reached:  # after the frames it speaks of, which came before
            if self._store.mark_of(home) == reached.before:
                self._store.mark(home, reached.mark)
        good: list[_Kept] = []
        refused: list[BridgeLetter] = []
        for stored, topic, backfill, reason in zip(
            batch.frames, batch.frame_topics, batch.backfill, outcomes, strict=True
        ):
            if reason is None:
                good.append(_Kept(stored, backfill, bridge_of(topic) or stored.bridge))
            else:
                refused.append((bridge_of(topic), _refusal(stored, topic, reason)))
        return good, refused


@dataclass(frozen=True, slots=True)
class _Kept:
    stored: StoredFrame
    backfill: bool
    sender: str  # who is to have the receipt; a home that was paired again carries on the streams of before


def _refusal(stored: StoredFrame, topic: str, reason: RejectReason) -> DeadLetter:
    words = {
        RejectReason.CONFLICT: "the same stream and seq is stored with other bytes",
        RejectReason.ERASED: "this stretch was erased",
    }
    # An erased person's samples must not live on among the dead letters: their digest is enough.
    payload = b"" if reason is RejectReason.ERASED else stored.payload
    return DeadLetter(topic, payload, digest(stored.payload), reason, words.get(reason, str(reason)))


def _receipts(
    good: Iterable[_Kept], notes: Iterable[tuple[str, bytes]], rejects: Iterable[BridgeLetter]
) -> Iterator[tuple[str, Receipt]]:
    seqs: dict[tuple[str, str], list[int]] = defaultdict(list)
    for kept in good:
        seqs[kept.sender, kept.stored.frame.stream].append(kept.stored.frame.seq)
    for (bridge, stream), numbers in seqs.items():
        yield bridge, Receipt(stream, committed=to_ranges(numbers))
    rest: dict[str, tuple[list[Rejected], list[bytes]]] = defaultdict(lambda: ([], []))
    for sender, letter in rejects:
        if sender is not None:
            rest[sender][0].append(Rejected(letter.sha256, letter.reason))
    for bridge, sha256 in notes:
        rest[bridge][1].append(sha256)
    for bridge, (rejected, note_digests) in rest.items():
        yield bridge, Receipt(None, rejected=tuple(rejected), notes=tuple(note_digests))


def _committed(good: Iterable[_Kept]) -> Iterator[Committed]:
    by_stream: dict[tuple[str, str, str, bool], list[Frame]] = defaultdict(list)
    for kept in good:
        stored = kept.stored
        by_stream[stored.sensor, stored.bridge, stored.frame.stream, kept.backfill].append(stored.frame)
    for (sensor, bridge, stream, backfill), frames in by_stream.items():
        yield Committed(
            sensor=sensor,
            bridge=bridge,
            stream=stream,
            start_us=min(frame.t0_us for frame in frames),
            end_us=max(frame.end_us for frame in frames),
            samples=sum(len(frame) for frame in frames),
            backfill=backfill,
        )
