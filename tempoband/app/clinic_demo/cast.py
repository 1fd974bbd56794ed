"""Who the simulated patients are: made-up names, what is prescribed to them, and how they behave.

The behaviour follows what was reported of real patients (sources in docs/caseload.md): a third to a half
does not keep to it; those who do, hurry the way back and so deliver about half the seconds under tension;
diaries report about a quarter more days than a sensor recorded (n = 54). Nobody here is real.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from tempoband.contracts.exercise import ExerciseKind, Side
from tempoband.contracts.tempo import Tempo
from tempoband.simulator.people import Pace, Person
from tempoband.simulator.profiles import NAMED_FAMILIES

OVER_REPORTED = 0.25  # diary days without work, per day with: 220 against 176 (Nicolson et al. 2018, n = 54)
BANDS = ("yellow", "red", "green", "blue")
NAMES = (
    "Marta Lindqvist", "Tom Okafor", "Ines Carvalho", "Dev Anand", "Hanne Voss", "Piotr Zielak", "Aiko Tan",
    "Ruth Abelson", "Sam Delacroix", "Nadia Rahal", "Jonas Feld", "Leila Moradi", "Oskar Brandt", "Mei Sato",
    "Carlos Vega", "Freya Nyberg", "Amir Haddad", "Greta Olsen", "Luca Ferri", "Zofia Maj", "Kofi Mensah",
    "Elena Petrova", "Hugo Marchand", "Sofia Lindgren", "Rashid Karim", "Anna Kessler", "Ben Whitlock",
    "Yara Nassar", "Erik Solberg", "Clara Duarte", "Milan Novak", "Ada Thornton", "Jamal Price", "Ida Holm",
    "Victor Lange", "Rosa Campos", "Noah Adler", "Lena Fuchs", "Theo Barnes", "Maya Iyer",
)  # fmt: skip


class Habit(StrEnum):
    """How somebody goes about it."""

    STEADY = "steady"
    LOOSE = "loose"  # misses a day now and then
    HALF_DOSE = "half_dose"  # every rep, half the time
    FEW_DAYS = "few_days"  # about half the days
    SNAPS = "snaps"  # lets the band pull the leg back
    PAIN = "pain"  # it hurts since this week
    STOPPED = "stopped"
    SHRINKS = "shrinks"  # a smaller range since this week
    TOO_MUCH = "too_much"  # every day, twice
    WORN_BAND = "worn_band"
    SILENT = "silent"  # the sensor's battery is empty, the diary goes on
    SLIPS = "slips"  # the band let go once


_HABITS = (
    Habit.PAIN, Habit.STOPPED, Habit.PAIN, Habit.HALF_DOSE, Habit.SNAPS, Habit.SHRINKS, Habit.TOO_MUCH,
    Habit.WORN_BAND, Habit.SILENT, Habit.HALF_DOSE, Habit.FEW_DAYS, Habit.SLIPS, Habit.STOPPED,
    Habit.HALF_DOSE, Habit.FEW_DAYS,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Order:
    """One prescribed exercise.

    Attributes:
        amount: reps, or steps of a walk, per set.
        days: a week.
    """

    exercise: str
    kind: ExerciseKind
    side: Side
    tempo: str
    sets: int
    amount: int
    days: int
    band: str


@dataclass(frozen=True, slots=True)
class Patient:
    """A made-up person."""

    number: int
    name: str
    habit: Habit
    orders: tuple[Order, ...]
    person: Person
    seed: int
    weeks: int

    @property
    def sensor(self) -> str:
        """The sensor they wear."""
        return f"simulated-{self.number:03d}"


_CHOICES: tuple[tuple[str, ExerciseKind, Side, str, int, int], ...] = (
    ("clamshell", ExerciseKind.DYNAMIC, Side.LEFT, "2-1-2", 2, 12),
    ("standing-glute-kickback", ExerciseKind.DYNAMIC, Side.RIGHT, "2-1-2", 2, 12),
    ("seated-band-abduction", ExerciseKind.DYNAMIC, Side.BOTH, "1-0-1", 2, 20),
    ("quadruped-hip-extension", ExerciseKind.DYNAMIC, Side.RIGHT, "2-1-2", 2, 10),
    ("clamshell", ExerciseKind.DYNAMIC, Side.RIGHT, "2-1-2", 2, 12),
)
_WALK = ("lateral-band-walk", ExerciseKind.CONSTANT_TENSION, Side.BOTH, "constant", 2, 12)


def cast(size: int, weeks: int, seed: int) -> list[Patient]:
    """The patients; the same arguments always give the same people."""
    return [_patient(number, weeks, np.random.default_rng([seed, number])) for number in range(size)]


def _patient(number: int, weeks: int, rng: np.random.Generator) -> Patient:
    habit = _HABITS[number] if number < len(_HABITS) else rng.choice([Habit.STEADY, Habit.LOOSE])
    days = 7 if habit is Habit.STEADY and number % 9 == 0 else int(rng.integers(3, 6))
    days = 4 if habit is Habit.TOO_MUCH else days
    band = str(rng.choice(BANDS))
    chosen = [_CHOICES[int(rng.integers(len(_CHOICES)))]]
    if number % 3 == 0 and habit is not Habit.HALF_DOSE:
        chosen.append(_WALK)
    orders = tuple(Order(*each, days=days, band=band) for each in chosen)
    since = weeks if number % 5 else max(2, weeks - number % 4)  # not everybody began on one day
    name = NAMES[number] if number < len(NAMES) else f"{NAMES[number % len(NAMES)]} {number}"
    seed = int(rng.integers(2**31))
    return Patient(number, name, Habit(habit), orders, _person(Habit(habit), rng), seed, since)


def _person(habit: Habit, rng: np.random.Generator) -> Person:
    pace = Pace(*rng.uniform(0.94, 1.08, 4))
    if habit is Habit.HALF_DOSE:
        # a little over half of the prescribed seconds, mostly lost in the hold and on the way back
        pace = Pace(concentric=0.72, hold=0.25, eccentric=float(rng.uniform(0.56, 0.62)), rest=1.0)
    return Person(
        out_family=str(rng.choice(NAMED_FAMILIES)),
        back_family=str(rng.choice(NAMED_FAMILIES)),
        pace=pace,
        tempo_variation=float(rng.uniform(0.03, 0.12)),
        range_variation=float(rng.uniform(0.01, 0.05)),
        tremor=float(rng.uniform(0.001, 0.006)),
        fatigue=float(rng.uniform(0.0, 0.4)),
        worn_strain=float(rng.uniform(0.15, 0.3)),
        reach_strain=float(rng.uniform(0.6, 0.9)),
    )


def tempo_of(order: Order) -> Tempo:
    """The prescribed tempo."""
    return Tempo.parse(order.tempo)
