"""What a set, its score and its earlier revisions look like outside the database."""

from dataclasses import dataclass
from typing import Any, Self

from tempoband.contracts.events import CloseReason, SetStatus
from tempoband.contracts.exercise import UNKNOWN_EXERCISE, ExerciseKind, Side


@dataclass(frozen=True, slots=True)
class SetRecord:
    """A set as it stands: declared by a person, or found in the store.

    Attributes:
        coverage: share of the expected samples that are there, 0 to 1; None when it cannot be known.
        lost_samples: None where the sensor cannot tell.
        revision: rises with each scoring; 0 before the first.
        discarded_us: when somebody said this is no set; kept out of lists and sums.
    """

    id: str
    sensor: str
    person_id: str | None
    declared: bool
    started_us: int
    ended_us: int
    status: SetStatus
    revision: int
    exercise: str = UNKNOWN_EXERCISE
    kind: ExerciseKind = ExerciseKind.DYNAMIC
    side: Side | None = None
    direction: str | None = None
    tempo: str | None = None
    prescription_id: str | None = None
    prescription_version: int | None = None
    close_reason: CloseReason | None = None
    coverage: float | None = None
    lost_samples: int | None = None
    discarded_us: int | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """One scoring of a set.

    Attributes:
        on_tempo_reps: reps that kept the tempo, out of ``judged_reps``; both 0 where it cannot be judged.
        result: the set part of ``SetScore.to_dict()``.
        reps: its reps, times in seconds from the set's ``started_us``.
    """

    scoring_version: str
    scored_us: int
    rep_count: int
    tut_s: float | None
    on_tempo_share: float | None
    on_tempo_reps: int
    judged_reps: int
    tempo_score: float | None
    eccentric_score: float | None
    sentence: str
    result: dict[str, Any]
    reps: tuple[dict[str, Any], ...]

    @classmethod
    def from_dict(cls, document: dict[str, Any], *, scored_us: int) -> Self:
        """From ``SetScore.to_dict()``; the columns are taken from it, metrics that are absent stay None."""
        result, reps = document["set"], document["reps"]
        judged = [rep["tempo"]["on_tempo"] for rep in reps if rep["tempo"].get("on_tempo") is not None]
        return cls(
            scoring_version=document["scoring_version"],
            scored_us=scored_us,
            rep_count=len(reps) if result.get("rep_count") is None else result["rep_count"],
            tut_s=_inner(result, "time_under_tension_s", "total"),
            on_tempo_share=sum(judged) / len(judged) if judged else None,
            on_tempo_reps=sum(judged),
            judged_reps=len(judged),
            tempo_score=_inner(result, "tempo", "score"),
            eccentric_score=_inner(result, "eccentric_control", "score"),
            sentence=result.get("sentence", ""),
            result=result,
            reps=tuple(reps),
        )


@dataclass(frozen=True, slots=True)
class Revision:
    """A scoring that was kept, with the state of the set it was made for."""

    revision: int
    status: SetStatus
    coverage: float | None
    started_us: int
    ended_us: int
    score: Score


@dataclass(frozen=True, slots=True)
class ScoredSet:
    """A set and its newest score; None before the first scoring."""

    set: SetRecord
    score: Score | None


def _inner(result: dict[str, Any], group: str, name: str) -> float | None:
    """One number of a group of metrics; None where the group or the number is absent."""
    return (result.get(group) or {}).get(name)
