"""Find sets nobody declared in a long curve."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy.typing as npt

from analytics.signal.plan import SetPlan
from analytics.signal.result import RepScore
from analytics.signal.score import score_curve

_PLAIN = SetPlan(declared=False)
_STILL_S = 10.0


@dataclass(frozen=True, slots=True)
class Stretch:
    """Repetitions that belong together, with the time they span."""

    start_s: float
    end_s: float
    reps: tuple[RepScore, ...]


def find_sets(
    time_s: npt.ArrayLike,
    tension_n: npt.ArrayLike,
    plan: SetPlan = _PLAIN,
    *,
    gaps: Sequence[tuple[float, float]] = (),
) -> list[Stretch]:
    """Repetitions of an undeclared curve, split where stillness lasts 10 s or two rep lengths."""
    groups: list[list[RepScore]] = []
    for rep in score_curve(time_s, tension_n, plan, gaps=gaps).reps:
        if groups and rep.concentric_start_s - groups[-1][-1].eccentric_end_s < _still_s(groups[-1]):
            groups[-1].append(rep)
        else:
            groups.append([rep])
    return [Stretch(g[0].concentric_start_s, g[-1].eccentric_end_s, tuple(g)) for g in groups]


def _still_s(reps: list[RepScore]) -> float:
    last = reps[-1]
    return max(_STILL_S, 2 * (last.eccentric_end_s - last.concentric_start_s))
