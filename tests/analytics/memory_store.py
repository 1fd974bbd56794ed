"""A time-series store in memory that keeps to ``TimeSeriesReader``: frames in, curve out."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from tempoband.contracts.frame import ClockKind, Frame, LossKnowledge, encode_frame
from tempoband.storage.timeseries.base import Change, Curve, Gap, StoredFrame, StreamInfo
from tempoband.storage.timeseries.edit import without

RATE_HZ = 80.0
SCALE_N = 0.01


def frames_of(time_us, tension_n, stream="0123456789abcdef", size=20, loss=LossKnowledge.EXACT):
    """Cut a curve into frames of ``size`` samples."""
    out = []
    for seq, at in enumerate(range(0, len(time_us), size)):
        time, tension = time_us[at : at + size], tension_n[at : at + size]
        out.append(
            Frame(
                stream=stream,
                seq=seq,
                t0_us=int(time[0]),
                dt_us=(time - time[0]).astype(np.uint32),
                counts=np.round(tension / SCALE_N).astype(np.int32),
                scale_n=SCALE_N,
                offset_n=0.0,
                calibration_id="test",
                ticks=None,
                clock=ClockKind.DEVICE,
                rate_hz=RATE_HZ,
                lost=0,
                loss=loss,
            )
        )
    return out


@dataclass
class MemoryStore:
    """Commits are numbered; a frame written twice is one."""

    bridge: str = "bridge"
    kept_since: int = 0
    _frames: dict[tuple[str, int], StoredFrame] = field(default_factory=dict)
    _changes: list[Change] = field(default_factory=list)
    _last_seq: dict[str, int] = field(default_factory=dict)
    _curves: dict[str, Curve] = field(default_factory=dict)
    after_read: list[Callable[[], None]] = field(
        default_factory=list
    )  # each happens once, right after a read

    def commit(self, sensor: str, frames: list[Frame]) -> None:
        new = [f for f in frames if (f.stream, f.seq) not in self._frames]
        if not new:
            return
        for frame in new:
            stored = StoredFrame(sensor, self.bridge, frame, encode_frame(frame))
            self._frames[frame.stream, frame.seq] = stored
        self._curves.pop(sensor, None)
        start, end = min(f.t0_us for f in new), max(f.end_us for f in new)
        self._changes.append(Change(len(self._changes) + 1, sensor, start, end))

    def end_stream(self, stream: str, last_seq: int) -> None:
        self._last_seq[stream] = last_seq

    def read(self, sensor: str, start_us: int, end_us: int) -> Curve:
        whole = self._curves.get(sensor) or self._curves.setdefault(sensor, self._build(sensor))
        a, b = np.searchsorted(whole.time_us, [start_us, end_us])
        while self.after_read:
            self.after_read.pop(0)()
        return Curve(whole.time_us[a:b], whole.tension_n[a:b])

    def kept_since_us(self) -> int:
        return self.kept_since

    def erased(self) -> list[tuple[str, int, int]]:
        return []

    def erase(self, sensor: str, start_us: int, end_us: int) -> int:
        erased = 0
        for stored in self._of(sensor):
            key = (stored.frame.stream, stored.frame.seq)
            left = without(stored.frame, [(start_us, end_us)])
            erased += len(stored.frame) - (len(left) if left else 0)
            if left is None:
                del self._frames[key]
            else:
                self._frames[key] = StoredFrame(sensor, self.bridge, left, encode_frame(left))
        self._curves.pop(sensor, None)
        self._changes.append(Change(len(self._changes) + 1, sensor, start_us, end_us - 1))
        return erased

    def _build(self, sensor: str) -> Curve:
        frames = sorted((s.frame for s in self._of(sensor)), key=lambda f: f.t0_us)
        if not frames:
            return Curve(np.empty(0, np.int64), np.empty(0))
        return Curve(
            np.concatenate([f.time_us for f in frames]), np.concatenate([f.tension_n for f in frames])
        )

    def read_decimated(self, sensor: str, start_us: int, end_us: int, points: int) -> Curve:
        raise NotImplementedError

    def gaps(self, sensor: str, start_us: int, end_us: int) -> list[Gap]:
        found = []
        for stream in self.streams(sensor, start_us, end_us):
            by_seq = {s.frame.seq: s.frame for s in self._of(sensor) if s.frame.stream == stream.stream}
            for first, last in stream.missing:
                before, after = by_seq.get(first - 1), by_seq.get(last + 1)
                if before and after:
                    gap = Gap(before.end_us + 1, after.t0_us, "missing", None)
                    found += [gap] if gap.start_us < end_us and gap.end_us > start_us else []
        return found

    def streams(self, sensor: str, start_us: int, end_us: int) -> list[StreamInfo]:
        groups: dict[str, list[Frame]] = {}
        for stored in self._of(sensor):
            groups.setdefault(stored.frame.stream, []).append(stored.frame)
        infos = [self._info(sensor, name, frames) for name, frames in groups.items()]
        touching = [i for i in infos if i.start_us < end_us and i.end_us >= start_us]
        return sorted(touching, key=lambda i: i.start_us)

    def _info(self, sensor: str, name: str, frames: list[Frame]) -> StreamInfo:
        seqs = {f.seq for f in frames}
        last = self._last_seq.get(name)
        top = max(seqs) if last is None else last
        missing = [n for n in range(top + 1) if n not in seqs]
        return StreamInfo(
            stream=name,
            sensor=sensor,
            bridge=self.bridge,
            start_us=min(f.t0_us for f in frames),
            end_us=max(f.end_us for f in frames),
            frames=len(frames),
            samples=sum(map(len, frames)),
            missing=tuple(_ranges(missing)),
            evicted_samples=0,
            lost_samples=0,
            last_seq=last,
            clock=ClockKind.DEVICE,
            loss=frames[0].loss,
            rate_hz=frames[-1].rate_hz,
        )

    def frames(self, sensor: str, start_us: int, end_us: int) -> Iterator[StoredFrame]:
        touching = [s for s in self._of(sensor) if s.frame.t0_us < end_us and s.frame.end_us >= start_us]
        yield from sorted(touching, key=lambda s: s.frame.t0_us)

    def sensors(self) -> list[str]:
        return sorted({s.sensor for s in self._frames.values()})

    def changes(self, after: int, limit: int = 1000) -> list[Change]:
        return [replace(c) for c in self._changes if c.cursor > after][:limit]

    def close(self) -> None:
        self._frames.clear()

    def _of(self, sensor: str) -> list[StoredFrame]:
        return [s for s in self._frames.values() if s.sensor == sensor]


def _ranges(numbers):
    out = []
    for n in numbers:
        if out and n == out[-1][1] + 1:
            out[-1] = (out[-1][0], n)
        else:
            out.append((n, n))
    return out
