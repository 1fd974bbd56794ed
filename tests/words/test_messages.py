"""Both languages say everything, with the same holes; every code and every phrase of the code is there."""

import json
from collections.abc import Iterator
from string import Formatter

import pytest

from analytics.coaching.catalogue import CATALOGUE
from analytics.coaching.poses import DRAWINGS
from analytics.coaching.programmes import EXPECTATIONS, PROGRAMMES
from analytics.coaching.self_tests import SELF_TESTS
from analytics.signal.result import Absence, Fault
from tempoband.contracts.tempo import Phase
from tempoband.storage.errors import StorageReason
from tempoband.words.catalogue import Language, messages, phrase, phrases, text
from tempoband.words.phrases import Phrase, phrased
from tempoband.words.said import Said, say
from tests.words.sources import ROOT, phrases_in_code

EN, DE = messages(Language.EN), messages(Language.DE)
_ONLY_GERMAN = ("phase_on.", "phase_without.", "side_word.")  # forms that English does not tell apart


def holes(message: str) -> set[tuple[str, str]]:
    """Which values a message asks for, and how it writes those that are numbers."""
    return {
        (name, "" if spec and spec[0].isalpha() else (spec or ""))
        for _, name, spec, _ in Formatter().parse(message)
        if name
    }


def catalogue_texts() -> Iterator[str]:
    for row in CATALOGUE.values():
        yield from (
            row.name,
            row.plane,
            *row.muscles,
            *row.shows,
            *row.hides,
            *row.steps,
            row.watch,
            row.harder,
        )
    for test in SELF_TESTS.values():
        yield from (test.name, *test.steps, test.question, test.yes, test.no, test.hides)
    yield from (drawing.title for drawing in DRAWINGS.values())
    for programme in PROGRAMMES.values():
        yield from (programme.name, programme.caution)
    yield from (claim.words for claim in EXPECTATIONS)


def test_both_languages_have_the_same_messages():
    assert {key for key in DE if not key.startswith(_ONLY_GERMAN)} == set(EN)


@pytest.mark.parametrize("key", sorted(EN))
def test_both_languages_fill_the_same_holes(key):
    assert {name for name, _ in holes(EN[key])} == {name for name, _ in holes(DE[key])}


def test_every_text_of_the_catalogue_is_german_too():
    known = phrases(Language.DE)
    assert [each for each in catalogue_texts() if each and each not in known] == []


def test_every_placement_is_said_in_both_languages():
    places = {place for row in CATALOGUE.values() for place in row.placement}
    assert {f"place.{place}" for place in places} <= set(EN) & set(DE)
    assert all(EN[f"place.{place}"] == place for place in places)


def test_every_refusal_of_the_code_is_german_too():
    known = phrases(Language.DE)
    assert {where: each for each, where in phrases_in_code().items() if each not in known} == {}


def test_the_reading_of_the_code_finds_refusals_of_every_form():
    found = phrases_in_code()
    assert "log in first" in found
    assert "there are {reps} reps: split after one of the first {most}" in found
    assert "this dashboard answers this machine only" in found
    assert len(found) > 80


def test_no_german_phrase_is_left_over():
    used = {
        *catalogue_texts(),
        *phrases_in_code(),
        "This machine",
        "Not labelled yet",
        "By hand",
        "Not Found",
        "Method Not Allowed",
    }
    used |= _first_things()
    assert set(phrases(Language.DE)) - used == set()


def _first_things() -> set[str]:
    from dashboard.deps import _FIRST

    return set(_FIRST.values())


def test_what_has_to_be_done_first_is_german_too():
    assert _first_things() <= set(phrases(Language.DE))


def test_phrases_fill_the_same_holes():
    for english, german in phrases(Language.DE).items():
        assert {name for name, _ in holes(german)} <= {name for name, _ in holes(english)}, english


@pytest.mark.parametrize("language", Language)
def test_every_code_has_its_words(language):
    known = messages(language)
    wanted = {f"absent.{each}" for each in Absence}
    wanted |= {f"{group}.{fault}" for fault in Fault for group in ("fault_name", "tip")}
    wanted |= {f"{group}.{phase}" for phase in Phase for group in ("phase_way", "phase_word")}
    wanted |= {f"storage.{each}" for each in StorageReason}
    assert wanted <= set(known)


def test_numbers_and_plurals_follow_the_language():
    said = say(
        "set.phase",
        count=say("count.reps", n=3),
        phase="eccentric",
        off_s=1.24,
        way="short",
        todo=say("todo.count", n=2.0, phase="eccentric"),
    )
    assert text(Language.EN, said) == (
        "3 reps: the way back was 1.2 s too short on average, which cost most;"
        " count 2 seconds on the way back next rep."
    )
    assert text(Language.DE, said) == (
        "3 Wiederholungen: Der Rückweg war im Mittel 1,2 s zu kurz, das kostete am meisten;"
        " beim nächsten Mal auf dem Rückweg bis 2 zählen."
    )
    assert text(Language.EN, say("count.reps", n=1)) == "1 rep"
    assert text(Language.DE, say("set.slack", times=say("times", n=1), share=0.9)).startswith(
        "Das Band wurde einmal locker (90\N{NO-BREAK SPACE}%"
    )


def test_a_sentence_survives_json():
    said = say(
        "set.fault", count=say("count.reps", n=2), fault="snap_back", times=1, tip=say("tip.snap_back")
    )
    assert Said.from_dict(json.loads(json.dumps(said.to_dict()))) == said


def test_a_phrase_nobody_translated_is_said_in_english():
    assert phrase(Language.DE, "nobody wrote this") == "nobody wrote this"
    assert Phrase("braces {are} kept").within(Language.DE) == "braces {are} kept"


def test_a_refusal_is_said_in_the_readers_language():
    told = phrased("there is no {what:thing} {name!r}", what="set", name="x")
    assert str(told) == "there is no set 'x'"
    assert told.within(Language.DE) == "Nicht gefunden: Satz 'x'"


def test_the_files_are_sorted_out_by_area():
    for language in Language:
        keys = [
            key
            for file in (ROOT / "tempoband" / "words" / language).glob("*.json")
            for key in json.loads(file.read_text("utf-8"))
        ]
        assert len(keys) == len(set(keys))
