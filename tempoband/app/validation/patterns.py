"""The four-pattern test: what blinded raters told apart 80 times out of 80 from curves alone.

After Rathleff et al. 2013 (BJSM): slow full range, fast full range, slow half range, unsystematic pulls.
"""

from collections import Counter
from collections.abc import Sequence
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from analytics.signal import RepScore, SetPlan, score_curve
from tempoband.contracts.tempo import Tempo
from tempoband.simulator.band import Band
from tempoband.simulator.people import Person
from tempoband.simulator.script import DynamicSet, Unsystematic
from tempoband.simulator.sensor import CLEAN
from tempoband.simulator.simulate import Recording, simulate

_SLOW = Tempo.parse("3-2-3-2")  # the prescription of that study
_FAST = Tempo.parse("0.5-0-0.5-0")
_HALF = 0.5
_FAST_MOVING_S = 3.0
_HALF_RANGE = 0.75  # of the reference peak over the start tension
_SCATTER = 0.30  # coefficient of variation beyond which reps are not of one kind


class Pattern(StrEnum):
    """How somebody pulled."""

    SLOW_FULL = "slow, full range"
    FAST_FULL = "fast, full range"
    SLOW_HALF = "slow, half range"
    UNSYSTEMATIC = "unsystematic"


def four_patterns(each: int) -> Counter[tuple[Pattern, Pattern]]:
    """(true, told) for ``each`` recordings of every pattern."""
    return Counter(
        (pattern, tell(*record(pattern, 500_000 + seed))) for pattern in Pattern for seed in range(each)
    )


def record(pattern: Pattern, seed: int) -> tuple[Recording, float]:
    """A recording, and the peak of the person's full range."""
    person, band = Person(), Band.of_colour("red")
    full = simulate(person, band, CLEAN, DynamicSet(_SLOW, 1), seed).reference_peak_n
    match pattern:
        case Pattern.SLOW_FULL:
            script: DynamicSet | Unsystematic = DynamicSet(_SLOW, 10)
        case Pattern.FAST_FULL:
            script = DynamicSet(_FAST, 10)
        case Pattern.SLOW_HALF:
            person, script = Person(reach_strain=_HALF * person.reach_strain), DynamicSet(_SLOW, 10)
        case Pattern.UNSYSTEMATIC:
            script = Unsystematic()
    return simulate(person, band, CLEAN, script, seed), full


def tell(recording: Recording, reference_peak_n: float) -> Pattern:
    """Judge a curve by nothing but its scored reps and the reference peak."""
    plan = SetPlan(reference_peak_n=reference_peak_n, rate_hz=recording.rate_hz)
    reps = score_curve(recording.time_s, recording.tension_n, plan).reps
    if len(reps) < 3 or _scatter(reps) > _SCATTER:
        return Pattern.UNSYSTEMATIC
    if np.median(_moving_s(reps)) < _FAST_MOVING_S:
        return Pattern.FAST_FULL
    start_n = float(np.median([rep.start_n for rep in reps]))
    full_n = reference_peak_n - start_n
    is_half = np.median([rep.peak_n for rep in reps]) - start_n < _HALF_RANGE * full_n
    return Pattern.SLOW_HALF if is_half else Pattern.SLOW_FULL


def _scatter(reps: Sequence[RepScore]) -> float:
    excursions = np.array([rep.excursion_n for rep in reps])
    return max(float(values.std() / values.mean()) for values in (_moving_s(reps), excursions))


def _moving_s(reps: Sequence[RepScore]) -> npt.NDArray[np.float64]:
    """Out and back without the dwell: a pause does not make a rep another kind."""
    return np.array(
        [r.concentric_end_s - r.concentric_start_s + r.eccentric_end_s - r.eccentric_start_s for r in reps]
    )
