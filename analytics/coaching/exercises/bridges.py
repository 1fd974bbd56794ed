"""Bridges: the band, where there is one, shows only how firmly the knees push out, not the lift."""

from analytics.coaching.exercise import BandUse, Dose, DoseUnit, Exercise, SetRange, Sides, Source
from analytics.coaching.exercises.common import ABOVE_KNEES, NO_BAND, PAUSE_AT_TOP, WHICH
from tempoband.contracts.exercise import ExerciseKind
from tempoband.contracts.tempo import Tempo

BANDED_BRIDGE = Exercise(
    slug="banded-glute-bridge",
    name="Banded glute bridge",
    kind=ExerciseKind.PUSH_OUT,
    plane="extension, with abduction against the band",
    muscles=("gluteus medius through the band", "the whole hip"),
    band=BandUse.LOOP,
    placement=(ABOVE_KNEES,),
    sides=Sides.TOGETHER,
    sets=SetRange(3, 3),
    dose=Dose(DoseUnit.REPS, 15, 20),
    dose_source=Source.ARTICLE_A,
    tempo=Tempo(2.0, 2.0, 2.0),
    tempo_source=Source.ARTICLE_A,
    shows=("how long the knees keep pushing above the floor", "moments when they may have come in"),
    hides=(
        WHICH,
        "the height of the bridge and its tempo: a loop around the thighs pulls sideways, not down",
        "left against right: one loop has one tension",
    ),
    steps=(
        "Lie on your back, knees bent, feet flat at hip width, the loop just above the knees.",
        "Push the knees out until the band is firm, and keep them there.",
        "Lift the hips in two seconds, hold for two, lower in two. The voice counts; the band cannot.",
    ),
    watch="The knees never give in to the band.",
    sources=(Source.ARTICLE_A,),
    harder="More reps first, then a longer hold, then the next band.",
)

BRIDGE = Exercise(
    slug="bridge",
    name="Bridge",
    kind=ExerciseKind.BY_HAND,
    plane="extension: the whole back of the body",
    muscles=("glutes", "lower back", "hamstrings"),
    band=BandUse.NONE,
    placement=(),
    sides=Sides.TOGETHER,
    sets=SetRange(2, 3),
    dose=Dose(DoseUnit.REPS, 12, 15),
    dose_source=Source.DEFAULT,
    tempo=PAUSE_AT_TOP,
    tempo_source=Source.DEFAULT,
    shows=NO_BAND,
    hides=("everything, such as the height of the bridge",),
    steps=(
        "Lie on your back, knees bent, feet flat at hip width, arms beside you.",
        "Press the feet into the floor and lift the hips.",
        "Pause at the top, then lower to the floor.",
    ),
    watch="Press through both feet alike.",
    sources=(Source.ARTICLE_B,),
    harder="Put a loop above the knees, or lift one leg.",
)

SINGLE_LEG_BRIDGE = Exercise(
    slug="single-leg-bridge",
    name="Single-leg bridge",
    kind=ExerciseKind.BY_HAND,
    plane="extension: the whole back of the body, one side",
    muscles=("glutes", "lower back", "hamstrings"),
    band=BandUse.NONE,
    placement=(),
    sides=Sides.EACH,
    sets=SetRange(2, 3),
    dose=Dose(DoseUnit.REPS, 8, 12),
    dose_source=Source.DEFAULT,
    tempo=PAUSE_AT_TOP,
    tempo_source=Source.DEFAULT,
    shows=NO_BAND,
    hides=("everything, such as the pelvis dropping to one side",),
    steps=(
        "Lie as for the bridge. Drive one heel into the floor and lift the hips.",
        "On the way up, stretch the other leg out straight.",
        "Pause at the top, then lower slowly. Do the same on the other side.",
    ),
    watch="Both sides of the pelvis stay at one height.",
    sources=(Source.ARTICLE_B,),
)

BRIDGES = (BANDED_BRIDGE, BRIDGE, SINGLE_LEG_BRIDGE)
