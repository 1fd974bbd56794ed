"""Find sets nobody declared in a long curve: idle wear, walking and putting a band on are none."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy.typing as npt

from analytics.signal.plan import SetPlan
from analytics.signal.regularity import apart
from analytics.signal.result import RepScore
from analytics.signal.score import score_curve

_PLAIN = SetPlan(declared=False)


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
    """Series of at least three like repetitions, split where stillness lasts 10 s or two rep lengths.

    Args and errors are those of ``score_curve``; the plan is taken as undeclared.
    """
    groups: list[list[RepScore]] = []
    for rep in score_curve(time_s, tension_n, replace(plan, declared=False), gaps=gaps).reps:
        if groups and not apart(groups[-1][-1], rep):
            groups[-1].append(rep)
        else:
            groups.append([rep])
    return [Stretch(g[0].concentric_start_s, g[-1].eccentric_end_s, tuple(g)) for g in groups]
