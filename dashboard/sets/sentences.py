"""Scores as they are kept, with their sentences in the reader's language."""

from collections.abc import Mapping
from typing import Any

from analytics.signal.result import ABSENCE_WORDS
from dashboard.language import in_words
from tempoband.storage.records.scored import Score
from tempoband.words.said import Said, say

_CODES = {words: reason for reason, words in ABSENCE_WORDS.items()}


def sentence_of(score: Score) -> str:
    """What cost most and what to do next; in English where it was scored before sentences had codes."""
    said = score.result.get("said")
    return score.sentence if said is None else in_words(Said.from_dict(said))


def result_of(score: Score) -> dict[str, Any]:
    """The set's part of the score."""
    return _translated(score.result) | (
        {"sentence": sentence_of(score)} if "sentence" in score.result else {}
    )


def reps_of(score: Score) -> list[dict[str, Any]]:
    """Every rep of the score."""
    return [_translated(rep) for rep in score.reps]


def _translated(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document with the reader's reasons for what is missing; ``absent_codes`` are for programs."""
    absent = document.get("absent")
    if not absent:
        return dict(document)
    codes = {name: str(_CODES[words]) for name, words in absent.items() if words in _CODES}
    told = {name: in_words(say(f"absent.{code}")) for name, code in codes.items()}
    return {**document, "absent": {**absent, **told}, "absent_codes": codes}
