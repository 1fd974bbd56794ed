"""Resampling, segmentation, tempo, eccentric control, faults, score: arrays and dataclasses, no I/O.

The public names load on first use, so that importing the package costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analytics.signal.finder import Stretch, find_sets
    from analytics.signal.live import LiveScorer, warm_up
    from analytics.signal.pattern import Pattern, pattern_of
    from analytics.signal.plan import ScoringError, SetPlan
    from analytics.signal.result import FinalRep, LiveEvent, PhaseChange, RepScore, RepSeen, SetScore
    from analytics.signal.score import score_curve
    from analytics.signal.sentence import explain
    from analytics.signal.shape import RepShape, rep_shape
    from analytics.signal.symmetry import Sides, Symmetry, compare_sides, session_sides
    from analytics.signal.thresholds import SCORING_VERSION, Thresholds

_HOMES = {
    "FinalRep": "result",
    "LiveEvent": "result",
    "LiveScorer": "live",
    "Pattern": "pattern",
    "PhaseChange": "result",
    "RepScore": "result",
    "RepSeen": "result",
    "RepShape": "shape",
    "SCORING_VERSION": "thresholds",
    "ScoringError": "plan",
    "SetPlan": "plan",
    "SetScore": "result",
    "Sides": "symmetry",
    "Stretch": "finder",
    "Symmetry": "symmetry",
    "Thresholds": "thresholds",
    "explain": "sentence",
    "find_sets": "finder",
    "pattern_of": "pattern",
    "rep_shape": "shape",
    "score_curve": "score",
    "session_sides": "symmetry",
    "compare_sides": "symmetry",
    "warm_up": "live",
}

__all__ = [
    "SCORING_VERSION",
    "FinalRep",
    "LiveEvent",
    "LiveScorer",
    "Pattern",
    "PhaseChange",
    "RepScore",
    "RepSeen",
    "RepShape",
    "ScoringError",
    "SetPlan",
    "SetScore",
    "Sides",
    "Stretch",
    "Symmetry",
    "Thresholds",
    "compare_sides",
    "explain",
    "find_sets",
    "pattern_of",
    "rep_shape",
    "score_curve",
    "session_sides",
    "warm_up",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
