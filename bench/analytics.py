"""The analytics service: live sensors a core, and what a late commit costs."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from analytics.assess import Evidence, Told, assess
from analytics.lifecycle import Target
from analytics.live_sensor import LiveSensor
from analytics.signal.live import warm_up
from analytics.signal.plan import SetPlan
from analytics.signal.score import score_curve
from bench.table import Row, cpu_seconds
from tempoband.contracts.frame import ClockKind, Frame, LossKnowledge
from tempoband.contracts.tempo import Tempo
from tempoband.storage.timeseries.base import Curve

RATE_HZ = 80.0
FRAME_SAMPLES = 8
SECONDS = 120
SENSORS = 20
START_US = 1_780_000_000_000_000
LIVE_GOAL = 2000.0


def rows() -> Iterator[Row]:
    warm_up()
    yield live_sensors()
    yield late_commit()


def live_sensors() -> Row:
    """Decoded frames to events ready to publish, against a loop over samples."""
    arrived = list(frames(reps_curve(SECONDS)))
    seconds = cpu_seconds(lambda: [play(arrived, n) for n in range(SENSORS)])
    baseline = cpu_seconds(lambda: [naive(arrived) for _ in range(SENSORS)])
    worth = SECONDS * SENSORS
    return Row(
        name="live scoring: sensors at 80 Hz a core",
        value=worth / seconds,
        unit="sensors, 8 samples a frame, phases, reps and closing",
        goal=f">= {LIVE_GOAL:.0f}",
        met=worth / seconds >= LIVE_GOAL,
        baseline="per-sample Python loop, turning points only",
        baseline_value=worth / baseline,
    )


def late_commit() -> Row:
    """A late frame re-scores the set it touches, not the session around it."""
    tension = np.tile(reps_curve(75), 24)  # half an hour
    time_us = START_US + (np.arange(len(tension)) * 1e6 / RATE_HZ).astype(np.int64)
    one = slice(0, round(75 * RATE_HZ))
    plan = SetPlan(tempo=Tempo(2.0, 0.0, 2.0, 0.0), rate_hz=RATE_HZ)
    told = Told(START_US, None, None, plan, Target(reps=15))
    evidence = Evidence(Curve(time_us[one], tension[one]), (), ())
    touched = cpu_seconds(lambda: assess(told, evidence, int(time_us[-1])))
    whole = cpu_seconds(lambda: score_curve((time_us - START_US) / 1e6, tension, plan))
    return Row(
        name="late samples: CPU to score a touched set again",
        value=1000 * touched,
        unit="ms, 15 reps in 75 s",
        goal="<= 0.2 x the session",
        met=touched <= 0.2 * whole,
        baseline="the half-hour session scored again",
        baseline_value=1000 * whole,
    )


def reps_curve(seconds: float) -> np.ndarray:
    """Four-second reps with a little noise."""
    t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    noise = np.random.default_rng(7).normal(0, 0.02, len(t))
    return 16.0 - 14.0 * np.cos(2 * np.pi * t / 4.0) + noise


def frames(tension_n: np.ndarray) -> Iterator[Frame]:
    dt_us = (np.arange(FRAME_SAMPLES) * 1e6 / RATE_HZ).astype(np.uint32)
    counts = np.round(tension_n / 0.01).astype(np.int32)
    for seq in range(len(counts) // FRAME_SAMPLES):
        yield Frame(
            stream="0123456789abcdef",
            seq=seq,
            t0_us=START_US + round(seq * FRAME_SAMPLES * 1e6 / RATE_HZ),
            dt_us=dt_us,
            counts=counts[seq * FRAME_SAMPLES : (seq + 1) * FRAME_SAMPLES],
            scale_n=0.01,
            offset_n=0.0,
            calibration_id="bench",
            ticks=None,
            clock=ClockKind.DEVICE,
            rate_hz=RATE_HZ,
            lost=0,
            loss=LossKnowledge.EXACT,
        )


def play(arrived: list[Frame], n: int) -> list[bytes]:
    live = LiveSensor(f"sensor-{n}")
    return [event.encode() for frame in arrived for event in live.push(frame)]


@dataclass(slots=True)
class Turns:
    """The least a per-sample loop has to do: smooth, and notice where the direction turns."""

    smooth: float = 0.0
    top: float = 0.0
    bottom: float = 0.0
    rising: bool = True
    count: int = 0

    def push(self, tension_n: float) -> None:
        self.smooth += 0.2 * (tension_n - self.smooth)
        self.top, self.bottom = max(self.top, self.smooth), min(self.bottom, self.smooth)
        if self.rising and self.smooth < self.top - 3.0:
            self.rising, self.bottom = False, self.smooth
            self.count += 1
        elif not self.rising and self.smooth > self.bottom + 3.0:
            self.rising, self.top = True, self.smooth


def naive(arrived: list[Frame]) -> int:
    turns = Turns()
    for frame in arrived:
        for value in frame.tension_n.tolist():
            turns.push(value)
    return turns.count
