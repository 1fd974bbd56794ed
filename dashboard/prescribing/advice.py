"""Advice on what is prescribed: rows from the records, rules from coaching, never applied by itself."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy.orm import Session

from analytics.coaching.bands import neighbour
from analytics.coaching.hints import Hint
from analytics.coaching.programmes import BandFit, band_fit
from analytics.coaching.progression import Advice, Now, SetWork, Step, advise
from analytics.coaching.quality import rep_quality
from dashboard import catalogue
from dashboard.prescribing.compliance import dose_of
from dashboard.prescribing.courses import Course, courses
from dashboard.prescribing.hints import hints_of
from dashboard.prescribing.models import AdviceOut, EvidenceOut
from tempoband.contracts.exercise import UNKNOWN_EXERCISE, Side
from tempoband.contracts.tempo import Tempo
from tempoband.storage.records import self_reports
from tempoband.storage.records.prescriptions import Prescription
from tempoband.storage.records.words import Mode, Progression

HARD_CR10 = 5.0  # "hard" on Borg's CR10
RULE_2_FOR_2 = "two reps beyond the upper bound in the last set, two sessions in a row"
RULE_LOST = "a third of the reps without range or control, two sessions in a row"
RULE_FIT = "12 to 15 clean reps, the last one hard (article A)"
_BAND_STEPS = {Step.NEXT_BAND: True, Step.LIGHTER_BAND: False}  # whether heavier


def advice_of(session: Session, clinic_id: str, person_id: str, now_us: int) -> list[AdviceOut]:
    """Everything there is to advise on a person's prescriptions; proposals first."""
    found: list[AdviceOut] = []
    for course in courses(session, clinic_id, person_id, now_us):
        if course.plan.mode is Mode.FIND_YOUR_BAND:
            found += _band_fit(session, clinic_id, course)
        else:
            found += _progression(course)
        found += [_hint_out(course, hint) for hint in hints_of(course)]
    return sorted(found, key=lambda each: each.kind == "hint")


def _progression(course: Course) -> Iterator[AdviceOut]:
    plan = course.plan
    exercise = catalogue.find(plan.exercise)
    # The articles progress the whole workout; a warm-up and daily rehab stay light unless somebody says so.
    rule = plan.progression or (Progression.TWO_FOR_TWO if plan.mode is Mode.PRIMARY else Progression.NONE)
    if exercise is None or rule is Progression.NONE:
        return
    now = Now(exercise, dose_of(plan), Tempo.parse(plan.tempo), plan.placement)
    sides = (plan.side,) if plan.side is not Side.BOTH else exercise.set_sides
    given = {side: advise(now, _work(course, side), course.zone) for side in sides}
    chosen = _agreed(given)
    if chosen is not None:
        yield _advice_out(plan, given, chosen)


def _work(course: Course, side: Side) -> list[SetWork]:
    """Sets of one side, and what nobody labelled: it may carry on a set beyond its target."""
    return [
        SetWork(
            each.set.started_us,
            each.set.ended_us,
            tuple(rep_quality(rep) for rep in (each.score.reps if each.score else ())),
            told=each.set.exercise != UNKNOWN_EXERCISE,
        )
        for each in course.done
        if each.set.started_us >= course.work_since_us
        and (each.set.exercise == UNKNOWN_EXERCISE or (each.set.side or Side.BOTH) is side)
    ]


def _agreed(given: Mapping[Side, Advice | None]) -> Advice | None:
    """One side that loses range or form is reason enough to go lighter; to go on, both have to be ready."""
    found = [each for each in given.values() if each is not None]
    easier = next((each for each in found if each.step is Step.LIGHTER_BAND), None)
    if easier is not None:
        return easier
    return found[0] if found and len(found) == len(given) else None


def _advice_out(plan: Prescription, given: Mapping[Side, Advice | None], chosen: Advice) -> AdviceOut:
    same = {side: each for side, each in given.items() if each is not None and each.step is chosen.step}
    change, needs_band = change_of(plan, chosen)
    return AdviceOut(
        **_about(plan),
        kind="progression",
        step=chosen.step,
        words=chosen.words,
        reasons=[reason for each in same.values() for reason in each.reasons],
        rule=RULE_LOST if chosen.step is Step.LIGHTER_BAND else RULE_2_FOR_2,
        evidence=[
            EvidenceOut(day=one.day.isoformat(), side=side, count=one.count, of=one.of)
            for side, each in same.items()
            for one in each.evidence
        ],
        values={},
        change=change,
        needs_band=needs_band,
    )


def change_of(plan: Prescription, advice: Advice) -> tuple[dict[str, Any], bool]:
    """Which fields of the prescription an advice changes, and whether the next band has to be named."""
    change: dict[str, Any] = {}
    if advice.dose is not None:
        change |= {"reps_lower": advice.dose.lower, "reps_upper": advice.dose.upper}
    if advice.tempo is not None:
        change["tempo"] = str(advice.tempo)
    if advice.placement is not None:
        change["placement"] = advice.placement
    if advice.step not in _BAND_STEPS:
        return change, False
    label = neighbour(plan.band_label, heavier=_BAND_STEPS[advice.step])
    return change | ({"band_label": label} if label else {}), label is None


def _band_fit(session: Session, clinic_id: str, course: Course) -> Iterator[AdviceOut]:
    """Whether the band that was tried last fits."""
    tried = [each for each in course.own if each.set.started_us >= course.rig_since_us and each.score]
    if not tried or tried[-1].score is None:
        return
    last, reps = tried[-1], tried[-1].score.reps
    felt = self_reports.of_person(
        session, clinic_id, course.plan.person_id, start_us=last.set.started_us, end_us=course.now_us + 1
    )
    efforts = [
        each.effort_cr10 for each in felt if each.set_id == last.set.id and each.effort_cr10 is not None
    ]
    clean = not any(rep_quality(rep).lost for rep in reps)
    fit, words = band_fit(len(reps), clean=clean, hard_at_last=bool(efforts and max(efforts) >= HARD_CR10))
    heavier = {BandFit.HEAVIER: True, BandFit.LIGHTER: False}.get(fit)
    label = None if heavier is None else neighbour(course.plan.band_label, heavier=heavier)
    yield AdviceOut(
        **_about(course.plan),
        kind="band_fit",
        step=fit,
        words=words,
        reasons=[] if efforts else ["How hard it felt was not reported; the band cannot know."],
        rule=RULE_FIT,
        evidence=[],
        values={"reps": len(reps)} | ({"effort": max(efforts)} if efforts else {}),
        change={"band_label": label} if label else None,
        needs_band=heavier is not None and label is None,
    )


def _hint_out(course: Course, hint: Hint) -> AdviceOut:
    return AdviceOut(
        **_about(course.plan),
        kind="hint",
        step=hint.kind,
        words=hint.words,
        reasons=[],
        rule=hint.rule,
        evidence=[],
        values=dict(hint.numbers),
        change=None,
        needs_band=False,
    )


def _about(plan: Prescription) -> dict[str, Any]:
    return {
        "prescription_id": plan.id,
        "version": plan.version,
        "exercise": plan.exercise,
        "exercise_name": catalogue.exercise_name(plan.exercise),
    }
