"""Programmes and modes, as data. The modes contradict one another on purpose, so they are kept apart."""

from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from analytics.coaching.catalogue import exercise
from analytics.coaching.exercise import Dose, DoseUnit, SetRange, Source
from tempoband.contracts.exercise import ExerciseKind
from tempoband.contracts.tempo import Tempo


class Mode(StrEnum):
    """What a session is for; the first three are also the words of the records."""

    WARM_UP = "warm_up"
    PRIMARY = "primary"
    REHAB = "rehab"
    FIND_YOUR_BAND = "find_your_band"


class Order(StrEnum):
    """How the sets follow one another."""

    STRAIGHT = "straight"  # all sets of one exercise, then the next
    CIRCUIT = "circuit"  # one set of each, without rest, again and again


@dataclass(frozen=True, slots=True)
class DaysPerWeek:
    """How often, as a range."""

    lower: int
    upper: int


@dataclass(frozen=True, slots=True)
class Item:
    """One exercise of a programme, with what is prescribed of it."""

    exercise: str
    sets: SetRange
    dose: Dose
    tempo: Tempo


@dataclass(frozen=True, slots=True)
class Programme:
    """Exercises that belong together.

    Attributes:
        rest_s: seconds between sets; None where nobody says.
        orders: how the sets may follow one another; the first is the default.
        days: how often; None where it is part of another session.
        source: who puts it together so.
        caution: what has to be said with it.
    """

    slug: str
    name: str
    mode: Mode
    items: tuple[Item, ...]
    rest_s: float | None
    orders: tuple[Order, ...]
    days: DaysPerWeek | None
    source: Source
    caution: str = ""


def item(slug: str) -> Item:
    """An exercise as the catalogue prescribes it."""
    row = exercise(slug)
    return Item(slug, row.sets, row.dose, row.tempo)


_SEVEN = (
    "monster-walk",
    "lateral-band-walk",
    "banded-glute-bridge",
    "standing-glute-kickback",
    "clamshell",
    "fire-hydrant",
    "seated-band-abduction",
)
_FIVE = ("squat", "clamshell", "banded-side-step", "bridge", "quadruped-hip-extension")
_WARM_UP = ("clamshell", "lateral-band-walk", "banded-glute-bridge")
_SEE_PHYSIO = "With pain or an injury, ask your physiotherapist first."

HIP_BANDS = Programme(
    slug="hip-bands",
    name="Seven hip-band exercises",
    mode=Mode.PRIMARY,
    items=tuple(item(slug) for slug in _SEVEN),
    rest_s=None,
    orders=(Order.STRAIGHT,),
    days=DaysPerWeek(2, 3),
    source=Source.ARTICLE_A,
    caution=_SEE_PHYSIO,
)
RUNNERS_HIPS = Programme(
    slug="runners-hips",
    name="Five hip exercises for runners",
    mode=Mode.PRIMARY,
    items=tuple(item(slug) for slug in _FIVE),
    rest_s=None,
    orders=(Order.STRAIGHT,),
    days=None,
    source=Source.ARTICLE_B,
    caution=_SEE_PHYSIO,
)
WARM_UP = Programme(
    slug="warm-up",
    name="Warm-up",
    mode=Mode.WARM_UP,
    items=tuple(
        replace(item(s), sets=SetRange(1, 1), dose=Dose(item(s).dose.unit, 10, 12)) for s in _WARM_UP
    ),
    rest_s=None,
    orders=(Order.STRAIGHT,),
    days=None,
    source=Source.ARTICLE_A,
    caution="To wake the muscles up, not to tire them.",
)
PRIMARY = Programme(
    slug="primary",
    name="The whole workout",
    mode=Mode.PRIMARY,
    items=tuple(replace(item(slug), sets=SetRange(3, 4)) for slug in _SEVEN),
    rest_s=30.0,
    orders=(Order.STRAIGHT, Order.CIRCUIT),
    days=DaysPerWeek(2, 3),
    source=Source.ARTICLE_A,
    caution=_SEE_PHYSIO,
)
REHAB = Programme(
    slug="rehab",
    name="Light work every day",
    mode=Mode.REHAB,
    # The article names no exercises and no amounts: a physio chooses. This is a light beginning.
    items=tuple(
        replace(item(slug), sets=SetRange(1, 2), dose=Dose(DoseUnit.REPS, 10, 12))
        for slug in ("clamshell", "banded-glute-bridge", "seated-band-abduction")
    ),
    rest_s=60.0,
    orders=(Order.STRAIGHT,),
    days=DaysPerWeek(7, 7),
    source=Source.DEFAULT,
    caution="Only as your physiotherapist says. Light band; nothing should hurt.",
)
FIND_YOUR_BAND = Programme(
    slug="find-your-band",
    name="Find your band",
    mode=Mode.FIND_YOUR_BAND,
    items=(replace(item("clamshell"), sets=SetRange(1, 1), dose=Dose(DoseUnit.REPS, 12, 15)),),
    rest_s=None,
    orders=(Order.STRAIGHT,),
    days=None,
    source=Source.ARTICLE_A,
    caution="The last rep should be hard and still clean.",
)

