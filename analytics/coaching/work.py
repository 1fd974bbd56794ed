"""What a person's standing is computed from: scored sets, self-reports, the sensor they wear."""

from dataclasses import dataclass

from analytics.coaching.prescribed import DoneSet


@dataclass(frozen=True, slots=True)
class WorkSet:
    """A set with what a caseload needs of its score.

    Attributes:
        done: as adherence counts it.
        rig: exercise, side, band, placement and ring length in one word: ranges compare only within one.
        reps: scored.
        control: eccentric control, 0-100; None where it cannot be known.
        snap_backs: reps that snapped back.
        releases: times the band let go.
        range_n: median excursion of the reps without a range fault.
        back_s: median seconds of the way back.
        load_n_s: tension over time.
    """

    done: DoneSet
    rig: str
    reps: int = 0
    control: float | None = None
    snap_backs: int = 0
    releases: int = 0
    range_n: float | None = None
    back_s: float | None = None
    load_n_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Felt:
    """A self-report: pain 0-10, effort on Borg's CR10, the exercise it was about."""

    at_us: int
    pain: int | None
    effort: float | None
    exercise: str | None = None


@dataclass(frozen=True, slots=True)
class Worn:
    """The sensor somebody wears: when it was last heard, and its battery then."""

    heard_us: int | None
    battery_percent: int | None = None
