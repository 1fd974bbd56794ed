"""Programmes of the articles and templates of the clinic: shown, kept, prescribed as a whole."""

from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from analytics.coaching.exercise import DoseUnit
from analytics.coaching.programmes import EXPECTATIONS, PROGRAMMES
from analytics.coaching.programmes import Item as ArticleItem
from analytics.coaching.programmes import Programme as ArticleProgramme
from dashboard import catalogue
from dashboard.language import translated
from dashboard.prescribing.models import (
    ClaimOut,
    PrescriptionIn,
    ProgrammeApply,
    ProgrammeItem,
    ProgrammeOut,
    ProgrammesOut,
)
from tempoband.contracts.exercise import Side
from tempoband.storage.records import prescriptions, programmes
from tempoband.storage.records.draft import Draft
from tempoband.storage.records.prescriptions import Prescription
from tempoband.storage.records.programmes import Programme
from tempoband.storage.records.words import Mode, SetOrder

OWN = "clinic"
_SHOWN = tuple(name for name in ProgrammeItem.model_fields if name in PrescriptionIn.model_fields)
EVERY_DAY = 7


def listed(session: Session, clinic_id: str) -> ProgrammesOut:
    """The articles' programmes, then the clinic's own by name."""
    own = [template_view(each) for each in programmes.current(session, clinic_id)]
    claims = [
        ClaimOut(weeks=each.weeks, words=translated(each.words), source=str(each.source))
        for each in EXPECTATIONS
    ]
    return ProgrammesOut(
        programmes=[_article_view(each) for each in PROGRAMMES.values()] + own, expectations=claims
    )


def template_view(template: Programme) -> ProgrammeOut:
    """A template of the clinic."""
    drafts = [_draft(item) for item in template.items]
    days = [each.days_per_week or len(each.weekdays or ()) for each in drafts]
    return ProgrammeOut(
        id=template.id,
        name=template.name,
        own=True,
        mode=template.mode,
        items=[_item(each) for each in drafts],
        orders=list(dict.fromkeys(each.set_order for each in drafts)),
        days_lower=min(days),
        days_upper=max(days),
        source=OWN,
        caution="",
    )


def drafts_of(session: Session, clinic_id: str, asked: ProgrammeApply) -> list[Draft]:
    """What to prescribe for a programme, with the days and the order that were asked for.

    Raises:
        RecordsError: NOT_FOUND, for a programme that is not there; INVALID, for days that make no sense.
    """
    article = PROGRAMMES.get(asked.programme_id)
    if article is not None:
        drafts = [_article_draft(article, item) for item in article.items]
    else:
        found = programmes.get(session, clinic_id, asked.programme_id)
        drafts = [replace(_draft(item), programme_id=found.id) for item in found.items]
    changes: dict[str, Any] = {}
    if asked.weekdays is not None:
        changes |= {"weekdays": asked.weekdays, "days_per_week": asked.days_per_week}
    elif asked.days_per_week is not None:
        changes |= {"weekdays": None, "days_per_week": asked.days_per_week}
    if asked.set_order is not None:
        changes["set_order"] = asked.set_order
    return [replace(each, **changes) for each in drafts]


def end_mode(
    session: Session, clinic_id: str, person_id: str, modes: set[Mode], now_us: int
) -> list[Prescription]:
    """End what is in force in these modes; the others are kept apart and go on."""
    found = prescriptions.in_force(session, clinic_id, start_us=now_us, person_id=person_id)
    return [
        prescriptions.end(session, clinic_id, each.id, now_us=now_us) for each in found if each.mode in modes
    ]


def _article_view(programme: ArticleProgramme) -> ProgrammeOut:
    items = [
        _item(_article_draft(programme, item), item.sets.upper if item.sets.upper > item.sets.lower else None)
        for item in programme.items
    ]
    return ProgrammeOut(
        id=programme.slug,
        name=translated(programme.name),
        own=False,
        mode=Mode(programme.mode),
        items=items,
        orders=[SetOrder(each) for each in programme.orders],
        days_lower=programme.days.lower if programme.days else None,
        days_upper=programme.days.upper if programme.days else None,
        source=str(programme.source),
        caution=translated(programme.caution),
    )


def _article_draft(programme: ArticleProgramme, item: ArticleItem) -> Draft:
    exercise = catalogue.CATALOGUE[item.exercise]
    dose = item.dose
    amounts: dict[DoseUnit, dict[str, Any]] = {
        DoseUnit.REPS: {"reps_lower": dose.lower, "reps_upper": dose.upper},
        DoseUnit.STEPS: {"steps": dose.lower},
        DoseUnit.SECONDS: {"seconds": float(dose.lower)},
    }
    return Draft(
        exercise=item.exercise,
        side=Side.BOTH,
        sets=item.sets.lower,
        tempo=str(item.tempo),
        rest_s=programme.rest_s,
        days_per_week=programme.days.lower if programme.days else EVERY_DAY,
        placement=exercise.placement[0] if exercise.placement else None,
        mode=Mode(programme.mode),
        set_order=SetOrder(programme.orders[0]),
        **amounts[dose.unit],
    )


def _draft(item: dict[str, Any]) -> Draft:
    return Draft(**PrescriptionIn.model_validate(item).model_dump(exclude={"id"}))


def _item(draft: Draft, sets_upper: int | None = None) -> ProgrammeItem:
    return ProgrammeItem(
        **{name: getattr(draft, name) for name in _SHOWN},
        exercise_name=catalogue.exercise_name(draft.exercise),
        kind=catalogue.kind_of(draft.exercise),
        sets_upper=sets_upper,
    )
