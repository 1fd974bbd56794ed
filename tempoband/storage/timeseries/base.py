"""The contract of every time-series store, and its data."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from tempoband.contracts.errors import RejectReason
from tempoband.contracts.frame import ClockKind, Frame, LossKnowledge
from tempoband.contracts.ledger import LedgerNote, Mark


@dataclass(frozen=True, slots=True)
class StoredFrame:
    """A frame with where it came from and its exact bytes: what ingest hands to the store."""

    sensor: str
    bridge: str
    frame: Frame
    payload: bytes


@dataclass(frozen=True, slots=True)
class WriteResult:
    """What became of a batch: one outcome per frame, in the order given.

    ``None`` is committed (also when the same bytes were already there); otherwise the reason for refusal
    (CONFLICT: the identity is taken by other bytes; ERASED: a tombstone covers it).
    """

    outcomes: tuple[RejectReason | None, ...]


@dataclass(frozen=True, slots=True)
class Curve:
    """Samples of one sensor in time order.

    Attributes:
        time_us: int64, shape (n,), UTC microseconds; equal stamps are merged (first wins).
        tension_n: float64, shape (n,), newtons in one strand.
    """

    time_us: npt.NDArray[np.int64]
    tension_n: npt.NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.time_us)


@dataclass(frozen=True, slots=True)
class StreamInfo:
    """The ledger of one stream.

    Attributes:
        missing: inclusive seq ranges that are neither stored nor evicted (they may still come).
        evicted_samples: samples the bridge had to give up.
        lost_samples: samples lost before the bridge; None where the sensor cannot tell.
        last_seq: as told by StreamEnded; None while the stream is open.
    """

    stream: str
    sensor: str
    bridge: str
    start_us: int
    end_us: int
    frames: int
    samples: int
    missing: tuple[tuple[int, int], ...]
    evicted_samples: int
    lost_samples: int | None
    last_seq: int | None
    clock: ClockKind
    loss: LossKnowledge
    rate_hz: float


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch without samples inside a stream, or between missing frames.

    ``cause``: ``lost`` (told by the frame), ``missing`` (a seq never came), ``evicted``.
    """

    start_us: int
    end_us: int
    cause: str
    samples: int | None


@dataclass(frozen=True, slots=True)
class Change:
    """One committed stretch, for services that follow the store by a cursor."""

    cursor: int
    sensor: str
    start_us: int
    end_us: int


class TimeSeriesReader(Protocol):
    """Reading side; safe beside a writer in another process."""

    def read(self, sensor: str, start_us: int, end_us: int) -> Curve:
        """Every sample with start_us <= time < end_us."""
        ...

    def read_decimated(self, sensor: str, start_us: int, end_us: int, points: int) -> Curve:
        """At most about ``points`` samples chosen by MinMaxLTTB: a peak is never hidden."""
        ...

    def gaps(self, sensor: str, start_us: int, end_us: int) -> list[Gap]:
        """What is known to be missing in the range."""
        ...

    def streams(self, sensor: str, start_us: int, end_us: int) -> list[StreamInfo]:
        """The ledger of every stream that touches the range."""
        ...

    def frames(self, sensor: str, start_us: int, end_us: int) -> Iterator[StoredFrame]:
        """The stored frames themselves, exact, in time order: for export and sealing.

        Those of one stream stand by seq, also where they begin in the same microsecond.
        """
        ...

    def sensors(self) -> list[str]:
        """Every sensor with data."""
        ...

    def changes(self, after: int, limit: int = 1000) -> list[Change]:
        """Commits after a cursor, oldest first: how scoring finds what to (re-)score."""
        ...

    def kept_since_us(self) -> int:
        """Samples before this were dropped by age; 0 when none were. What was scored of them stays scored."""
        ...

    def erased(self) -> list[tuple[str, int, int]]:
        """Every erased stretch as (sensor, start_us, end_us): what must be kept nowhere else either."""
        ...

    def mark_of(self, filler: str) -> Mark | None:
        """How far a home that fills this store had come when it was last told; None: never told."""
        ...

    def close(self) -> None:
        """Release files and connections."""
        ...


class Eraser(Protocol):
    """A store to erase from, beside its writer."""

    def erase(self, sensor: str, start_us: int, end_us: int) -> int:
        """Erase for good and leave tombstones that refuse redelivery; returns samples erased.

        Raises:
            StorageError: not all is gone; erasing again completes it.
        """
        ...

    def close(self) -> None:
        """Release files and connections."""
        ...


class TimeSeriesStore(TimeSeriesReader, Eraser, Protocol):
    """Reading and writing side; exactly one writer per store."""

    def write(self, frames: Sequence[StoredFrame]) -> WriteResult:
        """Commit a batch; durable on return, idempotent.

        Raises:
            StorageError: nothing of the batch was kept.
        """
        ...

    def write_notes(self, notes: Iterable[tuple[str, str, LedgerNote]]) -> None:
        """Commit ledger notes given as (bridge, sensor, note); durable on return, idempotent.

        A note about a stream that belongs to another is ignored.
        """
        ...

    def mark(self, filler: str, mark: Mark) -> None:
        """Keep how far a home that fills this store has come; durable on return."""
        ...


@runtime_checkable
class Maintained(Protocol):
    """A store that wants looking after while nothing else is to do."""

    def maintain(self, now_us: int) -> bool:
        """One short step of house-keeping; True while there is more to do.

        Raises:
            StorageError: nothing was changed.
        """
        ...


@runtime_checkable
class Spooling(Protocol):
    """A store that somebody else's store is filled from: a home's."""

    def spool_id(self) -> str:
        """The name of this numbering of commits: a store that was restored has another one."""
        ...

    def count_frames(self, sensor: str, start_us: int, end_us: int) -> int:
        """How many stored frames touch start_us <= t < end_us."""
        ...

    def notes(self, sensor: str, start_us: int, end_us: int) -> list[LedgerNote]:
        """The ledger notes of every stream that touches start_us <= t < end_us."""
        ...


@runtime_checkable
class Retaining(Protocol):
    """A store that can drop old samples and keep an outline of them for ``read_decimated``."""

    def retain(self, oldest_us: int) -> int:
        """One short step of dropping samples older than this; returns how many, 0 when none are left.

        Raises:
            StorageError: not all of the step was done; the next one completes it.
        """
        ...

    def drop_outline(self, oldest_us: int) -> None:
        """Drop what is older than this of the outline too, to a day.

        Raises:
            StorageError: nothing was changed.
        """
        ...
