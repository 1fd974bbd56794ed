"""A stretch of samples without a long hole: its grid, and the repetitions tracked on it."""

from collections.abc import Iterator

import numpy as np

from analytics.signal.core import grid, herald, track
from analytics.signal.core.jit import GRID_HZ, GRID_S, Flags, Floats
from analytics.signal.core.measure import (
    EDGES,
    METRICS,
    PEAK_N,
    RELEASED,
    START_N,
    measure_edges,
    measure_phases,
)
from analytics.signal.core.network import Layers
from analytics.signal.core.smooth import BLOCK

SAG = 0.5  # how far tension may sink in a prescribed hold without ending the repetition
KEEP = track.MAX_REP + 500  # grid samples a repetition may look back on
_EVENTS = 64  # announcements per push that are kept: a stored curve needs none
_ROOM = 2 * BLOCK  # grid samples beyond the last that a block may touch
_TAIL = track.STALL + track.HALF + 10  # stillness appended at the end, so that a finished fall closes


class Found:
    """One repetition as tracked: its stretch of the grid and what was measured on it."""

    __slots__ = ("edges", "end_s", "first", "hidden", "origin_s", "smooth", "tension", "turns")

    def __init__(
        self,
        curve: tuple[Floats, Floats, Flags],
        first: int,
        origin_s: float,
        turns: tuple[int, int, int],
        edges: list[float],
    ) -> None:
        self.tension, self.smooth, self.hidden = curve
        self.first, self.origin_s, self.turns, self.edges = first, origin_s, turns, edges
        self.end_s = self.second(float(len(self.tension) - 1))

    def second(self, sample: float) -> float:
        """Time on the curve's own axis of a grid position within the stretch."""
        return self.origin_s + (self.first + 0.5 + sample) * GRID_S

    def phases(self, bounds: list[float], target_s: float) -> list[float]:
        """Impulse, distances and smoothness between four boundaries given in grid samples."""
        out = np.empty(METRICS)
        at = bounds[0], bounds[1], bounds[2], bounds[3]
        levels = self.edges[PEAK_N], self.edges[START_N]
        measure_phases(self.tension, self.smooth, at, levels, target_s * GRID_HZ, self.edges[RELEASED], out)
        return out.tolist()


