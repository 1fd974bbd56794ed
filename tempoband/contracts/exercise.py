"""What kind of exercise a set is: told by a person or a prescription, never measured."""

from enum import StrEnum


class ExerciseKind(StrEnum):
    """Which metrics an exercise can carry."""

    DYNAMIC = "dynamic"  # reps with phases
    CONSTANT_TENSION = "constant_tension"  # walks: time above a floor, slack, steps
    PUSH_OUT = "push_out"  # banded bridge and squat: only the tension held is visible
    BY_HAND = "by_hand"  # no band: timer and count


class Side(StrEnum):
    """The working side of a unilateral exercise."""

    LEFT = "left"
    RIGHT = "right"
    BOTH = "both"


UNKNOWN_EXERCISE = "unknown"
