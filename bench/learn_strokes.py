"""Random strokes that the edge network learns from: a motion, then a band, then a sensor.

Nothing here is the product's simulator or the tests' generator: those stay what it is judged on. Broad on
purpose: any speed profile, any concave or convex band, six kinds of hysteresis, relaxation, tremor, sway.
"""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d, uniform_filter1d
from scipy.signal import lfilter

FINE_HZ = 400
TEMPOS = (
    *("2-0-2-0", "2-1-2", "2-2-2", "1-0-1", "3-1-3", "3-2-3-1", "2-0-4-1", "2-0-4-0", "3-0-3-0", "4-0-4-0"),
    *("1-0-3-1", "1-1-4-0", "0.7-0-0.7-0", "2-1-2-1", "4-1-4", "3-0-1-0", "5-0-5-1", None, None),
)
RATES_HZ = (80.0, 80.0, 80.0, 80.0, 80.0, 160.0, 60.0, 40.0, 20.0, 10.0)


@dataclass(frozen=True)
class Stroke:
    """A recording with the 5 % crossings of its motion: shape (reps, 4), seconds."""

    time_s: np.ndarray
    tension_n: np.ndarray
    crossings_s: np.ndarray
    tempo: str | None


def log_uniform(rng, low, high):
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def amount(rng, low, high):
    """A size of which neither the order of magnitude nor the number is known."""
    return rng.uniform(low, high) if rng.random() < 0.5 else log_uniform(rng, low, high)


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


# ---- motion ------------------------------------------------------------------------------------------
def ramp(z, kind, rng):
    z = np.clip(z, 0, 1)
    if kind == 0:
        return z
    if kind == 1:
        return 0.5 - 0.5 * np.cos(np.pi * z)
    return z ** log_uniform(rng, 0.3, 3) if kind == 2 else np.sin(0.5 * np.pi * z)


def bell(u, rng):
    centre, width = rng.uniform(0.3, 0.7), rng.uniform(0.08, 0.3)
    kind = rng.integers(4)
    if kind == 0:
        v = np.exp(-0.5 * ((u - centre) / width) ** 2)
    elif kind == 1:
        v = 1 / np.cosh((u - centre) / width) ** 2
    elif kind == 2:
        v = np.exp(-np.abs(u - centre) / width)
    else:
        v = np.exp(-0.5 * ((np.log(u) - np.log(centre)) / rng.uniform(0.25, 0.7)) ** 2)
        v = v[::-1] if rng.random() < 0.5 else v
    return np.maximum(v - rng.choice([0, 1.0]) * max(v[0], v[-1]), 0)


def settling(u, rng):
    up, down = log_uniform(rng, 0.02, 0.25), log_uniform(rng, 0.03, 0.3)
    v = ramp(u / up, rng.integers(4), rng) * ramp((1 - u) / down, rng.integers(4), rng)
    v = v * np.exp(-rng.uniform(0.5, 4.5) * u)
    return v[::-1] if rng.random() < 0.4 else v


def small_moves(u, rng):
    count = rng.integers(2, 7)
    v = np.zeros_like(u)
    for centre in (np.arange(count) + 0.5 + rng.uniform(-0.2, 0.2, count)) / count:
        z = np.clip((u - centre) / (rng.uniform(0.6, 1.3) / count) * 0.5 + 0.5, 0, 1)
        v += rng.uniform(0.6, 1.4) * (z * (1 - z)) ** rng.choice([1, 2])
    return v * ramp(np.minimum(u, 1 - u) / 0.08, 0, rng)


def envelope(u, rng):
    kind = rng.random()
    if kind < 0.35:
        return u ** log_uniform(rng, 0.2, 4.5) * (1 - u) ** log_uniform(rng, 0.2, 4.5)
    if kind < 0.6:
        up, down = log_uniform(rng, 0.02, 0.55), log_uniform(rng, 0.02, 0.55)
        return ramp(u / up, rng.integers(4), rng) * ramp((1 - u) / down, rng.integers(4), rng)
    if kind < 0.75:
        return bell(u, rng)
    return settling(u, rng) if kind < 0.85 else small_moves(u, rng)


def speed(u, rng):
    """Speed over phase time: an envelope, and perhaps a wander, a stall, a second speed or a rhythm."""
    v, kind = envelope(u, rng), rng.random()
    if kind < 0.2:
        z = sum(rng.normal() * np.sin(np.pi * k * u + rng.uniform(0, 6)) / k for k in range(1, 7))
        v = v * np.exp(rng.uniform(0.1, 0.8) * z)
    elif kind < 0.35:
        stall = np.exp(-(np.abs((u - rng.uniform(0.3, 0.7)) / rng.uniform(0.04, 0.13)) ** rng.choice([2, 4])))
        v = v * (1 - rng.uniform(0.5, 1) * stall)
    elif kind < 0.5:
        second = log_uniform(rng, 0.35, 2.8)
        v = v * (1 + (second - 1) / (1 + np.exp(-(u - rng.uniform(0.35, 0.65)) / rng.uniform(0.02, 0.08))))
    elif kind < 0.6:
        v = v * (1 + rng.uniform(0.1, 0.6) * np.sin(2 * np.pi * (rng.uniform(2, 7) * u + rng.random())))
    return np.maximum(v, 0) + 1e-9


