"""Tempo: four named durations, each possibly unprescribed.

The text form is out-hold-back-rest (concentric first): ``2-1-2-0``. Strength literature often writes
eccentric first, so wherever the text form is shown or parsed, the order is printed too.
"""

import math
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from tempoband.words.phrases import phrased

TEXT_ORDER = "out-hold-back-rest"
UNPRESCRIBED = "x"
_MAX_PHASE_S = 600.0
_SEPARATOR = re.compile(r"[-\N{NON-BREAKING HYPHEN}\N{EN DASH}\N{EM DASH}\N{MINUS SIGN}/:]")
_NUMBER = re.compile(r"([0-9]+(?:[.,][0-9]+)?) ?(?:s|sec|seconds?)?")


class Phase(StrEnum):
    """The phase of a repetition. Rising tension is concentric ("out"), falling is eccentric ("back")."""

    CONCENTRIC = "concentric"
    HOLD = "hold"
    ECCENTRIC = "eccentric"
    REST = "rest"


class TempoKind(StrEnum):
    """How a tempo is prescribed."""

    TIMED = "timed"
    CONSTANT = "constant"  # keep tension on the band: no phases at all
    CONTROLLED = "controlled"  # smooth phases without target seconds


class TempoError(ValueError):
    """A tempo text that cannot be read; the message says what is accepted."""


@dataclass(frozen=True, slots=True)
class Tempo:
    """Target seconds per phase; ``None`` is unprescribed and never scored."""

    concentric_s: float | None = None
    hold_s: float | None = None
    eccentric_s: float | None = None
    rest_s: float | None = None
    kind: TempoKind = TempoKind.TIMED

    def __post_init__(self) -> None:
        for phase in Phase:
            seconds = self.seconds(phase)
            if seconds is None:
                continue
            if self.kind is not TempoKind.TIMED:
                raise TempoError(phrased("a {kind} tempo has no target seconds", kind=str(self.kind)))
            if not (math.isfinite(seconds) and 0 <= seconds <= _MAX_PHASE_S):
                raise TempoError(
                    phrased(
                        "{phase} must be 0 to {most} s, not {seconds}",
                        phase=str(phase),
                        most=_MAX_PHASE_S,
                        seconds=seconds,
                    )
                )
            if seconds == 0 and phase in (Phase.CONCENTRIC, Phase.ECCENTRIC):
                raise TempoError(
                    phrased(
                        "{phase} takes time: give it more than 0 s, or {none!r}",
                        phase=str(phase),
                        none=UNPRESCRIBED,
                    )
                )

    def seconds(self, phase: Phase) -> float | None:
        """Target seconds of one phase, or None where it is unprescribed."""
        match phase:
            case Phase.CONCENTRIC:
                return self.concentric_s
            case Phase.HOLD:
                return self.hold_s
            case Phase.ECCENTRIC:
                return self.eccentric_s
            case Phase.REST:
                return self.rest_s

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``2-0-2-0``, ``2-1-2`` (rest unprescribed), ``2-x-2``, ``constant`` or ``controlled``.

        As people write it: any dash, a slash, a colon or spaces between the numbers; a decimal comma; a unit.

        Raises:
            TempoError: for anything else; the message names the order and the forms.
        """
        word = text.strip().lower()
        if word in (TempoKind.CONSTANT, TempoKind.CONTROLLED):
            return cls(kind=TempoKind(word))
        parts = _parts(word)
        if len(parts) not in (3, 4):
            words = (
                "cannot read tempo {text!r}: give three or four numbers in the order {order}, such as 2-1-2"
                " or 2-0-2-0 ({none!r} = unprescribed), or 'constant' or 'controlled'"
            )
            raise TempoError(phrased(words, text=text, order=TEXT_ORDER, none=UNPRESCRIBED))
        concentric, hold, eccentric, *rest = [_seconds(part, text) for part in parts]
        return cls(concentric, hold, eccentric, rest[0] if rest else None)

    def __str__(self) -> str:
        if self.kind is not TempoKind.TIMED:
            return str(self.kind)
        values = [self.concentric_s, self.hold_s, self.eccentric_s, self.rest_s]
        if self.rest_s is None:
            values.pop()
        return "-".join(UNPRESCRIBED if v is None else f"{v:g}" for v in values)

    @property
    def rep_s(self) -> float | None:
        """Seconds of one repetition; None when a working phase is unprescribed."""
        if self.concentric_s is None or self.eccentric_s is None:
            return None
        return self.concentric_s + (self.hold_s or 0.0) + self.eccentric_s + (self.rest_s or 0.0)


def _parts(word: str) -> list[str]:
    """The fields, whatever stands between them; spaces separate only where nothing else does."""
    parts = _SEPARATOR.split(word)
    return word.split() if len(parts) == 1 else [part.strip() for part in parts]


def _seconds(part: str, text: str) -> float | None:
    if part == UNPRESCRIBED:
        return None
    read = _NUMBER.fullmatch(part)
    if read is None:
        words = "cannot read tempo {text!r}: {part!r} is not a number of seconds (order: {order})"
        if not part:
            words = "cannot read tempo {text!r}: a number is missing (order: {order})"
        raise TempoError(phrased(words, text=text, part=part, order=TEXT_ORDER))
    return float(read[1].replace(",", "."))
