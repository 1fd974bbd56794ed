"""Each rule at, just under and well over its limit; its words; which flags speak for others."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from analytics.coaching.alert_rules import KINDS, Need, Rule, RuleSet, as_it_comes, checked, rule_words
from analytics.coaching.flags import Flag, flags
from analytics.coaching.hints import BandSession, WeekLoad
from analytics.coaching.standing import PainSeen, Standing
from analytics.coaching.windows import Kept, RangeSeen
from analytics.coaching.work import Worn
from tests.coaching.test_standing import BERLIN, TODAY, at, standing, work

RULES = {rule: as_it_comes(rule) for rule in Rule}


def fine(**changes: Any) -> Standing:
    """Somebody who keeps to it."""
    return replace(standing([one for back in (1, 2, 4, 6, 8, 9, 11, 13) for one in work(back)]), **changes)


def week(**changes: Any) -> Kept:
    return replace(fine().week, **changes)


def only(found: Standing, rules: dict[Rule, RuleSet] = RULES) -> Flag:
    [flag] = flags(found, rules)
    return flag


def test_who_keeps_to_it_has_no_flag() -> None:
    assert flags(fine(), RULES) == []


@pytest.mark.parametrize(
    ("rule", "just", "under"),
    [
        (Rule.PAIN, {"pain": PainSeen(5, 1, None, None, 1)}, {"pain": PainSeen(4, 1, None, None, 1)}),
        (Rule.PAIN, {"pain": PainSeen(3, 1, None, 1.0, 1)}, {"pain": PainSeen(3, 1, None, 1.5, 1)}),
        (Rule.NO_SET, {"idle_days": 7}, {"idle_days": 6}),
        (Rule.DOSE, {"week": week(dose=0.69)}, {"week": week(dose=0.7)}),
        (Rule.SNAP_BACK, {"reps": 50, "snap_backs": 10}, {"reps": 50, "snap_backs": 9}),
        (Rule.SNAP_BACK, {"reps": 20, "snap_backs": 20}, {"reps": 19, "snap_backs": 19}),
        (
            Rule.RANGE,
            {"lost_range": RangeSeen(0.15, "clamshell")},
            {"lost_range": RangeSeen(0.14, "clamshell")},
        ),
        (Rule.BAND_RELEASE, {"releases": 1}, {"releases": 0}),
    ],
)
def test_a_rule_holds_at_its_limit_and_not_below(
    rule: Rule, just: dict[str, Any], under: dict[str, Any]
) -> None:
    assert only(fine(**just)).rule is rule
    assert flags(fine(**under), RULES) == []


def test_over_use_needs_two_weeks_or_more_load_than_was_asked_for() -> None:
    often = tuple(WeekLoad(TODAY - timedelta(days=7 * n), 7, 4, 1000.0) for n in (3, 2, 1, 0))
    assert only(fine(loads=often)).numbers == {"days": 7, "prescribed": 4, "jump": 0}
    assert flags(fine(loads=(*often[:-1], replace(often[-1], days=4))), RULES) == []
    jump = tuple(
        replace(each, days=4, load_n_s=load)
        for each, load in zip(often, (900.0, 1000.0, 1100.0, 1600.0), strict=True)
    )
    assert flags(fine(loads=jump), RULES) == []  # a full week after poor ones is just what was asked for
    assert only(fine(loads=jump, week=week(dose=1.5))).numbers == {"times": pytest.approx(1.6), "jump": 1}


def test_a_band_that_softens_slowly_is_kit_not_the_persons_fault() -> None:
    sessions = tuple(BandSession(TODAY - timedelta(days=30 - 5 * n), 20.0 - n * 0.6) for n in range(7))
    flag = only(fine(bands={"clamshell|left": sessions}))
    assert (flag.rule, flag.need, flag.numbers["exercise"]) == (Rule.BAND_WEAR, Need.KIT, "clamshell")


@pytest.mark.parametrize(
    ("days", "battery", "told", "flagged"),
    [
        (3, 15, False, True),
        (2, 15, False, False),
        (9, 80, False, False),
        (3, 80, True, True),
        (3, None, False, False),
    ],
)
def test_a_silent_sensor_is_news_only_with_another_sign(
    days: int, battery: int | None, told: bool, flagged: bool
) -> None:
    heard_us = at(TODAY - timedelta(days=days), 12)
    felt_us = at(TODAY, 1) if told else heard_us
    found = flags(fine(worn=Worn(heard_us, battery), felt_us=felt_us), RULES)
    assert [flag.rule for flag in found] == ([Rule.SENSOR_SILENT] if flagged else [])


def test_the_cause_speaks_for_its_effects() -> None:
    nothing = {"idle_days": 9, "week": week(dose=0.0, days_done=0)}
    assert only(fine(**nothing)).rule is Rule.NO_SET
    silent = {"worn": Worn(at(TODAY - timedelta(days=9), 12), 5)}
    assert only(fine(**nothing, **silent)).rule is Rule.SENSOR_SILENT


def test_a_first_week_is_not_judged_by_its_dose() -> None:
    assert flags(fine(week=week(dose=0.2), first_day=TODAY - timedelta(days=3)), RULES) == []


def test_reps_done_too_quickly_are_told_from_days_left_out() -> None:
    quick = only(fine(week=week(dose=0.5), amount_share=1.0, back_s=0.9))
    assert (quick.numbers["quick"], quick.numbers["back_s"]) == (1, 0.9)
    assert only(fine(week=week(dose=0.5, days_done=2), amount_share=0.5)).numbers["quick"] == 0


def test_limits_and_switches_are_the_clinics_own() -> None:
    pain = fine(pain=PainSeen(5, 1, None, None, 1))
    assert flags(pain, RULES | {Rule.PAIN: RuleSet(Rule.PAIN, False, RULES[Rule.PAIN].limits)}) == []
    assert flags(pain, RULES | {Rule.PAIN: RuleSet(Rule.PAIN, True, {"pain": 6, "rise": 2})}) == []


def test_the_most_pressing_flag_leads() -> None:
    found = flags(fine(pain=PainSeen(7, 1, None, None, 1), releases=1, reps=50, snap_backs=30), RULES)
    assert [flag.rule for flag in found] == [Rule.PAIN, Rule.SNAP_BACK, Rule.BAND_RELEASE]


@pytest.mark.parametrize("rule", list(Rule))
def test_every_rule_is_printed_with_all_its_numbers(rule: Rule) -> None:
    odd = {name: limit.least + (limit.most - limit.least) / 2 for name, limit in KINDS[rule].limits.items()}
    assert rule_words(RuleSet(rule, True, odd)) != rule_words(as_it_comes(rule)) or not odd
    for name in odd:
        moved = odd | {name: KINDS[rule].limits[name].most}
        assert rule_words(RuleSet(rule, True, moved)) != rule_words(RuleSet(rule, True, odd))


def test_limits_are_checked_with_words() -> None:
    assert checked(Rule.PAIN, {"pain": 6}) == {"pain": 6, "rise": 2}
    with pytest.raises(ValueError, match="from 1 to 10, not 11"):
        checked(Rule.PAIN, {"pain": 11})
    with pytest.raises(ValueError, match="has no days; it has pain, rise"):
        checked(Rule.PAIN, {"days": 1})


def test_no_flag_words_diagnose_or_promise() -> None:
    everything = fine(
        pain=PainSeen(7, 1, None, 2.0, 1),
        releases=1,
        reps=50,
        snap_backs=30,
        lost_range=RangeSeen(0.3, "clamshell"),
    )
    words = " ".join(
        flag.words + rule_words(RuleSet(flag.rule, True, flag.limits)) for flag in flags(everything, RULES)
    )
    assert not [bad for bad in ("diagnos", "prevent", "injur", "strength", "weak") if bad in words.lower()]
    assert BERLIN.key in str(everything.zone)