def seconds_of(tempo, rng):
    if tempo is None:
        still = [rng.choice([0, rng.uniform(0.3, 2)]), rng.choice([0, rng.uniform(0.3, 3)])]
        return [rng.uniform(0.8, 4), still[0], rng.uniform(0.8, 4), still[1]]
    known = [float(x) for x in tempo.split("-")]
    return known if len(known) == 4 else [*known, rng.choice([0, rng.uniform(0.3, 1.5)])]


def vary(rng, spread):
    return spread * np.clip(rng.standard_normal(), -2, 2)


class Mover:
    """Somebody's habits through a set."""

    def __init__(self, rng, tempo):
        self.rng, self.seconds = rng, seconds_of(tempo, rng)
        self.spread, self.range_spread = rng.uniform(0, 0.2), rng.uniform(0, 0.08)
        self.alike, self.pauses = rng.random() < 0.3, rng.random()
        self.hasty = rng.choice([0, 0, 0.15])
        self.sags = self.rng.choice([0, 0, 0.2])
        self.known = {}

    def profile(self, phase, count):
        u = (np.arange(count) + 0.5) / count
        if self.alike and phase in self.known:
            return np.interp(u, *self.known[phase])
        v = speed(u, self.rng)
        self.known[phase] = u, v
        return v

    def moving_s(self, phase):
        quick = self.rng.uniform(0.25, 0.6) if self.rng.random() < self.hasty else 1.0
        return max(self.seconds[phase] * np.exp(vary(self.rng, self.spread)) * quick, 0.25)

    def still(self, phase, level):
        """A dwell; now and then a prescribed hold sags and is partly won back."""
        rest = np.full(int(self.still_s(phase) * FINE_HZ), level)
        down, up = self.rng.integers(80, 180, 2)
        if phase == 1 and self.seconds[1] and len(rest) > down + up and self.rng.random() < self.sags:
            at = int(self.rng.uniform(0.05, 0.5) * (len(rest) - down - up))
            back = int(self.rng.uniform(at + down, len(rest) - up + 1))
            depth, won = self.rng.uniform(0.05, 0.3), self.rng.uniform(0, 1)
            t = np.arange(len(rest))
            rest -= depth * ramp((t - at) / down, 1, self.rng)
            rest += depth * won * ramp((t - back) / up, 1, self.rng)
        return rest

    def still_s(self, phase):
        if self.seconds[phase]:
            return self.seconds[phase] * np.exp(vary(self.rng, self.spread))
        if self.rng.random() < 0.4 and self.pauses < 0.6:
            return self.rng.uniform(0, 0.25)
        return self.rng.uniform(0.3, 1) if self.rng.random() < 0.1 and self.pauses < 0.3 else 0.0


def moved(rng, tempo):
    """Position 0..1 at FINE_HZ, and the crossings in seconds."""
    mover = Mover(rng, tempo)
    parts, rows, level = [np.zeros(int(FINE_HZ * rng.uniform(1.5, 3)))], [], 0.0
    now = len(parts[0])
    for _ in range(int(rng.integers(5, 9))):
        row, aims = [], {0: 1 + vary(rng, mover.range_spread), 2: vary(rng, 0.5 * mover.range_spread)}
        for phase in range(4):
            if phase % 2:
                parts.append(mover.still(phase, level))
            else:
                v = mover.profile(phase, int(mover.moving_s(phase) * FINE_HZ))
                way = np.cumsum(v)
                parts.append(level + (aims[phase] - level) * way / way[-1])
                fast = np.flatnonzero(v >= 0.05 * v.max())
                row += [(now + fast[0]) / FINE_HZ, (now + fast[-1] + 1) / FINE_HZ]
            now += len(parts[-1])
            level = parts[-1][-1] if len(parts[-1]) else level
        rows.append(row)
    parts.append(np.full(2 * FINE_HZ, level))
    return np.concatenate(parts), np.array(rows)


# ---- band --------------------------------------------------------------------------------------------
def branch(position, way):
    """-1 to 1: the branch of the loop, approached exponentially over a way after each turn."""
    step = np.diff(position, prepend=position[0])
    keep, side, state, out = np.exp(-np.abs(step) / way), np.sign(step), 0.0, np.empty(len(position))
    for i in range(len(position)):
        if side[i]:
            state = side[i] + (state - side[i]) * keep[i]
        out[i] = state
    return out


def play(position, way):
    """-1 to 1: a play operator."""
    step, state, out = np.diff(position, prepend=position[0]) / way, 0.0, np.empty(len(position))
    for i in range(len(position)):
        state = min(1.0, max(-1.0, state + step[i]))
        out[i] = state
    return out


