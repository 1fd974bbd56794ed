import xml.etree.ElementTree as ET

import pytest

from analytics.coaching.catalogue import CATALOGUE, UnknownExerciseError, exercise, exercise_name
from analytics.coaching.drawings import to_svg
from analytics.coaching.exercise import BandUse, Dose, DoseUnit, SetRange, Sides, Source
from analytics.coaching.named_faults import NAMED_FAULTS, Confidence
from analytics.coaching.poses import DRAWINGS
from analytics.coaching.self_tests import SELF_TESTS, SelfTestResult
from analytics.signal.result import Fault
from tempoband.contracts.exercise import UNKNOWN_EXERCISE, ExerciseKind, Side
from tempoband.contracts.tempo import Tempo

# Facts of the two articles' rows: slug, kind, sets, dose, tempo, sides.
ROWS = [
    ("monster-walk", "constant_tension", (2, 2), "60 seconds", "constant", "alternating"),
    ("lateral-band-walk", "constant_tension", (3, 3), "12-15 steps", "constant", "per_direction"),
    ("banded-glute-bridge", "push_out", (3, 3), "15-20 reps", "2-2-2", "together"),
    ("standing-glute-kickback", "dynamic", (3, 3), "12-15 reps", "2-1-2", "each"),
    ("clamshell", "dynamic", (3, 3), "15-20 reps", "2-1-2", "each"),
    ("fire-hydrant", "dynamic", (2, 2), "12-15 reps", "controlled", "each"),
    ("seated-band-abduction", "dynamic", (3, 3), "20-30 reps", "1-0-1", "together"),
]
UNNUMBERED = [
    ("squat", "by_hand"),
    ("banded-squat", "push_out"),
    ("banded-side-step", "constant_tension"),
    ("bridge", "by_hand"),
    ("single-leg-bridge", "by_hand"),
    ("quadruped-hip-extension", "dynamic"),
    ("single-leg-squat", "by_hand"),
]


@pytest.mark.parametrize(("slug", "kind", "sets", "dose", "tempo", "sides"), ROWS)
def test_the_numbers_of_article_a_are_kept(slug, kind, sets, dose, tempo, sides):  # noqa: PLR0917
    row = exercise(slug)
    assert (row.kind, row.sets, str(row.dose), str(row.tempo)) == (kind, SetRange(*sets), dose, tempo)
    assert row.sides == sides
    assert (row.dose_source, row.tempo_source) == (Source.ARTICLE_A, Source.ARTICLE_A)


@pytest.mark.parametrize(("slug", "kind"), UNNUMBERED)
def test_what_no_article_numbers_is_called_our_own(slug, kind):
    row = exercise(slug)
    assert row.kind == kind
    assert row.dose_source is Source.DEFAULT
    assert Source.ARTICLE_B in row.sources


def test_the_catalogue_is_complete():
    assert set(CATALOGUE) == {row[0] for row in [*ROWS, *UNNUMBERED]}


@pytest.mark.parametrize("row", CATALOGUE.values(), ids=list(CATALOGUE))
def test_every_row_can_be_shown(row):
    document = row.to_dict()
    assert Tempo.parse(document["tempo"]) == row.tempo
    assert document["tempo_order"] == "out-hold-back-rest"
    assert all(document[key] for key in ("shows", "hides", "steps", "watch", "muscles", "plane", "sources"))
    assert bool(row.placement) == (row.band is not BandUse.NONE)
    assert (row.kind is ExerciseKind.BY_HAND) == (row.band is BandUse.NONE)
    assert row.unilateral == (row.set_sides == (Side.LEFT, Side.RIGHT))
    assert row.unilateral == (row.sides.sets_each == 2)


@pytest.mark.parametrize("row", CATALOGUE.values(), ids=list(CATALOGUE))
def test_no_row_promises_what_one_tension_cannot_show(row):
    shown = " ".join(row.shows)
    if row.kind is not ExerciseKind.DYNAMIC:
        assert "phase" not in shown
    assert ("range difference" in shown) == (row.unilateral and row.kind is ExerciseKind.DYNAMIC)


@pytest.mark.parametrize("slug", sorted({*CATALOGUE, *SELF_TESTS}))
def test_every_drawing_is_an_svg_with_a_title(slug):
    root = ET.fromstring(to_svg(DRAWINGS[slug]))  # noqa: S314 - our own text
    space = "{http://www.w3.org/2000/svg}"
    assert root.find(f"{space}title").text == DRAWINGS[slug].title
    assert root.get("viewBox") == "0 0 240 160"
    banded = slug in CATALOGUE and CATALOGUE[slug].band is not BandUse.NONE
    assert bool(DRAWINGS[slug].band) == banded
    paths = [p.get("d") for p in root.iter(f"{space}path")]
    numbers = [float(n) for d in paths for n in d.replace("M", "").replace("L", "").split()]
    assert all(0 <= x <= 240 for x in numbers[::2])
    assert all(0 <= y <= 160 for y in numbers[1::2])


def test_there_is_no_drawing_too_many():
    assert set(DRAWINGS) == {*CATALOGUE, *SELF_TESTS}


def test_an_unknown_exercise_is_refused_with_the_known_ones():
    with pytest.raises(UnknownExerciseError, match="clamshell"):
        exercise("burpee")
    assert exercise_name(UNKNOWN_EXERCISE) == "Not labelled yet"
    assert exercise_name("old-thing") == "Old thing"


@pytest.mark.parametrize(("lower", "upper"), [(0, 5), (6, 5), (-1, -1)])
def test_a_dose_is_a_range(lower, upper):
    with pytest.raises(ValueError, match="no range"):
        Dose(DoseUnit.REPS, lower, upper)


def test_every_fault_the_articles_name_is_mapped():
    names = {fault.name for fault in NAMED_FAULTS}
    assert len(names) == len(NAMED_FAULTS) == 10
    for fault in NAMED_FAULTS:
        assert fault.measurable == (fault.confidence is not Confidence.NOT_MEASURABLE)
        assert fault.measurable == bool(fault.signature) == bool(fault.kinds)
        assert fault.measurable or fault.see
        assert set(fault.to_dict()["shown_by"]) <= {str(f) for f in Fault}
    unseen = {fault.name for fault in NAMED_FAULTS if not fault.measurable}
    assert unseen == {"hip hiking", "lower back at work", "knees locked, feet not forward"}


def test_a_self_test_is_a_record_by_hand():
    result = SelfTestResult("hip-bridge-test", 0, {Side.LEFT: True, Side.RIGHT: False})
    assert "right" in result.sentence()
    assert "left" not in result.sentence()
    assert (
        SelfTestResult("deep-squat-test", 0, {Side.BOTH: True})
        .sentence()
        .startswith("Standing deep squat: yes")
    )


def test_a_self_test_wants_an_answer_for_each_side():
    with pytest.raises(ValueError, match="left, right"):
        SelfTestResult("hip-bridge-test", 0, {Side.LEFT: True})
    with pytest.raises(ValueError, match="known"):
        SelfTestResult("handstand", 0, {Side.BOTH: True})


def test_sides_decide_how_many_recorded_sets_one_prescribed_set_takes():
    assert {side: side.sets_each for side in Sides} == {
        Sides.EACH: 2,
        Sides.TOGETHER: 1,
        Sides.PER_DIRECTION: 1,
        Sides.ALTERNATING: 1,
    }
