"""A private generator of strokes: motion first, then band, then sensor. Truth comes from the motion.

Independent of the product's simulator on purpose: whole families of motion and band here are not there.
"""

from dataclasses import dataclass, field

import numpy as np

FINE_HZ = 1000.0
BOUNDARY_SPEED = 0.05


# ---- motion: position 0..1 over s in 0..1 ------------------------------------------------------------
def min_jerk(s, _rng):
    return s**3 * (10 - 15 * s + 6 * s * s)


def raised_cosine(s, _rng):
    return 0.5 * (1 - np.cos(np.pi * s))


def from_speed(speed):
    x = np.concatenate([[0.0], np.cumsum(0.5 * (speed[1:] + speed[:-1]))])
    return x / x[-1]


def beta_speed(s, rng):
    a, b = rng.uniform(0.6, 3.0, 2)
    return from_speed(s**a * (1 - s) ** b)


def early_peak(s, rng):
    a, b = rng.uniform(0.8, 1.5), rng.uniform(2.0, 4.0)
    return from_speed(s**a * (1 - s) ** b)


def late_peak(s, rng):
    return 1 - early_peak(s, rng)[::-1]


def constant_speed(s, rng):
    ramp = rng.uniform(0.01, 0.12)
    return from_speed(np.clip(np.minimum(s, 1 - s) / ramp, 0, 1))


def trapezoid(s, rng):
    up, down = rng.uniform(0.1, 0.45, 2)
    return from_speed(np.clip(np.minimum(s / up, (1 - s) / down), 0, 1))


def logistic_sum(s, rng):
    """Two overlapping submovements; ends cut where the logistic has nearly died."""
    c = np.sort(rng.uniform(0.25, 0.75, 2))
    w = rng.uniform(0.3, 0.7)
    k = rng.uniform(9, 18, 2)
    speed = w / np.cosh(k[0] * (s - c[0])) ** 2 + (1 - w) / np.cosh(k[1] * (s - c[1])) ** 2
    return from_speed(np.maximum(speed - np.maximum(speed[0], speed[-1]), 0))


def piecewise_cubic(s, rng):
    """Speed through random knots by monotone cubic pieces."""
    from scipy.interpolate import PchipInterpolator

    knots = np.array([0, 0.2, 0.4, 0.6, 0.8, 1.0])
    values = np.array([0, *rng.uniform(0.45, 1.0, 4), 0])
    return from_speed(np.maximum(PchipInterpolator(knots, values)(s), 0))


def spring_damper(s, rng):
    """A release against a spring and a damper: quick start, long tail, cut at 2.5 % of the way."""
    zeta = rng.uniform(0.9, 1.4)
    t = s * rng.uniform(5.0, 7.0)
    wd = np.sqrt(abs(zeta**2 - 1)) + 1e-9
    hyper = (np.cosh(wd * t), np.sinh(wd * t) / wd) if zeta > 1 else (np.cos(wd * t), np.sin(wd * t) / wd)
    x = 1 - np.exp(-zeta * t) * (hyper[0] + zeta * hyper[1])
    speed = np.gradient(np.maximum.accumulate(x))
    cut = np.clip((1 - s) / 0.15, 0, 1)
    return from_speed(speed * cut)


def hesitating(s, rng):
    """A stall somewhere in the middle: the speed sinks to nearly nothing and recovers."""
    c, w = rng.uniform(0.35, 0.65), rng.uniform(0.05, 0.12)
    depth = rng.uniform(0.7, 1.0)
    speed = (s * (1 - s)) ** rng.uniform(0.8, 2.0) * (1 - depth * np.exp(-(((s - c) / w) ** 4)))
    return from_speed(speed)


def submovements(s, rng):
    n = rng.integers(2, 4)
    speed = np.zeros_like(s)
    for c in (np.arange(n) + 0.5) / n + rng.uniform(-0.05, 0.05, n):
        r = np.clip((s - c) / (0.75 / n) * 0.5 + 0.5, 0, 1)
        speed += rng.uniform(0.7, 1.3) * (r * (1 - r)) ** 2
    return from_speed(speed)


TRAIN = {
    "min_jerk": min_jerk,
    "raised_cosine": raised_cosine,
    "beta_speed": beta_speed,
    "constant_speed": constant_speed,
    "early_peak": early_peak,
    "late_peak": late_peak,
}
HELD_OUT = {
    "trapezoid": trapezoid,
    "logistic_sum": logistic_sum,
    "piecewise_cubic": piecewise_cubic,
    "spring_damper": spring_damper,
    "hesitating": hesitating,
    "submovements": submovements,
}
FAMILIES = TRAIN | HELD_OUT


# ---- band: elongation fraction -> newtons ------------------------------------------------------------
_TABLE_E = np.arange(0, 2.51, 0.25)
_UCHIDA_BLUE = np.array([0.0, 11.28, 16.67, 20.99, 24.62, 27.95, 30.3, 32.56, 34.52, 37.76, 39.03])
_MAKER_GREEN = 4.448 * np.array([0.0, 2.0, 3.2, 4.2, 5.0, 5.7, 6.5, 7.2, 7.9, 8.8, 9.6])


