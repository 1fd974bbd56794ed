"""When a set opens and closes: pure functions of reps and tension, the same for a stream and for the store.

A set opens at its first qualifying rep. It closes at the upper target; after ten seconds or two rep lengths
of stillness, whichever is longer; when the sensor is lost; or as people tell (by hand, replaced), which
the caller knows. Everything here looks backward only, so a longer curve never moves an earlier closing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

import numpy as np

from analytics.blocks import BLOCK_US, Blocks
from tempoband.contracts.events import CloseReason
from tempoband.contracts.units import MICROSECONDS_PER_SECOND


@dataclass(frozen=True, slots=True)
class Rules:
    """The numbers of the life cycle; all are definitions of this product.

    Attributes:
        idle_s: least stillness that ends a set.
        idle_reps: the same in rep lengths; the longer of both counts.
        still_share: stillness: tension stays within this share of the median excursion.
        still_walk_share: the same for walks, as a share of the greatest tension so far.
        work_share: a walk or push-out works above this share of the greatest tension so far.
        work_n: and above this, which only tells a band from the noise of a slack sensor.
        forget_idles: without a rep for so many times the needed stillness, a restless set closes too.
        lost_s: without samples for this long, the sensor is lost.
        unused_s: a told set without any work in this time closes.
        by_hand_s: a set by hand that nobody closed in this time was forgotten.
        least_found_reps: fewer reps in a row are no set unless somebody says so.
    """

    idle_s: float = 10.0
    idle_reps: float = 2.0
    still_share: float = 0.30
    still_walk_share: float = 0.15
    work_share: float = 0.30
    work_n: float = 1.0
    forget_idles: float = 6.0
    lost_s: float = 60.0
    unused_s: float = 900.0
    by_hand_s: float = 4 * 3600.0
    least_found_reps: int = 2


DEFAULT_RULES = Rules()


@dataclass(frozen=True, slots=True)
class Target:
    """Upper target of a set: reps for dynamic ones, seconds of work for walks and push-outs."""

    reps: int | None = None
    seconds: float | None = None


NO_TARGET = Target()


@dataclass(frozen=True, slots=True)
class RepSpan:
    """A finished rep."""

    start_us: int
    end_us: int
    excursion_n: float


@dataclass(frozen=True, slots=True)
class Closing:
    """A set is over.

    Attributes:
        at_us: from here on tension no longer counts towards it.
        ended_us: when its work ended.
        reason: why.
    """

    at_us: int
    ended_us: int
    reason: CloseReason


def idle_needed_s(reps: Sequence[RepSpan], rules: Rules, tempo_rep_s: float | None) -> float:
    """Seconds of stillness that end the set: ten, or two rep lengths (measured or prescribed)."""
    lengths = [(rep.end_us - rep.start_us) / MICROSECONDS_PER_SECOND for rep in reps]
    rep_s = max(median(lengths) if lengths else 0.0, tempo_rep_s or 0.0)
    return max(rules.idle_s, rules.idle_reps * rep_s)


def close_by_reps(
    reps: Sequence[RepSpan],
    blocks: Blocks,
    target: Target,
    rules: Rules = DEFAULT_RULES,
    tempo_rep_s: float | None = None,
) -> Closing | None:
    """When a set of reps closes; None while it goes on.

    Args:
        reps: finished reps since it was opened, in order.
        blocks: tension since the first rep.
        target: its upper target.
        rules: the numbers.
        tempo_rep_s: prescribed length of a rep.
    """
    for n, rep in enumerate(reps, start=1):
        if target.reps is not None and n >= target.reps:
            return Closing(rep.end_us, rep.end_us, CloseReason.TARGET)
        until_us = reps[n].end_us if n < len(reps) else None
        closing = close_after_rep(reps[:n], blocks, until_us, rules, tempo_rep_s)
        if closing is not None:
            return closing
    return None


def close_after_rep(
    reps: Sequence[RepSpan],
    blocks: Blocks,
    until_us: int | None,
    rules: Rules = DEFAULT_RULES,
    tempo_rep_s: float | None = None,
) -> Closing | None:
    """Whether the set ends between its last rep and ``until_us``, the end of the next one if there is one.

    The next rep counts from its end, not its start, because a stream cannot know it any earlier.
    """
    ended_us = reps[-1].end_us
    idle_us = round(idle_needed_s(reps, rules, tempo_rep_s) * MICROSECONDS_PER_SECOND)
    forget_at_us = ended_us + round(idle_us * rules.forget_idles)
    if until_us is not None and until_us - ended_us <= idle_us:
        return None
    reached_us = blocks.end_us if until_us is None else until_us
    after = blocks.between(ended_us, min(reached_us, forget_at_us))
    still_n = rules.still_share * median(rep.excursion_n for rep in reps)
    candidates = [
        _first_still(after, after.ranges(-(-idle_us // BLOCK_US)) < still_n, ended_us),
        first_hole(blocks.between(ended_us, reached_us), ended_us, ended_us, rules),
        Closing(forget_at_us, ended_us, CloseReason.IDLE) if reached_us >= forget_at_us else None,
    ]
    found = [closing for closing in candidates if closing is not None]
    return min(found, key=lambda closing: closing.at_us) if found else None


def first_hole(blocks: Blocks, start_us: int, ended_us: int, rules: Rules) -> Closing | None:
    """The sensor is lost where no samples came for ``lost_s`` (known once they come again)."""
    edges = [start_us, *((blocks.index + 1) * BLOCK_US).tolist()]
    lost_us = rules.lost_s * MICROSECONDS_PER_SECOND + BLOCK_US
    at_us = next((a for a, b in pairwise(edges) if b - a > lost_us), None)
    return None if at_us is None else Closing(at_us, ended_us, CloseReason.SENSOR_LOST)


def _first_still(
    after: Blocks, still: np.ndarray[tuple[int], np.dtype[np.bool_]], ended_us: int
) -> Closing | None:
    found = np.flatnonzero(still)
    return Closing(after.block_end_us(int(found[0])), ended_us, CloseReason.IDLE) if len(found) else None
