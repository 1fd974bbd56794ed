import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.drivers.base import Samples, Traits
from firmware_bridge.errors import CalibrationError
from firmware_bridge.frames.calibration import CalibrationBook, factory, two_point
from firmware_bridge.frames.clock import HostTime
from firmware_bridge.frames.stream import Arrival
from firmware_bridge.sensors.weighing import FREE_N, STILL_N, Refusal, RefusedError, Weighing
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


class Scale:
    """A sensor that is read at 80 Hz; each value lasts a tenth of a second."""

    def __init__(self, folder):
        self.weighing = Weighing("a", TRAITS, CalibrationBook(folder / "c.json"))
        self.mono_us = 0

    def read(self, newtons):
        for n in newtons:
            self.mono_us += 100_000
            counts = np.full(8, round(n / TRAITS.scale_n), np.int32)
            self.weighing.add(Arrival(Samples(None, counts), HostTime(self.mono_us, 0)))

    def now(self, later_us=0):
        return HostTime(self.mono_us + later_us, 9_000_000)

    def refusal(self, act):
        with pytest.raises(RefusedError) as caught:
            act()
        return caught.value.reason


@pytest.fixture
def scale(tmp_path):
    return Scale(tmp_path)


@pytest.mark.parametrize(
    ("newtons", "later_us", "reason"),
    [
        ([3.0] * 5, 0, Refusal.TOO_EARLY),
        ([], 0, Refusal.NOT_STREAMING),
        ([3.0] * 12, 1_500_000, Refusal.NOT_STREAMING),
        ([3.0] * 11 + [3.0 + 1.2 * STILL_N], 0, Refusal.NOT_STILL),
        ([FREE_N + 1] * 12, 0, Refusal.LOADED),
    ],
)
def test_a_tare_is_refused_with_its_reason(scale, newtons, later_us, reason):
    scale.read(newtons)
    assert scale.refusal(lambda: scale.weighing.tare(scale.now(later_us))) is reason
    assert scale.weighing.calibration == factory(TRAITS)


def test_a_tare_sets_the_zero_when_the_jerk_is_more_than_a_second_ago(scale):
    scale.read([3.0 + 1.2 * STILL_N] + [3.0] * 20)
    scale.weighing.tare(scale.now())
    assert scale.weighing.calibration.newtons(3000) == pytest.approx(0)
    assert scale.weighing.calibration.tared_at_us == 9_000_000


def test_a_load_stays_a_load_after_a_tare(scale):
    scale.read([FREE_N - 5] * 12)
    scale.weighing.tare(scale.now())
    scale.read([FREE_N + 10] * 12)
    assert scale.refusal(lambda: scale.weighing.tare(scale.now())) is Refusal.LOADED


def test_two_point_calibration_by_hand(scale):
    weighing = scale.weighing
    scale.read([2.0] * 12)
    assert scale.refusal(lambda: weighing.calibrate(98.0665, scale.now())) is Refusal.NO_FREE_POINT
    assert "known weight" in str(weighing.calibrate(0, scale.now()))
    scale.read([80.0] * 12)
    assert str(weighing.calibrate(98.0665, scale.now())) == "Calibrated: version 1."
    assert weighing.calibration.newtons(80_000) == pytest.approx(98.0665)
    assert weighing.calibration.newtons(2_000) == pytest.approx(0)
    scale.read([2.3] * 12)
    weighing.tare(scale.now())
    assert weighing.calibration.id == "two-point-1/zero-9"


def test_a_weight_that_pushes_the_wrong_way_is_recognised(scale):
    scale.read([0.0] * 12)
    scale.weighing.calibrate(0, scale.now())
    scale.read([-50.0] * 12)
    assert "other way round" in str(scale.weighing.calibrate(50.0, scale.now()))
    assert scale.weighing.calibration.newtons(-25_000) == pytest.approx(25)


def test_points_without_difference_are_refused(scale):
    scale.read([1.0] * 12)
    scale.weighing.calibrate(0, scale.now())
    assert scale.refusal(lambda: scale.weighing.calibrate(50.0, scale.now())) is Refusal.BAD_POINTS
