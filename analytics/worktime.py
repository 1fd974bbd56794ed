"""Walks and push-outs have no reps: what counts is how long the band is worked, and when that ends."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analytics.blocks import BLOCK_US, Blocks
from analytics.lifecycle import DEFAULT_RULES, Closing, Rules, Target, first_hole
from tempoband.contracts.events import CloseReason
from tempoband.contracts.exercise import ExerciseKind
from tempoband.contracts.units import MICROSECONDS_PER_SECOND

_SMOOTH = 5  # blocks: a single corrupted sample must not become the greatest tension


@dataclass(frozen=True, slots=True)
class Work:
    """The work of a walk or push-out so far.

    Attributes:
        started_us: when the band was first worked.
        ended_us: when it was last worked.
        seconds: how long in all.
        closing: when the set closed, None while it goes on.
    """

    started_us: int
    ended_us: int
    seconds: float
    closing: Closing | None


def find_work(
    blocks: Blocks, kind: ExerciseKind, target: Target, rules: Rules = DEFAULT_RULES, *, closes: bool = True
) -> Work | None:
    """The work in a curve; None while there is none. Looks backward only, as the life cycle does.

    Standing still ends a walk; a push-out may be held still, so only slack ends it. With ``closes`` false
    nothing does: all of the curve is one piece of work, because somebody said so.
    """
    level = _steady_level(blocks)
    peak = np.maximum.accumulate(level) if len(level) else level
    working = (level > rules.work_share * peak) & (level > rules.work_n)
    if not working.any():
        return None
    closing = _closing(blocks, working, peak, kind=kind, target=target, rules=rules) if closes else None
    if closing is not None:
        working = working & ((blocks.index + 1) * BLOCK_US <= closing.ended_us)
    places = np.flatnonzero(working)
    return Work(
        started_us=int(blocks.index[places[0]]) * BLOCK_US,
        ended_us=blocks.block_end_us(int(places[-1])),
        seconds=len(places) * BLOCK_US / MICROSECONDS_PER_SECOND,
        closing=closing,
    )


def _closing(
    blocks: Blocks,
    working: npt.NDArray[np.bool_],
    peak: npt.NDArray[np.float64],
    *,
    kind: ExerciseKind,
    target: Target,
    rules: Rules,
) -> Closing | None:
    first = int(np.argmax(working))
    candidates = [_target_reached(blocks, working, target), _slack(blocks, working, first, rules)]
    if kind is ExerciseKind.CONSTANT_TENSION:
        candidates.append(_stands(blocks, peak, first, rules))
    hole = first_hole(_from(blocks, first), blocks.block_end_us(first), 0, rules)
    if hole is not None:
        candidates.append(Closing(hole.at_us, hole.at_us, hole.reason))
    found = [closing for closing in candidates if closing is not None]
    return min(found, key=lambda closing: closing.at_us) if found else None


def _steady_level(blocks: Blocks) -> npt.NDArray[np.float64]:
    """Median of each block's level and those just before it."""
    if not len(blocks):
        return np.empty(0)
    padded = np.pad(blocks.level_n, (_SMOOTH - 1, 0), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, _SMOOTH)
    return np.asarray(np.median(windows, axis=1), dtype=np.float64)


def _from(blocks: Blocks, first: int) -> Blocks:
    return Blocks(blocks.index[first:], blocks.low_n[first:], blocks.high_n[first:])


def _idle_blocks(rules: Rules) -> int:
    return round(rules.idle_s * MICROSECONDS_PER_SECOND / BLOCK_US)


def _target_reached(blocks: Blocks, working: npt.NDArray[np.bool_], target: Target) -> Closing | None:
    if target.seconds is None:
        return None
    needed = round(target.seconds * MICROSECONDS_PER_SECOND / BLOCK_US)
    reached = np.flatnonzero(np.cumsum(working) >= needed)
    if not len(reached):
        return None
    at_us = blocks.block_end_us(int(reached[0]))
    return Closing(at_us, at_us, CloseReason.TARGET)


def _slack(blocks: Blocks, working: npt.NDArray[np.bool_], first: int, rules: Rules) -> Closing | None:
    """First time that ``idle_s`` of samples in a row were no work."""
    place = np.arange(len(blocks))
    last_work = np.maximum.accumulate(np.where(working, place, -1))
    slack = np.flatnonzero((place - last_work >= _idle_blocks(rules)) & (place > first))
    if not len(slack):
        return None
    ended_us = blocks.block_end_us(int(last_work[slack[0]]))
    return Closing(blocks.block_end_us(int(slack[0])), ended_us, CloseReason.IDLE)


def _stands(blocks: Blocks, peak: npt.NDArray[np.float64], first: int, rules: Rules) -> Closing | None:
    walked = _from(blocks, first)
    span = _idle_blocks(rules)
    still = np.flatnonzero(walked.ranges(span) < rules.still_walk_share * peak[first:])
    if not len(still):
        return None
    at_us = walked.block_end_us(int(still[0]))
    return Closing(at_us, at_us - span * BLOCK_US, CloseReason.IDLE)
