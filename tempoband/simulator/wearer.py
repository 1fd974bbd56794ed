"""A wearer who exercises for as long as somebody watches: the demo's people, behind virtual sensors.

    wearer = Wearer(CHARACTERS[0])
    sensor = VirtualProgressor(radio.link, ProgressorSpec(...), wearer.tension_n)
    await wearer.announce(on_cue)  # "about to begin a set", "just ended one", until cancelled

The wearer's time begins with the first sample that is asked for, so nothing is done before someone streams.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from tempoband.contracts.exercise import Side
from tempoband.contracts.tempo import Tempo
from tempoband.simulator.band import Band
from tempoband.simulator.people import Pace, Person
from tempoband.simulator.script import DynamicSet, Fault, IdleWear
from tempoband.simulator.simulate import perform

FloatArray = npt.NDArray[np.float64]
FIRST_LEAD_IN_S = 1.5
_LEAD_IN_S = 4.0
_TAIL_S = 1.5
_KEPT_S = 10.0  # of the past and planned ahead
_CLOCK_JUMP_S = 2.0
_PROMPT_S = 1e-3  # a shorter wait may be too short for a clock to notice


@dataclass(frozen=True, slots=True)
class Character:
    """A demo person with what they were prescribed.

    Attributes:
        name: shown to people, and says that nobody is real.
        exercise: slug in the catalogue.
        tempo: prescribed.
        reps: done in each set.
        sets: prescribed.
        rest_s: between sets.
        habits: share of reps that show a fault.
    """

    name: str
    exercise: str
    side: Side
    tempo: Tempo
    reps: int
    sets: int
    person: Person
    colour: str
    rest_s: float = 25.0
    habits: dict[Fault, float] = field(default_factory=dict)


CHARACTERS = (
    Character(
        name="Ada (simulated)",
        exercise="clamshell",
        side=Side.LEFT,
        tempo=Tempo.parse("2-1-2"),
        reps=15,
        sets=3,
        person=Person(tempo_variation=0.06, fatigue=0.2),
        colour="yellow",
    ),
    Character(
        name="Ben (simulated)",
        exercise="standing-glute-kickback",
        side=Side.RIGHT,
        tempo=Tempo.parse("2-1-2"),
        reps=12,
        sets=3,
        person=Person(
            out_family="early_peak",
            back_family="early_peak",
            pace=Pace(concentric=0.85, hold=0.15, eccentric=0.4),
            tempo_variation=0.12,
            fatigue=0.4,
        ),
        colour="green",
        habits={Fault.SNAP_BACK: 0.3},
    ),
    Character(
        name="Cleo (simulated)",
        exercise="seated-band-abduction",
        side=Side.BOTH,
        tempo=Tempo.parse("1-0-1"),
        reps=20,
        sets=2,
        person=Person(
            out_family="half_cosine",
            back_family="half_cosine",
            tempo_variation=0.15,
            range_variation=0.08,
            tremor=0.01,
            fatigue=0.8,
        ),
        colour="blue",
        habits={Fault.PARTIAL_RANGE: 0.1},
    ),
)


class Moment(StrEnum):
    """When a cue is given."""

    SET_BEGINS = "set_begins"  # about to: the first rep follows within seconds
    SET_ENDS = "set_ends"  # just now


@dataclass(frozen=True, slots=True)
class Cue:
    """What the wearer is about to do or has done; ``at_s`` is the wearer's own time."""

    moment: Moment
    at_s: float
    set_number: int
    character: Character


@dataclass(frozen=True, slots=True, eq=False)
class _Chapter:
    """One set and the rest after it, from ``start_s`` on."""

    start_s: float
    time_s: FloatArray
    tension_n: FloatArray

    @property
    def end_s(self) -> float:
        return self.start_s + float(self.time_s[-1])


class Wearer:
    """An endless session of one character; made and asked in one event loop.

    Attributes:
        started: set when the first sample is asked for.
        set_number: of the set planned last, from 1.
    """

    def __init__(self, character: Character, seed: int = 0) -> None:
        self.character = character
        self.started = asyncio.Event()
        self.set_number = 0
        self._rng = np.random.default_rng(seed)
        self._band = Band.of_colour(character.colour)
        self._chapters: deque[_Chapter] = deque()
        self._cues: deque[Cue] = deque()
        self._began_at_s = self._offset_s = 0.0
        self._plan()

    def tension_n(self, time_s: FloatArray) -> FloatArray:
        """Newtons at the sensor's seconds since power-on, shape as given; the last one is now.

        After a reboot the sensor's time begins again; the wearer's goes on.
        """
        first_s, last_s = float(time_s[0]), float(time_s[-1])
        if not self.started.is_set():
            self._began_at_s = asyncio.get_running_loop().time() - (last_s - first_s)
            self._offset_s = -first_s
            self.started.set()
        elif abs(last_s + self._offset_s - self.now_s) > _CLOCK_JUMP_S:
            self._offset_s = self.now_s - last_s
        self._turn_pages(last_s + self._offset_s)
        return np.interp(time_s + self._offset_s, *self._recent(last_s + self._offset_s))

    @property
    def now_s(self) -> float:
        """The wearer's own time: seconds since the first sample."""
        return asyncio.get_running_loop().time() - self._began_at_s if self.started.is_set() else 0.0

    async def announce(self, on_cue: Callable[[Cue], Awaitable[None]]) -> None:
        """Give each cue when its time has come, until cancelled."""
        await self.started.wait()
        while True:
            self._turn_pages(self.now_s)  # also while nobody streams
            wait_s = self._cues[0].at_s - self.now_s if self._cues else _KEPT_S
            if wait_s > _PROMPT_S:
                await asyncio.sleep(wait_s)
            else:
                await on_cue(self._cues.popleft())

    def _turn_pages(self, now_s: float) -> None:
        while self._chapters[-1].end_s < now_s + _KEPT_S:
            self._plan()
        while self._chapters[0].end_s < now_s - _KEPT_S:
            self._chapters.popleft()

    def _recent(self, now_s: float) -> tuple[FloatArray, FloatArray]:
        """The chapters around now: one, or two near a set's beginning."""
        near = [c for c in self._chapters if c.start_s <= now_s and c.end_s >= now_s - _KEPT_S]
        return (
            np.concatenate([c.start_s + c.time_s for c in near]),
            np.concatenate([c.tension_n for c in near]),
        )

    def _plan(self) -> None:
        """Act out the next set and rest, and note its cues."""
        character, start_s = self.character, self._chapters[-1].end_s if self._chapters else 0.0
        lead_in_s = _LEAD_IN_S if self._chapters else FIRST_LEAD_IN_S
        script = DynamicSet(
            character.tempo, character.reps, self._slips(), lead_in_s=lead_in_s, tail_s=_TAIL_S
        )
        world = perform(character.person, self._band, [script, IdleWear(character.rest_s)], self._rng)
        self._chapters.append(_Chapter(start_s, world.time_s, world.tension_n))
        self.set_number += 1
        done_s = start_s + world.truth.reps[-1].eccentric_end_s + _TAIL_S
        for moment, at_s in ((Moment.SET_BEGINS, start_s), (Moment.SET_ENDS, done_s)):
            self._cues.append(Cue(moment, at_s, self.set_number, character))

    def _slips(self) -> dict[int, Fault]:
        habits, rng = self.character.habits, self._rng
        return {
            rep: fault
            for rep in range(1, self.character.reps)
            for fault, share in habits.items()
            if rng.random() < share
        }
