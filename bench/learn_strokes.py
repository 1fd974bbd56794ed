"""Random strokes that the edge network learns from: a motion, then a band, then a sensor.

Nothing here is the product's simulator or the tests' generator: those stay what it is judged on.
"""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d, uniform_filter1d

from bench.learn_bands import stretched
from bench.learn_motion import FINE_HZ, log_uniform, moved

TEMPOS = (
    *("2-0-2-0", "2-1-2", "2-2-2", "1-0-1", "3-1-3", "3-2-3-1", "2-0-4-1", "2-0-4-0", "3-0-3-0", "4-0-4-0"),
    *("1-0-3-1", "1-1-4-0", "0.7-0-0.7-0", "2-1-2-1", "4-1-4", "3-0-1-0", "5-0-5-1", "6-2-6-1", None, None),
)
RATES_HZ = (80.0, 80.0, 80.0, 80.0, 80.0, 160.0, 60.0, 40.0, 20.0, 10.0)
STEPS_N = (0.001, 0.01, 0.01, 0.01, 0.05)  # what a sensor's last digit stands for


@dataclass(frozen=True)
class Stroke:
    """A recording with the 5 % crossings of its motion: shape (reps, 4), seconds."""

    time_s: np.ndarray
    tension_n: np.ndarray
    crossings_s: np.ndarray
    tempo: str | None


def draw(seed) -> Stroke:
    rng = np.random.default_rng(seed)
    tempo = TEMPOS[rng.integers(len(TEMPOS))]
    position, crossings_s = moved(rng, tempo)
    peak_n = log_uniform(rng, 5, 300)
    tension_n, span_n = stretched(position, rng, peak_n)
    rate_hz = RATES_HZ[rng.integers(len(RATES_HZ))]
    if rate_hz < 20 and tempo and tempo.startswith("0.7"):
        rate_hz = 80.0  # seven samples are no phase
    time_s, tension_n = sensed(tension_n, span_n, rng, rate_hz, peak_n)
    return Stroke(time_s, tension_n, crossings_s, tempo)


def tremor(t, load_n, span_n, rng, rate_hz):
    """Shaking of 4 to 12 Hz that grows with the load and swells."""
    wander = gaussian_filter1d(rng.standard_normal(len(t)), rate_hz)
    beat = np.cumsum(2 * np.pi * rng.uniform(4, 12) * (1 + 0.08 * wander) / rate_hz)
    swell = 0.6 + 0.4 * np.sin(2 * np.pi * rng.uniform(0.1, 0.4) * t)
    most = log_uniform(rng, 0.0003, 0.012) if rng.random() < 0.85 else rng.uniform(0.01, 0.04)
    return most * (0.25 * span_n + load_n) * np.sin(beat) * swell


def sway(t, span_n, rng, rate_hz):
    """Slow unsteadiness: one wave, or none like the other."""
    hz = log_uniform(rng, 0.1, 1.0)
    wave = np.sin(2 * np.pi * hz * t + rng.uniform(0, 6))
    if rng.random() < 0.6:
        noise = gaussian_filter1d(rng.standard_normal(len(t) + 2), rate_hz / (2 * np.pi * hz))[1:-1]
        wave = wave * rng.random() + noise / (noise.std() + 1e-9)
    most = log_uniform(rng, 0.0005, 0.01) if rng.random() < 0.7 else rng.uniform(0.005, 0.03)
    return most * span_n * wave


def drift(t, peak_n, rng):
    """The zero wanders, mostly little; on a light band at most by its whole peak in a minute."""
    if rng.random() < 0.7:
        per_s = rng.normal() * 0.02 * peak_n / 60
    else:
        per_s = rng.choice([-1, 1]) * min(log_uniform(rng, 0.3, 15), peak_n) / 60
    return per_s * t


def kept(t, rng, rate_hz):
    keep = np.ones(len(t), bool)
    if rng.random() < 0.3 and rate_hz >= 40:
        keep &= np.arange(len(t)) % 16 != 15  # holes at the packets' edges
    for _ in range(int(rng.choice([0, 0, 1, 2]))):
        hole = rng.uniform(0, t[-1])
        keep &= ~((t > hole) & (t < hole + rng.uniform(0.05, 0.5)))
    return keep


def settled(tension_n, rng, rate_hz):
    """As a slow converter gives it that settles over four of its samples; its constant delay is left out."""
    if rate_hz > 20 or rng.random() > 0.3:
        return tension_n
    return uniform_filter1d(tension_n, int(4 / rate_hz * FINE_HZ))


def sensed(tension_n, span_n, rng, rate_hz, peak_n):
    tension_n = settled(tension_n, rng, rate_hz)
    count = int((len(tension_n) - 2) / FINE_HZ * rate_hz)
    t = np.arange(count) / rate_hz + rng.uniform(0, 1 / rate_hz)
    y = np.interp(t, np.arange(len(tension_n)) / FINE_HZ, tension_n)
    unsteady = np.zeros(count)
    if rng.random() > 0.25:
        unsteady += tremor(t, np.abs(y - y[0]), span_n, rng, rate_hz)
        if rng.random() < 0.6:
            unsteady += sway(t, span_n, rng, rate_hz)
    noise_n = log_uniform(rng, 0.003, 0.08) if rng.random() < 0.5 else peak_n * log_uniform(rng, 1e-4, 1e-2)
    noise_n *= rng.random() < 0.95
    y = y + unsteady + drift(t, peak_n, rng) + noise_n * rng.standard_normal(count)
    t = t + rng.uniform(0, 0.3) * rng.uniform(-0.5, 0.5, count) / rate_hz
    keep = kept(t, rng, rate_hz)
    step_n = rng.choice(STEPS_N) if rng.random() < 0.8 else span_n * log_uniform(rng, 0.004, 0.12)
    return np.maximum.accumulate(t)[keep], np.round(y[keep] / step_n) * step_n
