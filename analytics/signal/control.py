"""Scores of 0 to 100 from named deviations, with the weights that are printed beside them."""

import math
from collections.abc import Mapping

from analytics.signal.result import EccentricControl, PhaseTime
from tempoband.contracts.tempo import Phase

TEMPO_WEIGHTS: Mapping[Phase, float] = {
    Phase.CONCENTRIC: 0.3,
    Phase.HOLD: 0.15,
    Phase.ECCENTRIC: 0.45,
    Phase.REST: 0.1,
}
ECCENTRIC_WEIGHTS: Mapping[str, float] = {"ramp": 0.4, "rate": 0.3, "smoothness": 0.3}
_FULL_ERROR_S = 1.25  # the phase length at which 0.25 s and 20 % are the same
# From a calm minimum-jerk return through a band that softens as it stretches, to a thrown one.
_RAMP = (0.09, 0.45)
_RATE = (2.6, 8.0)
_SPARC = (1.7, 3.5)


def tempo_score(phases: Mapping[Phase, PhaseTime]) -> float | None:
    """Weighted mean over prescribed phases of 100 x (1 - |error| / target); None without any.

    Targets under 1.25 s count as 1.25 s, so that a quarter second weighs alike in all short phases.
    """
    total, weight = 0.0, 0.0
    for phase, time in phases.items():
        if time.target_s is not None and time.error_s is not None:
            w = TEMPO_WEIGHTS[phase]
            weight += w
            total += w * max(0.0, 1 - abs(time.error_s) / max(time.target_s, _FULL_ERROR_S))
    return 100 * total / weight if weight else None


def eccentric_score(ramp: float, rate: float | None, sparc: float | None) -> float | None:
    """0-100 from ramp distance, peak rate over the prescribed uniform rate, and smoothness."""
    if rate is None or sparc is None or math.isnan(sparc):
        return None
    parts = eccentric_parts(ramp, rate, sparc)
    return 100 * sum(ECCENTRIC_WEIGHTS[name] * value for name, value in parts.items())


def eccentric_parts(ramp: float, rate: float, sparc: float) -> dict[str, float]:
    """Each part of eccentric control from 0 to 1, by the names of its weights."""
    return {"ramp": _good(ramp, _RAMP), "rate": _good(rate, _RATE), "smoothness": _good(-sparc, _SPARC)}


def _good(value: float, ends: tuple[float, float]) -> float:
    best, worst = ends
    return min(1.0, max(0.0, (worst - value) / (worst - best)))


def control_of(
    *,
    ramp: float,
    rate_n_s: float | None,
    sparc: float | None,
    impulse_n_s: float,
    excursion_n: float,
    eccentric_s: float,
    concentric_s: float,
    target_s: float | None,
) -> EccentricControl:
    """The eccentric record of one repetition."""
    own = rate_n_s * eccentric_s / excursion_n if rate_n_s is not None else None
    prescribed = rate_n_s * (target_s or eccentric_s) / excursion_n if rate_n_s is not None else None
    return EccentricControl(
        ramp_distance=ramp,
        rate_ratio=own,
        sparc=sparc,
        impulse_n_s=impulse_n_s,
        ecc_con_ratio=eccentric_s / concentric_s,
        score=eccentric_score(ramp, prescribed, sparc),
    )
