"""Resampling, segmentation, tempo, eccentric control, faults, score: arrays and dataclasses, no I/O.

The public names load on first use, so that importing the package costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analytics.signal.explain import explain
    from analytics.signal.finder import Stretch, find_sets
    from analytics.signal.live import LiveScorer, warm_up
    from analytics.signal.plan import ScoringError, SetPlan
    from analytics.signal.result import FinalRep, LiveEvent, PhaseChange, RepScore, RepSeen, SetScore
    from analytics.signal.score import score_curve
    from analytics.signal.thresholds import SCORING_VERSION, Thresholds

_HOMES = {
    "FinalRep": "result",
    "LiveEvent": "result",
    "LiveScorer": "live",
    "PhaseChange": "result",
    "RepScore": "result",
    "RepSeen": "result",
    "SCORING_VERSION": "thresholds",
    "ScoringError": "plan",
    "SetPlan": "plan",
    "SetScore": "result",
    "Stretch": "finder",
    "Thresholds": "thresholds",
    "explain": "explain",
    "find_sets": "finder",
    "score_curve": "score",
    "warm_up": "live",
}

__all__ = [
    "SCORING_VERSION",
    "FinalRep",
    "LiveEvent",
    "LiveScorer",
    "PhaseChange",
    "RepScore",
    "RepSeen",
    "ScoringError",
    "SetPlan",
    "SetScore",
    "Stretch",
    "Thresholds",
    "explain",
    "find_sets",
    "score_curve",
    "warm_up",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
