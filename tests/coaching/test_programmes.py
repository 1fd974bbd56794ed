import pytest

from analytics.coaching.catalogue import CATALOGUE
from analytics.coaching.exercise import Dose, DoseUnit, Source
from analytics.coaching.programmes import (
    EXPECTATIONS,
    PROGRAMMES,
    BandFit,
    Mode,
    Order,
    band_fit,
    conflicts_of,
)
from tempoband.contracts.exercise import ExerciseKind
from tempoband.storage.records.words import Mode as KeptMode
from tempoband.storage.records.words import SetOrder


def test_the_seven_and_the_five_are_the_articles_own():
    assert [i.exercise for i in PROGRAMMES["hip-bands"].items] == [
        "monster-walk",
        "lateral-band-walk",
        "banded-glute-bridge",
        "standing-glute-kickback",
        "clamshell",
        "fire-hydrant",
        "seated-band-abduction",
    ]
    assert len(PROGRAMMES["runners-hips"].items) == 5
    assert PROGRAMMES["runners-hips"].source is Source.ARTICLE_B


@pytest.mark.parametrize("programme", PROGRAMMES.values(), ids=list(PROGRAMMES))
def test_every_programme_can_be_prescribed(programme):
    for item in programme.items:
        assert item.exercise in CATALOGUE
        assert item.sets.lower <= item.sets.upper
        assert item.dose.unit is CATALOGUE[item.exercise].dose.unit
    assert programme.orders


def test_warm_up_is_one_set_of_ten_to_twelve():
    items = PROGRAMMES["warm-up"].items
    assert [i.exercise for i in items] == ["clamshell", "lateral-band-walk", "banded-glute-bridge"]
    assert {(i.sets.lower, i.sets.upper, i.dose.lower, i.dose.upper) for i in items} == {(1, 1, 10, 12)}


def test_primary_is_three_to_four_sets_with_thirty_seconds_straight_or_as_a_circuit():
    primary = PROGRAMMES["primary"]
    assert {(i.sets.lower, i.sets.upper) for i in primary.items} == {(3, 4)}
    assert (primary.rest_s, primary.orders) == (30.0, (Order.STRAIGHT, Order.CIRCUIT))


def test_the_words_of_the_records_are_the_same():
    assert {str(m) for m in KeptMode} == {str(m) for m in Mode}
    assert {str(o) for o in SetOrder} == {str(o) for o in Order}


def test_what_usually_comes_is_told_as_the_articles_claim():
    assert EXPECTATIONS
    assert all(claim.words.startswith("The article says") for claim in EXPECTATIONS)


@pytest.mark.parametrize(
    ("reps", "clean", "hard", "fit"),
    [
        (13, True, True, BandFit.FITS),
        (13, False, True, BandFit.LIGHTER),
        (8, True, True, BandFit.LIGHTER),
        (8, True, False, BandFit.AGAIN),
        (14, True, False, BandFit.HEAVIER),
        (18, True, True, BandFit.HEAVIER),
    ],
)
def test_finding_a_band(reps, clean, hard, fit):
    assert band_fit(reps, clean=clean, hard_at_last=hard)[0] is fit


def test_modes_that_contradict_are_pointed_out_and_not_mixed():
    ten = Dose(DoseUnit.REPS, 10, 12)
    twenty = Dose(DoseUnit.REPS, 15, 20)
    dynamic = ExerciseKind.DYNAMIC
    assert conflicts_of(Mode.WARM_UP, 1, ten, dynamic) == []
    assert conflicts_of(Mode.WARM_UP, 3, ten, dynamic)
    assert conflicts_of(Mode.PRIMARY, 3, twenty, dynamic) == []
    assert conflicts_of(Mode.PRIMARY, 1, twenty, dynamic)
    assert conflicts_of(Mode.REHAB, 3, twenty, dynamic)
    assert conflicts_of(Mode.REHAB, 2, ten, dynamic) == []
