"""What was really done in a recording."""

from dataclasses import dataclass

from tempoband.contracts.tempo import Phase
from tempoband.simulator.motion import Span
from tempoband.simulator.script import Fault


@dataclass(frozen=True, slots=True)
class TrueRep:
    """One repetition as it was moved.

    Attributes:
        commanded: the fault it was told to show, if any.
        faults: what is true by the rules.
        borderline: faults whose verdict depends on a few percent of a threshold.
        borderline_dwell: a dwell beside it is about as long as what still counts as a turning point.
        interrupted: the band was lost during it; it may be counted or not.
        excursion_n, peak_n: of the undisturbed tension.
    """

    concentric_start_s: float
    concentric_end_s: float
    eccentric_start_s: float
    eccentric_end_s: float
    peak_n: float
    excursion_n: float
    commanded: Fault | None = None
    faults: frozenset[Fault] = frozenset()
    borderline: frozenset[Fault] = frozenset()
    borderline_dwell: bool = False
    interrupted: bool = False

    def seconds(self, phase: Phase) -> float:
        """Seconds of a phase; rest is not known to a single rep.

        Raises:
            ValueError: for rest.
        """
        match phase:
            case Phase.CONCENTRIC:
                return self.concentric_end_s - self.concentric_start_s
            case Phase.HOLD:
                return self.eccentric_start_s - self.concentric_end_s
            case Phase.ECCENTRIC:
                return self.eccentric_end_s - self.eccentric_start_s
            case Phase.REST:
                raise ValueError("rest lies between two reps")

    @property
    def boundaries_s(self) -> tuple[float, float, float, float]:
        """The four boundaries in order."""
        return (
            self.concentric_start_s,
            self.concentric_end_s,
            self.eccentric_start_s,
            self.eccentric_end_s,
        )


@dataclass(frozen=True, slots=True)
class TrueTension:
    """A walk or push-out as it was.

    Attributes:
        start_s, end_s: from the start stance to the last step.
        floor_n: 70 % of the median of the first 3 s of the stance.
        slack: spans under the floor of at least 0.1 s.
        steps_s: when each step out was taken.
    """

    start_s: float
    end_s: float
    floor_n: float
    slack: tuple[Span, ...]
    steps_s: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Truth:
    """Everything that was done in a recording."""

    reps: tuple[TrueRep, ...] = ()
    held: tuple[TrueTension, ...] = ()
    release_s: float | None = None
