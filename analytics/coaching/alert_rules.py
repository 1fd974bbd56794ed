"""The rules that flag a person: written down, editable, each with the words it is printed in.

Numbers are definitions of this product, not findings: no published cut-off separates controlled from
uncontrolled. Who is flagged by them: ``analytics.coaching.flags``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from analytics.coaching.windows import WEEK_DAYS
from tempoband.words.phrases import phrased


class Rule(StrEnum):
    """What a flag is about, the most pressing first."""

    PAIN = "pain"
    NO_SET = "no_set"
    DOSE = "dose"
    SNAP_BACK = "snap_back"
    RANGE = "range"
    OVER_USE = "over_use"
    BAND_RELEASE = "band_release"
    SENSOR_SILENT = "sensor_silent"
    BAND_WEAR = "band_wear"


class Need(StrEnum):
    """How pressing a flag is."""

    ACT = "act"  # act today
    LOOK = "look"  # look this week
    KIT = "kit"  # check sensor or band


@dataclass(frozen=True, slots=True)
class Limit:
    """One number of a rule: as it comes, and between what it may be set."""

    default: float
    least: float
    most: float


@dataclass(frozen=True, slots=True)
class RuleKind:
    """A rule as it comes."""

    need: Need
    limits: Mapping[str, Limit]


@dataclass(frozen=True, slots=True)
class RuleSet:
    """One rule as a clinic has it."""

    rule: Rule
    enabled: bool
    limits: Mapping[str, float]


def _limits(**limits: tuple[float, float, float]) -> Mapping[str, Limit]:
    return MappingProxyType({name: Limit(*numbers) for name, numbers in limits.items()})


KINDS: Final[Mapping[Rule, RuleKind]] = MappingProxyType(
    {
        Rule.PAIN: RuleKind(Need.ACT, _limits(pain=(5, 1, 10), rise=(2, 1, 10))),
        Rule.NO_SET: RuleKind(Need.ACT, _limits(days=(7, 2, 60))),
        Rule.DOSE: RuleKind(Need.LOOK, _limits(share=(0.7, 0.1, 1.0))),
        Rule.SNAP_BACK: RuleKind(Need.LOOK, _limits(share=(0.2, 0.05, 1.0), reps=(20, 5, 200))),
        Rule.RANGE: RuleKind(Need.LOOK, _limits(drop=(0.15, 0.05, 0.9))),
        Rule.OVER_USE: RuleKind(
            Need.LOOK, _limits(extra_days=(2, 1, 6), often_days=(6, 3, 7), load_jump=(1.5, 1.1, 5.0))
        ),
        Rule.BAND_RELEASE: RuleKind(Need.KIT, _limits()),
        Rule.SENSOR_SILENT: RuleKind(Need.KIT, _limits(days=(3, 1, 30), battery=(15, 0, 50))),
        Rule.BAND_WEAR: RuleKind(Need.KIT, _limits(drop=(0.10, 0.05, 0.5), days=(21, 7, 90))),
    }
)


def as_it_comes(rule: Rule) -> RuleSet:
    """A rule nobody changed."""
    return RuleSet(rule, True, {name: limit.default for name, limit in KINDS[rule].limits.items()})


def checked(rule: Rule, limits: Mapping[str, float]) -> dict[str, float]:
    """The limits, complete and within their bounds.

    Raises:
        ValueError: what is wrong, in words.
    """
    known = KINDS[rule].limits
    if strange := sorted(set(limits) - set(known)):
        listed = ", ".join(known) or "-"
        words = "the rule {rule} has no {strange}; it has {known}"
        raise ValueError(phrased(words, rule=str(rule), strange=", ".join(strange), known=listed))
    for name, value in limits.items():
        if not known[name].least <= value <= known[name].most:
            words, limit = "{name} is from {least} to {most}, not {value}", known[name]
            raise ValueError(phrased(words, name=name, least=limit.least, most=limit.most, value=value))
    return {name: limits.get(name, limit.default) for name, limit in known.items()}


def rule_words(rule: RuleSet) -> str:
    """The rule as it is printed beside its flag."""
    return _RULE_WORDS[rule.rule](rule.limits)


_Limits = Mapping[str, float]


_RULE_WORDS: Final[Mapping[Rule, Callable[[_Limits], str]]] = {
    Rule.PAIN: lambda n: f"pain {n['pain']:g} or more, or {n['rise']:g} above usual, within a week",
    Rule.NO_SET: lambda n: f"{n['days']:g} days without a set, a prescribed one among them",
    Rule.DOSE: lambda n: f"under {n['share']:.0%} of the prescribed dose over {WEEK_DAYS} days",
    Rule.SNAP_BACK: lambda n: f"{n['share']:.0%} or more of a week's reps, of at least {n['reps']:g}",
    Rule.RANGE: lambda n: f"{n['drop']:.0%} or more below the two weeks before, same band and placement",
    Rule.OVER_USE: lambda n: (
        f"{n['extra_days']:g} days more than prescribed and at least {n['often_days']:g}, two weeks in a row;"
        f" or {n['load_jump']:g} times the usual load"
    ),
    Rule.BAND_RELEASE: lambda _: "tension from above half the peak to zero within 50 ms",
    Rule.SENSOR_SILENT: lambda n: (
        f"nothing heard for {n['days']:g} days, with the battery at {n['battery']:g} % or less,"
        " or with exercises reported"
    ),
    Rule.BAND_WEAR: lambda n: f"{n['drop']:.0%} or more below before, over at least {n['days']:g} days",
}