def delayed_sign(position, rng):
    """The direction of motion, switching over a time rather than a way."""
    v = np.gradient(position) * FINE_HZ
    side = np.where(v > 0.02, 1.0, np.where(v < -0.02, -1.0, 0.0))
    last = np.maximum.accumulate(np.where(side != 0, np.arange(len(side)), 0))
    return uniform_filter1d(side[last], int(rng.uniform(0.03, 0.3) * FINE_HZ))


def elastic(position, rng):
    x = np.maximum(rng.uniform(0.02, 0.6) + rng.uniform(0.3, 1.5) * position, 0)
    kind = rng.integers(5)
    if kind == 0:
        stretch = 1 + x
        return (stretch - 1 / stretch**2) * (1 + rng.uniform(0, 2) / stretch)
    if kind == 1:
        return x ** rng.uniform(0.6, 1.0)
    bend = {2: 0.0, 3: -rng.uniform(0, 0.28), 4: rng.uniform(0, 0.4)}[int(kind)]
    return x * (1 + bend * x / x.max())


def by_rate(f, position, _span, rng):
    v = gaussian_filter1d(np.gradient(position) * FINE_HZ, 4)
    return f * (1 + amount(rng, 0.002, 0.04) * np.tanh(v / log_uniform(rng, 0.05, 0.5)))


def by_branch(f, position, _span, rng):
    return f * (1 + amount(rng, 0.002, 0.04) * branch(position, log_uniform(rng, 0.01, 0.12)))


def by_play(f, position, _span, rng):
    return f * (1 + amount(rng, 0.002, 0.04) * play(position, log_uniform(rng, 0.02, 0.15)))


def by_friction(f, position, span, rng):
    return f + amount(rng, 0.003, 0.06) * span * play(position, log_uniform(rng, 0.005, 0.1))


def by_loss(f, position, _span, rng):
    return f + amount(rng, 0.004, 0.06) * branch(position, log_uniform(rng, 0.01, 0.12)) * (f - f.min())


def by_delay(f, position, _span, rng):
    return f * (1 + amount(rng, 0.002, 0.03) * delayed_sign(position, rng))


LOSSES = (lambda f, *_: f, by_rate, by_branch, by_play, by_friction, by_loss, by_delay)
SHARES = (0.3, 0.48, 0.62, 0.72, 0.81, 0.9)  # of bands, added up


def stretched(position, rng, peak_n):
    f = elastic(position, rng)
    f = f / np.percentile(f, 98) * peak_n
    span = np.percentile(f, 98) - f[0]
    f = LOSSES[np.searchsorted(SHARES, rng.random())](f, position, span, rng)
    kind = rng.random()
    memories_s = [] if kind > 0.8 else [log_uniform(rng, 0.3, 8)] if kind < 0.4 else [0.5, 5, 50]
    share, fresh = amount(rng, 0.005, 0.1), f
    for memory_s in memories_s:
        keep = np.exp(-1 / (memory_s * FINE_HZ))
        follower, _ = lfilter([1 - keep], [1, -keep], fresh, zi=[keep * fresh[0]])
        f = f - share / len(memories_s) * (follower - fresh[0])
    return f, span


# ---- sensor ------------------------------------------------------------------------------------------
def sensed(tension_n, span_n, rng, rate_hz, peak_n):
    count = int((len(tension_n) - 2) / FINE_HZ * rate_hz)
    t = np.arange(count) / rate_hz + rng.uniform(0, 1 / rate_hz)
    y = np.interp(t, np.arange(len(tension_n)) / FINE_HZ, tension_n)
    if rng.random() > 0.25:
        wander = gaussian_filter1d(rng.standard_normal(count), rate_hz)
        beat = np.cumsum(2 * np.pi * rng.uniform(5, 11) * (1 + 0.08 * wander) / rate_hz)
        swell = 0.6 + 0.4 * np.sin(2 * np.pi * rng.uniform(0.1, 0.4) * t)
        tremor = log_uniform(rng, 0.0003, 0.012) * (0.25 * span_n + np.abs(y - y[0]))
        y = y + tremor * np.sin(beat) * swell
        if rng.random() < 0.5:
            sway = np.sin(2 * np.pi * rng.uniform(0.2, 0.6) * t + rng.uniform(0, 6))
            y = y + log_uniform(rng, 0.0005, 0.015) * span_n * sway
    noise_n = max(0.008, 0.0005 * peak_n) * rng.uniform(0.4, 2.5)
    y = y + rng.normal() * 0.02 * peak_n * t / 60 + noise_n * rng.standard_normal(count)
    t = t + rng.uniform(0, 0.3) * rng.uniform(-0.5, 0.5, count) / rate_hz
    keep = np.ones(count, bool)
    if rng.random() < 0.3 and rate_hz >= 40:
        keep &= np.arange(count) % 16 != 15  # holes at the packets' edges
    for _ in range(int(rng.choice([0, 0, 1, 2]))):
        hole = rng.uniform(1, t[-1])
        keep &= ~((t > hole) & (t < hole + rng.uniform(0.05, 0.5)))
    return np.maximum.accumulate(t)[keep], np.round(y[keep], 2)
