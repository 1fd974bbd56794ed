"""Hints from load, frequency and the band itself: each with its rule and its numbers, none a diagnosis."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from itertools import combinations
from statistics import median


class HintKind(StrEnum):
    """What a hint is about."""

    TOO_OFTEN = "too_often"
    LOAD_JUMP = "load_jump"
    BAND_WEAR = "band_wear"
    BAND_RELEASE = "band_release"


@dataclass(frozen=True, slots=True)
class Hint:
    """Something to look at; ``rule`` is printed beside it, ``numbers`` are those in the words."""

    kind: HintKind
    words: str
    rule: str
    numbers: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HintRules:
    """The numbers; all are definitions of this product."""

    extra_days: int = 2
    often_days: int = 6
    weeks: int = 2
    load_jump: float = 1.5
    load_weeks: int = 3
    wear_sessions: int = 6
    wear_days: int = 21
    wear_drop: float = 0.10


DEFAULT_HINTS = HintRules()


@dataclass(frozen=True, slots=True)
class WeekLoad:
    """One local week of one person.

    Attributes:
        days: days with work.
        prescribed_days: days asked for.
        load_n_s: sum of tension over time, newton seconds; only comparable on the same bands and exercises.
    """

    monday: date
    days: int
    prescribed_days: int
    load_n_s: float


@dataclass(frozen=True, slots=True)
class BandSession:
    """One session on one band, placement, ring length and exercise.

    ``range_n`` is the median excursion of its reps without a range fault.
    """

    day: date
    range_n: float


def over_use(weeks: Sequence[WeekLoad], rules: HintRules = DEFAULT_HINTS) -> list[Hint]:
    """Hints from frequency and load; ``weeks`` are finished weeks, oldest first."""
    return [hint for hint in (_too_often(weeks, rules), _load_jump(weeks, rules)) if hint is not None]


def band_wear(sessions: Sequence[BandSession], rules: HintRules = DEFAULT_HINTS) -> Hint | None:
    """Whether the same work takes less and less tension: the band softens, or the range shrinks.

    Tension alone cannot tell the two apart, and the hint says so. The trend is the median of all pairwise
    slopes (Theil 1950, Sen 1968), which single odd sessions do not move.
    """
    known = sorted(sessions, key=lambda each: each.day)
    if len(known) < rules.wear_sessions or (known[-1].day - known[0].day).days < rules.wear_days:
        return None
    slopes = [
        (b.range_n - a.range_n) / (b.day - a.day).days for a, b in combinations(known, 2) if b.day > a.day
    ]
    days = (known[-1].day - known[0].day).days
    level = median(each.range_n for each in known)
    drop = -median(slopes) * days / (level - median(slopes) * days / 2)
    if drop < rules.wear_drop:
        return None
    return Hint(
        HintKind.BAND_WEAR,
        f"On this band the same exercise takes {drop:.0%} less tension than {days} days ago. The band may be"
        " worn, or the range smaller: inspect the band, then do three slow practice reps.",
        f"{rules.wear_drop:.0%} or more, over at least {rules.wear_days} days and"
        f" {rules.wear_sessions} sessions",
        {"drop": drop, "days": days},
    )


def band_release(releases: int) -> Hint | None:
    """A drop from high tension to nothing at once: a slip or a break."""
    if releases == 0:
        return None
    times = "once" if releases == 1 else f"{releases} times"
    return Hint(
        HintKind.BAND_RELEASE,
        f"The tension fell to nothing at once, {times}: a slip, or the band gave way. Inspect it before the"
        " next set, and mind your eyes.",
        "from above half the peak to zero within 50 ms",
        {"times": releases},
    )


def _too_often(weeks: Sequence[WeekLoad], rules: HintRules) -> Hint | None:
    recent = weeks[-rules.weeks :]
    often = [w for w in recent if w.days >= min(w.prescribed_days + rules.extra_days, 7) > w.prescribed_days]
    if len(recent) < rules.weeks or len(often) < rules.weeks or recent[-1].days < rules.often_days:
        return None
    return Hint(
        HintKind.TOO_OFTEN,
        f"{recent[-1].days} days of work last week where {recent[-1].prescribed_days} were asked for, and"
        " much the same the week before. Rest days are part of the plan.",
        f"{rules.extra_days} days more than prescribed and at least {rules.often_days} days,"
        f" {rules.weeks} weeks in a row",
        {"days": recent[-1].days, "prescribed": recent[-1].prescribed_days},
    )


def _load_jump(weeks: Sequence[WeekLoad], rules: HintRules) -> Hint | None:
    if len(weeks) <= rules.load_weeks:
        return None
    before = median(w.load_n_s for w in weeks[-1 - rules.load_weeks : -1])
    if before <= 0 or weeks[-1].load_n_s < rules.load_jump * before:
        return None
    return Hint(
        HintKind.LOAD_JUMP,
        f"Last week's load was {weeks[-1].load_n_s / before:.1f} times the usual of the weeks before.",
        f"{rules.load_jump:g} times the median of the {rules.load_weeks} weeks before",
        {"times": weeks[-1].load_n_s / before},
    )