PROGRAMMES: Final = MappingProxyType(
    {p.slug: p for p in (HIP_BANDS, RUNNERS_HIPS, WARM_UP, PRIMARY, REHAB, FIND_YOUR_BAND)}
)


@dataclass(frozen=True, slots=True)
class Claim:
    """What an article says usually happens; told as its claim, never as ours."""

    weeks: tuple[int, int]
    words: str
    source: Source


EXPECTATIONS: Final = (
    Claim((2, 4), "The article says: nerves learn first, so it may feel stronger by now.", Source.ARTICLE_A),
    Claim(
        (6, 8),
        "The article says: muscle and tendon usually need this long, with steady work.",
        Source.ARTICLE_A,
    ),
    Claim(
        (8, 8),
        "The article says: strength measurably rises after about eight weeks at two to three times a week.",
        Source.ARTICLE_A,
    ),
)


class BandFit(StrEnum):
    """What trying a band says about it."""

    LIGHTER = "lighter"
    FITS = "fits"
    HEAVIER = "heavier"
    AGAIN = "again"


def band_fit(reps: int, *, clean: bool, hard_at_last: bool) -> tuple[BandFit, str]:
    """Whether a band fits: 12 to 15 clean reps, the last one hard (article A).

    Args:
        reps: reps done without a stop.
        clean: full range and a controlled return to the last.
        hard_at_last: whether the last rep felt hard: asked, the sensor cannot know.
    """
    lower, upper = FIND_YOUR_BAND.items[0].dose.lower, FIND_YOUR_BAND.items[0].dose.upper
    if not clean or (reps < lower and hard_at_last):
        return BandFit.LIGHTER, f"Take a lighter band: {lower} clean reps come first."
    if reps < lower:
        return BandFit.AGAIN, f"Try once more and go on to {lower}, or until it is hard."
    if not hard_at_last:
        return BandFit.HEAVIER, f"{reps} clean reps without effort: try the next heavier band."
    if reps > upper:
        return BandFit.HEAVIER, f"More than {upper} clean reps: the next heavier band may fit better."
    return BandFit.FITS, f"{reps} clean reps, the last one hard: this band fits."


class Conflict(StrEnum):
    """How a prescription leaves what its mode is about."""

    LONG_WARM_UP = "long_warm_up"
    FEW_SETS = "few_sets"
    HEAVY_REHAB = "heavy_rehab"


CONFLICT_WORDS: Final = MappingProxyType(
    {
        Conflict.LONG_WARM_UP: "A warm-up is one set of 10 to 12: more of it tires before the session.",
        Conflict.FEW_SETS: "The article's whole workout has 3 to 4 sets, its general advice 2 to 4.",
        Conflict.HEAVY_REHAB: "Daily work is meant to be light; this is as much as a whole workout.",
    }
)


def conflicts_of(mode: Mode, sets: int, dose: Dose, kind: ExerciseKind) -> list[Conflict]:
    """Where a prescription leaves what its mode is about; advice for whoever prescribes."""
    found = []
    if mode is Mode.WARM_UP and (sets > 1 or (dose.unit is not DoseUnit.SECONDS and dose.upper > 12)):
        found.append(Conflict.LONG_WARM_UP)
    if mode is Mode.PRIMARY and sets < 2:
        found.append(Conflict.FEW_SETS)
    if mode is Mode.REHAB and kind is ExerciseKind.DYNAMIC and sets * dose.upper > 45:
        found.append(Conflict.HEAVY_REHAB)
    return found
