"""What a repository refuses, apart from a database that is away (that is a StorageError)."""

from enum import StrEnum

from tempoband.words.phrases import Phrase, phrased


class RecordsReason(StrEnum):
    """Why a repository refused, for code that must tell apart."""

    NOT_FOUND = "not_found"  # also for rows of another clinic: their existence is not told
    CONFLICT = "conflict"
    INVALID = "invalid"


class RecordsError(Exception):
    """A repository refused; nothing of the call was kept. The words are for people, ``detail`` is English."""

    def __init__(self, reason: RecordsReason, words: Phrase | str) -> None:
        self.words = words if isinstance(words, Phrase) else Phrase(words)
        self.detail = str(self.words)
        super().__init__(self.detail)
        self.reason = reason


def not_found(what: str, name: str) -> RecordsError:
    """The error for a row that is not there, or not this clinic's."""
    return RecordsError(
        RecordsReason.NOT_FOUND, phrased("there is no {what:thing} {name!r}", what=what, name=name)
    )


def conflict(detail: Phrase | str) -> RecordsError:
    """The error for a change that another row forbids."""
    return RecordsError(RecordsReason.CONFLICT, detail)


def invalid(detail: Phrase | str) -> RecordsError:
    """The error for values that cannot be kept."""
    return RecordsError(RecordsReason.INVALID, detail)
