"""The set part of a score: means over repetitions, consistency, drift, with reasons where absent."""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from statistics import fmean, median, stdev
from typing import Any

from analytics.signal.control import ECCENTRIC_WEIGHTS, TEMPO_WEIGHTS
from analytics.signal.plan import SetPlan
from analytics.signal.result import ABSENCE_WORDS, Absence, RepScore
from tempoband.contracts.tempo import TEXT_ORDER, Phase

_DRIFT_REPS = 5  # fewer repetitions show no trend


def summarise(reps: Sequence[RepScore], plan: SetPlan) -> dict[str, Any]:
    """The set part of a dynamic set as JSON values."""
    absent = _absent(reps, plan)
    return {
        "rep_count": len(reps),
        "tempo_order": TEXT_ORDER,
        "tempo": _tempo(reps, plan),
        "eccentric_control": _eccentric(reps),
        "on_tempo_share": _share(reps),
        "time_under_tension_s": _under_tension(reps),
        "consistency": _consistency(reps),
        "drift": _drift(reps),
        "faults": dict(sorted(Counter(str(f) for r in reps for f in r.faults).items())),
        "range_reference": _reference(reps, plan),
        "absent": {name: ABSENCE_WORDS[reason] for name, reason in absent.items()},
    }


def _absent(reps: Sequence[RepScore], plan: SetPlan) -> dict[str, Absence]:
    out: dict[str, Absence] = {}
    for rep in reps:
        out |= {name: why for name, why in rep.absent.items() if why is not Absence.FIRST_REP}
    if not reps:
        return dict.fromkeys(
            ("tempo", "eccentric_control", "on_tempo_share", "consistency", "drift"), Absence.NO_REPS
        )
    if "tempo_score" in out:
        out["on_tempo_share"] = out["tempo_score"]
    if len(reps) < 2:
        out["consistency"] = Absence.TOO_FEW_REPS
    if len(reps) < _DRIFT_REPS:
        out["drift"] = Absence.TOO_FEW_REPS
    if not (plan.reference_excursion_n or plan.reference_peak_n):
        out["range_reference"] = Absence.NO_REFERENCE
    return out


def _mean(values: Sequence[float | None]) -> float | None:
    known = [v for v in values if v is not None]
    return fmean(known) if known else None


def _tempo(reps: Sequence[RepScore], plan: SetPlan) -> dict[str, Any]:
    phases = {}
    for phase in Phase:
        times = [r.phases[phase] for r in reps if phase in r.phases]
        if times:
            phases[str(phase)] = {
                "mean_s": fmean(t.seconds for t in times),
                "target_s": plan.target_s(phase),
                "mean_error_s": _mean([t.error_s for t in times]),
                "mean_error_percent": _mean([t.error_percent for t in times]),
                "uncertainty_s": math.sqrt(fmean(t.uncertainty_s**2 for t in times) / len(times)),
            }
    return {
        "score": _mean([r.tempo_score for r in reps]),
        "weights": {str(p): w for p, w in TEMPO_WEIGHTS.items()},
        "prescribed": str(plan.tempo) if plan.tempo else None,
        "phases": phases,
    }


def _eccentric(reps: Sequence[RepScore]) -> dict[str, Any]:
    def mean(get: Callable[[RepScore], float | None]) -> float | None:
        return _mean([get(r) for r in reps])

    return {
        "score": mean(lambda r: r.eccentric.score),
        "weights": dict(ECCENTRIC_WEIGHTS),
        "ramp_distance": mean(lambda r: r.eccentric.ramp_distance),
        "rate_ratio": mean(lambda r: r.eccentric.rate_ratio),
        "sparc": mean(lambda r: r.eccentric.sparc),
        "impulse_n_s": mean(lambda r: r.eccentric.impulse_n_s),
        "ecc_con_ratio": mean(lambda r: r.eccentric.ecc_con_ratio),
    }


def _share(reps: Sequence[RepScore]) -> float | None:
    verdicts = [r.on_tempo for r in reps if r.on_tempo is not None]
    return sum(verdicts) / len(verdicts) if verdicts else None


def _under_tension(reps: Sequence[RepScore]) -> dict[str, float]:
    """Sum of rep phases, never time above zero; the rest is no tension time."""
    parts = {
        str(p): sum(r.phases[p].seconds for r in reps)
        for p in (Phase.CONCENTRIC, Phase.HOLD, Phase.ECCENTRIC)
    }
    return {"total": sum(parts.values()), **parts}


def _variation(values: Sequence[float]) -> float:
    """Coefficient of variation with the sample's standard deviation (n - 1).

    The repetitions of a set are a sample of how this person pulls; the population's would call short sets
    steadier than long ones, by 13 % at four repetitions.
    """
    middle = fmean(values)
    return stdev(values) / middle if middle else 0.0


def _consistency(reps: Sequence[RepScore]) -> dict[str, float] | None:
    """Coefficients of variation from repetition to repetition."""
    if len(reps) < 2:
        return None
    return {
        "excursion_cv": _variation([r.excursion_n for r in reps]),
        "duration_cv": _variation([r.eccentric_end_s - r.concentric_start_s for r in reps]),
        "eccentric_cv": _variation([r.phases[Phase.ECCENTRIC].seconds for r in reps]),
    }


def _slope(values: Sequence[float]) -> float:
    """Median slope per repetition between pairs half a set apart: a few odd repetitions do not matter."""
    half = len(values) // 2
    return median((b - a) / half for a, b in zip(values, values[half:], strict=False))


def _drift(reps: Sequence[RepScore]) -> dict[str, float] | None:
    """Change from the first to the last repetition along the trend, as a share of the median.

    A band softens too: falling excursion alone is not fatigue (docs/scoring.md).
    """
    if len(reps) < _DRIFT_REPS:
        return None
    series = {
        "excursion": [r.excursion_n for r in reps],
        "concentric": [r.phases[Phase.CONCENTRIC].seconds for r in reps],
        "eccentric": [r.phases[Phase.ECCENTRIC].seconds for r in reps],
    }
    return {
        f"{name}_share": _slope(v) * (len(v) - 1) / median(v) if median(v) else 0.0
        for name, v in series.items()
    }


def _reference(reps: Sequence[RepScore], plan: SetPlan) -> dict[str, Any]:
    if plan.reference_excursion_n:
        return {"excursion_n": plan.reference_excursion_n, "relative": False}
    if plan.reference_peak_n:
        return {"peak_n": plan.reference_peak_n, "relative": False}
    return {"excursion_n": median(r.excursion_n for r in reps) if reps else None, "relative": True}
