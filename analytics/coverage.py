"""How much of a set's time is there: what is known to be missing is counted and shown."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from tempoband.contracts.frame import LossKnowledge
from tempoband.contracts.units import MICROSECONDS_PER_SECOND
from tempoband.storage.timeseries.base import Curve, Gap, StreamInfo

Span = tuple[int, int]
_HOLE_SAMPLES = 20  # a hole this many samples wide is missing time, whatever the sensor knows of it
_LEAST_HOLE_US = 250_000  # packet edges of real sensors leave holes that lost nothing


@dataclass(frozen=True, slots=True)
class Coverage:
    """What is there of a stretch.

    Attributes:
        share: of the time, 0 to 1.
        lost_samples: known to be missing; None where a sensor cannot tell.
        holes: what is missing, as (start, end) in UTC microseconds, disjoint and rising.
    """

    share: float
    lost_samples: int | None
    holes: tuple[Span, ...]

    @property
    def complete(self) -> bool:
        """Whether nothing is known to be missing."""
        return not self.holes and not self.lost_samples


def cover(
    span: Span, curve: Curve, gaps: Sequence[Gap], streams: Sequence[StreamInfo], *, open_end: bool = False
) -> Coverage:
    """Coverage of a stretch of one sensor's curve.

    Args:
        span: start and end, UTC microseconds.
        curve: samples of at least that stretch.
        gaps: what the store knows to be missing.
        streams: the ledger of the streams that touch it.
        open_end: whether more samples may still follow the last: then the end is no hole.
    """
    start, end = span
    holes = _merge([*_clipped(((g.start_us, g.end_us) for g in gaps), span), *_holes(curve, span, open_end)])
    missing_us = sum(b - a for a, b in holes)
    share = 1.0 if end <= start else max(0.0, 1.0 - missing_us / (end - start))
    return Coverage(share, _lost(gaps, streams, span), holes)


def _lost(gaps: Sequence[Gap], streams: Sequence[StreamInfo], span: Span) -> int | None:
    if any(stream.loss is LossKnowledge.UNKNOWN for stream in streams):
        return None
    return sum(gap.samples or 0 for gap in gaps if gap.start_us < span[1] and gap.end_us > span[0])


def _clipped(spans: Iterable[Span], to: Span) -> list[Span]:
    cut = [(max(a, to[0]), min(b, to[1])) for a, b in spans]
    return [(a, b) for a, b in cut if b > a]


def _holes(curve: Curve, span: Span, open_end: bool) -> list[Span]:
    """Stretches without samples that no packet edge explains."""
    first, last = np.searchsorted(curve.time_us, span)
    time = curve.time_us[first:last]
    if len(time) == 0:
        return [] if open_end else [span]
    step_us = float(np.median(np.diff(time))) if len(time) > 1 else MICROSECONDS_PER_SECOND
    limit_us = max(_LEAST_HOLE_US, _HOLE_SAMPLES * step_us)
    edges = np.concatenate([[span[0]], time, [time[-1] if open_end else span[1]]])
    wide = np.flatnonzero(np.diff(edges) > limit_us)
    return [(int(edges[n]), int(edges[n + 1])) for n in wide]


def _merge(spans: Iterable[Span]) -> tuple[Span, ...]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)
