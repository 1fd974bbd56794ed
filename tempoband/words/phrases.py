"""Sentences whose key is their English text: refusals, raised where they are read best."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tempoband.words.catalogue import Language, phrase
from tempoband.words.said import Value


@dataclass(frozen=True, slots=True)
class Phrase:
    """An English sentence with holes, and what fills them; another language has the same holes."""

    english: str
    values: Mapping[str, Value] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.within(Language.EN)

    def within(self, language: Language) -> str:
        """The sentence in a language; English where it is not translated."""
        return phrase(language, self.english, self.values) if self.values else phrase(language, self.english)

    def to_dict(self) -> dict[str, Any]:
        """For clients that say it themselves: the sentence as its key, and the values."""
        return {"sentence": self.english, "values": dict(self.values)}


def phrased(english: str, **values: Value) -> Phrase:
    """A sentence with its values by name."""
    return Phrase(english, values)


def words_of(error: Exception) -> Phrase:
    """What an error says; errors raised with a ``Phrase`` keep it."""
    told = error.args[0] if error.args else ""
    return told if isinstance(told, Phrase) else Phrase(str(error))
