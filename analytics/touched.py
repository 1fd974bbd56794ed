"""Which stretches of which sensors wait to be scored, and how far the cursor may therefore move. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from tempoband.storage.timeseries.base import Change

_NEAR_US = 20_000_000  # stretches nearer than this are one


@dataclass(frozen=True, slots=True)
class Touched:
    """A stretch of one sensor's curve that changed.

    Attributes:
        start_us: first changed sample.
        end_us: last changed sample.
        cursor: first commit that changed it; None when no commit did (somebody told something).
        seen_s: monotonic time of its last change.
        told_due: whether the told sets in it wait to be scored again.
        found_due: whether sets that nobody told have to be looked for in it.
    """

    start_us: int
    end_us: int
    cursor: int | None
    seen_s: float
    told_due: bool = True
    found_due: bool = True

    def near(self, other: "Touched") -> bool:
        """Whether both are parts of one stretch."""
        return self.start_us <= other.end_us + _NEAR_US and other.start_us <= self.end_us + _NEAR_US

    def joined(self, other: "Touched") -> "Touched":
        """Both as one."""
        cursors = [t.cursor for t in (self, other) if t.cursor is not None]
        return Touched(
            min(self.start_us, other.start_us),
            max(self.end_us, other.end_us),
            min(cursors) if cursors else None,
            max(self.seen_s, other.seen_s),
            self.told_due or other.told_due,
            self.found_due or other.found_due,
        )


@dataclass(slots=True)
class Waiting:
    """Everything that waits, by sensor; ``read_to`` is the last commit that was looked at."""

    read_to: int
    _by_sensor: dict[str, list[Touched]] = field(default_factory=dict)

    def take(self, change: Change, now_s: float) -> None:
        """Take one commit in."""
        self.add(change.sensor, Touched(change.start_us, change.end_us, change.cursor, now_s))

    def add(self, sensor: str, touched: Touched) -> None:
        """Take one stretch in."""
        apart = self.of(sensor)
        while near := [other for other in apart if touched.near(other)]:
            for other in near:
                touched = touched.joined(other)
            apart = [other for other in apart if other not in near]
        self._by_sensor[sensor] = [*apart, touched]

    def of(self, sensor: str) -> list[Touched]:
        """What waits on a sensor."""
        return list(self._by_sensor.get(sensor, ()))

    def told_done(self, sensor: str) -> None:
        """The told sets of a sensor are scored; its undeclared tension may still wait."""
        self._by_sensor[sensor] = [replace(t, told_due=False) for t in self.of(sensor)]

    def drop(self, sensor: str, done: Iterable[Touched]) -> None:
        """These stretches are dealt with altogether."""
        gone = {(t.start_us, t.end_us) for t in done}
        left = [t for t in self.of(sensor) if (t.start_us, t.end_us) not in gone]
        if left:
            self._by_sensor[sensor] = left
        else:
            self._by_sensor.pop(sensor, None)

    def cursor_without(self, sensor: str, done: Iterable[Touched]) -> int:
        """The commit up to which everything is dealt with, once ``done`` is: a restart begins after it."""
        gone = {(sensor, t.start_us, t.end_us) for t in done}
        first = [
            t.cursor for name, t in self if t.cursor is not None and (name, t.start_us, t.end_us) not in gone
        ]
        return min(first) - 1 if first else self.read_to

    def sensors(self) -> list[str]:
        """Sensors on which anything waits."""
        return list(self._by_sensor)

    def __iter__(self) -> Iterator[tuple[str, Touched]]:
        for sensor, stretches in self._by_sensor.items():
            for touched in stretches:
                yield sensor, touched
