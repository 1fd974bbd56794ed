"""What is never said: a diagnosis, a prevented injury, strength from tension; studies carry their n."""

import json
import re
from collections.abc import Iterator
from html import unescape

import pytest

from tempoband.words.catalogue import Language, messages, phrases
from tests.words.sources import ROOT, phrases_in_code

# A phrase is forbidden unless the sentence says that it is not so.
FORBIDDEN = {
    "a diagnosis": (r"diagnos(?!tic)", r"diagnost?izier"),
    "a prevented injury": (
        r"prevent\w* (?:an? )?injur",
        r"injury prevention",
        r"protects? (?:you )?(?:from|against) injur",
        r"verhinder\w* verletz",
        r"verletzungs(?:prävention|vorbeug)",
        r"beugt? \w* ?verletz",
        r"schützt vor verletz",
    ),
    "strength from tension": (
        r"(?:measures?|shows?|tells?) (?:your |the )?strength",
        r"strength (?:score|of the (?:left|right))",
        r"(?:stronger|weaker) (?:side|leg)",
        r"(?:misst|zeigt) (?:die |deine |ihre )?kraft\b",
        r"(?:stärkere|schwächere)s? (?:seite|bein)",
    ),
    "a cure": (r"\b(?:cures?|heals?|heilt|heilung)\b",),
    "half the stimulus": (r"50 ?% of the stimulus", r"hälfte des reizes"),
    "a proof or a device": (
        r"clinically (?:proven|validated)",
        r"klinisch (?:bewiesen|belegt)",
        r"medical device",
        r"medizinprodukt",
    ),
}
DENIED = re.compile(
    r"\b(?:no|not|never|nor|neither|none|cannot|without|kein\w*|nicht|nie|weder|noch|ohne)\b|n't",
    re.IGNORECASE,
)
STUDY = re.compile(r"\b(?:trial|study|studies|studie|studien|randomi[sz]ed)\b", re.IGNORECASE)
COUNTED = re.compile(r"n = \d|\d+ (?:people|patients|sets|studies|cases)", re.IGNORECASE)


def texts() -> Iterator[tuple[str, str]]:
    """Everything a person may read, and where it stands."""
    for language in Language:
        yield from ((f"{language} {key}", words) for key, words in messages(language).items())
        folder = ROOT / "dashboard" / "web" / "src" / "lib" / "i18n" / language
        for file in sorted(folder.glob("*.json")):
            for key, words in json.loads(file.read_text("utf-8")).items():
                yield f"{language} {file.name} {key}", words
        consent = ROOT / "dashboard" / "access" / f"consent.{language}.txt"
        yield consent.name, consent.read_text("utf-8")
    for english, german in phrases(Language.DE).items():
        yield "phrases", english
        yield "phrases", german
    yield from (("refusals", each) for each in phrases_in_code())
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        for number, line in enumerate(page.read_text("utf-8").splitlines(), 1):
            yield f"{page.name}:{number}", unescape(line)


def sentences(words: str) -> list[str]:
    return re.split(r"(?<=[.!?;:|])\s+", words)


@pytest.mark.parametrize("what", FORBIDDEN)
def test_nobody_claims(what: str) -> None:
    wrong = re.compile("|".join(FORBIDDEN[what]), re.IGNORECASE)
    said = [
        (where, sentence)
        for where, words in texts()
        for sentence in sentences(words)
        if wrong.search(sentence) and not DENIED.search(sentence)
    ]
    assert said == []


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        ("a diagnosis", "tempoband diagnoses weak hips."),
        ("a diagnosis", "Die Diagnose steht hier."),
        ("a prevented injury", "Training prevents injuries."),
        ("a prevented injury", "Das verhindert Verletzungen."),
        ("strength from tension", "The sensor measures strength."),
        ("strength from tension", "Your left is the weaker side."),
    ],
)
def test_a_claim_would_be_found(what: str, sentence: str) -> None:
    assert re.search("|".join(FORBIDDEN[what]), sentence, re.IGNORECASE)
    assert not DENIED.search(sentence)


def test_studies_are_named_with_their_size() -> None:
    """A sentence with a study's number says how many took part, itself or the text around it."""
    number = re.compile(r"\d+ ?%|\d[.,]\d+ (?:to|auf) \d|-fold")
    bare = [
        (where, words)
        for where, words in texts()
        if not COUNTED.search(words)
        and any(STUDY.search(each) and number.search(each) for each in sentences(words))
    ]
    assert bare == []


def test_where_somebody_looks_for_it_it_is_said_what_tension_cannot_show() -> None:
    for language, words in ((Language.EN, "not a diagnosis"), (Language.DE, "keine Diagnose")):
        told = messages(language)["report.cannot_text"]
        assert words in told
    page = "".join(
        (ROOT / "dashboard/web/src/lib/i18n" / language / "patient.json").read_text("utf-8")
        for language in Language
    )
    for part in ("angle", "pelvis", "Gelenk", "Becken"):
        assert part in page
