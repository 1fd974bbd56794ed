import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_bridge.frames.clock import ArrivalClock, DeviceClock, HostTime, TickUnroller
from firmware_bridge.frames.envelope import LowerEnvelope, lower_hull

UTC0 = 1_790_000_000_000_000
MONO0 = 77_000_000


class Session:
    """A sensor with its own crystal behind a link that makes packets wait; truth is known."""

    def __init__(self, *, ppm, waits_us, seconds, per_packet=8, rate_hz=80.0, start_ticks=0, host_step=None):
        self.true_us = (np.arange(int(seconds * rate_hz)) * 1e6 / rate_hz).round().astype(np.int64)
        self.ticks = (np.rint(self.true_us * (1 + ppm * 1e-6)).astype(np.int64) + start_ticks) % 2**32
        self.packets = [
            slice(i, i + per_packet) for i in range(0, len(self.true_us) - per_packet + 1, per_packet)
        ]
        sent = np.array([self.true_us[p][-1] for p in self.packets])
        self.arrivals = np.maximum.accumulate(sent + waits_us(len(sent)))
        self.host_step = host_step or (lambda _true_us: 0)

    def host(self, i):
        at = int(self.arrivals[i])
        return HostTime(MONO0 + at, UTC0 + at + self.host_step(at))

    def run(self, clock=None):
        """UTC of every sample, stamped once and for all."""
        clock, unroller = clock or DeviceClock(), TickUnroller(1.0, 32)
        held, stamps = [], []
        for i, packet in enumerate(self.packets):
            device_us, rising = unroller.keep(self.ticks[packet])
            assert rising.all()
            clock.observe(device_us, self.host(i))
            if not clock.settled:
                held.append(device_us)
                continue
            stamps += [clock.stamp_held(h) for h in held] + [clock.stamp(device_us)]
            held.clear()
        return np.concatenate(stamps)


def uniform(low_us, high_us, seed=1):
    rng = np.random.default_rng(seed)
    return lambda n: rng.uniform(low_us, high_us, n).round().astype(np.int64)


def bursts(interval_us):
    """Packets wait for the next connection event."""
    return lambda n: (-np.arange(1, n + 1) * 100_000 - 12_500) % interval_us


@settings(max_examples=60, deadline=None)
@given(
    ppm=st.floats(-100, 100),
    start=st.integers(0, 2**32 - 1),
    jitter_us=st.integers(0, 200_000),
    seed=st.integers(0, 99),
)
def test_intervals_are_exact_to_1_ms_per_second_from_the_first_sample(ppm, start, jitter_us, seed):
    session = Session(ppm=ppm, waits_us=uniform(500, 500 + jitter_us, seed), seconds=20, start_ticks=start)
    utc = session.run()
    truth = session.true_us[: len(utc)]
    step = 80  # samples in a second
    error = (utc[step:] - utc[:-step]) - (truth[step:] - truth[:-step])
    assert np.abs(error).max() <= 1000
    assert (np.diff(utc) > 0).all()


@pytest.mark.parametrize("ppm", [-100, -20, 0, 20, 100])
@pytest.mark.parametrize("interval_us", [7_500, 30_000, 47_000, 100_000])
def test_utc_is_within_5_ms_of_truth_plus_least_wait_after_30_s_in_bursts(ppm, interval_us):
    session = Session(ppm=ppm, waits_us=bursts(interval_us), seconds=300)
    check_offset(session)


@pytest.mark.parametrize("ppm", [-100, 0, 100])
@pytest.mark.parametrize("seed", range(8))
def test_utc_is_within_5_ms_of_truth_plus_least_wait_after_30_s_with_jitter(ppm, seed):
    session = Session(ppm=ppm, waits_us=uniform(3_000, 83_000, seed), seconds=300)
    check_offset(session)


def check_offset(session):
    utc = session.run()
    late = utc - UTC0 - session.true_us[: len(utc)]
    least_wait = (session.arrivals - [session.true_us[p][-1] for p in session.packets]).min()
    after_30_s = late[30 * 80 :]
    assert np.abs(after_30_s - least_wait).max() <= 5_000


@pytest.mark.parametrize("seed", range(4))
def test_the_offset_to_utc_moves_by_at_most_500_ppm(seed):
    def drifts_and_steps(true_us):  # 0.4 s back: network time that was wrong, as much as may be slewed
        return -400_000 if true_us > 40e6 else 0

    waits = uniform(0, 60_000, seed)
    session = Session(ppm=-80, waits_us=waits, seconds=120, host_step=drifts_and_steps)
    utc = session.run()
    device_us = session.ticks[: len(utc)]  # this counter does not wrap
    moved = np.diff(utc - device_us)
    assert np.abs(moved).max() <= 500e-6 * np.diff(device_us).max() + 1  # and a microsecond of rounding
    assert (utc - device_us)[-1] < (utc - device_us)[40 * 80] - 20_000  # it does follow


def test_the_counter_wraps_without_a_step():
    session = Session(ppm=0, waits_us=uniform(1000, 1001), seconds=60, start_ticks=2**32 - 20_000_000)
    assert (session.ticks[1:] < session.ticks[:-1]).sum() == 1
    assert np.abs(np.diff(session.run()) - 12_500).max() <= 20


def test_a_step_of_the_hosts_utc_backward_never_turns_time_back():
    session = Session(
        ppm=50, waits_us=uniform(0, 9000), seconds=60, host_step=lambda t: -3_000_000 if t > 20e6 else 0
    )
    utc = session.run()
    assert (np.diff(utc) > 0).all()
    assert np.abs((utc[80:] - utc[:-80]) - 1_000_000).max() <= 1000


