import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_bridge.drivers.base import Samples, Traits
from firmware_bridge.frames.calibration import Calibration
from firmware_bridge.frames.clock import HostTime
from firmware_bridge.frames.loss import LossEstimator
from firmware_bridge.frames.stream import Arrival, Stream
from tempoband.contracts.frame import ClockKind, LossKnowledge, decode_frame, encode_frame
from tempoband.simulator.timing import SampleTiming

UTC0 = 1_790_000_000_000_000
DEVICE = Traits(rate_hz=80.0, scale_n=0.001, clock=ClockKind.DEVICE, loss=LossKnowledge.ESTIMATED)
CLOCKLESS = Traits(rate_hz=80.0, scale_n=0.001, clock=ClockKind.ARRIVAL)
FACTORY = Calibration(version=0, scale_n=0.001, offset_n=0.0)
PERIOD_US = 12_500


def arrival(first, n=8, *, at_us=None, start=0):
    """Samples number first .. first+n-1 of an even 80 Hz device; each count is its number."""
    numbers = np.arange(first, first + n)
    at_us = (first + n) * PERIOD_US if at_us is None else at_us
    ticks = (start + numbers * PERIOD_US) % 2**32
    return Arrival(
        Samples(ticks.astype(np.int64), numbers.astype(np.int32)), HostTime(10**7 + at_us, UTC0 + at_us)
    )


def collect(stream, arrivals, *, cut_every=1):
    """Frames as a bridge would end up with them: final ones replace provisional ones of the same seq."""
    frames, carry = {}, None
    for i, one in enumerate(arrivals):
        stream.push(one)
        if i % cut_every == 0:
            cut = stream.cut()
            frames.update({f.seq: f for f in cut.frames})
            carry = cut.carry
            if carry is not None:
                break
    if carry is None:
        frames.update({f.seq: f for f in stream.finish().frames})
    assert sorted(frames) == list(range(len(frames)))
    return [frames[seq] for seq in sorted(frames)], carry


def counts_of(frames):
    return np.concatenate([f.counts for f in frames]).tolist()


def times_of(frames):
    return np.concatenate([f.time_us for f in frames])


def test_every_sample_comes_out_once_in_order_with_rising_times():
    frames, carry = collect(Stream(DEVICE, FACTORY), [arrival(i) for i in range(0, 800, 8)])
    assert carry is None
    assert counts_of(frames) == list(range(800))
    assert (np.diff(times_of(frames)) > 0).all()
    assert all(decode_frame(encode_frame(f)) == f for f in frames)
    assert sum(f.lost for f in frames) == 0


def test_frames_are_provisional_until_the_clock_has_settled_and_then_come_again():
    stream, seen, final_at = Stream(DEVICE, FACTORY), [], None
    for i in range(0, 240, 8):
        stream.push(arrival(i))
        cut = stream.cut()
        seen.append((cut.final, [f.seq for f in cut.frames]))
        if cut.final:
            final_at = len(seen) - 1
            break
    assert final_at is not None
    assert [seqs for _, seqs in seen[:-1]] == [[n] for n in range(final_at)]
    assert seen[-1] == (True, list(range(final_at + 1)))


def test_a_stream_that_ends_before_the_clock_settles_loses_nothing():
    stream = Stream(DEVICE, FACTORY)
    frames, _ = collect(stream, [arrival(0), arrival(8)])
    assert counts_of(frames) == list(range(16))


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 31), st.integers(1, 9), st.integers(0, 2**32 - 1))
def test_no_way_of_packing_or_cutting_loses_or_repeats_a_sample(size, cut_every, start):
    arrivals = [arrival(i, size, start=start) for i in range(0, 400, size)]
    frames, _ = collect(Stream(DEVICE, FACTORY), arrivals, cut_every=cut_every)
    assert counts_of(frames) == list(range(len(arrivals) * size))
    assert (np.diff(times_of(frames)) > 0).all()


def test_doubled_callbacks_are_dropped_and_counted():
    stream = Stream(DEVICE, FACTORY)
    frames, carry = collect(stream, [a for i in range(0, 400, 8) for a in (arrival(i), arrival(i))])
    assert carry is None
    assert counts_of(frames) == list(range(400))
    assert stream.tally.repeated == 400


def test_a_lost_notification_is_counted_before_the_next_frame():
    stream = Stream(DEVICE, FACTORY)
    frames, _ = collect(stream, [arrival(i) for i in range(0, 800, 8) if i not in (400, 408, 600)])
    assert [(f.counts[0], f.lost) for f in frames if f.lost] == [(416, 16), (608, 8)]
    assert stream.tally.lost == 24


EXPORT_EDGES = SampleTiming(step_s=0.01139, per_packet=15, edge_s=0.02804)  # as real exports show


