"""Sets that nobody told: found in the store, kept as ``exercise = unknown`` to be labelled later. Pure."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analytics.assess import Assessed, Evidence, as_measured, cut, rep_span, score_from
from analytics.blocks import BLOCK_US, Blocks
from analytics.coverage import Span, cover
from analytics.lifecycle import DEFAULT_RULES, NO_TARGET, Closing, RepSpan, Rules, close_by_reps
from analytics.signal.plan import SetPlan
from tempoband.contracts.events import CloseReason, SetStatus
from tempoband.storage.timeseries.base import Curve

QUIET_US = 20_000_000  # a curve may be cut for work in such a stretch: no rep reaches across it
QUIET_N = 1.0  # only says where to cut, never what a rep is
MAX_BOUT_US = 900_000_000
_LEAD_US = 5_000_000
_FOUND = uuid.UUID("6f0d1c5e-3d0b-5a51-9a5e-2f1f0c1f7a10")


@dataclass(frozen=True, slots=True)
class Known:
    """A found set that is already kept."""

    id: str
    started_us: int
    ended_us: int


def find_sets(evidence: Evidence, plan: SetPlan, rules: Rules = DEFAULT_RULES) -> list[Assessed]:
    """Every set in an undeclared stretch that is over; the stretch starts and ends outside any motion."""
    curve = evidence.curve
    if len(curve) < 2:
        return []
    zero_us = int(curve.time_us[0])
    reps = [rep_span(rep, zero_us) for rep in score_from(curve, zero_us, plan, ()).reps]
    blocks = Blocks.of(curve.time_us, curve.tension_n)
    found, free_from_us = [], zero_us
    while reps:
        closing = close_by_reps(reps, blocks, NO_TARGET, rules)
        count = sum(rep.end_us <= closing.ended_us for rep in reps) if closing else len(reps)
        group, reps = reps[:count], reps[count:]
        end_us = _until(closing, reps, int(curve.time_us[-1]) + 1)
        if len(group) >= rules.least_found_reps:
            start_us = max(free_from_us, group[0].start_us - _LEAD_US)
            found.append(_found(evidence, plan, group, closing, (start_us, end_us)))
        free_from_us = group[-1].end_us
    return found


def found_id(sensor: str, started_us: int) -> str:
    """Id of a newly found set: the same curve gives the same id, so that a repeated run repeats itself."""
    return uuid.uuid5(_FOUND, f"{sensor}/{started_us}").hex


def with_ids(sensor: str, found: Sequence[Assessed], known: Sequence[Known]) -> list[tuple[str, Assessed]]:
    """Give each found set the id of the kept one it overlaps most, so that late samples keep its id."""
    free = list(known)
    named: list[tuple[str, Assessed]] = []
    for item in found:
        best = max(free, key=lambda old: _overlap(old, item), default=None)
        if best is not None and _overlap(best, item) > 0:
            free.remove(best)
            named.append((best.id, item))
        else:
            named.append((found_id(sensor, item.started_us), item))
    return named


def is_quiet(curve: Curve) -> bool:
    """Whether tension hardly moves, so that there is nothing to find."""
    blocks = Blocks.of(curve.time_us, curve.tension_n)
    return len(blocks) == 0 or float(blocks.high_n.max() - blocks.low_n.min()) < QUIET_N


def bout_around(curve: Curve, touched: Span, limits: Span) -> Span:
    """The stretch from the last quiet before ``touched`` to the first quiet after it, within ``limits``."""
    blocks = Blocks.of(curve.time_us, curve.tension_n)
    cuts = _quiet_cuts(blocks)
    before = cuts[cuts <= touched[0]]
    after = cuts[cuts >= touched[1]]
    start_us = int(before[-1]) if len(before) else limits[0]
    end_us = int(after[0]) if len(after) else limits[1]
    return max(start_us, limits[0]), min(end_us, limits[1])


def outside(span: Span, taken: Sequence[Span]) -> list[Span]:
    """What is left of a stretch without the taken ones."""
    left, at = [], span[0]
    for start, end in sorted(taken):
        if start > at:
            left.append((at, min(start, span[1])))
        at = max(at, end)
    if at < span[1]:
        left.append((at, span[1]))
    return [(a, b) for a, b in left if b > a]


def _quiet_cuts(blocks: Blocks) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Instants in UTC microseconds in the middle of quiet stretches and of holes."""
    half = QUIET_US // 2
    quiet = np.flatnonzero(blocks.ranges(QUIET_US // BLOCK_US) < QUIET_N)
    in_quiet = (blocks.index[quiet] + 1) * BLOCK_US - half
    wide = np.flatnonzero(np.diff(blocks.index) * BLOCK_US > QUIET_US)
    in_holes = (blocks.index[wide] + blocks.index[wide + 1]) * BLOCK_US // 2
    return np.sort(np.concatenate([in_quiet, in_holes]))


def _until(closing: Closing | None, later: Sequence[RepSpan], end_us: int) -> int:
    until_us = end_us if closing is None else closing.at_us
    return min(until_us, later[0].start_us) if later else until_us


def _found(
    evidence: Evidence, plan: SetPlan, group: Sequence[RepSpan], closing: Closing | None, window: Span
) -> Assessed:
    start_us, end_us = max(group[0].start_us, int(evidence.curve.time_us[0])), group[-1].end_us
    if closing is None:
        closing = Closing(window[1], end_us, CloseReason.IDLE)
    score = score_from(cut(evidence.curve, *window), start_us, plan, evidence.gaps)
    coverage = cover((start_us, end_us), evidence.curve, evidence.gaps, evidence.streams)
    status = SetStatus.FINAL if coverage.complete else SetStatus.INCOMPLETE
    return Assessed(start_us, end_us, closing, status, as_measured(score, status, coverage), coverage)


def _overlap(known: Known, item: Assessed) -> int:
    return min(known.ended_us, item.ended_us) - max(known.started_us, item.started_us)
