"""Frames whose content does not matter beyond what a test says of it."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from tempoband.contracts.frame import ClockKind, Frame, LossKnowledge

STEP_US = 12_500


def even_frame(
    stream: str, seq: int, counts: npt.ArrayLike, *, t0_us: int, scale_n: float = 0.001, **changes: object
) -> Frame:
    """These counts at an even 80 Hz of the device's clock, nothing lost; ``changes`` to any other field."""
    values = np.asarray(counts, dtype=np.int32)
    frame = Frame(
        stream=stream,
        seq=seq,
        t0_us=t0_us,
        dt_us=np.arange(len(values), dtype=np.uint32) * np.uint32(STEP_US),
        counts=values,
        scale_n=scale_n,
        offset_n=0.0,
        calibration_id="none",
        ticks=None,
        clock=ClockKind.DEVICE,
        rate_hz=80.0,
        lost=0,
        loss=LossKnowledge.EXACT,
    )
    return replace(frame, **changes)
