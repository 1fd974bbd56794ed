"""The message files, and how a sentence is made of them.

A message's holes are those of ``str.format``: ``{seconds:.1f}``, ``{share:.0%}``, ``{name!r}``. Numbers take
the language's decimal sign. A hole whose value is a word and that names a group, ``{phase:phase_way}``, is
filled with that group's message of the word. With a value ``n``, ``key_one`` and ``key_other`` are its forms.
"""

import json
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from importlib.resources import files
from string import Formatter
from types import MappingProxyType
from typing import Any, Final

from tempoband.words.said import Said, Value

PHRASES: Final = "phrases.json"
"""Whole English phrases and their translation: texts of the catalogue and refusals, whose key they are."""


class Language(StrEnum):
    """A language everything is said in."""

    EN = "en"
    DE = "de"


LANGUAGES: Final = tuple(Language)
_MINUS = "\N{MINUS SIGN}"


def text(language: Language, said: Said) -> str:
    """A sentence in a language.

    Raises:
        KeyError: no message has this code, or a value is missing: a defect, found by the tests of the files.
    """
    return _fill(language, _form(messages(language), said), said.values)


def phrase(language: Language, english: str, values: Mapping[str, Value] | None = None) -> str:
    """A phrase whose key is its English text; where no translation is known, English."""
    told = english if language is Language.EN else phrases(language).get(english, english)
    return told if values is None else _fill(language, told, values)


def number(language: Language, value: float, form: str = "g") -> str:
    """A number with the language's decimal sign and, in German, a space before the per cent sign."""
    told = format(value, form)
    if language is Language.EN:
        return told
    return told.replace(".", ",").replace("%", "\N{NO-BREAK SPACE}%").replace("-", _MINUS)


@cache
def messages(language: Language) -> Mapping[str, str]:
    """Every message of a language by its key."""
    found: dict[str, str] = {}
    for file in sorted(files(__package__).joinpath(language).iterdir(), key=lambda each: each.name):
        if file.name.endswith(".json") and file.name != PHRASES:
            found |= json.loads(file.read_text("utf-8"))
    return MappingProxyType(found)


@cache
def phrases(language: Language) -> Mapping[str, str]:
    """A language's phrases by their English text."""
    file = files(__package__).joinpath(language, PHRASES)
    return MappingProxyType(json.loads(file.read_text("utf-8")) if file.is_file() else {})


def _form(known: Mapping[str, str], said: Said) -> str:
    n = said.values.get("n")
    if n is not None and f"{said.code}_one" in known:
        return known[f"{said.code}_one" if n == 1 else f"{said.code}_other"]
    return known[said.code]


class _Filler(Formatter):
    def __init__(self, language: Language) -> None:
        self._language = language

    def format_field(self, value: Any, format_spec: str) -> Any:
        if isinstance(value, Said):
            return text(self._language, value)
        if isinstance(value, str):
            group = f"{format_spec}.{value}"
            return messages(self._language).get(group, value) if format_spec else value
        return number(self._language, value, format_spec or ("d" if isinstance(value, int) else "g"))


def _fill(language: Language, message: str, values: Mapping[str, Value]) -> str:
    return _Filler(language).vformat(message, (), values)