def _smooth_table(table):
    from scipy.interpolate import PchipInterpolator

    curve = PchipInterpolator(_TABLE_E, table, extrapolate=True)
    return lambda e: curve(np.clip(e, 0, 2.6))


BANDS = {
    "uchida": _smooth_table(_UCHIDA_BLUE),
    "maker": _smooth_table(_MAKER_GREEN),
    "neo_hooke": lambda e: 12 * ((1 + e) - 1 / (1 + e) ** 2),
    "linear": lambda e: 18 * e,
    "power": lambda e: 20 * np.maximum(e, 1e-9) ** 0.75,
    "stiffening": lambda e: 10 * e + 4 * e**2,
}


@dataclass
class Rig:
    """Everything about one recording."""

    family: str = "min_jerk"
    tempo: tuple = (2.0, 0.0, 2.0, 0.0)
    prescribed: tuple | None = None  # None: the tempo itself
    reps: int = 8
    rate_hz: float = 80.0
    band: str = "uchida"
    start_e: float = 0.3
    range_e: float = 0.8
    peak_n: float | None = None  # rescales the band
    tempo_spread: float = 0.1
    range_spread: float = 0.05
    hysteresis: float = 0.04
    relaxation: float = 0.05
    tremor: float = 0.006  # of the excursion, amplitude
    tremor_hz: float = 8.0
    noise_n: float = 0.02
    quantum_n: float = 0.0098
    drift_n_per_min: float = 0.5
    tare_n: float = 0.0
    jitter: float = 0.15  # of the period
    holes: bool = True
    gaps: int = 0
    spikes: int = 1
    mode: str | None = None  # fault injected by a test
    ranges: tuple = ()


@dataclass
class Recording:
    time_s: np.ndarray
    tension_n: np.ndarray
    bounds: np.ndarray  # (reps, 4)
    crossings: np.ndarray  # (reps, 4) before the turning-point rule
    rig: Rig
    gaps: list = field(default_factory=list)


def _crossings(x, i0, i1):
    v = np.abs(np.diff(x[i0 : i1 + 1]))
    fast = np.flatnonzero(v >= BOUNDARY_SPEED * v.max())
    return (i0 + fast[0]) / FINE_HZ, (i0 + fast[-1] + 1) / FINE_HZ


def _merge(cross, tempo):
    out = cross.copy()
    for k in range(len(cross)):
        out_s, back_s = cross[k, 1] - cross[k, 0], cross[k, 3] - cross[k, 2]
        limit, share = max(0.35, 0.1 * (out_s + back_s)), out_s / (out_s + back_s)
        dwell = cross[k, 2] - cross[k, 1]
        if not tempo[1] and dwell < limit:
            out[k, 1] = out[k, 2] = cross[k, 1] + share * dwell
        rest = cross[k + 1, 0] - cross[k, 3] if k + 1 < len(cross) else np.inf
        if not tempo[3] and rest < limit:
            out[k, 3] = out[k + 1, 0] = cross[k, 3] + (1 - share) * rest
    return out


def make(rig, rng):
    """Motion, truth, band, sensor, in this order."""
    pieces, marks, level, n = [np.zeros(int(rng.uniform(1.5, 3) * FINE_HZ))], [], 0.0, 0
    n = len(pieces[0])
    shape = FAMILIES[rig.family]
    for k in range(rig.reps):
        scale = np.clip(1 + rig.tempo_spread * rng.standard_normal(4), 0.5, 1.6)
        high = (
            rig.ranges[k] if rig.ranges else np.clip(1 + rig.range_spread * rng.standard_normal(), 0.6, 1.5)
        )
        low = 0.03 * rng.standard_normal() if rig.range_spread else 0.0
        durations = [max(0.0, d * s) for d, s in zip(rig.tempo, scale, strict=True)]
        row = []
        for phase, (a, b) in enumerate([(level, high), (high, high), (high, low), (low, low)]):
            m = round(durations[phase] * FINE_HZ)
            if phase % 2 == 0:
                m = max(m, 60)
                pieces.append(a + (b - a) * shape(np.linspace(0, 1, m), rng))
                row += [n, n + m - 1]
            else:
                pieces.append(np.full(m, b))
            n += m
        marks.append(row)
        level = low
    pieces.append(np.full(int(rng.uniform(1.5, 3) * FINE_HZ), level))
    x = np.concatenate(pieces)
    cross = np.array([[*_crossings(x, r[0], r[1]), *_crossings(x, r[2], r[3])] for r in marks])
    prescribed = rig.prescribed or rig.tempo
    bounds = _merge(cross, prescribed)
    tension = band(rig, x, rng)
    time, value, gaps = sense(rig, tension, rng)
    return Recording(time, value, bounds, cross, rig, gaps)


