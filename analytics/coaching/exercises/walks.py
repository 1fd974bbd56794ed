"""Walks: the band never goes slack, so there are no reps and no tempo, only tension kept."""

from analytics.coaching.exercise import BandUse, Dose, DoseUnit, Exercise, SetRange, Sides, Source
from analytics.coaching.exercises.common import ABOVE_KNEES, ANKLES, CONSTANT, WHICH
from tempoband.contracts.exercise import ExerciseKind

_SHOWS = ("share of the time above the floor", "moments of slack", "rhythm and number of steps", "duration")

MONSTER_WALK = Exercise(
    slug="monster-walk",
    name="Monster walk",
    kind=ExerciseKind.CONSTANT_TENSION,
    plane="stabilisation, forward and backward",
    muscles=("muscles around the hip, from another direction than the sideways walk",),
    band=BandUse.LOOP,
    placement=(ABOVE_KNEES, ANKLES),
    sides=Sides.ALTERNATING,
    sets=SetRange(2, 2),
    dose=Dose(DoseUnit.SECONDS, 60, 60),
    dose_source=Source.ARTICLE_A,
    tempo=CONSTANT,
    tempo_source=Source.ARTICLE_A,
    shows=_SHOWS,
    hides=(WHICH, "forward or backward", "the trunk swaying", "where the feet go"),
    steps=(
        "Put the loop on, bend hips and knees a little and step apart until the band is firm.",
        "Walk forward with wide, short steps, then backward the same way.",
        "Never let the feet come so close that the band hangs.",
    ),
    watch="The band stays firm from the first step to the last.",
    sources=(Source.ARTICLE_A,),
    harder="Longer first, then the loop lower on the leg, then the next band.",
)

LATERAL_WALK = Exercise(
    slug="lateral-band-walk",
    name="Lateral band walk",
    kind=ExerciseKind.CONSTANT_TENSION,
    plane="abduction, dynamic",
    muscles=("gluteus medius",),
    band=BandUse.LOOP,
    placement=(ABOVE_KNEES, ANKLES),
    sides=Sides.PER_DIRECTION,
    sets=SetRange(3, 3),
    dose=Dose(DoseUnit.STEPS, 12, 15),
    dose_source=Source.ARTICLE_A,
    tempo=CONSTANT,
    tempo_source=Source.ARTICLE_A,
    shows=_SHOWS,
    hides=(WHICH, "which way you go", "the hip being hiked up by the lower back"),
    steps=(
        "Put the loop on, bend hips and knees a little and stand so wide that the band is firm.",
        "Step to the side with the leading leg and let the other follow, but never right up to it.",
        "Do all steps to one side, then all back.",
    ),
    watch="The hips stay level; nothing bounces.",
    sources=(Source.ARTICLE_A,),
    harder="More steps first, then the loop lower on the leg, then the next band.",
)

SIDE_STEP = Exercise(
    slug="banded-side-step",
    name="Banded side step",
    kind=ExerciseKind.CONSTANT_TENSION,
    plane="abduction",
    muscles=("gluteus medius", "gluteus minimus"),
    band=BandUse.LOOP,
    placement=(ABOVE_KNEES, ANKLES),
    sides=Sides.ALTERNATING,
    sets=SetRange(2, 3),
    dose=Dose(DoseUnit.STEPS, 12, 15),
    dose_source=Source.DEFAULT,
    tempo=CONSTANT,
    tempo_source=Source.ARTICLE_B,
    shows=_SHOWS,
    hides=(WHICH, "whether the feet point forward", "locked knees"),
    steps=(
        "Put the loop right above the knees and bend hips and knees a little.",
        "Step to the side, one leg at a time, feet pointing forward and knees pushed out, not locked.",
        "Bring the legs together only so far that the band stays firm.",
    ),
    watch="Stay wide enough: a hanging band does no work.",
    sources=(Source.ARTICLE_B,),
    harder="The lower the loop on the leg, the harder; around the ankles is hardest.",
)

WALKS = (MONSTER_WALK, LATERAL_WALK, SIDE_STEP)
