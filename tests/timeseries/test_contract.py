"""What every store must do; the same tests against each."""

from dataclasses import replace

import numpy as np
import pytest

from tempoband.contracts.errors import RejectReason
from tempoband.contracts.frame import LossKnowledge
from tempoband.contracts.ledger import Evicted, StreamEnded
from tempoband.storage.timeseries.base import TimeSeriesStore
from tests.timeseries.making import (
    BRIDGE,
    FOREVER,
    SENSOR,
    T0_US,
    A,
    B,
    all_stored,
    make_frame,
    make_stream,
    samples_of,
    stored,
)


def assert_holds(store: TimeSeriesStore, frames: list, sensor: str = SENSOR) -> None:
    """Exactly these samples, in time order."""
    curve = store.read(sensor, *FOREVER)
    time_us, tension_n = samples_of(frames)
    order = np.argsort(time_us, kind="stable")
    np.testing.assert_array_equal(curve.time_us, time_us[order])
    np.testing.assert_allclose(curve.tension_n, tension_n[order], rtol=0, atol=1e-9)


def test_what_is_written_is_read_back(store: TimeSeriesStore):
    frames = make_stream(A, 40)
    assert store.write(all_stored(frames)).outcomes == (None,) * 40
    assert_holds(store, frames)
    assert store.sensors() == [SENSOR]
    assert len(store.read("another", *FOREVER)) == 0


def test_a_range_is_half_open(store: TimeSeriesStore):
    frames = make_stream(A, 40)
    store.write(all_stored(frames))
    time_us, _ = samples_of(frames)
    curve = store.read(SENSOR, int(time_us[13]), int(time_us[207]))
    np.testing.assert_array_equal(curve.time_us, time_us[13:207])


def test_writing_again_changes_nothing(store: TimeSeriesStore):
    frames = make_stream(A, 30)
    store.write(all_stored(frames[:20]))
    again = store.write(all_stored(frames[10:]) + all_stored(frames[25:]))
    assert set(again.outcomes) == {None}
    assert_holds(store, frames)
    (info,) = store.streams(SENSOR, *FOREVER)
    assert (info.frames, info.samples) == (30, 300)


def test_the_same_identity_with_other_bytes_is_a_conflict_and_the_first_stays(store: TimeSeriesStore):
    frame = make_frame(A, 0)
    other = replace(frame, counts=frame.counts + 1)
    store.write([stored(frame)])
    assert store.write([stored(other)]).outcomes == (RejectReason.CONFLICT,)
    twice = [make_frame(A, 1), replace(make_frame(A, 1), lost=3)]
    assert store.write(all_stored(twice)).outcomes == (None, RejectReason.CONFLICT)
    assert_holds(store, [frame, twice[0]])


def test_a_stream_belongs_to_the_sensor_and_bridge_that_began_it(store: TimeSeriesStore):
    frames = make_stream(A, 3)
    store.write([stored(frames[0])])
    outcomes = store.write(
        [stored(frames[1], sensor="thief"), stored(frames[1], bridge="other"), stored(frames[2])]
    ).outcomes
    assert outcomes == (RejectReason.WRONG_SENSOR, RejectReason.WRONG_SENSOR, None)
    assert_holds(store, [frames[0], frames[2]])


def test_frames_come_back_with_their_exact_bytes(store: TimeSeriesStore):
    frames = make_stream(A, 25) + make_stream(A, 25, start=25, scale_n=0.02, calibration_id="new", ticks=None)
    store.write(all_stored(frames))
    back = list(store.frames(SENSOR, *FOREVER))
    assert [f.payload for f in back] == [s.payload for s in all_stored(frames)]
    assert [f.frame for f in back] == frames
    assert_holds(store, frames)


def test_late_frames_fill_their_hole(store: TimeSeriesStore):
    frames = make_stream(A, 60)
    store.write(all_stored(frames[:20] + frames[40:]))
    (info,) = store.streams(SENSOR, *FOREVER)
    assert info.missing == ((20, 39),)
    (gap,) = store.gaps(SENSOR, *FOREVER)
    assert (gap.start_us, gap.end_us, gap.cause) == (frames[19].end_us, frames[40].t0_us, "missing")
    store.write(all_stored(frames[20:40]))
    assert_holds(store, frames)
    assert store.gaps(SENSOR, *FOREVER) == []
    assert store.streams(SENSOR, *FOREVER)[0].missing == ()


def test_loss_that_a_frame_tells_is_a_gap(store: TimeSeriesStore):
    frames = make_stream(A, 10)
    frames[4] = replace(frames[4], lost=7)
    store.write(all_stored(frames))
    (gap,) = store.gaps(SENSOR, *FOREVER)
    assert (gap.start_us, gap.end_us, gap.cause, gap.samples) == (
        frames[3].end_us,
        frames[4].t0_us,
        "lost",
        7,
    )
    assert store.streams(SENSOR, *FOREVER)[0].lost_samples == 7


def test_loss_that_cannot_be_known_is_not_zero(store: TimeSeriesStore):
    store.write(all_stored(make_stream(A, 3, loss=LossKnowledge.UNKNOWN)))
    assert store.streams(SENSOR, *FOREVER)[0].lost_samples is None


