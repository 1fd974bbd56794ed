"""What an exercise is to the product: told by a person or a prescription, never recognised from tension."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tempoband.contracts.exercise import ExerciseKind, Side
from tempoband.contracts.tempo import TEXT_ORDER, Tempo
from tempoband.words.catalogue import Language, phrase


class Source(StrEnum):
    """Where a statement comes from; printed beside it."""

    ARTICLE_A = "A"  # the hip-band article
    ARTICLE_B = "B"  # the runners' article
    DEFAULT = "tempoband"  # neither gives one: our starting point, to be changed by a physio


class DoseUnit(StrEnum):
    """What one set is counted in."""

    REPS = "reps"
    STEPS = "steps"  # per direction
    SECONDS = "seconds"


class Sides(StrEnum):
    """How the two sides of the body take part."""

    EACH = "each"  # unilateral: a set per side
    TOGETHER = "together"  # bilateral: one tension for both legs
    PER_DIRECTION = "per_direction"  # walks: a set goes there and back
    ALTERNATING = "alternating"

    @property
    def sets_each(self) -> int:
        """How many recorded sets one prescribed set takes."""
        return 2 if self is Sides.EACH else 1


class BandUse(StrEnum):
    """Whether the exercise has a band to measure."""

    LOOP = "loop"
    PINNED = "pinned"  # held to the floor by the other knee
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Dose:
    """One set's amount as a range: it is done at ``lower`` and guided to ``upper``."""

    unit: DoseUnit
    lower: int
    upper: int

    def __post_init__(self) -> None:
        if not 0 < self.lower <= self.upper:
            raise ValueError(f"a dose of {self.lower} to {self.upper} {self.unit} is no range")

    def __str__(self) -> str:
        amount = str(self.lower) if self.lower == self.upper else f"{self.lower}-{self.upper}"
        return f"{amount} {self.unit}"


@dataclass(frozen=True, slots=True)
class SetRange:
    """How many sets a session takes, as a range."""

    lower: int
    upper: int


@dataclass(frozen=True, slots=True)
class Exercise:
    """One row of the catalogue.

    Attributes:
        slug: name in paths, files and the database; never changes.
        name: name for people.
        kind: which metrics it can carry.
        plane: plane or movement it trains.
        muscles: what the articles say it trains.
        band: whether and how a band takes part.
        placement: where the band sits; the first is the default. Curves of different placements never mix.
        sides: how the two sides take part.
        sets: default sets.
        dose: default amount per set.
        dose_source: who says so.
        tempo: default tempo (concentric first).
        tempo_source: who says so.
        shows: what the tension in the band tells.
        hides: what it cannot tell.
        steps: how to do it, in order.
        watch: what to watch, one short sentence.
        sources: the articles that describe the exercise.
        harder: how to make it harder before the next band.
    """

    slug: str
    name: str
    kind: ExerciseKind
    plane: str
    muscles: tuple[str, ...]
    band: BandUse
    placement: tuple[str, ...]
    sides: Sides
    sets: SetRange
    dose: Dose
    dose_source: Source
    tempo: Tempo
    tempo_source: Source
    shows: tuple[str, ...]
    hides: tuple[str, ...]
    steps: tuple[str, ...]
    watch: str
    sources: tuple[Source, ...]
    harder: str = ""

    @property
    def unilateral(self) -> bool:
        """Whether sets are done and compared per side."""
        return self.sides is Sides.EACH

    @property
    def set_sides(self) -> tuple[Side, ...]:
        """The sides a set of this exercise may be declared for."""
        return (Side.LEFT, Side.RIGHT) if self.unilateral else (Side.BOTH,)

    def to_dict(self, language: Language = Language.EN) -> dict[str, Any]:
        """JSON for ``GET /api/exercises``; placements are names that are sent back, so they stay English."""
        return {
            "slug": self.slug,
            "name": phrase(language, self.name),
            "kind": str(self.kind),
            "plane": phrase(language, self.plane),
            "muscles": [phrase(language, each) for each in self.muscles],
            "band": str(self.band),
            "placement": list(self.placement),
            "unilateral": self.unilateral,
            "sides": str(self.sides),
            "sets": {"lower": self.sets.lower, "upper": self.sets.upper},
            "dose": {"unit": str(self.dose.unit), "lower": self.dose.lower, "upper": self.dose.upper},
            "dose_source": str(self.dose_source),
            "tempo": str(self.tempo),
            "tempo_order": TEXT_ORDER,
            "tempo_source": str(self.tempo_source),
            "shows": [phrase(language, each) for each in self.shows],
            "hides": [phrase(language, each) for each in self.hides],
            "steps": [phrase(language, each) for each in self.steps],
            "watch": phrase(language, self.watch),
            "harder": phrase(language, self.harder),
            "sources": [str(source) for source in self.sources],
        }
