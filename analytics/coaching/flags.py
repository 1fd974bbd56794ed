"""Who is flagged, and why: the rules of ``alert_rules`` against where a person stands. Pure.

A flag is a reason to look, never a diagnosis.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from analytics.coaching.alert_rules import KINDS, Need, Rule, RuleSet, as_it_comes
from analytics.coaching.calendar import local_day
from analytics.coaching.hints import DEFAULT_HINTS, Hint, HintKind, band_wear, over_use
from analytics.coaching.standing import Standing

_DAY_US = 86_400_000_000
_MORE_THAN_ASKED = 1.2
_QUICK_AMOUNT = 0.9  # of the reps done: then a small dose means that they were too quick


@dataclass(frozen=True, slots=True)
class Flag:
    """A rule that holds for a person.

    Attributes:
        numbers: what the words say, and what a page needs to say it in another language.
        words: the reason, one sentence.
        evidence_us: when the newest thing happened that it rests on; 0 where it is a lasting state.
    """

    rule: Rule
    need: Need
    numbers: Mapping[str, float | str]
    words: str
    evidence_us: int = 0
    limits: Mapping[str, float] = field(default_factory=dict)


def flags(standing: Standing, rules: Mapping[Rule, RuleSet]) -> list[Flag]:
    """Every rule that holds, the most pressing first."""
    found: dict[Rule, Flag] = {}
    for rule, judge in _JUDGES.items():
        held = rules.get(rule) or as_it_comes(rule)
        flag = judge(standing, held.limits) if held.enabled else None
        if flag is not None:
            found[rule] = replace(flag, limits=dict(held.limits))
    if Rule.SENSOR_SILENT in found:  # whoever cannot be heard cannot be said to do nothing
        found.pop(Rule.NO_SET, None)
    if Rule.NO_SET in found or Rule.SENSOR_SILENT in found:  # says it all
        found.pop(Rule.DOSE, None)
    return [found[rule] for rule in Rule if rule in found]


_Limits = Mapping[str, float]


def _flag(rule: Rule, words: str, *, evidence_us: int = 0, **numbers: float | str | None) -> Flag:
    known = {name: value for name, value in numbers.items() if value is not None}
    return Flag(rule, KINDS[rule].need, known, words, evidence_us)


def _pain(s: Standing, limits: _Limits) -> Flag | None:
    pain = s.pain
    if pain is None:
        return None
    risen = pain.usual is not None and pain.worst >= pain.usual + limits["rise"]
    if pain.worst < limits["pain"] and not risen:
        return None
    usual = "" if pain.usual is None else f", usually {pain.usual:g}"
    return _flag(
        Rule.PAIN,
        f"Pain {pain.worst}{usual}",
        evidence_us=pain.at_us,
        pain=pain.worst,
        usual=pain.usual,
        at_us=pain.at_us,
        exercise=pain.exercise,
    )


def _no_set(s: Standing, limits: _Limits) -> Flag | None:
    if s.idle_days is None or s.idle_days < limits["days"]:
        return None
    never = s.last_set_us is None
    words = f"No set in {s.idle_days} days" if never else f"No set for {s.idle_days} days"
    return _flag(Rule.NO_SET, words, days=s.idle_days, never=int(never))


def _dose(s: Standing, limits: _Limits) -> Flag | None:
    whole_week = s.first_day is not None and s.first_day <= s.week.first
    if s.week.dose is None or not whole_week or s.week.dose >= limits["share"]:
        return None
    quick = s.amount_share is not None and s.amount_share >= _QUICK_AMOUNT
    days = f"{s.week.days_done} of {s.week.days_prescribed} days"
    start = "The reps were done, too quickly" if quick else f"Work on {days}"
    return _flag(
        Rule.DOSE,
        f"{start}: {s.week.dose:.0%} of the dose",
        share=s.week.dose,
        done=s.week.days_done,
        prescribed=s.week.days_prescribed,
        quick=int(quick),
        back_s=s.back_s,
    )


def _snap_back(s: Standing, limits: _Limits) -> Flag | None:
    if s.reps < limits["reps"] or s.snap_backs < limits["share"] * s.reps:
        return None
    words = f"The way back snapped in {s.snap_backs} of {s.reps} reps"
    return _flag(Rule.SNAP_BACK, words, n=s.snap_backs, of=s.reps)


def _range(s: Standing, limits: _Limits) -> Flag | None:
    lost = s.lost_range
    if lost is None or lost.drop < limits["drop"]:
        return None
    words = f"Range down {lost.drop:.0%} against the two weeks before, same band"
    return _flag(Rule.RANGE, words, drop=lost.drop, exercise=lost.exercise)


def _over_use(s: Standing, limits: _Limits) -> Flag | None:
    numbers = replace(
        DEFAULT_HINTS,
        extra_days=round(limits["extra_days"]),
        often_days=round(limits["often_days"]),
        load_jump=limits["load_jump"],
    )
    more_than_asked = s.week.dose is not None and s.week.dose > _MORE_THAN_ASKED
    found = [h for h in over_use(s.loads, numbers) if h.kind is HintKind.TOO_OFTEN or more_than_asked]
    if not found:  # a full week after a poor one is a jump too, and just what was asked for
        return None
    return _of_hint(Rule.OVER_USE, found[0], jump=int(found[0].kind is HintKind.LOAD_JUMP))


def _band_wear(s: Standing, limits: _Limits) -> Flag | None:
    numbers = replace(DEFAULT_HINTS, wear_drop=limits["drop"], wear_days=round(limits["days"]))
    worn = [(rig, band_wear(sessions, numbers)) for rig, sessions in s.bands.items()]
    hints = [(float(hint.numbers["drop"]), rig, hint) for rig, hint in worn if hint is not None]
    if not hints:
        return None
    _, rig, hint = max(hints, key=lambda each: each[0])
    return _of_hint(Rule.BAND_WEAR, hint, exercise=rig.partition("|")[0])


def _of_hint(rule: Rule, hint: Hint, **more: float | str) -> Flag:
    return Flag(rule, KINDS[rule].need, {**hint.numbers, **more}, hint.words)


def _band_release(s: Standing, limits: _Limits) -> Flag | None:
    del limits
    if not s.releases:
        return None
    words = "The tension fell to nothing at once: a slip, or the band gave way"
    return _flag(Rule.BAND_RELEASE, words, evidence_us=s.last_set_us or 0, times=s.releases)


def _sensor_silent(s: Standing, limits: _Limits) -> Flag | None:
    """A sensor rests when nobody exercises; only with a sign that this is not all is its silence news."""
    worn = s.worn
    if worn is None or worn.heard_us is None or not s.prescribed:
        return None
    days = (s.today - local_day(worn.heard_us, s.zone)).days
    flat = worn.battery_percent is not None and worn.battery_percent <= limits["battery"]
    told = s.felt_us is not None and s.felt_us > worn.heard_us + _DAY_US
    if days < limits["days"] or not (flat or told):
        return None
    battery = f", battery was {worn.battery_percent} %" if worn.battery_percent is not None else ""
    told_words = "" if flat else ", while exercises were reported"
    return _flag(
        Rule.SENSOR_SILENT,
        f"Sensor silent for {days} days{battery}{told_words}",
        days=days,
        since_us=worn.heard_us,
        battery=worn.battery_percent,
        told=int(told and not flat),
    )


_JUDGES: Final[Mapping[Rule, Callable[[Standing, _Limits], Flag | None]]] = {
    Rule.PAIN: _pain,
    Rule.NO_SET: _no_set,
    Rule.DOSE: _dose,
    Rule.SNAP_BACK: _snap_back,
    Rule.RANGE: _range,
    Rule.OVER_USE: _over_use,
    Rule.BAND_RELEASE: _band_release,
    Rule.SENSOR_SILENT: _sensor_silent,
    Rule.BAND_WEAR: _band_wear,
}
