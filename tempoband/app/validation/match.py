"""Pairs scored repetitions with true ones and measures the differences."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from analytics.signal import RepScore
from tempoband.contracts.tempo import Phase

FloatArray = npt.NDArray[np.float64]
WORKING_PHASES = (Phase.CONCENTRIC, Phase.HOLD, Phase.ECCENTRIC)
_LIMITS = 1.96  # Bland and Altman 1986


class Bounded(Protocol):
    """Anything with the four boundaries of a rep."""

    @property
    def concentric_start_s(self) -> float:
        """The way out begins."""
        ...

    @property
    def concentric_end_s(self) -> float:
        """The way out ends."""
        ...

    @property
    def eccentric_start_s(self) -> float:
        """The way back begins."""
        ...

    @property
    def eccentric_end_s(self) -> float:
        """The way back ends."""
        ...


T = TypeVar("T", bound=Bounded)
S = TypeVar("S", bound=Bounded)


@dataclass(frozen=True, slots=True)
class PhasePair:
    """Seconds of one phase: true and scored."""

    phase: Phase
    true_s: float
    scored_s: float

    @property
    def error_s(self) -> float:
        """Scored minus true."""
        return self.scored_s - self.true_s


def boundaries_s(rep: Bounded) -> tuple[float, float, float, float]:
    """The four boundaries in order."""
    return rep.concentric_start_s, rep.concentric_end_s, rep.eccentric_start_s, rep.eccentric_end_s


def phase_s(rep: Bounded, phase: Phase) -> float:
    """Seconds of a working phase."""
    start, top, back, end = boundaries_s(rep)
    return {Phase.CONCENTRIC: top - start, Phase.HOLD: back - top, Phase.ECCENTRIC: end - back}[phase]


def pair(true: Sequence[T], scored: Sequence[S]) -> list[tuple[T, S]]:
    """Each true rep with the scored one that covers it best; each is used once."""
    left, pairs = list(scored), []
    for rep in true:
        best = max(left, key=lambda other: _overlap_s(rep, other), default=None)
        if best is not None and _overlap_s(rep, best) > 0:
            left.remove(best)
            pairs.append((rep, best))
    return pairs


def _overlap_s(one: Bounded, other: Bounded) -> float:
    return min(one.eccentric_end_s, other.eccentric_end_s) - max(
        one.concentric_start_s, other.concentric_start_s
    )


@dataclass(slots=True)
class Agreement:
    """What a study found, added up over its sets.

    Attributes:
        sets: how many were scored.
        exact: how many of them with the true number of reps.
        reps: true reps in all.
        boundary_error_s: scored minus true, every boundary of every paired rep.
        phases: every phase of every paired rep.
        in_doubts: error of every way out and back in the standard errors the scorer stated for it.
        hits, misses, alarms: faults seen rightly, not seen, and seen without being there, by name.
    """

    sets: int = 0
    exact: int = 0
    reps: int = 0
    boundary_error_s: list[float] = field(default_factory=list)
    phases: list[PhasePair] = field(default_factory=list)
    in_doubts: list[float] = field(default_factory=list)
    hits: Counter[str] = field(default_factory=Counter)
    misses: Counter[str] = field(default_factory=Counter)
    alarms: Counter[str] = field(default_factory=Counter)

    def add_count(self, true: int, scored: int, optional: int = 0) -> None:
        """A set with this many reps, of which some may or may not be counted."""
        self.sets += 1
        self.reps += true
        self.exact += true - optional <= scored <= true

    def add_times(self, true: Bounded, scored: Bounded) -> None:
        """A paired rep."""
        self.boundary_error_s += np.subtract(boundaries_s(scored), boundaries_s(true)).tolist()
        self.phases += [PhasePair(p, phase_s(true, p), phase_s(scored, p)) for p in WORKING_PHASES]
        if isinstance(scored, RepScore):
            stated = [(p, scored.phases[p].uncertainty_s) for p in (Phase.CONCENTRIC, Phase.ECCENTRIC)]
            self.in_doubts += [(phase_s(scored, p) - phase_s(true, p)) / doubt for p, doubt in stated]

    def add_fault(self, name: str, *, true: bool, seen: bool) -> None:
        """A verdict on one rep, or one slack span."""
        self.hits[name] += true and seen
        self.misses[name] += true and not seen
        self.alarms[name] += seen and not true

    def merge(self, more: "Agreement") -> None:
        """Add another study's sets to this one."""
        self.sets += more.sets
        self.exact += more.exact
        self.reps += more.reps
        self.boundary_error_s += more.boundary_error_s
        self.phases += more.phases
        self.in_doubts += more.in_doubts
        self.hits += more.hits
        self.misses += more.misses
        self.alarms += more.alarms

    @property
    def timed(self) -> int:
        """Reps whose times were compared."""
        return len(self.phases) // len(WORKING_PHASES)

    @property
    def boundary_median_s(self) -> float:
        """Median absolute boundary error."""
        return _quantile(self.boundary_error_s, 0.5)

    @property
    def boundary_p95_s(self) -> float:
        """95th percentile of the absolute boundary error."""
        return _quantile(self.boundary_error_s, 0.95)

    def errors_s(self, *phases: Phase) -> FloatArray:
        """Errors of phase seconds: of out and back, or of the phases given."""
        wanted = phases or (Phase.CONCENTRIC, Phase.ECCENTRIC)
        return np.array([p.error_s for p in self.phases if p.phase in wanted])

    def duration_median_s(self, *phases: Phase) -> float:
        """Median absolute error of phase seconds."""
        return _quantile(self.errors_s(*phases), 0.5)

    def limits_s(self, *phases: Phase) -> tuple[float, float]:
        """Limits of agreement after Bland and Altman: mean ± 1.96 standard deviations."""
        errors = self.errors_s(*phases)
        if not len(errors):
            return np.nan, np.nan
        half = _LIMITS * float(errors.std())
        return float(errors.mean()) - half, float(errors.mean()) + half

    def stated_95(self) -> float:
        """Share of the ways out and back within the 95 % interval stated for them; NaN without any."""
        return float(np.mean(np.abs(self.in_doubts) <= _LIMITS)) if self.in_doubts else np.nan

    def worst_percent(self) -> float:
        """Largest error of a moving phase as a share of its true seconds, in percent."""
        moving = [p for p in self.phases if p.phase is not Phase.HOLD]
        return max((100 * abs(p.error_s) / p.true_s for p in moving), default=np.nan)

    def precision(self, name: str) -> float:
        """Share of what was seen that is true; NaN when nothing was seen."""
        seen = self.hits[name] + self.alarms[name]
        return self.hits[name] / seen if seen else np.nan

    def recall(self, name: str) -> float:
        """Share of what is true that was seen; NaN when nothing was to be seen."""
        true = self.hits[name] + self.misses[name]
        return self.hits[name] / true if true else np.nan


def _quantile(errors: Sequence[float] | FloatArray, share: float) -> float:
    return float(np.quantile(np.abs(errors), share)) if len(errors) else np.nan
