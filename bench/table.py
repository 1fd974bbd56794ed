"""One row of the figures table."""

from collections.abc import Callable
from dataclasses import dataclass
from time import process_time


@dataclass(frozen=True, slots=True)
class Row:
    """A figure beside its baseline from the same run.

    ``goal`` is text for people; ``met`` is the verdict; ``ratio`` is value / baseline_value where both exist.
    """

    name: str
    value: float
    unit: str
    goal: str
    met: bool
    baseline: str = ""
    baseline_value: float | None = None

    @property
    def ratio(self) -> float | None:
        """How the figure stands to its baseline."""
        return self.value / self.baseline_value if self.baseline_value else None


def cpu_seconds(work: Callable[[], object], repeats: int = 3) -> float:
    """Least CPU seconds of several runs: the load on the other core then matters least."""
    best = float("inf")
    for _ in range(repeats):
        start = process_time()
        work()
        best = min(best, process_time() - start)
    return best
