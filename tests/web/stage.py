"""A program: the real chain around one virtual sensor, whose wearer does what lines on standard input say.

One JSON object a line: ``{"do": "reps", "n": 5, "tempo": [2, 1, 2, 1], "peak_n": 40}``,
``{"do": "walk", "step_s": 0.8}``, ``{"do": "hold", "level_n": 30}``, and "still", "sleep", "wake".
"""

import asyncio
import json
import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tempoband.app.running.chain import LOOPBACK, Household, run_household
from tempoband.app.running.parts import Part
from tempoband.app.running.preparation import prepare_scorer
from tempoband.app.running.web_server import address, bind
from tempoband.observability.logs import configure_logs
from tempoband.simulator.progressor import ProgressorSpec, VirtualProgressor
from tempoband.simulator.radio import VirtualRadio

FloatArray = npt.NDArray[np.float64]
BASE_N, BLEND_S = 5.0, 0.3
WALK_N, STEP_N = 30.0, 8.0


def ease(x: FloatArray) -> FloatArray:
    """Minimum jerk from 0 to 1 (Flash and Hogan 1985)."""
    x = np.clip(x, 0.0, 1.0)
    return x**3 * (10 - 15 * x + 6 * x**2)


def reps(n: int, tempo: list[float], peak_n: float = 40.0) -> Callable[[FloatArray], FloatArray]:
    """Tension at seconds since the beginning: ``n`` reps of out, hold, back, rest."""
    out, hold, back, rest = tempo
    period = out + hold + back + rest

    def at(t: FloatArray) -> FloatArray:
        s = np.where(t < n * period, t % period, period)
        level = ease(s / out) - ease((s - out - hold) / back)
        return BASE_N + peak_n * level

    return at


def walk(step_s: float) -> Callable[[FloatArray], FloatArray]:
    """Tension of a walk, one swing a step."""
    return lambda t: WALK_N - STEP_N * np.cos(2 * np.pi * t / step_s)


@dataclass(frozen=True)
class Act:
    """One thing the wearer does, blended in from where the last one left the band."""

    since_s: float = 0.0
    tension: Callable[[FloatArray], FloatArray] = lambda t: np.full_like(t, BASE_N)
    from_n: float = BASE_N

    def at(self, loop_s: FloatArray) -> FloatArray:
        """Newtons at seconds of the event loop."""
        t = np.maximum(loop_s - self.since_s, 0.0)
        return self.tension(t) + (self.from_n - self.tension(np.zeros(1))) * (1 - ease(t / BLEND_S))


class Actor:
    """Turns what is asked for into tension, without a jump: a late sample is still one of its own time."""

    def __init__(self) -> None:
        self._now, self._before = Act(), Act()
        self._loop_less_sensor_s, self._last_s = math.inf, -math.inf

    def take(self, act: dict[str, Any]) -> None:
        """From now on do this."""
        now_s = asyncio.get_running_loop().time()
        left_n = float(self._now.at(np.array([now_s]))[0])
        self._before, self._now = self._now, Act(now_s, tension_of(act), left_n)

    def tension_n(self, time_s: FloatArray) -> FloatArray:
        """Newtons at seconds since the sensor woke; rising until it wakes again."""
        if time_s[0] < self._last_s:
            self._loop_less_sensor_s = math.inf
        self._last_s = float(time_s[-1])
        # A busy machine asks late, never early: the least difference is the true one.
        late_s = asyncio.get_running_loop().time() - self._last_s
        self._loop_less_sensor_s = min(self._loop_less_sensor_s, late_s)
        loop_s = time_s + self._loop_less_sensor_s
        return np.where(loop_s < self._now.since_s, self._before.at(loop_s), self._now.at(loop_s))


def tension_of(act: dict[str, Any]) -> Callable[[FloatArray], FloatArray]:
    """Tension at seconds since an act began."""
    match act:
        case {"do": "reps", "n": n, "tempo": tempo, **more}:
            return reps(n, tempo, **more)
        case {"do": "walk", "step_s": step_s}:
            return walk(step_s)
        case {"do": "hold", "level_n": level_n}:
            return lambda t: np.full_like(t, level_n)
        case _:
            return lambda t: np.full_like(t, BASE_N)


async def obey(actor: Actor, sensor: VirtualProgressor) -> None:
    """Do what standard input says."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    while line := await reader.readline():
        act = json.loads(line)
        if act["do"] == "sleep":
            await sensor.power_off()
        elif act["do"] == "wake":
            await sensor.power_on()
        else:
            actor.take(act)
    await asyncio.Event().wait()


async def main(data_dir: Path, port: int) -> None:
    """Until SIGTERM."""
    configure_logs(level="warning")
    listener = bind(LOOPBACK, port)
    prepare_scorer()
    print(address(listener), flush=True)  # noqa: T201 - whoever started it reads this
    actor = Actor()
    async with VirtualRadio.switched_on() as radio:
        spec = ProgressorSpec(name="Progressor_0001", address="D0:00:00:00:00:01", seed=1)
        sensor = VirtualProgressor(radio.link, spec, actor.tension_n)
        await sensor.power_on()
        household = Household(
            mode="demo",
            data_dir=data_dir,
            listener=listener,
            bridge_id="stage",
            stream_always=True,
            simulated=True,
        )
        with radio.installed():
            await run_household(household, asyncio.Event(), [Part("actor", lambda: obey(actor, sensor))])


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
