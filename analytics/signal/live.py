"""Score a stream while it comes in."""

import numpy as np
import numpy.typing as npt

from analytics.signal.plan import SetPlan
from analytics.signal.result import FinalRep, LiveEvent, SetScore
from analytics.signal.score import score_curve


class LiveScorer:
    """Push samples as they come; what it finalises is what the stored curve would give."""

    def __init__(self, plan: SetPlan) -> None:
        self._plan = plan
        self._time: list[float] = []
        self._tension: list[float] = []
        self._announced = 0
        self._next_s = -np.inf

    def push(self, time_s: npt.ArrayLike, tension_n: npt.ArrayLike) -> list[LiveEvent]:
        """Take samples; say what became known."""
        self._time.extend(np.asarray(time_s, np.float64).tolist())
        self._tension.extend(np.asarray(tension_n, np.float64).tolist())
        if not self._time or self._time[-1] < self._next_s:
            return []
        now = self._time[-1]
        self._next_s = now + 0.5
        ready = [r for r in self.finish().reps if r.eccentric_end_s < now - 1.0]
        fresh: list[LiveEvent] = [FinalRep(r.index, r, now) for r in ready[self._announced :]]
        self._announced = max(self._announced, len(ready))
        return fresh

    def finish(self) -> SetScore:
        """Score everything that came."""
        return score_curve(self._time, self._tension, self._plan)


def warm_up() -> None:
    """Load and compile what scoring needs; call it off the event loop."""
    score_curve(np.arange(0, 4, 0.0125), 10 * np.abs(np.sin(np.arange(0, 4, 0.0125))), SetPlan())
