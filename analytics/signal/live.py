"""Score a stream while it comes in."""

import numpy as np
import numpy.typing as npt

from analytics.signal.plan import SetPlan
from analytics.signal.result import LiveEvent, SetScore
from analytics.signal.score import dynamic_score, score_curve, steady_score
from analytics.signal.stream import Stream, as_curve
from tempoband.contracts.exercise import ExerciseKind


class LiveScorer:
    """Push samples as they come; what it finalises is what the stored curve gives, however it was cut."""

    def __init__(self, plan: SetPlan) -> None:
        self.plan = plan
        self._dynamic = plan.kind is ExerciseKind.DYNAMIC
        self._stream = Stream(plan, live=True)
        self._kept: list[tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]] = []

    def push(self, time_s: npt.ArrayLike, tension_n: npt.ArrayLike) -> list[LiveEvent]:
        """Take samples (shape (n,), seconds and newtons); say what became known.

        Raises:
            ScoringError: shapes differ, or times fall or are not finite; then nothing was taken.
        """
        time, tension = as_curve(time_s, tension_n)
        if self._dynamic:
            return self._stream.push(time, tension)
        self._kept.append((time, tension))
        return []

    def finish(self) -> SetScore:
        """Score everything that came; nothing can be pushed afterwards."""
        if self._dynamic:
            self._stream.finish()
            return dynamic_score(self._stream)
        columns = [np.concatenate(c) if c else np.empty(0) for c in zip(*self._kept, strict=True)] or 2 * [
            np.empty(0)
        ]
        return steady_score(columns[0], columns[1], self.plan)


def warm_up() -> None:
    """Load and compile what scoring needs (seconds on a new machine); call it off the event loop."""
    time = np.arange(0.0, 12.0, 0.0125)
    tension = 10.0 - 8.0 * np.cos(np.pi * time)
    score_curve(time, tension, SetPlan())
    for kind in (ExerciseKind.CONSTANT_TENSION, ExerciseKind.PUSH_OUT):
        score_curve(time, tension + 20.0, SetPlan(kind=kind))