def band(rig, x, rng):
    n = len(x)
    t = np.arange(n) / FINE_HZ
    freq = rig.tremor_hz * (1 + 0.05 * np.cumsum(rng.standard_normal(n)) / np.sqrt(n))
    envelope = 0.6 + 0.4 * np.sin(2 * np.pi * rng.uniform(0.1, 0.4) * t + rng.uniform(0, 6))
    active = np.clip(np.convolve(np.abs(x) > 0.05, np.ones(300) / 300, "same"), 0.2, 1)
    shaky = x + rig.tremor * envelope * active * np.sin(2 * np.pi * np.cumsum(freq) / FINE_HZ)
    e = np.maximum(rig.start_e + rig.range_e * shaky, 0)
    curve = BANDS[rig.band]
    f = curve(e)
    scale = 1.0 if rig.peak_n is None else rig.peak_n / float(curve(np.array(rig.start_e + rig.range_e)))
    f = f * scale
    span = scale * float(curve(np.array(rig.start_e + rig.range_e)) - curve(np.array(rig.start_e)))
    if rig.hysteresis:  # play operator, smooth: friction-like part that follows the direction of motion
        v = np.gradient(x) * FINE_HZ
        w, state, out = 0.05, 0.0, np.empty(n)
        dx = np.diff(x, prepend=x[0])
        for i in range(n):
            state += dx[i] / w * (1 - state * np.sign(dx[i]))
            state = min(1.0, max(-1.0, state))
            out[i] = state
        f = f + 0.5 * rig.hysteresis * span * out * np.clip(x, 0, 1)
        del v
    if rig.relaxation:
        from scipy.signal import lfilter

        soft = np.zeros(n)
        for tau, share in ((0.5, 0.3), (4.0, 0.4), (30.0, 0.3)):
            a = np.exp(-1 / (tau * FINE_HZ))
            soft += share * lfilter([1 - a], [1, -a], f, zi=[a * f[0]])[0]
        f = f - rig.relaxation * (soft - f[0])
    return f + rig.tare_n + rig.drift_n_per_min * t / 60


def sense(rig, tension, rng):
    period = 1 / rig.rate_hz
    end = (len(tension) - 1) / FINE_HZ
    time = np.arange(0, end, period)
    time = time + rig.jitter * period * rng.uniform(-0.5, 0.5, len(time))
    if rig.holes and rig.rate_hz >= 40:
        keep = np.arange(len(time)) % 16 != 15  # a hole at every packet's edge
        time = time[keep]
    time = np.clip(np.sort(time), 0, end)
    value = np.interp(time, np.arange(len(tension)) / FINE_HZ, tension)
    value = value + rig.noise_n * rng.standard_normal(len(time))
    if rig.quantum_n:
        value = np.round(value / rig.quantum_n) * rig.quantum_n
    gaps = []
    for _ in range(rig.gaps):
        a = rng.uniform(2, end - 2)
        b = a + rng.uniform(0.15, 0.5)
        keep = (time < a) | (time > b)
        time, value = time[keep], value[keep]
        gaps.append((a, b))
    for i in rng.integers(5, len(time) - 5, rig.spikes):
        value[i] += rng.choice([-1, 1]) * rng.uniform(0.3, 3) * np.ptp(value)
    return time, value, gaps


def random_rig(rng, families=None, rate_hz=80.0):
    """A person, a band and a sensor, drawn at random."""
    tempos = [
        (2, 0, 2, 0),
        (2, 1, 2, None),
        (2, 2, 2, None),
        (1, 0, 1, None),
        (3, 1, 3, 1),
        (1.5, 0, 3, 0),
        (1, 1, 4, 0),
        (3, 2, 3, 2),
        (2, 0, 4, 0),
        (4, 0, 4, 0),
        (0.5, 0, 0.5, 0),
        (2, 0, 0.4, 1),
    ]
    tempo = tempos[rng.integers(len(tempos))]
    real = tuple(float(v) if v is not None else float(rng.choice([0.0, rng.uniform(0.5, 2)])) for v in tempo)
    peak = float(np.exp(rng.uniform(np.log(5), np.log(300))))
    names = list(families or FAMILIES)
    return Rig(
        family=names[rng.integers(len(names))],
        tempo=real,
        prescribed=tempo,
        reps=int(rng.integers(4, 11)),
        rate_hz=rate_hz,
        band=list(BANDS)[rng.integers(len(BANDS))],
        start_e=rng.uniform(0.03, 0.6),
        range_e=rng.uniform(0.4, 1.4),
        peak_n=peak,
        tempo_spread=rng.uniform(0, 0.15),
        range_spread=rng.uniform(0, 0.1),
        hysteresis=rng.uniform(0, 0.1),
        relaxation=rng.uniform(0, 0.12),
        tremor=rng.uniform(0.001, 0.015),
        tremor_hz=rng.uniform(5, 11),
        noise_n=0.02 * rng.uniform(0.5, 2) * max(1, peak / 60),
        drift_n_per_min=rng.normal() * 0.02 * peak,
        tare_n=rng.normal() * 0.1 * peak,
        gaps=int(rng.choice([0, 0, 1, 2])),
        spikes=int(rng.integers(0, 3)),
    )
