"""What the scorer is told about a set: the rest it has to see in the tension."""

import math
from dataclasses import dataclass
from functools import lru_cache

from analytics.signal.thresholds import DEFAULT_THRESHOLDS, Thresholds
from tempoband.contracts.exercise import ExerciseKind, Side
from tempoband.contracts.frame import ClockKind
from tempoband.contracts.tempo import Phase, Tempo


class ScoringError(ValueError):
    """A curve or a plan that cannot be scored; the message says what is accepted."""


@dataclass(frozen=True, slots=True)
class SetPlan:
    """Declared facts of one set. All of them are told, none is measured.

    ``reference_excursion_n`` and ``reference_peak_n`` come from the person's practice reps on the same
    band, placement and ring length; without them the running median of the set is the reference.
    ``floor_n`` is the floor of walks and push-outs; without it the start stance gives one.
    ``rate_hz`` is the sensor's nominal rate; None means measured from the time stamps.
    """

    kind: ExerciseKind = ExerciseKind.DYNAMIC
    tempo: Tempo | None = None
    side: Side = Side.BOTH
    reference_excursion_n: float | None = None
    reference_peak_n: float | None = None
    floor_n: float | None = None
    rate_hz: float | None = None
    clock: ClockKind = ClockKind.DEVICE
    declared: bool = True
    thresholds: Thresholds = DEFAULT_THRESHOLDS

    def __post_init__(self) -> None:
        for name in ("reference_excursion_n", "reference_peak_n", "floor_n", "rate_hz"):
            value = getattr(self, name)
            if value is not None and not (math.isfinite(value) and value > 0):
                raise ScoringError(f"{name} must be a positive number, not {value!r}")

    def target_s(self, phase: Phase) -> float | None:
        """Prescribed seconds of a phase; None where it is unprescribed."""
        return _target_s(self.tempo, phase)

    def dwell_prescribed(self, phase: Phase) -> bool:
        """Whether this hold or rest has seconds: zero seconds prescribe no dwell."""
        return bool(self.target_s(phase))


@lru_cache
def _target_s(tempo: Tempo | None, phase: Phase) -> float | None:
    return None if tempo is None else tempo.seconds(phase)