class Segment:
    """Feed samples; repetitions come out as soon as they are complete.

    What comes out depends on the samples only, never on how they were cut: every decision is taken at a
    grid sample, from a bounded stretch around it.
    """

    def __init__(
        self,
        *,
        period_s: float,
        share: float,
        hold_s: float,
        release: tuple[float, int],
        room: int,
        net: Layers,
    ) -> None:
        self._f, self._i = np.zeros(grid.FLOAT_STATE), np.zeros(grid.INT_STATE, np.int64)
        self._f[grid.PERIOD] = period_s
        self._tf, self._ti = np.zeros(track.TRACK_FLOATS), np.zeros(track.TRACK_INTS, np.int64)
        self._tf[track.SHARE] = share
        self._hf, self._hi = np.zeros(herald.HERALD_FLOATS), np.zeros(herald.HERALD_INTS, np.int64)
        self._said = np.empty(_EVENTS, np.int64), np.empty(_EVENTS, np.int64)
        self._hold, self._release, self._net = hold_s * GRID_HZ, release, net
        self._sag = SAG if hold_s else share
        self._tension, self._smooth = np.empty(room), np.empty(room)
        self._hidden: Flags = np.zeros(room, np.uint8)

    def _grow(self, size: int) -> None:
        kept = self.filled
        tension, smooth, hidden = np.empty(size), np.empty(size), np.zeros(size, np.uint8)
        tension[:kept] = self._tension[:kept]
        smooth[:kept] = self._smooth[:kept]
        hidden[:kept] = self._hidden[:kept]
        self._tension, self._smooth, self._hidden = tension, smooth, hidden

    @property
    def filled(self) -> int:
        """Grid samples held."""
        return int(self._i[grid.FILLED] - self._i[grid.BROKEN])

    def _reserve(self, more: int) -> None:
        size = len(self._tension)
        if self.filled + more <= size:
            return
        drop = (int(self._ti[track.NEXT]) - KEEP) // BLOCK * BLOCK  # blocks stay where they would lie
        if drop > KEEP:
            for floats in (self._tension, self._smooth):
                floats[: size - drop] = floats[drop:].copy()
            self._hidden[: size - drop] = self._hidden[drop:].copy()
            self._i[grid.BROKEN] += drop
            self._ti[list(track.INDICES)] -= drop
            self._hi[[herald.AT, herald.SINCE]] -= drop
        if self.filled + more > size:
            self._grow(max(2 * size, self.filled + more))

    def rested_n(self, seconds: float) -> float | None:
        """The least tension of the last seconds before the end; None where there were not so many."""
        n, least = int(self._ti[track.NEXT]) - _TAIL, round(seconds * GRID_HZ)
        return float(self._smooth[n - least : n].min()) if n >= least else None

    @property
    def rate_hz(self) -> float:
        """Samples per second at the start of the stretch; 0 until a dozen came."""
        return float(self._f[grid.RATE])

    def reference(self, excursion_n: float) -> None:
        """Thresholds follow this excursion from the next grid sample on."""
        self._tf[track.REFERENCE] = excursion_n

    def expect(self, *, up_n_s: float, down_n_s: float, excursion_n: float, holds: bool, rests: bool) -> None:
        """What the next repetition will be like; announcements go by it."""
        f = self._hf
        f[herald.UP_SPEED], f[herald.DOWN_SPEED] = up_n_s * GRID_S, down_n_s * GRID_S
        f[herald.USUAL], f[herald.HOLDS], f[herald.RESTS] = excursion_n, float(holds), float(rests)

    def announce(self) -> list[tuple[int, float, float]]:
        """Phase changes since last asked, as (phase, when it began, sample time it was said at)."""
        phases, samples = self._said
        n = herald.herald(self._tension, self.filled, self._hf, self._hi, phases, samples)
        if not n:
            return []
        held_back = 2 * float(self._f[grid.PERIOD])
        first, origin = int(self._i[grid.BROKEN]), float(self._f[grid.ORIGIN])
        at = [origin + (first + int(samples[k]) + 1) * GRID_S for k in range(n)]
        return [(int(phases[k]), at[k] - herald.LAG * GRID_S, at[k] + held_back) for k in range(n)]

    def _reached_s(self, otherwise_s: float) -> float:
        """Up to when the grid is filled; samples may be held that it does not begin with yet."""
        if self._i[grid.COMMITTED]:
            return float(self._f[grid.LAST_T])
        return float(self._f[grid.WINDOW_T]) if self._i[grid.HELD] else otherwise_s

    def feed(self, time_s: Floats, tension_n: Floats) -> Iterator[Found]:
        """Take samples; times must not fall and must not leave a long hole."""
        self._reserve(int((time_s[-1] - self._reached_s(time_s[0])) * GRID_HZ) + _ROOM)
        grid.resample(time_s, tension_n, self._f, self._i, self._tension, self._hidden)
        filled = self.filled
        yield from self._track(filled - track.HALF)

    def finish(self) -> Iterator[Found]:
        """No more samples come: the curve is taken to stand still after its end."""
        held = self._i[grid.HELD]
        if not held:
            return
        last_s = self._f[grid.WINDOW_T + held - 1]
        self._reserve(int((last_s - self._reached_s(last_s)) * GRID_HZ) + _ROOM + _TAIL)
        grid.flush(self._f, self._i, self._tension, self._hidden)
        n = self.filled
        if n:
            self._tension[n : n + _TAIL] = self._tension[n - 1]
            self._hidden[n : n + _TAIL] = 0
            yield from self._track(n + _TAIL - track.HALF)

    def _track(self, usable: int) -> Iterator[Found]:
        arguments = (self._tension, self._smooth, usable, self._tf, self._ti, track.TAPS, self._sag)
        while track.track(*arguments) == track.FOUND:
            found = self._measured()
            if found is not None:
                yield found

    def _measured(self) -> Found | None:
        end = int(self._ti[track.NEXT])
        valley, peak, after = (int(self._ti[k]) for k in (track.VALLEY, track.PEAK, track.AFTER))
        valley = max(valley, end - track.MAX_REP)
        if peak <= valley:
            return None
        first = max(valley - 200, -int(self._i[grid.BROKEN]), end - KEEP)
        view = slice(first, end)
        tension, smooth, hidden = self._tension[view], self._smooth[view], self._hidden[view]
        edges = np.empty(EDGES)
        turns = (valley - first, peak - first, after - first)
        broken = int(self._i[grid.BROKEN])
        steps = grid.step_n(self._f, self._i, end + broken), GRID_HZ / max(self.rate_hz, 1.0)
        measure_edges(tension, smooth, hidden, turns, self._hold, self._release, steps, self._net, edges)
        origin = first + broken, float(self._f[grid.ORIGIN])
        return Found((tension, smooth, hidden), *origin, turns, edges.tolist())
