"""What a virtual person is asked to do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from tempoband.contracts.exercise import ExerciseKind
from tempoband.contracts.tempo import Tempo
from tempoband.simulator.errors import SimulatorError


class Fault(StrEnum):
    """Faults on demand; the rules are those of design section 4."""

    SNAP_BACK = "snap_back"
    MOMENTUM = "momentum"
    PARTIAL_RANGE = "partial_range"
    LOST_HOLD = "lost_hold"
    SLACK = "slack"
    BAND_RELEASE = "band_release"


REP_FAULTS = (Fault.SNAP_BACK, Fault.MOMENTUM, Fault.PARTIAL_RANGE, Fault.LOST_HOLD, Fault.BAND_RELEASE)


@dataclass(frozen=True, slots=True)
class DynamicSet:
    """Repetitions.

    Attributes:
        tempo: prescribed; None means each at their own pace.
        reps: how many.
        faults: commanded faults by rep index from 0; after ``band_release`` the set is over.
        lead_in_s: standing still before the first rep.
        tail_s: standing still after the last.
    """

    tempo: Tempo | None
    reps: int = 12
    faults: Mapping[int, Fault] = field(default_factory=dict)
    lead_in_s: float = 2.0
    tail_s: float = 2.0
    kind = ExerciseKind.DYNAMIC

    def __post_init__(self) -> None:
        for rep, fault in self.faults.items():
            if not 0 <= rep < self.reps or fault not in REP_FAULTS:
                raise SimulatorError(f"cannot command {fault} at rep {rep} of {self.reps}")
            if fault is Fault.LOST_HOLD and not (self.tempo and (self.tempo.hold_s or 0) >= 1):
                raise SimulatorError("a lost hold needs a prescribed hold of at least 1 s")


@dataclass(frozen=True, slots=True)
class Walk:
    """Steps in a loop that should never go slack: lateral or monster walk.

    Attributes:
        steps: to one side, then as many back.
        step_s: seconds of one step.
        slacks: steps (from 0, both directions counted on) after which the band goes slack.
        stance_s: standing wide at the start: it gives the floor.
    """

    steps: int = 12
    step_s: float = 1.2
    slacks: tuple[int, ...] = ()
    stance_s: float = 3.5
    kind = ExerciseKind.CONSTANT_TENSION


@dataclass(frozen=True, slots=True)
class PushOut:
    """Knees pressed out against a loop during bridges or squats.

    Attributes:
        seconds: after the stance.
        slacks: seconds after the stance at which the knees come in.
        stance_s: pressing out at the start: it gives the floor.
    """

    seconds: float = 30.0
    slacks: tuple[float, ...] = ()
    stance_s: float = 3.5
    kind = ExerciseKind.PUSH_OUT


@dataclass(frozen=True, slots=True)
class IsometricPull:
    """One long pull: a hold, not a rep."""

    seconds: float = 15.0
    kind = ExerciseKind.DYNAMIC


@dataclass(frozen=True, slots=True)
class IdleWear:
    """Standing or sitting with the band on: sway, breath, now and then a shift of weight."""

    seconds: float = 30.0
    kind = ExerciseKind.DYNAMIC


@dataclass(frozen=True, slots=True)
class WalkAbout:
    """Walking about in a loop band: an oscillation at step rate that is no exercise."""

    seconds: float = 30.0
    kind = ExerciseKind.DYNAMIC


@dataclass(frozen=True, slots=True)
class Donning:
    """Putting the band on: uneven pulls from slack up to the worn tension."""

    kind = ExerciseKind.DYNAMIC


@dataclass(frozen=True, slots=True)
class Unsystematic:
    """Pulls of any height and length in any order: what blinded raters told from training at once."""

    seconds: float = 60.0
    kind = ExerciseKind.DYNAMIC


Activity = DynamicSet | Walk | PushOut | IsometricPull | IdleWear | WalkAbout | Donning | Unsystematic
