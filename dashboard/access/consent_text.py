"""The text a wearer agrees to, in both languages, with its version: a changed text is asked anew."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

VERSION: Final = "2026-11-21"  # a test holds it to the digests of the texts


@dataclass(frozen=True, slots=True)
class ConsentText:
    """One language of the text; the first sentence of each paragraph is its heading."""

    version: str
    language: str
    paragraphs: tuple[str, ...]

    @property
    def sha256(self) -> str:
        """Digest of exactly these words, kept with the agreement."""
        return _digest(self.paragraphs)


def _read(language: str) -> ConsentText:
    return ConsentText(VERSION, language, _words(Path(__file__).parent / f"consent.{language}.txt"))


def _words(path: Path) -> tuple[str, ...]:
    return tuple(path.read_text("utf-8").strip().split("\n\n"))


def _digest(paragraphs: tuple[str, ...]) -> str:
    return hashlib.sha256("\n".join(paragraphs).encode()).hexdigest()


TEXTS: Final = MappingProxyType({language: _read(language) for language in ("en", "de")})
EVERY: Final = MappingProxyType(
    {_digest(words): words for words in map(_words, Path(__file__).parent.glob("consent.*.txt"))}
)
"""Words by digest: a text that is replaced stays beside the new one, as ``consent.en.<version>.txt``."""
