import numpy as np
import pytest

from tempoband.simulator.band import _ELONGATION, _POUNDS, COLOURS, Band
from tempoband.simulator.motion import MotionBuilder
from tempoband.simulator.profiles import draw_profile

GRID_S = np.arange(0, 60, 0.002)
RNG = np.random.default_rng(0)


def there_and_back(peak=1.0, hold_s=0.0):
    builder = MotionBuilder(0.2)
    builder.dwell(2.0)
    builder.move(draw_profile("minimum_jerk", RNG), 2.0, peak)
    builder.dwell(hold_s)
    builder.move(draw_profile("minimum_jerk", RNG), 2.0, 0.2)
    builder.dwell(1.0)
    return builder.build()


@pytest.mark.parametrize("colour", COLOURS)
def test_the_fit_follows_the_published_table(colour):
    published_n = np.array(_POUNDS[colour]) * 4.4482216
    np.testing.assert_allclose(Band.of_colour(colour).static_n(_ELONGATION), published_n, rtol=0.04)


def test_the_curve_is_concave_and_slack_pulls_nothing():
    band = Band.of_colour("green")
    force_n = band.static_n(np.linspace(-0.5, 2.5, 301))
    assert np.all(force_n[:51] == 0)
    assert np.all(np.diff(force_n[51:]) > 0)
    assert 1.3 < band.static_n(np.array([2.0]))[0] / band.static_n(np.array([1.0]))[0] < 1.65


@pytest.mark.parametrize("peak_n", [5.0, 60.0, 300.0])
def test_a_band_can_be_as_thick_as_needed(peak_n):
    assert Band.of_colour("red").scaled_to(peak_n, 1.05).static_n(np.array([1.05])) == pytest.approx(peak_n)


def test_a_hold_relaxes_with_the_logarithm_of_time():
    band = Band.of_colour("green")
    tension_n = band.tension_n(there_and_back(hold_s=50.0), GRID_S)
    top = tension_n[np.searchsorted(GRID_S, [4.0, 5.0, 10.0, 50.0])]
    assert np.all(np.diff(top) < 0)
    assert 0.01 < 1 - top[-1] / top[0] < 0.06


def test_the_way_back_pulls_less_than_the_way_out():
    band = Band.of_colour("green")
    motion = there_and_back()
    time_s = GRID_S[motion.end_s > GRID_S]
    tension_n, strain = band.tension_n(motion, time_s), motion.at(time_s)
    out, back = time_s < 4.0, time_s >= 4.0
    at = np.array([0.4, 0.6, 0.8])
    out_n = np.interp(at, strain[out & (time_s > 2)], tension_n[out & (time_s > 2)])
    back_n = np.interp(at, strain[back][::-1], tension_n[back][::-1])
    assert np.all(back_n < out_n)
    assert np.all(back_n > 0.9 * out_n)


def test_an_ideal_band_only_follows_its_curve():
    band = Band(10.0, 4.0, hysteresis=0.0, relaxation=0.0)
    motion = there_and_back()
    np.testing.assert_allclose(band.tension_n(motion, GRID_S), band.static_n(motion.at(GRID_S)))
