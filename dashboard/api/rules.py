"""``/api/rules``: the rules of alerts, as they are printed and as the clinic wants them."""

from collections import Counter
from typing import Annotated

from fastapi import APIRouter, Depends
from sqlalchemy.orm import Session

from analytics.coaching.alert_rules import KINDS, RuleSet, checked, rule_words
from dashboard import auditing
from dashboard.caller import Caller
from dashboard.caseload.inputs import rules_of
from dashboard.caseload.models import LimitOut, RuleIn, RuleOut
from dashboard.deps import May, RecordsDep, ServicesDep
from dashboard.errors import invalid
from tempoband.identity.permissions import Action
from tempoband.storage.records import alert_rules, alerts
from tempoband.storage.records.alert_rules import KeptRule
from tempoband.words.phrases import words_of

router = APIRouter(prefix="/rules", tags=["rules"])


@router.get("")
def list_rules(
    caller: Annotated[Caller, Depends(May(Action.READ_RULES))], records: RecordsDep
) -> list[RuleOut]:
    """Every rule with its words, its numbers and how many people it flags."""
    with records.read() as session:
        return _all(session, caller.clinic_id)


@router.put("")
def change_rule(
    told: RuleIn,
    caller: Annotated[Caller, Depends(May(Action.CHANGE_RULES))],
    services: ServicesDep,
    records: RecordsDep,
) -> list[RuleOut]:
    """Change a rule of this clinic; everybody is judged by it at once."""
    try:
        limits = checked(told.rule, told.limits)
    except ValueError as error:
        raise invalid(words_of(error)) from error
    kept = KeptRule(str(told.rule), told.enabled, limits, services.now_us(), caller.id)
    with records.write() as session:
        alert_rules.keep(session, caller.clinic_id, kept)
        detail = {"enabled": told.enabled, "limits": limits}
        auditing.note(session, caller, "rule", str(told.rule), detail=detail)
    services.board.refresh(caller.clinic_id, services.now_us())
    with records.read() as session:
        return _all(session, caller.clinic_id)


def _all(session: Session, clinic_id: str) -> list[RuleOut]:
    flagged = Counter(alert.rule for alert in alerts.standing(session, clinic_id))
    return [_out(rule, flagged[rule.rule]) for rule in rules_of(session, clinic_id).values()]


def _out(rule: RuleSet, flagged: int) -> RuleOut:
    kind = KINDS[rule.rule]
    limits = {
        name: LimitOut(value=rule.limits[name], default=limit.default, least=limit.least, most=limit.most)
        for name, limit in kind.limits.items()
    }
    return RuleOut(
        rule=rule.rule,
        need=kind.need,
        enabled=rule.enabled,
        words=rule_words(rule),
        limits=limits,
        flagged=flagged,
    )
