"""Who pulls: how they move, how steady, how tired, what they do wrong by habit. Nobody real."""

from dataclasses import dataclass, replace

from tempoband.simulator.errors import SimulatorError
from tempoband.simulator.profiles import FAMILIES


@dataclass(frozen=True, slots=True)
class Pace:
    """Habitual share of the prescribed seconds, per phase."""

    concentric: float = 1.0
    hold: float = 1.0
    eccentric: float = 1.0
    rest: float = 1.0


@dataclass(frozen=True, slots=True)
class Person:
    """A virtual person.

    Attributes:
        out_family: motion family of the concentric phase.
        back_family: motion family of the eccentric phase.
        pace: habitual share of the prescribed seconds.
        tempo_variation: seconds of each phase vary by up to this share, either way.
        range_variation: each rep's range varies by up to this share.
        pause_share: share of unprescribed dwells in which they stop for a moment.
        turn_s: most time lost at a turning point without a pause.
        tremor: amplitude at full range, as a share of the range; 5 to 11 Hz.
        sway: amplitude of slow unsteadiness, as a share of the range.
        fatigue: 0 to 1; at the end of a set the way out is up to 35 % slower, the way back up to 30 %
            quicker and the range up to 15 % shorter.
        worn_strain: of the band at the start position; a loop worn on the body is never slack.
        reach_strain: full range, from the start position.
        natural_out_s: seconds out when none are prescribed.
        natural_back_s: seconds back when none are prescribed.
    """

    out_family: str = "minimum_jerk"
    back_family: str = "minimum_jerk"
    pace: Pace = Pace()
    tempo_variation: float = 0.10
    range_variation: float = 0.05
    pause_share: float = 0.2
    turn_s: float = 0.06
    tremor: float = 0.003
    sway: float = 0.003
    fatigue: float = 0.3
    worn_strain: float = 0.25
    reach_strain: float = 0.8
    natural_out_s: float = 1.6
    natural_back_s: float = 1.8

    def __post_init__(self) -> None:
        for family in (self.out_family, self.back_family):
            if family not in FAMILIES:
                raise SimulatorError(f"no motion family {family!r}; there are {', '.join(FAMILIES)}")
        if not (0 <= self.tempo_variation < 1 and 0 <= self.range_variation < 1 and self.reach_strain > 0):
            raise SimulatorError("variations must be from 0 to below 1, and the reach above 0")

    def moving(self, family: str) -> "Person":
        """The same person with both phases of one family."""
        return replace(self, out_family=family, back_family=family)


METRONOME = Person(
    tempo_variation=0.0, range_variation=0.0, pause_share=0.0, turn_s=0.0, tremor=0.0, sway=0.0, fatigue=0.0
)
STEADY = Person()
RUSHING = Person(
    back_family="early_peak", pace=Pace(hold=0.1, eccentric=0.4), tempo_variation=0.15, fatigue=0.4
)
SHAKY = Person(
    out_family="hesitating",
    back_family="hesitating",
    tempo_variation=0.30,
    range_variation=0.10,
    tremor=0.012,
    sway=0.01,
    fatigue=0.8,
)
