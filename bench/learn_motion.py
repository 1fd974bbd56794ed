"""How the random strokes that the edge network learns from are moved: one position over time, 0 to 1.

Any profile of speed, on purpose: named ones are only corners of what people do. Half are random smooth curves
between two random ways of starting and stopping.
"""

import numpy as np

FINE_HZ = 400
WAVES = 10  # of a random smooth curve over a phase


def log_uniform(rng, low, high):
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def amount(rng, low, high):
    """A size of which neither the order of magnitude nor the number is known."""
    return rng.uniform(low, high) if rng.random() < 0.5 else log_uniform(rng, low, high)


def vary(rng, spread):
    return spread * np.clip(rng.standard_normal(), -2, 2)


# ---- speed over the time of a phase -------------------------------------------------------------------
def ramp(z, kind, rng):
    z = np.clip(z, 0, 1)
    if kind == 0:
        return z
    if kind == 1:
        return 0.5 - 0.5 * np.cos(np.pi * z)
    return z ** log_uniform(rng, 0.3, 3) if kind == 2 else np.sin(0.5 * np.pi * z)


def ramps(u, rng, longest=0.55):
    up, down = log_uniform(rng, 0.02, longest), log_uniform(rng, 0.02, longest)
    return ramp(u / up, rng.integers(4), rng) * ramp((1 - u) / down, rng.integers(4), rng)


def powers(u, rng):
    return u ** log_uniform(rng, 0.2, 4.5) * (1 - u) ** log_uniform(rng, 0.2, 4.5)


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
    v = ramps(u, rng, 0.28) * np.exp(-rng.uniform(0.5, 4.5) * u)
    return v[::-1] if rng.random() < 0.4 else v


def small_moves(u, rng):
    count = rng.integers(2, 8)
    v = np.zeros_like(u)
    for centre in (np.arange(count) + 0.5 + rng.uniform(-0.2, 0.2, count)) / count:
        z = np.clip((u - centre) / (rng.uniform(0.6, 1.3) / count) * 0.5 + 0.5, 0, 1)
        v += rng.uniform(0.6, 1.4) * (z * (1 - z)) ** rng.choice([1, 2])
    return v * ramp(np.minimum(u, 1 - u) / 0.08, 0, rng)


def smooth_curve(u, rng, size):
    """A random curve of about this size: few waves or many, no scale of its own."""
    k = np.arange(1, WAVES + 1)
    weights = rng.standard_normal(WAVES) * k ** -rng.uniform(0.6, 2.0)
    waves = weights @ np.cos(np.pi * (np.outer(k, u) + rng.uniform(0, 2, (WAVES, 1))))
    return size * waves / np.sqrt(0.5 * np.sum(weights**2))


def freely(u, rng):
    """Any smooth course between any two ways of starting and stopping."""
    return ramps(u, rng, 0.7) * np.exp(smooth_curve(u, rng, rng.uniform(0.1, 0.8)))


def warped(u, rng):
    """Another motion whose clock runs unevenly."""
    pace = np.exp(smooth_curve(u, rng, rng.uniform(0.1, 0.6)))
    clock = (np.cumsum(pace) - 0.5 * pace) / pace.sum()
    return pace * (powers, ramps, bell)[rng.integers(3)](clock, rng)


ENVELOPES = (powers, ramps, bell, settling, small_moves, freely, warped)
SHARES = (0.22, 0.40, 0.54, 0.63, 0.72, 0.88)  # added up; the last takes the rest


def envelope(u, rng):
    v = ENVELOPES[np.searchsorted(SHARES, rng.random())](u, rng)
    return v / v.max()


