"""Notes who changed whose data, in the transaction of the change itself."""

import time
from typing import Any

from sqlalchemy.orm import Session

from dashboard.caller import Caller
from tempoband.identity.permissions import Action
from tempoband.storage.records import audit
from tempoband.storage.records.accounts import Account
from tempoband.storage.records.audit import Act
from tempoband.storage.records.rows import new_id


def note(
    session: Session,
    caller: Caller,
    resource: str,
    resource_id: str,
    *,
    person_id: str | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Add an act; ``detail`` holds no names and nothing that was measured."""
    act = Act(
        id=new_id(),
        at_us=time.time_ns() // 1000,
        by=caller.id,
        role=caller.principal.role,
        action=caller.action,
        resource=resource,
        resource_id=resource_id,
        person_id=person_id,
        detail=detail,
    )
    audit.note(session, caller.clinic_id, act)


def note_by(
    session: Session,
    account: Account,
    action: Action,
    resource: str,
    resource_id: str,
    *,
    now_us: int,
    person_id: str | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Add an act of somebody who is logging in: there is no caller yet."""
    act = Act(
        id=new_id(),
        at_us=now_us,
        by=account.id,
        role=account.role,
        action=action,
        resource=resource,
        resource_id=resource_id,
        person_id=person_id,
        detail=detail,
    )
    audit.note(session, account.clinic_id, act)
