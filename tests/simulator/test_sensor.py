from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tempoband.simulator.sensor import CLEAN, MAX_GAP_S, ROUGH, Sensor
from tempoband.simulator.timing import EXPORT_80_HZ, SampleTiming

WORLD_S = np.arange(0, 120, 0.002)
RAMP_N = WORLD_S.copy()


def read(sensor, tension_n=RAMP_N, seed=0):
    return sensor.read(WORLD_S, tension_n, np.random.default_rng(seed))


@pytest.mark.parametrize("rate_hz", [10, 20, 80, 87.8, 320])
def test_it_samples_at_its_rate(rate_hz):
    time_s, _ = read(Sensor.at(rate_hz))
    assert len(time_s) / 120 == pytest.approx(rate_hz, rel=0.01)
    np.testing.assert_allclose(np.diff(time_s), 1 / rate_hz)


def test_export_timing_has_its_holes_at_packet_edges():
    time_s, _ = read(replace(CLEAN, timing=EXPORT_80_HZ))
    steps = np.diff(time_s)
    assert np.mean(steps > 0.02) == pytest.approx(1 / 15, rel=0.05)


def test_noise_has_the_given_size_and_readings_lie_on_the_lattice():
    _, tension_n = read(replace(CLEAN, noise_n=0.05, resolution_n=0.01), np.zeros_like(WORLD_S))
    assert tension_n.std() == pytest.approx(0.05, rel=0.05)
    np.testing.assert_allclose(tension_n / 0.01, np.rint(tension_n / 0.01), atol=1e-6)


def test_a_float_sensor_sends_float32_kilograms():
    _, tension_n = read(replace(CLEAN, resolution_n=0.0))
    kg = tension_n / 9.80665
    np.testing.assert_allclose(kg, kg.astype(np.float32), rtol=1e-9)


def test_drift_and_a_bad_tare_move_the_zero():
    time_s, tension_n = read(
        replace(CLEAN, noise_n=0.0, tare_error_n=3.0, drift_n_per_min=1.5), np.zeros_like(WORLD_S)
    )
    np.testing.assert_allclose(tension_n, 3.0 + 1.5 * time_s / 60, atol=0.01)


def test_gaps_are_holes_of_at_most_half_a_second_each():
    time_s, _ = read(replace(CLEAN, gaps_per_min=4.0))
    holes = np.diff(time_s)[np.diff(time_s) > 0.04]
    assert 2 <= len(holes) <= 20
    assert np.median(holes) <= MAX_GAP_S + 0.02


def test_spikes_are_single_samples():
    _, tension_n = read(replace(CLEAN, noise_n=0.0, spikes_per_min=5.0), np.zeros_like(WORLD_S))
    hit = np.flatnonzero(np.abs(tension_n) > 1)
    assert 3 <= len(hit) <= 25
    assert np.abs(tension_n[hit]).max() <= 50.0


@given(
    seed=st.integers(0, 1000),
    jitter_s=st.floats(0, 0.01),
    stamp_error_s=st.floats(0, 0.02),
    rate_hz=st.floats(10, 320),
)
def test_time_never_falls(seed, jitter_s, stamp_error_s, rate_hz):
    sensor = replace(ROUGH, jitter_s=jitter_s, stamp_error_s=stamp_error_s, timing=SampleTiming.even(rate_hz))
    time_s, tension_n = read(sensor, seed=seed)
    assert np.all(np.diff(time_s) >= 0)
    assert len(time_s) == len(tension_n)
    assert np.isfinite(tension_n).all()


def test_jitter_that_the_stamps_know_leaves_the_curve_true():
    time_s, tension_n = read(replace(CLEAN, jitter_s=0.004, noise_n=0.0))
    np.testing.assert_allclose(tension_n, time_s, atol=0.01)
