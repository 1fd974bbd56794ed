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
        return hashlib.sha256("\n".join(self.paragraphs).encode()).hexdigest()


def _read(language: str) -> ConsentText:
    text = (Path(__file__).parent / f"consent.{language}.txt").read_text("utf-8")
    return ConsentText(VERSION, language, tuple(text.strip().split("\n\n")))


TEXTS: Final = MappingProxyType({language: _read(language) for language in ("en", "de")})
