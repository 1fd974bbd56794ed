"""The four-pattern test: what blinded raters told apart 80 times out of 80 from curves alone.

After Rathleff et al. 2013 (BJSM): slow full range, fast full range, slow half range, unsystematic pulls.
"""

from collections import Counter
from dataclasses import replace
from typing import Final

import numpy as np

from analytics.signal import Pattern, SetPlan, pattern_of, score_curve
from tempoband.contracts.tempo import Tempo
from tempoband.simulator.cohort import Conditions, draw_band, draw_person, draw_sensor
from tempoband.simulator.script import DynamicSet, Unsystematic
from tempoband.simulator.sensor import CLEAN
from tempoband.simulator.simulate import Recording, simulate

PATTERN_WORDS: Final = {
    Pattern.SLOW_FULL: "slow, full range",
    Pattern.FAST_FULL: "fast, full range",
    Pattern.SLOW_HALF: "slow, half range",
    Pattern.UNSYSTEMATIC: "unsystematic",
}
_SLOW = Tempo.parse("3-2-3-2")  # the prescription of that study
_FAST = Tempo.parse("0.5-0-0.5-0")
_HALF = 0.5
_TARED = Conditions(tared=True)  # a reference peak in newtons needs a right zero


def four_patterns(each: int) -> Counter[tuple[Pattern, Pattern]]:
    """(true, told) for ``each`` recordings of every pattern, each of another person, band and sensor."""
    return Counter(
        (pattern, tell(*record(pattern, 500_000 + seed))) for pattern in Pattern for seed in range(each)
    )


def record(pattern: Pattern, seed: int) -> tuple[Recording, float]:
    """A recording, and the peak of the person's full range."""
    rng = np.random.default_rng(seed)
    person = draw_person(_TARED, rng)
    band, sensor = draw_band(person, _TARED, rng), draw_sensor(_TARED, rng)
    full = simulate(person, band, CLEAN, DynamicSet(_SLOW, 1), seed).reference_peak_n
    match pattern:
        case Pattern.SLOW_FULL:
            script: DynamicSet | Unsystematic = DynamicSet(_SLOW, 10)
        case Pattern.FAST_FULL:
            script = DynamicSet(_FAST, 10)
        case Pattern.SLOW_HALF:
            person, script = replace(person, reach_strain=_HALF * person.reach_strain), DynamicSet(_SLOW, 10)
        case Pattern.UNSYSTEMATIC:
            script = Unsystematic()
    return simulate(person, band, sensor, script, seed), full


def tell(recording: Recording, reference_peak_n: float) -> Pattern:
    """Judge a curve by nothing but its score and the reference peak, as ``tempoband score`` does."""
    plan = SetPlan(tempo=_SLOW, reference_peak_n=reference_peak_n, rate_hz=recording.rate_hz)
    return pattern_of(score_curve(recording.time_s, recording.tension_n, plan), plan)
