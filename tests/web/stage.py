"""A program: the real chain around one virtual sensor, whose wearer does what lines on standard input say.

One JSON object a line: ``{"do": "reps", "n": 5, "tempo": [2, 1, 2, 1], "peak_n": 40}``,
``{"do": "walk", "step_s": 0.8}``, ``{"do": "hold", "level_n": 30}``, and "still", "sleep", "wake".
"""

import asyncio
import json
import sys
from collections.abc import Callable
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


class Actor:
    """Turns what is asked for into tension, without a jump."""

    def __init__(self) -> None:
        self._since_s = 0.0
        self._acts: Callable[[FloatArray], FloatArray] = lambda t: np.full_like(t, BASE_N)
        self._from_n = BASE_N

    def take(self, act: dict[str, Any]) -> None:
        """From now on do this."""
        now_s = asyncio.get_running_loop().time()
        self._from_n = float(self._at(np.array([now_s]))[0])
        match act:
            case {"do": "reps", "n": n, "tempo": tempo, **more}:
                self._acts = reps(n, tempo, **more)
            case {"do": "walk", "step_s": step_s}:
                self._acts = walk(step_s)
            case {"do": "hold", "level_n": level_n}:
                self._acts = lambda t: np.full_like(t, level_n)
            case _:
                self._acts = lambda t: np.full_like(t, BASE_N)
        self._since_s = now_s

    def tension_n(self, time_s: FloatArray) -> FloatArray:
        """Newtons at the sensor's seconds, the last of which is now."""
        return self._at(asyncio.get_running_loop().time() + time_s - time_s[-1])

    def _at(self, loop_s: FloatArray) -> FloatArray:
        t = np.maximum(loop_s - self._since_s, 0.0)
        return self._acts(t) + (self._from_n - self._acts(np.zeros(1))) * (1 - ease(t / BLEND_S))


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