def speed(u, rng):
    """Speed over phase time: an envelope, and perhaps a wander, a stall, a second speed or a rhythm."""
    v, kind = envelope(u, rng), rng.random()
    if kind < 0.15:
        v = v * np.exp(smooth_curve(u, rng, rng.uniform(0.1, 0.6)))
    elif kind < 0.3:
        stall = np.exp(-(np.abs((u - rng.uniform(0.3, 0.7)) / rng.uniform(0.04, 0.13)) ** rng.choice([2, 4])))
        v = v * (1 - rng.uniform(0.5, 1) * stall)
    elif kind < 0.42:
        second = log_uniform(rng, 0.35, 2.8)
        v = v * (1 + (second - 1) / (1 + np.exp(-(u - rng.uniform(0.35, 0.65)) / rng.uniform(0.02, 0.08))))
    elif kind < 0.52:
        v = v * (1 + rng.uniform(0.1, 0.6) * np.sin(2 * np.pi * (rng.uniform(2, 7) * u + rng.random())))
    elif kind < 0.6:
        v = v + rng.uniform(0.1, 1) * envelope(u, rng)
    return np.maximum(v, 0) + 1e-9


def stopped(v, rng):
    """A speed with a full stop somewhere on its way, of any length: nobody's clock runs while it lasts."""
    at, ramp_n = int(rng.uniform(0.06, 0.94) * len(v)), int(rng.uniform(0.03, 0.2) * FINE_HZ)
    slow = np.minimum(1, np.abs(np.arange(len(v)) - at) / ramp_n) ** rng.uniform(0.5, 2)
    still = np.zeros(int(log_uniform(rng, 0.1, 1.6) * FINE_HZ))
    return np.concatenate([(v * slow)[:at], still, (v * slow)[at:]])


# ---- a set ---------------------------------------------------------------------------------------------
def seconds_of(tempo, rng):
    if tempo is None:
        still = [rng.choice([0, rng.uniform(0.3, 2)]), rng.choice([0, rng.uniform(0.3, 3)])]
        return [rng.uniform(0.8, 4), still[0], rng.uniform(0.8, 4), still[1]]
    known = [float(x) for x in tempo.split("-")]
    return known if len(known) == 4 else [*known, rng.choice([0, rng.uniform(0.3, 1.5)])]


class Mover:
    """Somebody's habits through a set."""

    def __init__(self, rng, tempo):
        self.rng, self.seconds = rng, seconds_of(tempo, rng)
        self.spread, self.range_spread = rng.uniform(0, 0.2), rng.uniform(0, 0.08)
        self.alike, self.pauses = rng.random() < 0.3, rng.random()
        self.hasty = rng.choice([0, 0, 0.15])
        self.sags, self.stops = self.rng.choice([0, 0.25]), self.rng.choice([0, 0, 0.3])
        self.known = {}

    def profile(self, phase, count):
        u = (np.arange(count) + 0.5) / count
        if self.alike and phase in self.known:
            return np.interp(u, *self.known[phase])
        v = speed(u, self.rng)
        self.known[phase] = u, v
        return v

    def way(self, phase):
        v = self.profile(phase, int(self.moving_s(phase) * FINE_HZ))
        return stopped(v, self.rng) if self.rng.random() < self.stops else v

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


def around_s(rng):
    """Standing still before or after a set: long enough to see it, or hardly."""
    return rng.uniform(0.03, 0.6) if rng.random() < 0.15 else rng.uniform(1.5, 3)


def moved(rng, tempo):
    """Position 0..1 at FINE_HZ, and the crossings of 5 % of each motion's peak speed: (reps, 4), seconds."""
    mover = Mover(rng, tempo)
    parts, rows, level = [np.zeros(int(FINE_HZ * around_s(rng)))], [], 0.0
    now = len(parts[0])
    for _ in range(int(rng.integers(5, 9))):
        row, aims = [], {0: 1 + vary(rng, mover.range_spread), 2: vary(rng, 0.5 * mover.range_spread)}
        for phase in range(4):
            if phase % 2:
                parts.append(mover.still(phase, level))
            else:
                v = mover.way(phase)
                way = np.cumsum(v)
                parts.append(level + (aims[phase] - level) * way / way[-1])
                fast = np.flatnonzero(v >= 0.05 * v.max())
                row += [(now + fast[0]) / FINE_HZ, (now + fast[-1] + 1) / FINE_HZ]
            now += len(parts[-1])
            level = parts[-1][-1] if len(parts[-1]) else level
        rows.append(row)
    parts.append(np.full(int(FINE_HZ * around_s(rng)), level))
    return np.concatenate(parts), np.array(rows)
