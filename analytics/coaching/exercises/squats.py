"""Squats: without a loop there is nothing to measure; with one it is a push-out."""

from analytics.coaching.exercise import BandUse, Dose, DoseUnit, Exercise, SetRange, Sides, Source
from analytics.coaching.exercises.common import ABOVE_KNEES, NO_BAND, STANDARD_TEMPO, WHICH
from tempoband.contracts.exercise import ExerciseKind

_MUSCLES = ("gluteus maximus, medius and minimus", "quadriceps", "hamstrings")

SQUAT = Exercise(
    slug="squat",
    name="Squat",
    kind=ExerciseKind.BY_HAND,
    plane="hip and knee",
    muscles=_MUSCLES,
    band=BandUse.NONE,
    placement=(),
    sides=Sides.TOGETHER,
    sets=SetRange(2, 3),
    dose=Dose(DoseUnit.REPS, 12, 15),
    dose_source=Source.DEFAULT,
    tempo=STANDARD_TEMPO,
    tempo_source=Source.DEFAULT,
    shows=NO_BAND,
    hides=("everything, such as depth, knees over toes, heels lifting",),
    steps=(
        "Stand with the feet between hip and shoulder width, chest up, back in its natural curve.",
        "Reach forward or fold the hands before the chest for balance.",
        "Sit back as onto a chair until the thighs are about level; the heels stay down.",
        "Stand up again. The knees stay behind the toes all the way.",
    ),
    watch="Lead with the seat, not with the knees.",
    sources=(Source.ARTICLE_B,),
    harder="Add a loop above the knees, or use one leg.",
)

BANDED_SQUAT = Exercise(
    slug="banded-squat",
    name="Banded squat",
    kind=ExerciseKind.PUSH_OUT,
    plane="hip and knee, with abduction against the band",
    muscles=_MUSCLES,
    band=BandUse.LOOP,
    placement=(ABOVE_KNEES,),
    sides=Sides.TOGETHER,
    sets=SetRange(2, 3),
    dose=Dose(DoseUnit.REPS, 12, 15),
    dose_source=Source.DEFAULT,
    tempo=STANDARD_TEMPO,
    tempo_source=Source.DEFAULT,
    shows=("how long the knees keep pushing above the floor", "moments when they may have come in"),
    hides=(WHICH, "the depth of the squat and its tempo", "left against right: one loop has one tension"),
    steps=(
        "Stand as for the squat, the loop just above the knees.",
        "Push the knees out until the band is firm, and keep them there.",
        "Squat and stand up to the count of the voice. The band cannot count it.",
    ),
    watch="The knees never give in to the band.",
    sources=(Source.ARTICLE_B,),
    harder="More reps first, then the next band.",
)

SINGLE_LEG_SQUAT = Exercise(
    slug="single-leg-squat",
    name="Single-leg squat",
    kind=ExerciseKind.BY_HAND,
    plane="hip and knee, one side",
    muscles=_MUSCLES,
    band=BandUse.NONE,
    placement=(),
    sides=Sides.EACH,
    sets=SetRange(2, 3),
    dose=Dose(DoseUnit.REPS, 6, 10),
    dose_source=Source.DEFAULT,
    tempo=STANDARD_TEMPO,
    tempo_source=Source.DEFAULT,
    shows=NO_BAND,
    hides=("everything, such as depth and balance",),
    steps=(
        "Stand on one leg, the other stretched forward with the foot pulled up.",
        "Sit back as in the squat, only as deep as you stay steady.",
        "Stand up again. Do the same on the other side.",
    ),
    watch="Too deep is a risk: stop while it is steady.",
    sources=(Source.ARTICLE_B,),
)

SQUATS = (SQUAT, BANDED_SQUAT, SINGLE_LEG_SQUAT)
