"""What every time-series store must do. A store's tests subclass ``StoreContract`` and say how to open one.

Every test uses its own sensors and streams, so that the suite may run on a store that others use too.
"""

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tempoband.contracts.errors import RejectReason
from tempoband.contracts.frame import (
    MAX_FRAME_SAMPLES,
    MAX_FRAME_SPAN_US,
    ClockKind,
    LossKnowledge,
    encode_frame,
)
from tempoband.contracts.ledger import Evicted, Mark, StreamEnded
from tempoband.storage.timeseries.base import StoredFrame, TimeSeriesStore
from tests.support.frames import STEP_US as STEP
from tests.support.frames import even_frame

Opened = Callable[[], TimeSeriesStore]

T0 = 1_790_000_000_000_000
PER_FRAME = 8
FRAME_US = STEP * PER_FRAME
FOREVER = (0, T0 * 2)
BRIDGE = "home-pi"


def new_stream() -> str:
    return secrets.token_hex(16)


def make(
    sensor: str,
    stream: str,
    seq: int,
    counts: Sequence[int] | None = None,
    *,
    t0_us: int | None = None,
    dt_us: Sequence[int] | None = None,
    bridge: str = BRIDGE,
    **fields: object,
) -> StoredFrame:
    """Frame ``seq`` of a steady stream that starts at T0, unless told otherwise."""
    values = np.arange(seq * PER_FRAME, (seq + 1) * PER_FRAME) if counts is None else np.array(counts)
    given = {"scale_n": 0.0098, "offset_n": -1.5, "calibration_id": "factory", **fields}
    if dt_us is not None:
        given["dt_us"] = np.array(dt_us, dtype=np.uint32)
    start_us = T0 + seq * FRAME_US if t0_us is None else t0_us
    frame = even_frame(stream, seq, values, t0_us=start_us, **given)
    return StoredFrame(sensor, bridge, frame, encode_frame(frame))


def steady(sensor: str, stream: str, frames: int) -> list[StoredFrame]:
    return [make(sensor, stream, seq) for seq in range(frames)]


def write(store: TimeSeriesStore, frames: Sequence[StoredFrame]) -> None:
    assert set(store.write(frames).outcomes) <= {None}


def expected(frames: Sequence[StoredFrame]) -> dict[int, float]:
    """The model: samples by time; of equal stamps the first in the order of the frames wins."""
    samples: dict[int, float] = {}
    for stored in frames:
        pairs = zip(stored.frame.time_us.tolist(), stored.frame.tension_n.tolist(), strict=True)
        for time_us, tension_n in pairs:
            samples.setdefault(time_us, tension_n)
    return dict(sorted(samples.items()))


def read(store: TimeSeriesStore, sensor: str, start_us: int = 0, end_us: int = T0 * 2) -> dict[int, float]:
    curve = store.read(sensor, start_us, end_us)
    assert curve.time_us.dtype == np.int64
    assert curve.tension_n.dtype == np.float64
    pairs = list(zip(curve.time_us.tolist(), curve.tension_n.tolist(), strict=True))
    assert [time_us for time_us, _ in pairs] == sorted(dict(pairs))  # rising, none twice
    return dict(pairs)


@st.composite
def any_frames(draw: st.DrawFn) -> list[StoredFrame]:
    """A stream with uneven steps, equal stamps, any counts, changing calibration, delivered in any order."""
    stream, t0_us, frames = new_stream(), T0, []
    for seq in range(draw(st.integers(1, 6))):
        counts = draw(st.lists(st.integers(-(2**31), 2**31 - 1), min_size=1, max_size=12))
        steps = draw(st.lists(st.integers(0, 30_000), min_size=len(counts), max_size=len(counts)))
        dt_us = np.cumsum([0, *steps[1:]])
        scale_n, offset_n = draw(st.floats(1e-9, 10.0)), draw(st.floats(-100.0, 100.0))
        frame = make(
            "", stream, seq, counts, t0_us=t0_us, dt_us=dt_us.tolist(), scale_n=scale_n, offset_n=offset_n
        )
        frames.append(frame)
        t0_us = frame.frame.end_us + draw(st.integers(0, 30_000))
    return frames


