"""Every number that is a product decision rather than physics, in one frozen, versioned place."""

from dataclasses import dataclass

SCORING_VERSION = "1.3"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Definitions and cut-offs of ``docs/design.md`` section 4.

    No published threshold separates a controlled return from a snap-back for elastic bands; the fault
    rules are definitions of this product. A clinic may change them; the version is stored with each score.
    """

    version: str = SCORING_VERSION
    # phase boundary and rep
    boundary_speed: float = 0.05  # of the phase's own peak speed
    turning_dwell_s: float = 0.35  # an unprescribed dwell shorter than this is a turning point
    turning_dwell_share: float = 0.10  # or than this share of its repetition's way out and back, in seconds
    rep_excursion: float = 0.30  # of the reference excursion
    # tempo
    on_tempo_share: float = 0.20
    on_tempo_s: float = 0.25
    # faults
    short_phase: float = 0.5  # of the prescribed seconds: snap_back, momentum
    unprescribed_short_s: float = 0.5
    rate_ratio: float = 3.0  # peak rate over excursion / prescribed seconds
    partial_range: float = 0.70
    hold_sag: float = 0.15
    slack_floor: float = 0.70
    stance_s: float = 3.0
    release_s: float = 0.050
    release_share: float = 0.5
    # what a sensor must give
    min_tempo_rate_hz: float = 8.0
    min_rate_metrics_hz: float = 18.0
    max_tempo_step: float = 0.06  # of the excursion: coarser readings time no phase
    max_smoothness_step: float = 0.02  # coarser ones are jerky by themselves


DEFAULT_THRESHOLDS = Thresholds()
