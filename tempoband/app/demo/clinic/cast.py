"""Who the simulated patients are: made-up names, what is prescribed to them, and how they behave.

The behaviour follows what was reported of real patients (sources in docs/caseload.md). In their first weeks,
before anybody answers, they do 76 % of the reps and 52 % of the seconds under tension (n = 11, O'Connor et
al. 2019); then most come near the plan, as people with live feedback did (n = 40, Riel et al. 2016), and a
third does not. Diaries report about a quarter more days than a sensor recorded (n = 54). Nobody here is real.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise

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
    ONE_SIDED = "one_sided"  # one side goes less far
    FORGETS = "forgets"  # did a set this week without saying what


_HABITS = (
    Habit.PAIN, Habit.STOPPED, Habit.PAIN, Habit.HALF_DOSE, Habit.SNAPS, Habit.SHRINKS, Habit.TOO_MUCH,
    Habit.WORN_BAND, Habit.SILENT, Habit.HALF_DOSE, Habit.FEW_DAYS, Habit.SLIPS, Habit.STOPPED,
    Habit.HALF_DOSE, Habit.FEW_DAYS, Habit.ONE_SIDED, Habit.FORGETS,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Order:
    """One prescribed exercise.

    Attributes:
        amount: reps, or steps of a walk, per set.
        days: a week.
        weekdays: 0 = Monday; empty where the person chooses.
    """

    exercise: str
    kind: ExerciseKind
    side: Side
    tempo: str
    sets: int
    amount: int
    days: int
    weekdays: tuple[int, ...]
    band: str


@dataclass(frozen=True, slots=True)
class Patient:
    """A made-up person.

    Attributes:
        orders: what was prescribed first.
        later: what is prescribed since the last ``later_days``; the same where nothing was changed.
        early: their pace in the first weeks.
        person: how they move once they know how.
    """

    number: int
    name: str
    habit: Habit
    orders: tuple[Order, ...]
    later: tuple[Order, ...]
    later_days: int
    early: Pace
    person: Person
    seed: int
    weeks: int

    @property
    def sensor(self) -> str:
        """The sensor they wear."""
        return f"simulated-{self.number:03d}"

    def version(self, back: int) -> int:
        """Which version of the prescription held ``back`` days ago."""
        return 2 if self.later != self.orders and back <= self.later_days else 1

    def orders_of(self, version: int) -> tuple[Order, ...]:
        """A version of what is prescribed."""
        return self.orders if version == 1 else self.later


_KICKBACK = ("standing-glute-kickback", ExerciseKind.DYNAMIC, "2-1-2", 12)
_CLAMSHELL = ("clamshell", ExerciseKind.DYNAMIC, "2-1-2", 12)
_QUADRUPED = ("quadruped-hip-extension", ExerciseKind.DYNAMIC, "2-1-2", 10)
_SEATED = ("seated-band-abduction", ExerciseKind.DYNAMIC, "1-0-1", 20)
_WALK = ("lateral-band-walk", ExerciseKind.CONSTANT_TENSION, "constant", 12)
_Choice = tuple[str, ExerciseKind, str, int]
_CHOICES: tuple[tuple[_Choice, Side], ...] = (
    (_CLAMSHELL, Side.LEFT), (_KICKBACK, Side.RIGHT), (_SEATED, Side.BOTH), (_QUADRUPED, Side.RIGHT),
    (_CLAMSHELL, Side.RIGHT),
)  # fmt: skip
_WEEKDAYS = {3: (0, 2, 4), 4: (0, 2, 4, 6), 5: (0, 1, 3, 4, 6)}
_EARLY_PACE = Pace(concentric=0.84, hold=0.52, eccentric=0.58)
"""With 2-1-2, seven tenths of the seconds a rep should take: 52 % of the dose with 76 % of the reps."""


def cast(size: int, weeks: int, seed: int) -> list[Patient]:
    """The patients; the same arguments always give the same people."""
    return [_patient(number, weeks, np.random.default_rng([seed, number])) for number in range(size)]


def days_of_week(order: Order) -> tuple[int, ...]:
    """The days on which somebody does their work who keeps to it, 0 = Monday."""
    return order.weekdays or _WEEKDAYS.get(order.days, tuple(range(7)))


def _patient(number: int, weeks: int, rng: np.random.Generator) -> Patient:
    habit = _HABITS[number] if number < len(_HABITS) else Habit(rng.choice([Habit.STEADY, Habit.LOOSE]))
    orders = _orders(number, habit, rng)
    changed = number % 5 == 2 and habit in (Habit.STEADY, Habit.LOOSE)
    name = NAMES[number] if number < len(NAMES) else f"{NAMES[number % len(NAMES)]} {number}"
    person = _person(habit, rng)
    return Patient(
        number=number,
        name=name,
        habit=habit,
        orders=orders,
        later=tuple(_heavier(each) for each in orders) if changed else orders,
        later_days=7 * (weeks // 3),
        early=person.pace if habit is Habit.HALF_DOSE else _EARLY_PACE,
        person=person,
        seed=int(rng.integers(2**31)),
        weeks=weeks if number % 5 else max(2, weeks - number % 4),  # not everybody began on one day
    )


def _orders(number: int, habit: Habit, rng: np.random.Generator) -> tuple[Order, ...]:
    days = 7 if habit is Habit.STEADY and number % 9 == 0 else int(rng.integers(3, 6))
    days = 4 if habit is Habit.TOO_MUCH else days
    weekdays = () if number % 3 == 1 or habit is Habit.TOO_MUCH else _WEEKDAYS.get(days, tuple(range(7)))
    band = str(rng.choice(BANDS[:3]))
    choice, side = _CHOICES[int(rng.integers(len(_CHOICES)))]
    if habit is Habit.ONE_SIDED or number % 8 == 7:
        chosen = [(_CLAMSHELL, Side.LEFT, 1), (_CLAMSHELL, Side.RIGHT, 1)]
    elif number % 3 == 0 and habit is not Habit.HALF_DOSE:
        chosen = [(choice, side, 2), (_WALK, Side.BOTH, 2)]
    else:
        chosen = [(choice, side, 2)]
    return tuple(
        Order(slug, kind, side, tempo, sets, amount, days, weekdays, band)
        for (slug, kind, tempo, amount), side, sets in chosen
    )


def _heavier(order: Order) -> Order:
    return replace(order, band=dict(pairwise(BANDS))[order.band])


def _person(habit: Habit, rng: np.random.Generator) -> Person:
    pace = Pace(*rng.uniform(0.9, 1.12, 4))
    if habit is Habit.HALF_DOSE:
        # a little over half of the prescribed seconds, mostly lost in the hold and on the way back
        pace = Pace(concentric=0.72, hold=0.25, eccentric=float(rng.uniform(0.56, 0.62)), rest=1.0)
    return Person(
        out_family=str(rng.choice(NAMED_FAMILIES)),
        back_family=str(rng.choice(NAMED_FAMILIES)),
        pace=pace,
        tempo_variation=float(rng.uniform(0.06, 0.24)),
        range_variation=float(rng.uniform(0.02, 0.07)),
        tremor=float(rng.uniform(0.002, 0.014)),
        sway=float(rng.uniform(0.002, 0.012)),
        fatigue=float(rng.uniform(0.1, 0.6)),
        worn_strain=float(rng.uniform(0.15, 0.3)),
        reach_strain=float(rng.uniform(0.6, 0.9)),
    )


def tempo_of(order: Order) -> Tempo:
    """The prescribed tempo."""
    return Tempo.parse(order.tempo)
