"""When to make an exercise harder, or easier: advice to the physio with its reasons, never applied by itself.

The rule is 2-for-2 (two reps beyond the upper bound in the last set, in two sessions in a row), gated by
quality: a rep whose return, time under tension or range fails does not count. A band is a coarse step (the
makers give +25 % from colour to colour, +40 % for the heaviest), so it comes last: first more reps, then a
slower return, then another placement.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from itertools import groupby
from zoneinfo import ZoneInfo

from analytics.coaching.calendar import local_day
from analytics.coaching.exercise import Dose, DoseUnit, Exercise
from analytics.coaching.exercises.common import ABOVE_KNEES, ANKLES
from tempoband.contracts.tempo import Tempo
from tempoband.contracts.units import MICROSECONDS_PER_SECOND


@dataclass(frozen=True, slots=True)
class ProgressionRules:
    """The numbers; all are definitions of this product but the first three."""

    extra_reps: int = 2  # 2-for-2
    sessions: int = 2
    most_reps: int = 20  # upper end of article A's 12 to 20
    most_eccentric_s: float = 4.0
    rep_step: int = 5
    eccentric_step_s: float = 1.0
    carry_on_s: float = 10.0  # reps that follow a set this soon are its extra reps
    lost_share: float = 1 / 3  # of the reps without range or form: the band is too heavy


DEFAULT_PROGRESSION = ProgressionRules()


@dataclass(frozen=True, slots=True)
class RepQuality:
    """What progression needs of one rep; None where it could not be judged (it then does not fail)."""

    full_range: bool | None
    return_controlled: bool | None
    tension_time_kept: bool | None

    @property
    def counts(self) -> bool:
        """Whether nothing about it failed."""
        return False not in (self.full_range, self.return_controlled, self.tension_time_kept)

    @property
    def lost(self) -> bool:
        """Whether range or form was lost."""
        return self.full_range is False or self.return_controlled is False


@dataclass(frozen=True, slots=True)
class SetWork:
    """One set of one exercise and side.

    ``told`` is False for reps that nobody declared: a set closes at its upper target, so what the wearer
    adds right after it was found in the store.
    """

    started_us: int
    ended_us: int
    reps: tuple[RepQuality, ...]
    told: bool = True


class Step(StrEnum):
    """What to change; at most one thing at a time."""

    REPS = "reps"
    TEMPO = "tempo"
    PLACEMENT = "placement"
    NEXT_BAND = "next_band"
    LIGHTER_BAND = "lighter_band"


@dataclass(frozen=True, slots=True)
class Now:
    """What is prescribed at present."""

    exercise: Exercise
    dose: Dose
    tempo: Tempo | None
    placement: str | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one session showed: ``count`` good reps of ``of`` needed, or lost reps of all ``of``."""

    day: date
    count: int
    of: int


@dataclass(frozen=True, slots=True)
class Advice:
    """One proposal.

    Attributes:
        step: what to change.
        words: the proposal in a sentence.
        reasons: what was seen, with numbers and rule.
        evidence: the numbers of the reasons, for other languages than English.
        dose: proposed dose, where it changes.
        tempo: proposed tempo, where it changes.
        placement: proposed placement, where it changes.
    """

    step: Step
    words: str
    reasons: tuple[str, ...]
    evidence: tuple[Evidence, ...] = ()
    dose: Dose | None = None
    tempo: Tempo | None = None
    placement: str | None = None


def advise(
    now: Now, work: Sequence[SetWork], zone: ZoneInfo, rules: ProgressionRules = DEFAULT_PROGRESSION
) -> Advice | None:
    """The advice for one exercise and side, None where there is none to give.

    Args:
        now: what is prescribed.
        work: its sets, told and found, of at least the last sessions, in any order.
        zone: the wearer's time zone: a session is a local day.
        rules: the numbers.
    """
    if now.dose.unit is not DoseUnit.REPS:
        return None
    recent = sessions(work, zone, rules)[-rules.sessions :]
    if len(recent) < rules.sessions:
        return None
    return _easier(recent, rules) or _harder(now, recent, rules)