def test_holes_at_packet_edges_are_not_loss():
    estimator = LossEstimator(80.0)
    for i in range(100):
        times = np.rint(EXPORT_EDGES.instants(15 * i, 15) * 1e6).astype(np.int64)
        lost = estimator.lost_before(times) if i not in (50, 51, 70) else 0
        assert lost == {52: 30, 71: 15}.get(i, 0)
    assert 1e6 / estimator.period_us == pytest.approx(80.0, rel=0.001)


@pytest.mark.parametrize("size", [1, 2, 4, 8, 15, 31])
@pytest.mark.parametrize("missing", [1, 2, 5])
def test_loss_is_estimated_exactly_for_an_even_device(size, missing):
    estimator, lost = LossEstimator(80.0), 0
    for i in range(60):
        if not 30 <= i < 30 + missing:
            lost += estimator.lost_before(np.arange(i * size, (i + 1) * size) * PERIOD_US)
    assert lost == missing * size


def test_the_wrap_of_the_counter_is_no_gap():
    start = 2**32 - 3_000_000
    frames, carry = collect(Stream(DEVICE, FACTORY), [arrival(i, start=start) for i in range(0, 800, 8)])
    assert carry is None
    assert sum(f.lost for f in frames) == 0
    assert np.abs(np.diff(times_of(frames)) - PERIOD_US).max() <= 20


def test_a_restart_of_the_device_begins_a_new_stream_and_carries_every_sample_over():
    before = [arrival(i) for i in range(0, 1600, 8)]
    at = before[-1].host.mono_us - 10**7
    after = [arrival(i, at_us=at + (i + 8) * PERIOD_US) for i in range(0, 80, 8)]
    frames, carry = collect(Stream(DEVICE, FACTORY), before + after)
    assert counts_of(frames) == list(range(1600))
    assert carry is not None
    assert np.concatenate([a.samples.counts for a in carry]).tolist() == list(range(24))


def test_a_backlog_delivered_twice_is_no_restart():
    first, rest = [arrival(i) for i in range(0, 400, 8)], [arrival(i) for i in range(400, 800, 8)]
    again = [Arrival(a.samples, first[-1].host) for a in first[-5:]]
    frames, carry = collect(Stream(DEVICE, FACTORY), first + again + rest)
    assert carry is None
    assert counts_of(frames) == list(range(800))


def test_a_damaged_time_stamp_costs_its_notification_only():
    arrivals = [arrival(i) for i in range(0, 800, 8)]
    arrivals[40].samples.ticks[3] ^= 1 << 30
    arrivals[60].samples.ticks[:] += 2**29
    stream = Stream(DEVICE, FACTORY)
    frames, carry = collect(stream, arrivals)
    assert carry is None
    assert counts_of(frames) == [n for n in range(800) if n // 8 not in (40, 60)]
    assert stream.tally.implausible == 16
    assert stream.tally.lost == 16


def test_what_could_not_be_kept_is_told_by_the_next_frame():
    stream = Stream(DEVICE, FACTORY)
    stream.push(arrival(0))
    stream.cut()
    stream.lose(8)
    stream.push(arrival(8))
    assert stream.finish().frames[-1].lost == 8


def test_a_new_calibration_begins_with_a_new_frame():
    stream = Stream(CLOCKLESS, FACTORY)
    stream.push(arrival(0, 4))
    tared = FACTORY.zeroed(2.0, UTC0)
    stream.calibration = tared
    stream.push(arrival(4, 4))
    first, second = stream.cut().frames
    assert (first.calibration_id, second.calibration_id) == (FACTORY.id, tared.id)
    assert second.tension_n[0] == pytest.approx(0.002)


def test_a_sensor_without_clock_is_stamped_by_arrival():
    stream = Stream(CLOCKLESS, FACTORY)
    frames, _ = collect(stream, [arrival(i) for i in range(0, 800, 8)])
    assert counts_of(frames) == list(range(800))
    assert {f.clock for f in frames} == {ClockKind.ARRIVAL}
    assert {f.ticks for f in frames} == {None}
    assert (np.diff(times_of(frames)) > 0).all()


def test_a_device_of_another_rate_says_its_own():
    traits = Traits(rate_hz=80.0, scale_n=0.001, clock=ClockKind.DEVICE)
    stream = Stream(traits, FACTORY)
    for i in range(40):
        ticks = np.arange(i * 8, i * 8 + 8, dtype=np.int64) * 100_000
        at = int(ticks[-1]) + 1000
        stream.push(Arrival(Samples(ticks, np.zeros(8, np.int32)), HostTime(at, UTC0 + at)))
        stream.cut()
    assert stream.rate_hz == pytest.approx(10.0)
