"""A person with a band does something, and a sensor reads it: a recording with its truth.

    recording = simulate(STEADY, Band.of_colour("green"), CLEAN, DynamicSet(Tempo.parse("2-1-2")), seed=1)

Person first, band second, sensor third; truth is taken from the motion before the other two touch it.
The voluntary motion defines the phases; tremor and sway are what an estimator has to see through.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tempoband.contracts.exercise import ExerciseKind
from tempoband.contracts.tempo import Tempo
from tempoband.simulator import other
from tempoband.simulator.band import Band
from tempoband.simulator.dynamic import perform_set
from tempoband.simulator.judge import RELEASE_S, MovedSet, true_reps, true_tension
from tempoband.simulator.motion import MotionBuilder
from tempoband.simulator.people import Person
from tempoband.simulator.script import (
    Activity,
    Donning,
    DynamicSet,
    IdleWear,
    IsometricPull,
    PushOut,
    Unsystematic,
    Walk,
    WalkAbout,
)
from tempoband.simulator.sensor import Sensor
from tempoband.simulator.truth import Truth

FloatArray = npt.NDArray[np.float64]
WORLD_HZ = 500.0
_TREMOR_HZ = (5.0, 11.0)
_SWAY_HZ = (0.1, 0.5)


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """What happened to the band, before any sensor.

    Attributes:
        time_s: shape (n,), an even grid of 500 Hz from 0.
        tension_n: shape (n,), in one strand, tremor included.
        truth: what was done.
        reference_n: excursion of the person's full range: what practice reps would give.
        reference_peak_n: the tension at its end.
    """

    time_s: FloatArray
    tension_n: FloatArray
    truth: Truth
    reference_n: float
    reference_peak_n: float


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """What a sensor recorded, with its truth.

    Attributes:
        time_s: shape (n,), time stamps in seconds, not falling.
        tension_n: shape (n,), newtons.
        truth: what was done, on the same time axis.
        tempo: prescribed in the first set, if any.
        kind: of the first activity.
        reference_n: excursion of the person's full range.
        reference_peak_n: the tension at its end.
        rate_hz: nominal.
    """

    time_s: FloatArray
    tension_n: FloatArray
    truth: Truth
    tempo: Tempo | None
    kind: ExerciseKind
    reference_n: float
    reference_peak_n: float
    rate_hz: float


def simulate(
    person: Person, band: Band, sensor: Sensor, script: Activity | Sequence[Activity], seed: int
) -> Recording:
    """Act, stretch, measure. The same arguments always give the same recording."""
    rng = np.random.default_rng(seed)
    activities = list(script) if isinstance(script, Sequence) else [script]
    world = perform(person, band, activities, rng)
    time_s, tension_n = sensor.read(world.time_s, world.tension_n, rng)
    tempos = [a.tempo for a in activities if isinstance(a, DynamicSet)]
    return Recording(
        time_s,
        tension_n,
        world.truth,
        tempos[0] if tempos else None,
        activities[0].kind,
        world.reference_n,
        world.reference_peak_n,
        sensor.timing.rate_hz,
    )


def perform(person: Person, band: Band, script: Sequence[Activity], rng: np.random.Generator) -> World:
    """Act and stretch, without a sensor."""
    stage = _Stage(person, other.SLACK_STRAIN if isinstance(script[0], Donning) else person.worn_strain, rng)
    for activity in script:
        stage.play(activity)
    motion = stage.builder.build()
    time_s = np.arange(int(motion.end_s * WORLD_HZ)) / WORLD_HZ
    ideal_n = band.tension_n(motion, time_s)
    strain = motion.at(time_s)
    tension_n = ideal_n + band.stiffness_n(strain) * _unsteadiness(person, time_s, strain, rng)
    reach = np.array([person.worn_strain, person.worn_strain + person.reach_strain])
    worn_n, peak_n = (float(force_n) for force_n in band.static_n(reach))
    reference_n = peak_n - worn_n
    for moved in stage.sets:
        if moved.release_s is not None:
            _let_go(time_s, (ideal_n, tension_n), moved.release_s)
    return World(time_s, tension_n, stage.truth(time_s, ideal_n, reference_n), reference_n, peak_n)


class _Stage:
    """Plays activities one after the other and remembers what was moved."""

    def __init__(self, person: Person, strain: float, rng: np.random.Generator) -> None:
        self.builder = MotionBuilder(strain)
        self.sets: list[MovedSet] = []
        self._held: list[tuple[float, float, list[float]]] = []
        self._person, self._rng = person, rng

    def play(self, activity: Activity) -> None:
        builder, person, rng = self.builder, self._person, self._rng
        match activity:
            case DynamicSet():
                self.sets.append(perform_set(builder, person, activity, rng))
            case Walk():
                start_s = builder.now_s + 1.0  # the stance is reached
                steps_s = other.perform_walk(builder, person, activity, rng)
                self._held.append((start_s, builder.now_s, steps_s))
            case PushOut():
                start_s = builder.now_s + 1.0
                other.perform_push_out(builder, person, activity, rng)
                self._held.append((start_s, builder.now_s, []))
            case IsometricPull():
                other.perform_isometric(builder, person, activity, rng)
            case IdleWear():
                other.perform_idle(builder, person, activity, rng)
            case WalkAbout():
                other.perform_walk_about(builder, person, activity, rng)
            case Donning():
                other.perform_donning(builder, person, activity, rng)
            case Unsystematic():
                other.perform_unsystematic(builder, person, activity, rng)

    def truth(self, time_s: FloatArray, ideal_n: FloatArray, reference_n: float) -> Truth:
        reps = [rep for moved in self.sets for rep in true_reps(moved, time_s, ideal_n, reference_n)]
        held = [true_tension(start, end, time_s, ideal_n, tuple(steps)) for start, end, steps in self._held]
        released = [m.release_s for m in self.sets if m.release_s is not None]
        return Truth(tuple(reps), tuple(held), released[0] if released else None)


def _unsteadiness(
    person: Person, time_s: FloatArray, strain: FloatArray, rng: np.random.Generator
) -> FloatArray:
    """Tremor that grows with the effort, and slow sway, as strain."""
    effort = 0.3 + 0.7 * np.clip((strain - person.worn_strain) / person.reach_strain, 0.0, 1.0)
    tremor = _waves(time_s, _TREMOR_HZ, rng) * effort * person.tremor
    return (tremor + _waves(time_s, _SWAY_HZ, rng) * person.sway) * person.reach_strain


def _waves(time_s: FloatArray, band_hz: tuple[float, float], rng: np.random.Generator) -> FloatArray:
    """Three sines of this band, beating; amplitude about 1."""
    total = np.zeros_like(time_s)
    for _ in range(3):
        total += np.sin(2 * np.pi * rng.uniform(*band_hz) * time_s + rng.uniform(0, 2 * np.pi)) / np.sqrt(3)
    return total


def _let_go(time_s: FloatArray, tensions_n: tuple[FloatArray, ...], release_s: float) -> None:
    """Tension falls to zero in a moment, in place, and stays there."""
    left = np.clip(1 - (time_s - release_s) / RELEASE_S, 0.0, 1.0)
    for tension_n in tensions_n:
        np.multiply(tension_n, left, out=tension_n)
