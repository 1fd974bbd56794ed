"""The one place where the dashboard asks the exercise catalogue."""

from analytics.coaching.catalogue import CATALOGUE
from analytics.coaching.catalogue import exercise_name as english_name
from analytics.coaching.exercise import Dose, DoseUnit, Exercise
from dashboard.errors import invalid
from dashboard.language import translated
from tempoband.contracts.exercise import UNKNOWN_EXERCISE, ExerciseKind
from tempoband.words.phrases import phrased

__all__ = [
    "CATALOGUE",
    "Dose",
    "DoseUnit",
    "Exercise",
    "english_name",
    "exercise_name",
    "find",
    "kind_of",
    "required",
]


def exercise_name(slug: str) -> str:
    """The exercise's name in the reader's language, also for work nobody declared."""
    return translated(english_name(slug))


def find(slug: str) -> Exercise | None:
    """The exercise, or None for an unknown one."""
    return CATALOGUE.get(slug)


def required(slug: str) -> Exercise | None:
    """The exercise somebody named; None for ``unknown``, which they may name too.

    Raises:
        DashboardError: 422, for a slug that no exercise has.
    """
    found = CATALOGUE.get(slug)
    if found is None and slug != UNKNOWN_EXERCISE:
        raise invalid(
            phrased(
                "there is no exercise {slug!r}; known: {known}", slug=slug, known=", ".join(sorted(CATALOGUE))
            )
        )
    return found


def kind_of(slug: str) -> ExerciseKind:
    """Which metrics an exercise can carry; an unknown one is taken as reps with phases."""
    found = CATALOGUE.get(slug)
    return found.kind if found else ExerciseKind.DYNAMIC
