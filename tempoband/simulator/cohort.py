"""Draws virtual people, bands and sensors over the whole range that scoring must serve."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from tempoband.contracts.tempo import Tempo
from tempoband.simulator.band import COLOURS, Band
from tempoband.simulator.people import Pace, Person
from tempoband.simulator.profiles import NAMED_FAMILIES
from tempoband.simulator.script import Activity, DynamicSet, Fault
from tempoband.simulator.sensor import Sensor
from tempoband.simulator.simulate import Recording, simulate
from tempoband.simulator.timing import EXPORT_80_HZ, SampleTiming

PEAK_N = (5.0, 300.0)


@dataclass(frozen=True, slots=True)
class Conditions:
    """From what a cohort is drawn.

    Attributes:
        families: motion families; each phase of a person keeps one.
        rate_hz: of the sensor.
        disturbed: whether gaps, spikes, drift and a bad tare may occur.
        tared: no bad tare: a floor is a share of a tension, which a wrong zero makes meaningless.
        peak_n: least and most tension at full range; drawn evenly in its logarithm.
        resolution_share: step of the readings as a share of the peak tension; 0 leaves it to the draw.
        noise_share: standard deviation of the readings' noise, likewise.
        export_timing: hole at every packet edge, as real 80 Hz exports have; ``rate_hz`` is then 80.
    """

    families: Sequence[str] = NAMED_FAMILIES
    rate_hz: float = 80.0
    disturbed: bool = True
    tared: bool = False
    peak_n: tuple[float, float] = PEAK_N
    resolution_share: float = 0.0
    noise_share: float = 0.0
    export_timing: bool = False


def draw_person(conditions: Conditions, rng: np.random.Generator) -> Person:
    """Anybody: tempo varies by up to 30 %, range by up to 10 %, with tremor and fatigue."""
    return Person(
        out_family=str(rng.choice(list(conditions.families))),
        back_family=str(rng.choice(list(conditions.families))),
        pace=Pace(*rng.uniform(0.85, 1.15, 4)),
        tempo_variation=rng.uniform(0.0, 0.30),
        range_variation=rng.uniform(0.0, 0.10),
        pause_share=rng.choice([0.0, 0.2]),
        tremor=rng.uniform(0.0, 0.012),
        sway=rng.uniform(0.0, 0.005),
        fatigue=rng.uniform(0.0, 1.0),
        worn_strain=rng.uniform(0.03, 0.4),
        reach_strain=rng.uniform(0.4, 1.2),
    )


def draw_band(person: Person, conditions: Conditions, rng: np.random.Generator) -> Band:
    """Any band that pulls as much as asked at this person's full range."""
    peak_n = float(np.exp(rng.uniform(*np.log(conditions.peak_n))))
    band = Band.of_colour(str(rng.choice(COLOURS)))
    band = replace(band, hysteresis=rng.uniform(0.0, 0.10), relaxation=rng.uniform(0.005, 0.025))
    return band.scaled_to(peak_n, person.worn_strain + person.reach_strain)


def draw_sensor(conditions: Conditions, rng: np.random.Generator) -> Sensor:
    """Any sensor of this rate."""
    timing = EXPORT_80_HZ if conditions.export_timing else SampleTiming.even(conditions.rate_hz)
    sensor = Sensor(
        timing=timing,
        jitter_s=rng.uniform(0.0, 0.1) / timing.rate_hz,
        noise_n=rng.uniform(0.01, 0.05),
        resolution_n=rng.choice([0.0, 0.01]),
    )
    if not conditions.disturbed:
        return sensor
    return replace(
        sensor,
        drift_n_per_min=rng.uniform(-1.0, 1.0),
        tare_error_n=0.0 if conditions.tared else rng.uniform(-3.0, 3.0),
        gaps_per_min=rng.uniform(0.0, 3.0),
        spikes_per_min=rng.uniform(0.0, 3.0),
    )


def draw_recording(script: Activity | Sequence[Activity], conditions: Conditions, seed: int) -> Recording:
    """Somebody does this; the same arguments always give the same recording."""
    rng = np.random.default_rng(seed)
    person = draw_person(conditions, rng)
    band, sensor = draw_band(person, conditions, rng), draw_sensor(conditions, rng)
    return simulate(person, band, _coarsened(sensor, _peak_n(person, band), conditions), script, seed)


def _peak_n(person: Person, band: Band) -> float:
    return float(band.static_n(np.array([person.worn_strain + person.reach_strain]))[0])


def _coarsened(sensor: Sensor, peak_n: float, conditions: Conditions) -> Sensor:
    return replace(
        sensor,
        resolution_n=conditions.resolution_share * peak_n or sensor.resolution_n,
        noise_n=conditions.noise_share * peak_n or sensor.noise_n,
    )


def draw_faulty_set(tempo: Tempo, seed: int, reps: int = 12) -> DynamicSet:
    """A set in which about a third of the reps show a fault; a release, if any, is the last."""
    rng = np.random.default_rng(seed)
    kinds = [Fault.SNAP_BACK, Fault.MOMENTUM, Fault.PARTIAL_RANGE]
    if (tempo.hold_s or 0) >= 1:
        kinds.append(Fault.LOST_HOLD)
    faults = {rep: kinds[rng.integers(len(kinds))] for rep in range(1, reps) if rng.random() < 1 / 3}
    if rng.random() < 0.25:
        faults[reps - 1] = Fault.BAND_RELEASE
    return DynamicSet(tempo, reps, faults)