class StoreContract:
    """Subclasses give a fixture ``opened``: each call opens the same store (the one before is closed)."""

    @pytest.fixture
    def store(self, opened: Opened) -> Iterator[TimeSeriesStore]:
        store = opened()
        yield store
        store.close()

    @pytest.fixture
    def sensor(self) -> str:
        return f"band-{secrets.token_hex(6)}"

    # -- what is written is what is read -----------------------------------------------------------

    # Neither the shared store nor the subclass that runs it makes one example depend on another.
    @settings(
        max_examples=25,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
    )
    @given(frames=any_frames(), order=st.randoms(use_true_random=False))
    def test_every_sample_comes_back_exactly(self, store, frames, order):
        sensor = f"band-{secrets.token_hex(6)}"
        frames = [replace(stored, sensor=sensor) for stored in frames]
        delivered = list(frames)
        order.shuffle(delivered)
        for some in (delivered[:2], delivered[2:]):
            write(store, some)
        assert read(store, sensor) == expected(frames)
        assert [stored.payload for stored in store.frames(sensor, *FOREVER)] == [f.payload for f in frames]

    def test_a_range_holds_its_start_and_not_its_end(self, store, sensor):
        write(store, steady(sensor, new_stream(), 4))
        start_us, end_us = T0 + 3 * STEP, T0 + 20 * STEP
        assert list(read(store, sensor, start_us, end_us)) == list(range(start_us, end_us, STEP))

    def test_ranges_without_samples_are_empty(self, store, sensor):
        write(store, steady(sensor, new_stream(), 1))
        assert read(store, sensor, T0 + FRAME_US, T0 + 2 * FRAME_US) == {}
        assert read(store, sensor, T0 + STEP, T0 + STEP) == {}
        assert read(store, sensor, T0 + STEP, T0) == {}
        assert read(store, "nobody-s-band") == {}
        assert store.streams("nobody-s-band", *FOREVER) == []
        assert store.gaps("nobody-s-band", *FOREVER) == []
        assert list(store.frames("nobody-s-band", *FOREVER)) == []

    def test_a_frame_that_began_long_before_the_range_is_read(self, store, sensor):
        long = make(sensor, new_stream(), 0, [1, 2], dt_us=[0, MAX_FRAME_SPAN_US])
        write(store, [long])
        end_us = T0 + MAX_FRAME_SPAN_US
        assert list(read(store, sensor, end_us, end_us + 1)) == [end_us]
        assert [f.payload for f in store.frames(sensor, end_us, end_us + 1)] == [long.payload]

    def test_the_largest_frame_and_the_extremes_of_the_lattice(self, store, sensor):
        counts = np.resize([2**31 - 1, -(2**31), 0], MAX_FRAME_SAMPLES)
        frame = make(
            sensor, new_stream(), 0, counts, scale_n=1e280, calibration_id="x" * 128, ticks=2**63 - 1
        )
        write(store, [frame])
        assert read(store, sensor) == expected([frame])
        assert next(iter(store.frames(sensor, *FOREVER))).frame == frame.frame

    def test_of_equal_stamps_the_first_wins(self, store, sensor):
        stream = new_stream()
        frames = [
            make(sensor, stream, 0, [10, 11, 12], dt_us=[0, STEP, STEP]),
            make(sensor, stream, 1, [20, 21], t0_us=T0 + STEP, dt_us=[0, STEP]),
        ]
        for stored in frames:
            write(store, [stored])
        assert read(store, sensor) == expected(frames)
        assert len(list(store.frames(sensor, *FOREVER))) == 2

    def test_frames_with_one_start_are_all_kept_and_in_their_order(self, store, sensor):
        stream = f"{990:08x}" + new_stream()[8:]  # InfluxDB has 1000 places a microsecond: it wraps round
        frames = [make(sensor, stream, seq, [seq], t0_us=T0) for seq in range(20)]
        write(store, frames[:1] + frames[13:])  # the later ones first
        write(store, frames[1:13])
        assert [f.payload for f in store.frames(sensor, *FOREVER)] == [f.payload for f in frames]
        assert read(store, sensor) == expected(frames)

    def test_streams_that_overlap_are_all_kept(self, store, sensor):
        streams = [f"{n:08x}" + new_stream()[8:] for n in (5, 5, 4, 1005)]
        frames = [make(sensor, stream, seq) for seq in range(6) for stream in streams]
        write(store, frames[8:])
        write(store, frames[:8])
        assert {f.payload for f in store.frames(sensor, *FOREVER)} == {f.payload for f in frames}
        assert [info.frames for info in store.streams(sensor, *FOREVER)] == [6] * 4
        start_us, end_us = T0 + 4 * STEP, T0 + 20 * STEP
        assert store.erase(sensor, start_us, end_us) == 16 * 4
        assert sum(info.samples for info in store.streams(sensor, *FOREVER)) == (48 - 16) * 4
        assert not [t for t in read(store, sensor) if start_us <= t < end_us]

    def test_sensors_do_not_mix(self, store, sensor):
        other = f"{sensor}-2"
        write(store, steady(sensor, new_stream(), 2) + steady(other, new_stream(), 3))
        assert len(read(store, sensor)) == 2 * PER_FRAME
        assert len(read(store, other)) == 3 * PER_FRAME
        assert {sensor, other} <= set(store.sensors())

    def test_frames_tell_where_they_came_from(self, store, sensor):
        first = make(sensor, new_stream(), 0, bridge="kitchen")
        second = make(sensor, new_stream(), 0, t0_us=T0 + 3_600_000_000, bridge="clinic")
        write(store, [second, first])
        assert list(store.frames(sensor, *FOREVER)) == [first, second]

    def test_an_empty_batch_is_nothing(self, store):
        assert store.write([]).outcomes == ()

    # -- identity ----------------------------------------------------------------------------------

    def test_sending_again_is_harmless(self, opened, store, sensor):
        frames = steady(sensor, new_stream(), 5)
        write(store, frames)
        write(store, frames)
        write(store, [frames[1], frames[1]])
        store.close()
        reopened = opened()
        write(reopened, frames)
        assert read(reopened, sensor) == expected(frames)
        assert [info.frames for info in reopened.streams(sensor, *FOREVER)] == [5]
        reopened.close()

    def test_the_first_write_wins(self, opened, store, sensor):
        stream = new_stream()
        first, other = make(sensor, stream, 0, [1, 2]), make(sensor, stream, 0, [1, 3])
        write(store, [first])
        assert store.write([other]).outcomes == (RejectReason.CONFLICT,)
        store.close()
        reopened = opened()
        assert reopened.write([other, first]).outcomes == (RejectReason.CONFLICT, None)
        assert read(reopened, sensor) == expected([first])
        reopened.close()

    def test_a_conflict_at_quite_another_time_is_found(self, opened, store, sensor):
        stream = new_stream()
        write(store, [make(sensor, stream, 0)])
        store.close()
        reopened = opened()
        moved = make(sensor, stream, 0, t0_us=T0 + 30 * 86_400_000_000)
        assert reopened.write([moved]).outcomes == (RejectReason.CONFLICT,)
        reopened.close()

    def test_a_conflict_inside_a_batch_spares_the_others(self, store, sensor):
        stream = new_stream()
        batch = [
            make(sensor, stream, 0, [1]),
            make(sensor, stream, 0, [2]),
            make(sensor, stream, 1, [3]),
            make(sensor, stream, 0, [1]),
        ]
        assert store.write(batch).outcomes == (None, RejectReason.CONFLICT, None, None)
        assert read(store, sensor) == expected([batch[0], batch[2]])

    def test_a_stream_belongs_to_one_sensor_and_one_bridge(self, store, sensor):
        stream = new_stream()
        write(store, [make(sensor, stream, 0)])
        strangers = [make(f"{sensor}-2", stream, 1), make(sensor, stream, 1, bridge="thief")]
        assert store.write(strangers).outcomes == (RejectReason.WRONG_SENSOR,) * 2
        assert len(read(store, sensor)) == PER_FRAME
        assert read(store, f"{sensor}-2") == {}

    def test_many_sensors_in_one_batch(self, opened, store, sensor):
        batch = [make(f"{sensor}-{n}", new_stream(), 0) for n in range(300)]
        write(store, batch)
        store.close()
        reopened = opened()
        write(reopened, batch)
        others = [make(stored.sensor, stored.frame.stream, 0, [1]) for stored in batch]
        assert set(reopened.write(others).outcomes) == {RejectReason.CONFLICT}
        assert read(reopened, f"{sensor}-299") == expected(batch[299:])
        reopened.close()

    # -- the ledger --------------------------------------------------------------------------------

    def test_the_ledger_of_a_whole_stream(self, store, sensor):
        stream = new_stream()
        write(store, steady(sensor, stream, 10))
        store.write_notes([(BRIDGE, sensor, StreamEnded(stream, 9))])
        (info,) = store.streams(sensor, T0, T0 + 1)
        assert (info.stream, info.sensor, info.bridge) == (stream, sensor, BRIDGE)
        assert (info.start_us, info.end_us) == (T0, T0 + (10 * PER_FRAME - 1) * STEP)
        assert (info.frames, info.samples, info.missing) == (10, 10 * PER_FRAME, ())
        assert (info.lost_samples, info.evicted_samples, info.last_seq) == (0, 0, 9)
        assert (info.clock, info.loss, info.rate_hz) == (ClockKind.DEVICE, LossKnowledge.EXACT, 80.0)
        assert store.gaps(sensor, *FOREVER) == []

    def test_only_streams_that_touch_the_range(self, store, sensor):
        early, late = new_stream(), new_stream()
        day_us = 86_400_000_000
        write(store, [make(sensor, early, 0), make(sensor, late, 0, t0_us=T0 + day_us)])
        assert [info.stream for info in store.streams(sensor, *FOREVER)] == [early, late]
        assert [info.stream for info in store.streams(sensor, T0 + day_us, T0 + 2 * day_us)] == [late]
        assert [info.stream for info in store.streams(sensor, 0, T0 + day_us)] == [early]

    def test_frames_that_never_came_are_missing_until_they_come(self, store, sensor):
        stream = new_stream()
        frames = steady(sensor, stream, 8)
        write(store, frames[1:3] + frames[5:7])
        store.write_notes([(BRIDGE, sensor, StreamEnded(stream, 7))])
        (info,) = store.streams(sensor, *FOREVER)
        assert info.missing == ((0, 0), (3, 4), (7, 7))
        (gap,) = store.gaps(sensor, *FOREVER)
        assert (gap.cause, gap.samples) == ("missing", None)
        assert (gap.start_us, gap.end_us) == (frames[2].frame.end_us, frames[5].frame.t0_us)
        write(store, [frames[i] for i in (7, 4, 3, 0)])
        (info,) = store.streams(sensor, *FOREVER)
        assert info.missing == ()
        assert store.gaps(sensor, *FOREVER) == []

    def test_a_huge_seq_makes_one_missing_range(self, store, sensor):
        stream = new_stream()
        write(store, [make(sensor, stream, 0), make(sensor, stream, 2**53, [1], t0_us=T0 + FRAME_US)])
        (info,) = store.streams(sensor, *FOREVER)
        assert info.missing == ((1, 2**53 - 1),)

    def test_samples_lost_before_the_bridge_are_told(self, store, sensor):
        stream = new_stream()
        frames = [make(sensor, stream, 0), make(sensor, stream, 1, lost=3, t0_us=T0 + 2 * FRAME_US)]
        write(store, frames)
        (gap,) = store.gaps(sensor, *FOREVER)
        assert (gap.cause, gap.samples) == ("lost", 3)
        assert (gap.start_us, gap.end_us) == (frames[0].frame.end_us, frames[1].frame.t0_us)
        assert store.streams(sensor, *FOREVER)[0].lost_samples == 3
        assert store.gaps(sensor, gap.end_us, gap.end_us + FRAME_US) == []

    def test_loss_that_cannot_be_known_is_not_zero(self, store, sensor):
        write(store, [make(sensor, new_stream(), 0, loss=LossKnowledge.UNKNOWN, clock=ClockKind.ARRIVAL)])
        (info,) = store.streams(sensor, *FOREVER)
        assert info.lost_samples is None
        assert (info.loss, info.clock) == (LossKnowledge.UNKNOWN, ClockKind.ARRIVAL)

    def test_what_a_bridge_gave_up_is_not_missing(self, opened, store, sensor):
        stream = new_stream()
        frames = steady(sensor, stream, 6)
        write(store, frames[:2] + frames[4:])
        start_us, end_us = frames[2].frame.t0_us, frames[3].frame.end_us
        note = Evicted(stream, ((2, 3),), 2 * PER_FRAME, start_us, end_us, "spool_size")
        for _ in range(2):  # a note that is sent again counts once
            store.write_notes([(BRIDGE, sensor, note)])
        store.close()
        reopened = opened()
        reopened.write_notes([(BRIDGE, sensor, note)])
        (info,) = reopened.streams(sensor, *FOREVER)
        assert (info.missing, info.evicted_samples) == ((), 2 * PER_FRAME)
        (gap,) = reopened.gaps(sensor, *FOREVER)
        assert (gap.start_us, gap.end_us) == (start_us, end_us)
        assert (gap.cause, gap.samples) == ("evicted", 2 * PER_FRAME)
        reopened.close()

    def test_a_stream_given_up_whole_is_told_of(self, store, sensor):
        stream = new_stream()
        note = Evicted(stream, ((0, 9),), 80, T0, T0 + FRAME_US, "spool_age")
        store.write_notes([(BRIDGE, sensor, note), (BRIDGE, sensor, StreamEnded(stream, 9))])
        (gap,) = store.gaps(sensor, T0, T0 + 1)
        assert (gap.cause, gap.samples) == ("evicted", 80)
        (info,) = store.streams(sensor, T0, T0 + 1)
        assert (info.frames, info.samples, info.evicted_samples, info.missing) == (0, 0, 80, ())

    def test_a_note_about_the_stream_of_another_is_ignored(self, store, sensor):
        stream = new_stream()
        write(store, steady(sensor, stream, 2))
        evicted = Evicted(stream, ((0, 9),), 80, T0, T0 + FRAME_US, "spool_age")
        for bridge, whose in (("thief", sensor), (BRIDGE, f"{sensor}-2")):
            store.write_notes([(bridge, whose, StreamEnded(stream, 9)), (bridge, whose, evicted)])
        (info,) = store.streams(sensor, *FOREVER)
        assert (info.last_seq, info.evicted_samples) == (None, 0)
        assert store.gaps(sensor, *FOREVER) == store.gaps(f"{sensor}-2", *FOREVER) == []

    def test_an_end_may_be_told_before_the_frames_come(self, store, sensor):
        stream = new_stream()
        store.write_notes([(BRIDGE, sensor, StreamEnded(stream, 3))])
        write(store, steady(sensor, stream, 2))
        (info,) = store.streams(sensor, *FOREVER)
        assert (info.last_seq, info.missing, info.rate_hz) == (3, ((2, 3),), 80.0)

    # -- commits -----------------------------------------------------------------------------------

    def test_commits_are_numbered_in_their_order(self, opened, store, sensor):
        frames = steady(sensor, new_stream(), 4)
        write(store, frames[:1])
        write(store, frames[2:])
        store.close()
        reopened = opened()
        write(reopened, frames[1:2])
        seen = self._changes_of(reopened, sensor)
        spans = [(change.start_us, change.end_us) for change in seen]
        assert spans == [
            (frames[0].frame.t0_us, frames[0].frame.end_us),
            (frames[2].frame.t0_us, frames[3].frame.end_us),
            (frames[1].frame.t0_us, frames[1].frame.end_us),
        ]
        cursors = [change.cursor for change in seen]
        assert cursors == sorted(set(cursors))
        assert [c.cursor for c in reopened.changes(cursors[0], limit=1)] == cursors[1:2]
        assert reopened.changes(cursors[-1]) == []
        assert reopened.changes(2**62) == []
        assert reopened.changes(-1, limit=1) != []
        reopened.close()

    def test_every_sensor_of_a_batch_has_its_own_change(self, store, sensor):
        other = f"{sensor}-2"
        write(store, steady(sensor, new_stream(), 2) + steady(other, new_stream(), 2))
        assert len(self._changes_of(store, sensor)) == len(self._changes_of(store, other)) == 1

    def test_what_was_committed_before_is_no_change(self, store, sensor):
        stream = new_stream()
        write(store, [make(sensor, stream, 0, [1])])
        store.write([make(sensor, stream, 0, [1]), make(sensor, stream, 0, [2])])
        assert len(self._changes_of(store, sensor)) == 1

    # -- fewer points ------------------------------------------------------------------------------

    @pytest.mark.parametrize("samples", [500, 30_000])
    def test_decimating_never_hides_a_peak(self, store, sensor, samples):
        stream = new_stream()
        counts = np.round(1000 * np.sin(np.arange(samples) / 50)).astype(int)
        peak, dip = samples // 3, samples // 2
        counts[peak], counts[dip] = 50_000, -50_000
        size = 500
        frames = [
            make(sensor, stream, seq, counts[at : at + size], t0_us=T0 + at * STEP)
            for seq, at in enumerate(range(0, samples, size))
        ]
        write(store, frames)
        curve = store.read_decimated(sensor, T0, T0 + samples * STEP, 100)
        assert 50 <= len(curve) <= 150
        exact = expected(frames)
        for time_us, tension_n in zip(curve.time_us.tolist(), curve.tension_n.tolist(), strict=True):
            assert tension_n == pytest.approx(exact[time_us], abs=1e-6)
        assert {T0 + peak * STEP, T0 + dip * STEP} <= set(curve.time_us.tolist())
        assert np.all(np.diff(curve.time_us) > 0)

    def test_few_samples_are_not_decimated(self, store, sensor):
        frames = steady(sensor, new_stream(), 3)
        write(store, frames)
        curve = store.read_decimated(sensor, *FOREVER, 100)
        assert dict(zip(curve.time_us.tolist(), curve.tension_n.tolist(), strict=True)) == expected(frames)
        assert len(store.read_decimated("nobody-s-band", *FOREVER, 100)) == 0

    # -- erasing -----------------------------------------------------------------------------------

    def test_erased_samples_are_gone_and_stay_gone(self, opened, store, sensor):
        frames = steady(sensor, new_stream(), 6)
        other = steady(f"{sensor}-2", new_stream(), 6)
        write(store, frames + other)
        start_us, end_us = T0 + 12 * STEP, T0 + 36 * STEP  # half of frame 1, 2 and 3, half of 4
        assert store.erase(sensor, start_us, end_us) == 24
        left = {t: n for t, n in expected(frames).items() if not start_us <= t < end_us}
        for _ in range(2):
            assert read(store, sensor) == left
            assert read(store, f"{sensor}-2") == expected(other)
            again = store.write(frames).outcomes
            assert again == (None, *(RejectReason.ERASED,) * 4, None)
            assert read(store, sensor) == left
            assert all(
                start_us > f.frame.end_us or f.frame.t0_us < start_us or f.frame.t0_us >= end_us
                for f in store.frames(sensor, *FOREVER)
            )
            store.close()
            store = opened()
        assert sum(info.samples for info in store.streams(sensor, *FOREVER)) == 24
        store.close()

    def test_erased_frames_are_not_missing(self, store, sensor):
        stream = new_stream()
        write(store, steady(sensor, stream, 6))
        store.write_notes([(BRIDGE, sensor, StreamEnded(stream, 5))])
        store.erase(sensor, T0 + 2 * FRAME_US, T0 + 4 * FRAME_US)
        (info,) = store.streams(sensor, *FOREVER)
        assert (info.frames, info.missing) == (4, ())
        assert store.gaps(sensor, *FOREVER) == []

    def test_a_late_frame_keeps_only_what_lies_outside_of_an_erasure(self, store, sensor):
        frames = steady(sensor, new_stream(), 2)
        cut_us = T0 + 4 * STEP
        assert store.erase(sensor, 0, cut_us) == 0
        assert store.write(frames).outcomes == (None, None)
        assert read(store, sensor) == {t: n for t, n in expected(frames).items() if t >= cut_us}

    def test_a_late_frame_that_comes_twice_is_answered_alike_in_one_batch_and_in_two(self, store, sensor):
        cut, whole = steady(sensor, new_stream(), 2)
        store.erase(sensor, 0, T0 + 4 * STEP)
        assert store.write([cut, whole, cut, whole]).outcomes == (None, None, RejectReason.ERASED, None)
        assert store.write([cut, whole]).outcomes == (RejectReason.ERASED, None)

    def test_a_late_frame_inside_an_erasure_is_refused(self, store, sensor):
        assert store.erase(sensor, T0, T0 + FRAME_US) == 0
        frames = steady(sensor, new_stream(), 2)
        assert store.write(frames).outcomes == (RejectReason.ERASED, None)
        assert read(store, sensor) == expected(frames[1:])

    def test_an_erasure_is_announced_once(self, store, sensor):
        write(store, steady(sensor, new_stream(), 2))
        before = len(self._changes_of(store, sensor))
        assert store.erase(sensor, T0, T0 + FRAME_US) == PER_FRAME
        assert store.erase(sensor, T0, T0 + FRAME_US) == 0
        changes = self._changes_of(store, sensor)[before:]
        assert [(c.start_us, c.end_us) for c in changes] == [(T0, T0 + FRAME_US - 1)]

    def test_erasing_everything_of_a_sensor(self, store, sensor):
        write(store, steady(sensor, new_stream(), 3))
        assert store.erase(sensor, *FOREVER) == 3 * PER_FRAME
        assert read(store, sensor) == {}
        assert list(store.frames(sensor, *FOREVER)) == []
        assert sensor not in store.sensors()
        assert len(store.read_decimated(sensor, *FOREVER, 10)) == 0

    # -- how far a home has come --------------------------------------------------------------------

    def test_the_latest_mark_of_each_filler_stands_and_outlives_the_process(self, opened):
        one, other = f"home-{secrets.token_hex(4)}", f"home-{secrets.token_hex(4)}"
        store = opened()
        assert store.mark_of(one) is None
        for mark in (Mark("s1", 7), Mark("s2", 3)):  # a restored home counts anew: less is no older
            store.mark(one, mark)
        store.mark(other, Mark("s3", 2**53))
        store.close()
        again = opened()
        assert (again.mark_of(one), again.mark_of(other)) == (Mark("s2", 3), Mark("s3", 2**53))
        again.close()

    @staticmethod
    def _changes_of(store, sensor):
        found, after = [], 0
        while page := store.changes(after, limit=1000):
            found += [change for change in page if change.sensor == sensor]
            after = page[-1].cursor
        return found