def sessions(
    work: Sequence[SetWork], zone: ZoneInfo, rules: ProgressionRules = DEFAULT_PROGRESSION
) -> list[tuple[date, list[SetWork]]]:
    """Sets per local day, oldest first; extra reps are joined to the set they carry on."""
    joined: list[SetWork] = []
    for item in sorted(work, key=lambda each: each.started_us):
        soon = joined and item.started_us - joined[-1].ended_us <= rules.carry_on_s * MICROSECONDS_PER_SECOND
        if not item.told and soon:
            last = joined[-1]
            joined[-1] = replace(last, ended_us=item.ended_us, reps=last.reps + item.reps)
        elif item.told:
            joined.append(item)
    days = groupby(joined, key=lambda each: local_day(each.started_us, zone))
    return [(day, list(sets)) for day, sets in days]


def _easier(recent: Sequence[tuple[date, list[SetWork]]], rules: ProgressionRules) -> Advice | None:
    seen = []
    for day, sets in recent:
        reps = [rep for each in sets for rep in each.reps]
        lost = sum(rep.lost for rep in reps)
        if not reps or lost < rules.lost_share * len(reps):
            return None
        seen.append(Evidence(day, lost, len(reps)))
    shares = "; ".join(f"{each.day.isoformat()}: {each.count} of {each.of} reps" for each in seen)
    return Advice(
        Step.LIGHTER_BAND,
        "Range or a controlled return was lost: a lighter band may serve better.",
        (f"Without range or control: {shares} (rule: a third, twice in a row).",),
        tuple(seen),
    )


def _harder(now: Now, recent: Sequence[tuple[date, list[SetWork]]], rules: ProgressionRules) -> Advice | None:
    needed = now.dose.upper + rules.extra_reps
    seen = []
    for day, sets in recent:
        good = sum(rep.counts for rep in sets[-1].reps)
        if good < needed:
            return None
        seen.append(Evidence(day, good, needed))
    told = "; ".join(
        f"{each.day.isoformat()}: {each.count} good reps in the last set, {each.of} needed" for each in seen
    )
    reason = f"{told} (2-for-2; reps that failed in return, time or range are not counted)."
    return replace(_next_step(now, rules), reasons=(reason,), evidence=tuple(seen))


def _next_step(now: Now, rules: ProgressionRules) -> Advice:
    """First reps, then a slower return, then the placement, then the band."""
    if now.dose.upper < rules.most_reps:
        dose = Dose(DoseUnit.REPS, now.dose.upper, min(now.dose.upper + rules.rep_step, rules.most_reps))
        return Advice(Step.REPS, f"Raise the range to {dose}, with the same band.", (), dose=dose)
    eccentric_s = now.tempo.eccentric_s if now.tempo else None
    if now.tempo and eccentric_s is not None and eccentric_s < rules.most_eccentric_s:
        slower = min(eccentric_s + rules.eccentric_step_s, rules.most_eccentric_s)
        tempo = replace(now.tempo, eccentric_s=slower)
        return Advice(Step.TEMPO, f"Slow the return from {eccentric_s:g} to {slower:g} s.", (), tempo=tempo)
    if now.placement == ABOVE_KNEES and ANKLES in now.exercise.placement:
        words = "Move the loop from above the knees to the ankles: the longer lever is harder."
        return Advice(Step.PLACEMENT, words, (), placement=ANKLES)
    dose = Dose(DoseUnit.REPS, now.exercise.dose.lower, now.exercise.dose.upper)
    return Advice(
        Step.NEXT_BAND,
        f"The next band, back to {dose}. It is a large step: makers give +25 % or more from one to the next.",
        (),
        dose=dose,
    )