def test_the_ledger_closes(store: TimeSeriesStore):
    frames = make_stream(A, 10)
    store.write(all_stored(frames[:5]))
    evicted = Evicted(A, ((5, 6),), 20, frames[5].t0_us, frames[6].end_us, "spool_size")
    for _ in range(2):  # a note that comes twice counts once
        store.write_notes([(BRIDGE, SENSOR, StreamEnded(A, 9)), (BRIDGE, SENSOR, evicted)])
    (info,) = store.streams(SENSOR, *FOREVER)
    assert (info.last_seq, info.missing, info.evicted_samples) == (9, ((7, 9),), 20)
    gaps = {(g.cause, g.samples, g.start_us, g.end_us) for g in store.gaps(SENSOR, *FOREVER)}
    assert ("evicted", 20, frames[5].t0_us, frames[6].end_us) in gaps


def test_notes_may_come_before_the_first_frame(store: TimeSeriesStore):
    store.write_notes([(BRIDGE, SENSOR, StreamEnded(A, 2))])
    store.write(all_stored(make_stream(A, 3)))
    (info,) = store.streams(SENSOR, *FOREVER)
    assert (info.last_seq, info.missing, info.samples) == (2, (), 30)


def test_changes_lead_a_follower_through_every_commit(store: TimeSeriesStore):
    frames = make_stream(A, 12)
    seen = np.zeros(0, np.int64)
    cursor = 0
    for batch in (frames[:3], frames[6:9], frames[3:6], frames[9:]):
        store.write(all_stored(batch))
        for change in store.changes(cursor):
            assert change.cursor > cursor
            cursor = change.cursor
            seen = np.union1d(seen, store.read(change.sensor, change.start_us, change.end_us + 1).time_us)
    np.testing.assert_array_equal(seen, samples_of(frames)[0])
    assert store.changes(cursor) == []
    store.write(all_stored(frames[:3]))  # known already: nothing to look at
    assert store.changes(cursor) == []


def test_a_peak_is_never_hidden(store: TimeSeriesStore):
    frames = make_stream(A, 2000)
    for seq, index in ((100, 3), (777, 0), (1999, 9)):
        counts = frames[seq].counts.copy()
        counts[index] = 30_000 + seq
        frames[seq] = replace(frames[seq], counts=counts)
    holed = frames[:1200] + frames[1300:]
    store.write(all_stored(holed))
    few = store.read_decimated(SENSOR, *FOREVER, 500)
    assert len(few) <= 550
    time_us, tension_n = samples_of(holed)
    for seq, index in ((100, 3), (777, 0), (1999, 9)):
        assert frames[seq].time_us[index] in few.time_us
    assert few.tension_n.min() == pytest.approx(tension_n.min())
    assert {holed[1199].end_us, holed[1200].t0_us, int(time_us[0]), int(time_us[-1])} <= set(
        few.time_us.tolist()
    )


def test_equal_stamps_are_merged_and_the_first_stays(store: TimeSeriesStore):
    frame = make_frame(
        A, 0, 4, dt_us=np.array([0, 5, 5, 9], np.uint32), counts=np.array([1, 2, 3, 4], np.int32)
    )
    store.write([stored(frame)])
    curve = store.read(SENSOR, *FOREVER)
    np.testing.assert_array_equal(curve.time_us - T0_US - (frame.t0_us - T0_US), [0, 5, 9])
    np.testing.assert_allclose(curve.tension_n, np.array([1, 2, 4]) * 0.01 - 0.5)


def test_erased_samples_stay_away(store: TimeSeriesStore):
    frames, other = make_stream(A, 40), make_stream(B, 40)
    store.write(all_stored(frames) + all_stored(other, sensor="band-2"))
    start_us, end_us = int(frames[10].time_us[4]), int(frames[30].time_us[6])
    cursor = store.changes(0)[-1].cursor
    erased = store.erase(SENSOR, start_us, end_us)
    time_us, tension_n = samples_of(frames)
    keep = (time_us < start_us) | (time_us >= end_us)
    assert erased == np.count_nonzero(~keep)
    assert store.changes(cursor)
    outcomes = store.write(all_stored(frames)).outcomes
    assert outcomes[11:30] == (RejectReason.ERASED,) * 19
    assert set(outcomes) <= {None, RejectReason.ERASED}
    curve = store.read(SENSOR, *FOREVER)
    np.testing.assert_array_equal(curve.time_us, time_us[keep])
    np.testing.assert_allclose(curve.tension_n, tension_n[keep], atol=1e-9)
    (info,) = store.streams(SENSOR, *FOREVER)
    assert info.missing == ()
    assert_holds(store, other, sensor="band-2")


def test_a_late_frame_is_refused_where_it_was_erased_before_it_came(store: TimeSeriesStore):
    frames = make_stream(A, 10)
    store.write(all_stored(frames[:4]))
    store.erase(SENSOR, frames[2].t0_us, frames[7].end_us + 1)
    outcomes = store.write(all_stored(frames[4:])).outcomes
    assert outcomes == (RejectReason.ERASED,) * 4 + (None, None)
    assert_holds(store, frames[:2] + frames[8:])


def test_several_streams_and_sensors_keep_apart(store: TimeSeriesStore):
    first = make_stream(A, 10)
    later = [replace(f, t0_us=f.t0_us + 3_600_000_000) for f in make_stream(B, 10)]
    store.write(all_stored(later) + all_stored(first))
    assert_holds(store, first + later)
    assert [s.stream for s in store.streams(SENSOR, *FOREVER)] == [A, B]
    assert [s.stream for s in store.streams(SENSOR, T0_US, T0_US + 1_000_000)] == [A]
