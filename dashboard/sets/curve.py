"""A stored curve as JSON."""

from collections.abc import Sequence

from dashboard.sets.models import CurveOut
from tempoband.contracts.units import MICROSECONDS_PER_SECOND
from tempoband.storage.timeseries.base import Curve, Gap


def as_json(curve: Curve, gaps: Sequence[Gap], zero_us: int) -> CurveOut:
    """Times in seconds from ``zero_us``, rounded to the microsecond they were stored with."""
    time_s = (curve.time_us - zero_us) / MICROSECONDS_PER_SECOND
    return CurveOut(
        time_s=time_s.round(6).tolist(),
        tension_n=curve.tension_n.round(4).tolist(),
        gaps=[(_seconds(gap.start_us - zero_us), _seconds(gap.end_us - zero_us)) for gap in gaps],
    )


def _seconds(span_us: int) -> float:
    return round(span_us / MICROSECONDS_PER_SECOND, 6)
