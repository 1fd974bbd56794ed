import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.calibration import Calibration, CalibrationBook, factory, two_point
from firmware_bridge.clock import HostTime
from firmware_bridge.drivers.base import Samples, Traits
from firmware_bridge.errors import CalibrationError
from firmware_bridge.stream import Arrival
from firmware_bridge.tare import FREE_N, STILL_N, RecentReadings, TareRefusal, judge
from tempoband.contracts.frame import ClockKind

TRAITS = Traits(rate_hz=80.0, scale_n=0.001, clock=ClockKind.DEVICE)


@given(
    st.floats(-1e6, 1e6),
    st.floats(1e3, 1e6) | st.floats(-1e6, -1e3),
    st.floats(5, 500),
)
def test_two_points_are_read_back_exactly(unloaded, span, load_n):
    made = two_point(unloaded, unloaded + span, load_n, after=2, at_us=7)
    assert made.newtons(unloaded) == pytest.approx(0, abs=1e-6)
    assert made.newtons(unloaded + span) == pytest.approx(load_n, rel=1e-6)
    assert made.reversed == (span < 0)
    assert (made.version, made.id) == (3, "two-point-3")


def test_a_reversed_cell_still_reads_pulling_as_positive():
    made = two_point(1000, -9000, 98.0665, after=0, at_us=0)
    assert made.reversed
    assert made.newtons(-4000) == pytest.approx(49.03325)


@pytest.mark.parametrize(
    ("loaded", "load_n", "words"), [(5000, 1.0, "at least 5 N"), (1010, 50.0, "does it hang on the sensor")]
)
def test_points_that_say_nothing_are_refused(loaded, load_n, words):
    with pytest.raises(CalibrationError, match=words):
        two_point(1000, loaded, load_n, after=0, at_us=0)


def test_the_book_keeps_every_version_per_sensor(tmp_path):
    book = CalibrationBook(tmp_path / "c.json")
    assert book.current("a", TRAITS) == factory(TRAITS)
    first = two_point(0, 10_000, 50, after=0, at_us=1)
    zero = first.zeroed(120, 5_000_000)
    book.add("a", first)
    book.add("a", zero)
    again = CalibrationBook(tmp_path / "c.json")
    assert again.current("a", TRAITS) == zero
    assert again.history("a") == (first, zero)
    assert again.current("b", TRAITS) == factory(TRAITS)
    assert zero.id == "two-point-1/zero-5"
    assert zero.newtons(120) == pytest.approx(0)


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"format": 9, "sensors": {}}', '{"format": 1, "sensors": {"a": [{}]}}']
)
def test_a_damaged_book_is_an_error_that_names_the_file(tmp_path, content):
    path = tmp_path / "c.json"
    path.write_text(content)
    with pytest.raises(CalibrationError, match=r"c\.json"):
        CalibrationBook(path)


def readings(newtons, *, every_us=100_000):
    recent = RecentReadings()
    for i, n in enumerate(newtons):
        counts = np.full(8, round(n * 1000), np.int32)
        recent.add(Arrival(Samples(None, counts), HostTime(i * every_us, 0)))
    return recent, (len(newtons) - 1) * every_us


def judged(newtons, *, later_us=0):
    recent, now_us = readings(newtons)
    plain = factory(TRAITS)
    return judge(recent.last_second(now_us + later_us, plain), plain)


def test_a_tare_needs_a_whole_second_of_stillness_without_load():
    assert judged([3.0] * 12) is None
    assert judged([3.0] * 5) is TareRefusal.TOO_EARLY
    assert judged([]) is TareRefusal.NOT_STREAMING
    assert judged([3.0] * 12, later_us=1_500_000) is TareRefusal.NOT_STREAMING
    assert judged([3.0] * 11 + [3.0 + 1.2 * STILL_N]) is TareRefusal.NOT_STILL
    assert judged([3.0 + 1.2 * STILL_N] + [3.0] * 20) is None  # the jerk was more than a second ago
    assert judged([FREE_N + 1] * 12) is TareRefusal.LOADED


def test_a_load_stays_a_load_after_a_tare():
    plain = Calibration(0, 0.001, 0.0)
    recent, now_us = readings([FREE_N + 10] * 12)
    tared = plain.zeroed(1000 * FREE_N, 0)
    assert judge(recent.last_second(now_us, tared), plain) is TareRefusal.LOADED
