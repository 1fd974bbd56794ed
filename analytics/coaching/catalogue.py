"""The catalogue: every exercise the product knows, by slug."""

from types import MappingProxyType
from typing import Final

from analytics.coaching.exercise import Exercise
from analytics.coaching.exercises.bridges import BRIDGES
from analytics.coaching.exercises.leg_lifts import LEG_LIFTS
from analytics.coaching.exercises.squats import SQUATS
from analytics.coaching.exercises.walks import WALKS
from tempoband.contracts.exercise import UNKNOWN_EXERCISE

CATALOGUE: Final = MappingProxyType(
    {exercise.slug: exercise for exercise in (*LEG_LIFTS, *WALKS, *BRIDGES, *SQUATS)}
)


class UnknownExerciseError(LookupError):
    """No exercise has this slug; the message lists those that exist."""

    def __init__(self, slug: str) -> None:
        super().__init__(f"no exercise {slug!r}; known: {', '.join(sorted(CATALOGUE))}")
        self.slug = slug


def exercise(slug: str) -> Exercise:
    """The exercise of that slug.

    Raises:
        UnknownExerciseError: there is none.
    """
    try:
        return CATALOGUE[slug]
    except KeyError:
        raise UnknownExerciseError(slug) from None


def exercise_name(slug: str) -> str:
    """A name for people for any stored slug, also for work nobody declared."""
    if slug == UNKNOWN_EXERCISE:
        return "Not labelled yet"
    found = CATALOGUE.get(slug)
    return found.name if found else slug.replace("-", " ").capitalize()
