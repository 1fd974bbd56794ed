"""Everything that is not a repetition: walks, push-outs, and what must not be counted at all."""

import numpy as np
import numpy.typing as npt

from tempoband.simulator.motion import MotionBuilder
from tempoband.simulator.people import Person
from tempoband.simulator.profiles import draw_profile
from tempoband.simulator.script import (
    Donning,
    IdleWear,
    IsometricPull,
    PushOut,
    Unsystematic,
    Walk,
    WalkAbout,
)

FloatArray = npt.NDArray[np.float64]
_GRID_S = 0.02
SLACK_STRAIN = -0.1  # the band in the hand, not yet worn
_STANCE_SHARE = 0.5  # of the reach: standing wide, or knees pressed out
_SLACK_STRAIN_SHARE = 0.35  # of the stance's strain: well under the floor for any band


def perform_walk(
    builder: MotionBuilder, person: Person, script: Walk, rng: np.random.Generator
) -> list[float]:
    """Walk to one side and back; returns when each step out was taken."""
    stance = person.worn_strain + _STANCE_SHARE * person.reach_strain
    _go(builder, rng, 1.0, stance)
    builder.dwell(script.stance_s)
    steps_s: list[float] = []
    for step in range(2 * script.steps):
        if step == script.steps:
            builder.dwell(rng.uniform(1.0, 2.0))  # turning round
        steps_s.append(builder.now_s)
        _step(builder, person, script.step_s * rng.uniform(0.85, 1.15), stance, rng)
        if step in script.slacks:
            _lose_tension(builder, stance, rng)
    builder.dwell(1.0)
    return steps_s


def _step(
    builder: MotionBuilder, person: Person, seconds: float, stance: float, rng: np.random.Generator
) -> None:
    """The leading leg stretches the band, the trailing one follows, never quite to the stance."""
    _go(builder, rng, 0.35 * seconds, stance + rng.uniform(0.3, 0.5) * person.reach_strain)
    builder.dwell(0.1 * seconds)
    _go(builder, rng, 0.35 * seconds, stance * rng.uniform(0.96, 1.04))
    builder.dwell(0.2 * seconds)


def _lose_tension(builder: MotionBuilder, stance: float, rng: np.random.Generator) -> None:
    _go(builder, rng, 0.25, _SLACK_STRAIN_SHARE * stance)
    builder.dwell(rng.uniform(0.3, 0.8))
    _go(builder, rng, 0.3, stance)


def perform_push_out(
    builder: MotionBuilder, person: Person, script: PushOut, rng: np.random.Generator
) -> None:
    """Press the knees out through a set of bridges: the lift itself barely shows."""
    stance = person.worn_strain + _STANCE_SHARE * person.reach_strain
    _go(builder, rng, 1.0, stance)
    builder.dwell(script.stance_s)
    start_s = builder.now_s
    for slack_s in [*sorted(script.slacks), script.seconds]:
        left_s = start_s + min(slack_s, script.seconds) - builder.now_s
        if left_s > _GRID_S:
            _wobble(builder, left_s, 0.05 * stance, (0.15, 0.3), rng)
        if slack_s < script.seconds:
            _lose_tension(builder, stance, rng)
    builder.dwell(1.0)


def perform_isometric(
    builder: MotionBuilder, person: Person, script: IsometricPull, rng: np.random.Generator
) -> None:
    """Pull once, hold with a slow wobble, let go slowly."""
    builder.dwell(2.0)
    _go(builder, rng, rng.uniform(1.0, 2.0), person.worn_strain + person.reach_strain)
    _wobble(builder, script.seconds, 0.05 * person.reach_strain, (0.1, 0.5), rng)
    _go(builder, rng, rng.uniform(1.0, 2.0), person.worn_strain)
    builder.dwell(2.0)


def perform_idle(builder: MotionBuilder, person: Person, script: IdleWear, rng: np.random.Generator) -> None:
    """Sway and breath, with a shift of weight now and then."""
    end_s = builder.now_s + script.seconds
    while builder.now_s < end_s - 1.0:
        still_s = min(rng.uniform(5.0, 15.0), end_s - builder.now_s)
        _wobble(builder, still_s, 0.03 * person.reach_strain, (0.15, 0.5), rng)
        _go(builder, rng, 0.8, person.worn_strain + rng.uniform(-0.08, 0.12) * person.reach_strain)
    _go(builder, rng, 0.8, person.worn_strain)


def perform_walk_about(
    builder: MotionBuilder, person: Person, script: WalkAbout, rng: np.random.Generator
) -> None:
    """Strides of uneven size at uneven pace, with stops."""
    end_s = builder.now_s + script.seconds
    while builder.now_s < end_s - 1.0:
        walking_s = min(rng.uniform(4.0, 10.0), end_s - builder.now_s)
        amplitude = rng.uniform(0.04, 0.10) * person.reach_strain
        _wobble(builder, walking_s, amplitude, (0.8, 1.1), rng)
        builder.dwell(min(rng.uniform(0.5, 3.0), max(end_s - builder.now_s, 0.0)))


def perform_donning(
    builder: MotionBuilder, person: Person, _script: Donning, rng: np.random.Generator
) -> None:
    """Slack, a few uneven tugs while it is pulled into place, then worn."""
    _go(builder, rng, 0.3, SLACK_STRAIN)
    builder.dwell(rng.uniform(0.5, 2.0))
    for _ in range(rng.integers(2, 5)):
        _go(builder, rng, rng.uniform(0.2, 0.9), person.worn_strain * rng.uniform(0.5, 1.4))
        builder.dwell(rng.uniform(0.0, 0.8))
        _go(builder, rng, rng.uniform(0.2, 0.9), person.worn_strain * rng.uniform(-0.2, 0.6))
        builder.dwell(rng.uniform(0.0, 1.2))
    _go(builder, rng, rng.uniform(0.5, 1.2), person.worn_strain)
    builder.dwell(3.0)


def perform_unsystematic(
    builder: MotionBuilder, person: Person, script: Unsystematic, rng: np.random.Generator
) -> None:
    """Pull about, with no rep like another."""
    end_s = builder.now_s + script.seconds
    builder.dwell(1.0)
    while builder.now_s < end_s:
        _go(builder, rng, rng.uniform(0.2, 3.0), person.worn_strain + rng.random() * person.reach_strain)
        builder.dwell(rng.choice([0.0, rng.uniform(0.0, 3.0)]))
    _go(builder, rng, 1.0, person.worn_strain)
    builder.dwell(2.0)


def _go(builder: MotionBuilder, rng: np.random.Generator, seconds: float, to_strain: float) -> None:
    builder.move(draw_profile("minimum_jerk", rng), seconds, to_strain)


def _wobble(
    builder: MotionBuilder,
    seconds: float,
    amplitude: float,
    band_hz: tuple[float, float],
    rng: np.random.Generator,
) -> None:
    """Three slow waves, beating, around where the limb is; they start and end there."""
    since_s = np.arange(1, max(int(seconds / _GRID_S), 1) + 1) * _GRID_S
    heights = rng.uniform(0.3, 1.0, (3, 1))
    angles = 2 * np.pi * (rng.uniform(*band_hz, (3, 1)) * since_s + rng.random((3, 1)))
    wave = (heights * np.sin(angles)).sum(axis=0) / heights.sum()
    fade = np.clip(np.minimum(since_s, since_s[-1] - since_s) / 0.5, 0.0, 1.0)
    strain: FloatArray = builder.strain + amplitude * fade * wave
    builder.follow(since_s.astype(np.float64), strain)
