"""The one place where the dashboard asks the exercise catalogue."""

from analytics.coaching.catalogue import CATALOGUE, exercise_name
from analytics.coaching.exercise import Dose, DoseUnit, Exercise
from dashboard.errors import invalid
from tempoband.contracts.exercise import UNKNOWN_EXERCISE, ExerciseKind

__all__ = ["CATALOGUE", "Dose", "DoseUnit", "Exercise", "exercise_name", "find", "kind_of", "required"]


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
        raise invalid(f"there is no exercise {slug!r}; known: {', '.join(sorted(CATALOGUE))}")
    return found


def kind_of(slug: str) -> ExerciseKind:
    """Which metrics an exercise can carry; an unknown one is taken as reps with phases."""
    found = CATALOGUE.get(slug)
    return found.kind if found else ExerciseKind.DYNAMIC
