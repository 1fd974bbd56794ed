"""Boundaries by definition, faults and tempo errors: arithmetic on what was measured."""

from dataclasses import dataclass

from analytics.signal.plan import SetPlan
from analytics.signal.result import Absence, Fault, PhaseTime
from analytics.signal.thresholds import Thresholds
from tempoband.contracts.tempo import Phase

_NOMINAL = 0.9  # of a rate that is asked for: sensors are a little slower than they say


@dataclass(frozen=True, slots=True)
class Lacks:
    """Why a sensor cannot carry a group of metrics; None where it can."""

    tempo: Absence | None
    rates: Absence | None
    smoothness: Absence | None

    @classmethod
    def of(cls, rate_hz: float, step_share: float, limits: Thresholds) -> "Lacks":
        """From samples per second, and the step of the readings as a share of the excursion."""
        slow = Absence.RATE_TOO_LOW if rate_hz < limits.min_rate_metrics_hz else None
        timeless = Absence.RATE_TOO_LOW if rate_hz < _NOMINAL * limits.min_tempo_rate_hz else None
        coarse = Absence.TOO_COARSE
        return cls(
            timeless or (coarse if step_share > limits.max_tempo_step else None),
            slow,
            slow or (coarse if step_share > limits.max_smoothness_step else None),
        )

    def absent(self) -> dict[str, Absence]:
        """The metrics of a repetition that are missing, by name."""
        why = dict.fromkeys(("rate_ratio", "snap_back", "momentum"), self.rates)
        why |= dict.fromkeys(("sparc", "eccentric_score"), self.smoothness) | {"tempo_score": self.tempo}
        return {name: reason for name, reason in why.items() if reason}


def is_turning(dwell_s: float, moving_s: float, limits: Thresholds) -> bool:
    """Whether an unprescribed dwell this short is a turning point, in a repetition that moves so long."""
    return dwell_s < max(limits.turning_dwell_s, limits.turning_dwell_share * moving_s)


def timed(seconds: float, doubt_s: float, target_s: float | None, limits: Thresholds) -> PhaseTime:
    """A phase beside its prescription; percent is left out for zero-second targets."""
    if target_s is None:
        return PhaseTime(seconds, doubt_s)
    error = seconds - target_s
    percent = 100 * error / target_s if target_s else None
    within = abs(error) <= max(limits.on_tempo_share * target_s, limits.on_tempo_s)
    return PhaseTime(seconds, doubt_s, target_s, error, percent, within)


@dataclass(frozen=True, slots=True)
class Signature:
    """What the fault rules look at."""

    concentric_s: float
    eccentric_s: float
    excursion_n: float
    loading_n_s: float | None  # peak rates; None where the sensor is too slow for them
    unloading_n_s: float | None
    sag_n: float
    released: bool


def faults_of(seen: Signature, plan: SetPlan) -> tuple[Fault, ...]:
    """Faults of one repetition by its own signature, by the table of design section 4; range comes later."""
    limits = plan.thresholds
    found: list[Fault] = []
    if seen.released and plan.declared:
        found.append(Fault.BAND_RELEASE)
    elif _jerked(
        seen.eccentric_s, seen.unloading_n_s, seen.excursion_n, plan.target_s(Phase.ECCENTRIC), limits
    ):
        found.append(Fault.SNAP_BACK)
    if _jerked(
        seen.concentric_s, seen.loading_n_s, seen.excursion_n, plan.target_s(Phase.CONCENTRIC), limits
    ):
        found.append(Fault.MOMENTUM)
    if plan.dwell_prescribed(Phase.HOLD) and seen.sag_n > limits.hold_sag * seen.excursion_n:
        found.append(Fault.LOST_HOLD)
    return tuple(found)


def _jerked(
    seconds: float, rate: float | None, excursion: float, target: float | None, limits: Thresholds
) -> bool:
    """Shorter than half its prescription and peak rate over three times uniform."""
    prescribed = target or limits.unprescribed_short_s / limits.short_phase
    return (
        rate is not None
        and seconds < limits.short_phase * prescribed
        and rate > limits.rate_ratio * excursion / prescribed
    )
