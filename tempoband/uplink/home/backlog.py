"""What of the home's store the clinic does not have yet: commits by their number, sent newest first. Pure.

The position kept on disk is the number below which everything is receipted: newer stretches that went first
are only remembered in memory, and sent again after a restart, which is harmless.
"""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tempoband.storage.timeseries.base import Change

APART_US = 60 * 1_000_000  # a pause this long ends a session: whole sessions go newest first
PIECE_US = 30 * 1_000_000
OLDER_AT_ONCE = 4  # two minutes of samples, sent in a few seconds: what is newest never waits longer
_STILL_OPEN = 4  # pieces of a sensor that a commit may join: live ones, and those that a bridge sends late


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch to send in one go: start_us <= t < end_us, and the commits it covers."""

    sensor: str
    start_us: int
    end_us: int
    cursors: frozenset[int]

    @property
    def first(self) -> int:
        """Its oldest commit, which is in no other piece."""
        return min(self.cursors)

    def with_(self, change: Change) -> "Piece | None":
        """One with this commit too; None where it is of another time."""
        start_us, end_us = min(self.start_us, change.start_us), max(self.end_us, change.end_us + 1)
        near = change.start_us <= self.end_us + APART_US and change.end_us + APART_US >= self.start_us
        if not near or end_us - 1 - start_us > PIECE_US:
            return None
        return Piece(self.sensor, start_us, end_us, self.cursors | {change.cursor})


@dataclass(slots=True)
class Backlog:
    """Commits that wait, gathered into pieces as they come, and how far everything is receipted."""

    position: int
    read_to: int = field(init=False)
    _waiting: dict[int, Piece] = field(init=False, default_factory=dict)  # by the first commit
    _open: dict[str, list[int]] = field(init=False, default_factory=dict)  # by sensor, the newest last
    _plan: list[Piece] | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.read_to = self.position

    def add(self, changes: Iterable[Change]) -> None:
        """Take in commits, as they follow ``read_to``."""
        for change in changes:
            self._join(change)
            self.read_to = max(self.read_to, change.cursor)
            self._plan = None

    def pieces(self) -> list[Piece]:
        """What to send, in that order."""
        if self._plan is None:
            self._plan = ordered(self._waiting.values())
        return self._plan

    def turn(self) -> tuple[list[Piece], list[Piece]]:
        """What goes next: the newest session's first piece, and after it some of older sessions.

        A sensor that streams always has a newer piece: what came before would never have its turn.
        """
        pieces = self.pieces()
        older = (piece for piece in pieces[1:] if piece.end_us + APART_US < pieces[0].start_us)
        return pieces[:1], list(itertools.islice(older, OLDER_AT_ONCE))

    def done(self, piece: Piece) -> None:
        """Everything of a piece is receipted."""
        self._waiting.pop(piece.first, None)
        if self._plan is not None:
            self._plan = [other for other in self._plan if other is not piece]
        self.position = min(self._waiting) - 1 if self._waiting else self.read_to

    def _join(self, change: Change) -> None:
        still_open = self._open.setdefault(change.sensor, [])
        still_open[:] = [key for key in still_open if key in self._waiting][-_STILL_OPEN:]
        for key in reversed(still_open):
            if (grown := self._waiting[key].with_(change)) is not None:
                self._waiting[key] = grown
                return
        new = Piece(change.sensor, change.start_us, change.end_us + 1, frozenset({change.cursor}))
        self._waiting[change.cursor] = new
        still_open.append(change.cursor)


def ordered(pieces: Iterable[Piece]) -> list[Piece]:
    """Sessions, newest first; in a session pieces in the order of time, so that a set arrives as it ran."""
    sessions: list[list[Piece]] = []
    last: dict[str, list[Piece]] = {}
    ends: dict[str, int] = {}
    for piece in sorted(pieces, key=lambda p: (p.start_us, p.first)):
        if piece.sensor not in last or piece.start_us - ends[piece.sensor] > APART_US:
            last[piece.sensor] = []
            sessions.append(last[piece.sensor])
            ends[piece.sensor] = piece.end_us
        last[piece.sensor].append(piece)
        ends[piece.sensor] = max(ends[piece.sensor], piece.end_us)
    sessions.sort(key=_newest, reverse=True)
    return [piece for session in sessions for piece in session]


def _newest(session: Sequence[Piece]) -> int:
    return max(piece.end_us for piece in session)
