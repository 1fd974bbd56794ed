"""Cutting samples out of a frame."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from tempoband.contracts.frame import Frame

Span = tuple[int, int]
"""Half-open stretch of UTC microseconds: start <= t < end."""


def without(frame: Frame, spans: Iterable[Span]) -> Frame | None:
    """The frame without the samples inside the spans; None when none are left.

    The identity stays; ``t0`` moves to the first sample that is left.
    """
    time_us = frame.time_us
    keep = np.ones(len(frame), dtype=bool)
    for start_us, end_us in spans:
        keep &= (time_us < start_us) | (time_us >= end_us)
    if keep.all():
        return frame
    if not keep.any():
        return None
    kept_us = time_us[keep]
    return replace(
        frame,
        t0_us=int(kept_us[0]),
        dt_us=(kept_us - kept_us[0]).astype(np.uint32),
        counts=frame.counts[keep],
    )
