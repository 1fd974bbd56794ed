"""The faults the two articles name, each with what the tension can show of it, or that it cannot."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from analytics.coaching.exercise import Source
from analytics.signal.result import Fault
from tempoband.contracts.exercise import ExerciseKind


class Confidence(StrEnum):
    """How much of the fault the tension shows."""

    HIGH = "high"
    MEDIUM = "medium"
    NOT_MEASURABLE = "not measurable"


@dataclass(frozen=True, slots=True)
class NamedFault:
    """A fault in an article's words.

    Attributes:
        name: short name.
        sources: who names it.
        signature: what the tension does, in words; empty where it does nothing of note.
        shown_by: measured faults that carry it; empty where it is not measurable.
        kinds: exercises in which it is looked for.
        hides: what stays unknown even when it shows.
        see: how else it can be seen.
    """

    name: str
    sources: tuple[Source, ...]
    confidence: Confidence
    signature: str
    shown_by: tuple[Fault, ...]
    kinds: tuple[ExerciseKind, ...]
    hides: str
    see: str = ""

    @property
    def measurable(self) -> bool:
        """Whether the tension shows anything of it."""
        return bool(self.shown_by)

    def to_dict(self) -> dict[str, Any]:
        """JSON."""
        return {
            "name": self.name,
            "sources": [str(source) for source in self.sources],
            "confidence": str(self.confidence),
            "signature": self.signature,
            "shown_by": [str(fault) for fault in self.shown_by],
            "kinds": [str(kind) for kind in self.kinds],
            "hides": self.hides,
            "see": self.see,
        }


_A, _B = Source.ARTICLE_A, Source.ARTICLE_B
_DYNAMIC = (ExerciseKind.DYNAMIC,)
_WALK = (ExerciseKind.CONSTANT_TENSION,)
_PUSH_OUT = (ExerciseKind.PUSH_OUT,)

NAMED_FAULTS: Final = (
    NamedFault(
        "snap back",
        (_A,),
        Confidence.HIGH,
        "the way back is short and the tension falls much faster than an even return would",
        (Fault.SNAP_BACK,),
        _DYNAMIC,
        "whether the limb gave way or the band slipped",
    ),
    NamedFault(
        "quick recoil",
        (_A,),
        Confidence.HIGH,
        "the same as a snap back; named where the article chooses a band",
        (Fault.SNAP_BACK,),
        _DYNAMIC,
        "whether the band is too heavy or the return careless",
    ),
    NamedFault(
        "knees pulled inward",
        (_A,),
        Confidence.MEDIUM,
        "the tension sinks below the floor of the set",
        (Fault.SLACK,),
        _PUSH_OUT,
        "knees falling in or feet closing, and which knee",
        "look from the front",
    ),
    NamedFault(
        "tension lost in walks",
        (_A, _B),
        Confidence.HIGH,
        "the tension falls below the floor between steps",
        (Fault.SLACK,),
        _WALK,
        "why",
    ),
    NamedFault(
        "too heavy, range not completed",
        (_A,),
        Confidence.MEDIUM,
        "the excursion shrinks below the person's own full range on the same band",
        (Fault.PARTIAL_RANGE,),
        _DYNAMIC,
        "the true angle; a heavier band gives more newtons at less range",
        "compare with practice reps on this very band",
    ),
    NamedFault(
        "hip hiking",
        (_A,),
        Confidence.NOT_MEASURABLE,
        "",
        (),
        (),
        "all of it: lifting the pelvis does not change the tension in a known way",
        "look from behind, or film",
    ),
    NamedFault(
        "momentum",
        (_A,),
        Confidence.MEDIUM,
        "the way out is short with a burst of loading, and nothing is held",
        (Fault.MOMENTUM,),
        _DYNAMIC,
        "whether the body swung",
    ),
    NamedFault(
        "ego lifting",
        (_A,),
        Confidence.MEDIUM,
        "much tension, but range missing and the return given away",
        (Fault.PARTIAL_RANGE, Fault.SNAP_BACK),
        _DYNAMIC,
        "intent",
    ),
    NamedFault(
        "lower back at work",
        (_B,),
        Confidence.NOT_MEASURABLE,
        "",
        (),
        (),
        "all of it: the band pulls alike whichever muscle moves it",
        "a hand on the lower back, or film",
    ),
    NamedFault(
        "knees locked, feet not forward",
        (_B,),
        Confidence.NOT_MEASURABLE,
        "",
        (),
        (),
        "all of it: the tension does not know the feet",
        "look down, or film",
    ),
)