def test_a_step_of_the_hosts_utc_forward_asks_for_a_new_stream():
    clock = DeviceClock()
    for i in range(200):
        step = 40_000_000 if i >= 150 else 0
        clock.observe(np.array([i * 100_000]), HostTime(MONO0 + i * 100_000, UTC0 + i * 100_000 + step))
        if clock.settled:
            clock.stamp(np.array([i * 100_000], np.int64))
        assert clock.stepped() == (i >= 150)


def test_a_suspend_asks_for_a_new_stream():
    # The monotonic clock stands still while the computer sleeps; UTC goes on.
    clock = DeviceClock()
    for i in range(100):
        clock.observe(np.array([i * 100_000]), HostTime(MONO0 + i * 100_000, UTC0 + i * 100_000))
    assert not clock.stepped()
    assert clock.ahead_us(9_900_000 + 600_000_000, HostTime(MONO0 + 10_000_000, UTC0 + 610_000_000)) > 5e8


def test_streams_of_a_sensor_do_not_overlap():
    floor = UTC0 + 5_000_000
    session = Session(ppm=0, waits_us=uniform(0, 5000), seconds=20)
    utc = session.run(DeviceClock(not_before_us=floor))
    assert utc[0] >= floor
    assert (np.diff(utc) > 0).all()
    assert np.abs((utc[80:] - utc[:-80]) - 1_000_000).max() <= 1000


@given(
    st.lists(
        st.tuples(st.integers(0, 10**6), st.integers(0, 10**5)),
        min_size=2,
        max_size=60,
        unique_by=lambda p: p[0],
    )
)
def test_the_hull_lies_under_every_point(points):
    points.sort()
    hull = lower_hull(points)
    xs, ys = zip(*hull, strict=True)
    under = np.interp([x for x, _ in points], xs, ys)
    assert (under <= np.array([y for _, y in points]) + 1e-6).all()
    assert {hull[0], hull[-1]} == {points[0], points[-1]}


@settings(deadline=None)
@given(st.floats(-100, 100), st.integers(0, 10**6))
def test_the_envelope_follows_a_drift_under_waits(ppm, seed):
    rng = np.random.default_rng(seed)
    envelope, errors = LowerEnvelope(), []
    for i in range(1200):
        device_us = i * 100_000
        truth = device_us * ppm * 1e-6
        envelope.add(device_us, round(truth + rng.uniform(0, 50_000)))
        if i > 300:
            errors.append(envelope.at(device_us) - truth)
    assert np.abs(errors).max() < 6_000


@given(
    st.integers(0, 2**32 - 1),
    st.lists(st.integers(1, 2**31 - 1), min_size=1, max_size=40),
)
def test_unrolling_undoes_any_number_of_wraps(start, steps):
    true = np.cumsum([start, *steps])
    unroller = TickUnroller(1.0, 32)
    unrolled = [unroller.keep(np.array([t % 2**32], np.int64)) for t in true]
    assert all(rising.all() for _, rising in unrolled)
    assert [int(us[0]) - int(unrolled[0][0][0]) for us, _ in unrolled] == (true - true[0]).tolist()


@given(st.lists(st.integers(-(2**30), 2**30), min_size=1, max_size=30), st.integers(0, 2**32 - 1))
def test_only_rising_ticks_are_kept(offsets, start):
    ticks = np.array([(start + o) % 2**32 for o in offsets], np.int64)
    unroller = TickUnroller(1.0, 32)
    device_us, rising = unroller.keep(ticks)
    kept = device_us[rising]
    assert rising[0]
    assert (np.diff(kept) > 0).all()
    again, rising_again = unroller.keep(ticks)
    assert not rising_again.any()
    assert again.max() == kept[-1]


@pytest.mark.parametrize("true_rate", [75.0, 80.0, 86.0])
def test_a_sensor_without_clock_gets_an_even_one(true_rate):
    rng = np.random.default_rng(3)
    clock, stamps = ArrivalClock(80.0, steady=True), []
    for i in range(1500):
        at = round((i + 1) * 8e6 / true_rate + rng.uniform(0, 30_000))
        stamps.append(clock.stamp(8, HostTime(MONO0 + at, UTC0 + at)))
    utc = np.concatenate(stamps)
    assert (np.diff(utc) > 0).all()
    late_part = np.diff(utc[len(utc) // 2 :])
    assert late_part.mean() == pytest.approx(1e6 / true_rate, rel=0.002)
    assert late_part.std() < 0.06 * 1e6 / true_rate  # arrivals alone would scatter by more than the period


def test_an_advertised_reading_is_as_old_as_its_arrival():
    clock = ArrivalClock(8.0, steady=False)
    first = clock.stamp(1, HostTime(MONO0, UTC0))
    again = clock.stamp(1, HostTime(MONO0, UTC0))
    later = clock.stamp(1, HostTime(MONO0 + 777_777, UTC0 + 777_777))
    assert (first[0], again[0], later[0]) == (UTC0, UTC0 + 1, UTC0 + 777_777)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 400_000), st.integers(1, 20)), min_size=1, max_size=200),
    st.booleans(),
    st.integers(-5_000_000, 900_000),
)
def test_synthesised_times_never_go_backwards(waits, steady, step):
    clock, at, last = ArrivalClock(80.0, steady=steady), 0, 0
    for i, (wait, n) in enumerate(waits):
        at += wait
        utc = clock.stamp(n, HostTime(MONO0 + at, UTC0 + at + (step if i > 50 else 0)))
        assert (np.diff(np.concatenate(([last], utc))) > 0).all()
        last = utc[-1]
