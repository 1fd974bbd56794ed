"""What of the home's store the clinic does not have yet: commits by their number, sent newest first. Pure.

The position kept on disk is the number below which everything is receipted: newer stretches that went first
are only remembered in memory, and sent again after a restart, which is harmless.
"""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field

from tempoband.storage.timeseries.base import Change

APART_US = 60 * 1_000_000  # a pause this long ends a session: whole sessions go newest first
PIECE_US = 30 * 1_000_000


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch to send in one go: start_us <= t < end_us, and the commits it covers."""

    sensor: str
    start_us: int
    end_us: int
    cursors: frozenset[int]


@dataclass(slots=True)
class Backlog:
    """Commits that wait, and how far everything is receipted."""

    position: int
    read_to: int = field(init=False)
    _pending: dict[int, Change] = field(init=False, default_factory=dict)
    _plan: list[Piece] | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.read_to = self.position

    def add(self, changes: Iterable[Change]) -> None:
        """Take in commits, as they follow ``read_to``."""
        for change in changes:
            self._pending[change.cursor] = change
            self.read_to = max(self.read_to, change.cursor)
            self._plan = None

    def pieces(self) -> list[Piece]:
        """What to send, in that order."""
        if self._plan is None:
            self._plan = plan(self._pending.values())
        return self._plan

    def turn(self) -> list[Piece]:
        """What goes next: the newest session first, but with each of its pieces one of an older session.

        A sensor that streams always has a newer piece: what came before would never have its turn.
        """
        pieces = self.pieces()
        older = (piece for piece in pieces[1:] if piece.end_us + APART_US < pieces[0].start_us)
        return [*pieces[:1], *itertools.islice(older, 1)]

    def done(self, piece: Piece) -> None:
        """Everything of a piece is receipted."""
        for cursor in piece.cursors:
            self._pending.pop(cursor, None)
        if self._plan is not None:
            self._plan = [other for other in self._plan if other != piece]
        self.position = min(self._pending) - 1 if self._pending else self.read_to


def plan(changes: Iterable[Change]) -> list[Piece]:
    """Sessions, newest first; in a session pieces in the order of time, so that a set arrives as it ran."""
    sessions: list[list[Change]] = []
    last: dict[str, list[Change]] = {}
    ends: dict[str, int] = {}
    for change in sorted(changes, key=lambda c: (c.start_us, c.cursor)):
        if change.sensor not in last or change.start_us - ends[change.sensor] > APART_US:
            last[change.sensor] = []
            sessions.append(last[change.sensor])
            ends[change.sensor] = change.end_us
        last[change.sensor].append(change)
        ends[change.sensor] = max(ends[change.sensor], change.end_us)
    sessions.sort(key=lambda session: -max(change.end_us for change in session))
    return [piece for session in sessions for piece in _pieces(session)]


def _pieces(session: list[Change]) -> Iterable[Piece]:
    group: list[Change] = []
    for change in session:
        if group and change.end_us - group[0].start_us > PIECE_US:
            yield _piece(group)
            group = []
        group.append(change)
    if group:
        yield _piece(group)


def _piece(group: list[Change]) -> Piece:
    return Piece(
        group[0].sensor,
        min(change.start_us for change in group),
        max(change.end_us for change in group) + 1,
        frozenset(change.cursor for change in group),
    )
