"""What scoring says: frozen records with JSON forms. Times are seconds on the curve's own axis."""

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from analytics.signal.thresholds import SCORING_VERSION
from tempoband.contracts.exercise import ExerciseKind
from tempoband.contracts.tempo import Phase
from tempoband.words.catalogue import Language, text
from tempoband.words.said import Said


class Fault(StrEnum):
    """Faults with a tension signature; rules in design section 4."""

    SNAP_BACK = "snap_back"
    MOMENTUM = "momentum"
    PARTIAL_RANGE = "partial_range"
    LOST_HOLD = "lost_hold"
    SLACK = "slack"
    BAND_RELEASE = "band_release"


class Absence(StrEnum):
    """Why a metric is missing."""

    RATE_TOO_LOW = "rate_too_low"
    TOO_COARSE = "too_coarse"
    NO_TEMPO = "no_tempo"
    NO_TARGET = "no_target"
    NO_REPS = "no_reps"
    TOO_FEW_REPS = "too_few_reps"
    NO_REFERENCE = "no_reference"
    GAP = "gap"
    PUSH_OUT = "push_out"
    CONSTANT_TENSION = "constant_tension"
    BY_HAND = "by_hand"
    DYNAMIC = "dynamic"
    NO_STANCE = "no_stance"
    FIRST_REP = "first_rep"


ABSENCE_WORDS: dict[Absence, str] = {
    reason: text(Language.EN, Said(f"absent.{reason}")) for reason in Absence
}


@dataclass(frozen=True, slots=True)
class PhaseTime:
    """How long one phase took beside its prescription.

    ``uncertainty_s`` is one standard error. ``error_percent`` is None for zero-second targets.
    """

    seconds: float
    uncertainty_s: float
    target_s: float | None = None
    error_s: float | None = None
    error_percent: float | None = None
    on_tempo: bool | None = None


@dataclass(frozen=True, slots=True)
class EccentricControl:
    """How the return was resisted.

    Attributes:
        ramp_distance: RMS distance of the unloading curve from the ideal ramp, as a share of the excursion.
        rate_ratio: peak over uniform unloading rate; 1 is a ramp.
        sparc: spectral arc length of |dT/dt| within the phase; 0 is smoothest (Balasubramanian 2015).
        impulse_n_s: integral of tension over the phase.
        ecc_con_ratio: eccentric over concentric seconds.
        score: 0-100, None where a part is absent.
    """

    ramp_distance: float | None
    rate_ratio: float | None
    sparc: float | None
    impulse_n_s: float
    ecc_con_ratio: float
    score: float | None


@dataclass(frozen=True, slots=True)
class RepScore:
    """One repetition: four boundaries, what it pulled, how it kept the tempo."""

    index: int
    concentric_start_s: float
    concentric_end_s: float
    eccentric_start_s: float
    eccentric_end_s: float
    peak_n: float
    excursion_n: float
    start_n: float
    phases: dict[Phase, PhaseTime]
    on_tempo: bool | None
    tempo_score: float | None
    eccentric: EccentricControl
    faults: tuple[Fault, ...] = ()
    absent: dict[str, Absence] = field(default_factory=dict)
    coverage: float = 1.0

    def to_dict(self) -> dict[str, Any]:
        """JSON form; phases absent from ``tempo`` have their reason in ``absent``."""
        return {
            "index": self.index,
            "concentric_start_s": self.concentric_start_s,
            "concentric_end_s": self.concentric_end_s,
            "eccentric_start_s": self.eccentric_start_s,
            "eccentric_end_s": self.eccentric_end_s,
            "peak_n": self.peak_n,
            "excursion_n": self.excursion_n,
            "start_n": self.start_n,
            "faults": [str(f) for f in self.faults],
            "tempo": {str(p): asdict(t) for p, t in self.phases.items()}
            | {"on_tempo": self.on_tempo, "score": self.tempo_score},
            "eccentric": asdict(self.eccentric),
            "coverage": self.coverage,
            "absent": {k: ABSENCE_WORDS[v] for k, v in self.absent.items()},
        }


@dataclass(frozen=True, slots=True)
class SetScore:
    """A scored set. ``summary`` is the set part of the JSON; ``said`` is what cost most, without language."""

    kind: ExerciseKind
    reps: tuple[RepScore, ...]
    summary: dict[str, Any]
    said: Said
    scoring_version: str = SCORING_VERSION

    @property
    def sentence(self) -> str:
        """What cost most and what to do next, in English."""
        return text(Language.EN, self.said)

    def to_dict(self) -> dict[str, Any]:
        """The JSON of a scored set, as served and stored."""
        return {
            "scoring_version": self.scoring_version,
            "reps": [r.to_dict() for r in self.reps],
            "set": {
                "kind": str(self.kind),
                **self.summary,
                "sentence": self.sentence,
                "said": self.said.to_dict(),
            },
        }


@dataclass(frozen=True, slots=True)
class PhaseChange:
    """A phase began at ``at_s``; said provisionally at sample time ``announced_s``."""

    phase: Phase
    at_s: float
    announced_s: float
    provisional: bool = True


@dataclass(frozen=True, slots=True)
class FinalRep:
    """A repetition whose boundaries will not change any more."""

    index: int
    rep: RepScore
    announced_s: float


@dataclass(frozen=True, slots=True)
class RepSeen:
    """A repetition whose boundaries are final but that counts only once the next confirms its range.

    Only sent while no reference is known: the first movement of a set may be somebody settling in.
    """

    rep: RepScore
    announced_s: float


LiveEvent = PhaseChange | RepSeen | FinalRep
