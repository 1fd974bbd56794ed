"""One call of write(): what is accepted, and the lines that commit it. Pure."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from tempoband.contracts.errors import RejectReason
from tempoband.contracts.frame import LATEST_US, MAX_FRAME_SPAN_US, Frame, digest, encode_frame
from tempoband.storage.timeseries.base import StoredFrame
from tempoband.storage.timeseries.curves import assemble
from tempoband.storage.timeseries.edit import without
from tempoband.storage.timeseries.influx import schema
from tempoband.storage.timeseries.influx.keys import Taken, free_time, usual_slot
from tempoband.storage.timeseries.influx.line_protocol import sample_prefix, samples
from tempoband.storage.timeseries.influx.schema import Erasure, StreamRow
from tempoband.storage.timeseries.influx.streams import StreamState, covering


@dataclass(frozen=True, slots=True)
class Accepted:
    """A frame to commit: as delivered, and as it is stored where a part of it had been erased."""

    stored: StoredFrame
    kept: Frame
    payload: bytes
    digest: bytes
    time_ns: int


@dataclass
class Batch:
    """Frames judged one by one against what is committed and what came before in the batch."""

    states: Mapping[str, StreamState]
    erasures: Mapping[str, Sequence[Erasure]]
    oldest_us: int
    taken: Taken
    accepted: list[Accepted] = field(default_factory=list)
    rows: dict[str, StreamRow] = field(default_factory=dict)
    announced: dict[str, tuple[int, int]] = field(default_factory=dict)
    _digests: dict[tuple[str, int], bytes] = field(default_factory=dict)

    def add(self, stored: StoredFrame) -> RejectReason | None:
        """Judge a frame; None: it is, or will be, committed."""
        frame = stored.frame
        kept = uncovered(frame, self.erasures.get(stored.sensor, ()))
        if kept is None or kept.t0_us < self.oldest_us:
            return RejectReason.ERASED
        state = self.states[frame.stream]
        row = self.rows.get(frame.stream) or state.row
        if row is not None and (row.sensor, row.bridge) != (stored.sensor, stored.bridge):
            return RejectReason.WRONG_SENSOR
        name = schema.short_digest(digest(stored.payload))
        known = self._digests.get((frame.stream, frame.seq)) or state.digests.get(frame.seq)
        if known is None:
            return self._accept(stored, kept, name, row)
        if kept is not frame:
            return RejectReason.ERASED  # its rest is stored already
        if known != name:
            return RejectReason.CONFLICT
        if state.from_server:
            self._announce(stored.sensor, kept)
        return None

    def sample_lines(self) -> list[bytes]:
        """The stream rows that changed, then the samples, a block a sensor."""
        changed = [row.line() for stream, row in self.rows.items() if row is not self.states[stream].row]
        by_sensor: dict[str, list[Accepted]] = defaultdict(list)
        for item in self.accepted:
            by_sensor[item.stored.sensor].append(item)
        return changed + [self._samples(sensor, items) for sensor, items in by_sensor.items()]

    def frame_lines(self) -> list[bytes]:
        """The row of every frame: with it the frame is committed."""
        return [
            schema.frame_line(i.stored.sensor, i.kept, i.payload, i.digest, i.time_ns) for i in self.accepted
        ]

    def remember(self) -> None:
        """After the commit: enter it in the book."""
        for stream, row in self.rows.items():
            self.states[stream].row = row
        for item in self.accepted:
            frame, state = item.stored.frame, self.states[item.stored.frame.stream]
            state.digests[frame.seq] = item.digest
            state.newest = max(state.newest, (frame.seq, frame.end_us))

    def _accept(
        self, stored: StoredFrame, kept: Frame, name: bytes, row: StreamRow | None
    ) -> RejectReason | None:
        frame, sensor = stored.frame, stored.sensor
        time_ns = free_time(sensor, kept.t0_us, usual_slot(frame.stream, frame.seq), name, self.taken)
        if time_ns is None:
            return RejectReason.ABSURD_TIMES  # a thousand frames start in one microsecond
        self.taken[sensor, time_ns] = name
        self.accepted.append(Accepted(stored, kept, _payload(stored, kept), name, time_ns))
        self.rows[frame.stream] = covering(row, stored)
        self._digests[frame.stream, frame.seq] = name
        self._announce(sensor, kept)
        return None

    def _announce(self, sensor: str, frame: Frame) -> None:
        start_us, end_us = self.announced.get(sensor, (frame.t0_us, frame.end_us))
        self.announced[sensor] = (min(start_us, frame.t0_us), max(end_us, frame.end_us))

    def _samples(self, sensor: str, items: list[Accepted]) -> bytes:
        frames = sorted((item.kept for item in items), key=lambda frame: (frame.t0_us, frame.seq))
        times, tensions = [f.time_us for f in frames], [f.tension_n for f in frames]
        curve = assemble(times, tensions, start_us=0, end_us=LATEST_US + 2 * MAX_FRAME_SPAN_US)
        fresh = ~np.isin(curve.time_us, self._edges(items))
        prefix = sample_prefix(schema.TENSION, sensor, schema.NEWTONS)
        return samples(prefix, curve.time_us[fresh], curve.tension_n[fresh])

    def _edges(self, items: list[Accepted]) -> npt.NDArray[np.int64]:
        """Times taken by the last sample of the frame before: of equal stamps the first wins."""
        edges = []
        for item in items:
            frame = item.stored.frame
            seq, end_us = self.states[frame.stream].newest
            if frame.seq == seq + 1 and frame.t0_us == end_us:
                edges.append(end_us)
        return np.array(edges, dtype=np.int64)


def uncovered(frame: Frame, erasures: Sequence[Erasure]) -> Frame | None:
    """The frame without its erased samples; itself when none is, None when all are."""
    touching = (e for e in erasures if e.start_us <= frame.end_us and frame.t0_us < e.end_us)
    spans = [(erasure.start_us, erasure.end_us) for erasure in touching]
    return without(frame, spans) if spans else frame


def _payload(stored: StoredFrame, kept: Frame) -> bytes:
    return stored.payload if kept is stored.frame else encode_frame(kept)
