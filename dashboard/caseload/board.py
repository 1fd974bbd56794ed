"""The board: everybody's kept row beside what was done about their flags; stale rows are computed first."""

import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from analytics.coaching.alert_rules import Need, Rule
from analytics.coaching.flags import Flag
from dashboard.caseload import document
from dashboard.caseload.inputs import Basis, basis, person_rows, worn_by
from dashboard.caseload.models import Document
from dashboard.language import known_language, reader, translated
from tempoband.storage.records import Records, alerts, people, standings
from tempoband.storage.records.alerts import Alert
from tempoband.storage.records.people import Person
from tempoband.storage.records.rows import new_id
from tempoband.storage.records.words import AlertState
from tempoband.words.catalogue import text
from tempoband.words.said import say

_AT_ONCE = 20  # people a transaction: others may write in between
_AGAIN_US = 14 * 86_400_000_000
"""What was acknowledged and still holds so long after is raised again: nobody is forgotten for good."""
_NEEDS = [str(need) for need in Need]
_RULES = [str(rule) for rule in Rule]
_FINE = "fine"


class Board:
    """Reads and keeps the caseloads of one records database; safe from several threads."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._locks: dict[str, threading.Lock] = defaultdict(threading.Lock)

    def refresh(self, clinic_id: str, now_us: int) -> int:
        """Compute every stale row of a clinic; returns how many were."""
        with self._locks[clinic_id]:
            with self._records.read() as session:
                on = basis(session, clinic_id, now_us)
                everybody = [person.id for person in people.current(session, clinic_id)]
                kept = standings.every(session, clinic_id, on.words)
            if not set(everybody) <= set(kept):
                with self._records.write() as session:
                    standings.ensure(session, clinic_id, everybody)
            stale = [each for each in everybody if each not in kept or not kept[each].fresh]
            for first in range(0, len(stale), _AT_ONCE):
                some = stale[first : first + _AT_ONCE]
                with self._records.write() as session:
                    _compute(session, on, some)
            return len(stale)

    def rows(self, clinic_id: str, now_us: int) -> dict[str, Any]:
        """The caseload as the API says it (``CaseloadOut``), fresh, by need."""
        self.refresh(clinic_id, now_us)
        with self._records.read() as session:
            on = basis(session, clinic_id, now_us)
            everybody = people.current(session, clinic_id)
            kept = standings.every(session, clinic_id, on.words)
            raised = _by_person(alerts.standing(session, clinic_id))
        found = [
            _row(person, kept[person.id].document, raised.get(person.id, ()), now_us)
            for person in everybody
            if person.id in kept and kept[person.id].document
        ]
        found.sort(key=_order)
        return {
            "today": on.today.isoformat(),
            "time_zone": on.zone.key,
            "total": len(found),
            "waiting": sum(row["state"] == AlertState.OPEN for row in found),
            "rows": found,
        }

    def case(self, clinic_id: str, person_id: str, now_us: int) -> dict[str, Any]:
        """One person's row and their place in the list, as the API says it (``CaseOut``)."""
        rows = self.rows(clinic_id, now_us)["rows"]
        waiting = [row["person"]["id"] for row in rows if row["state"] == AlertState.OPEN]
        at = waiting.index(person_id) if person_id in waiting else -1
        return {
            "row": next((row for row in rows if row["person"]["id"] == person_id), None),
            "place": at + 1 or None,
            "waiting": len(waiting),
            "before": waiting[at - 1] if at > 0 else None,
            "after": waiting[at + 1] if at + 1 < len(waiting) else None,
        }


def _compute(session: Session, on: Basis, person_ids: Iterable[str]) -> None:
    # The counts first: what changes while the rows are read is then computed once more.
    counts = {key: each.changes for key, each in standings.every(session, on.clinic_id, on.words).items()}
    worn = worn_by(session, on.clinic_id)
    raised = _by_person(alerts.standing(session, on.clinic_id))
    for person_id in person_ids:
        rows = person_rows(session, on, person_id, worn.get(person_id))
        made, flags = document.make(session, on, person_id, rows)
        _raise(session, on, person_id, flags, raised.get(person_id, ()))
        standings.keep(
            session, on.clinic_id, person_id, changes=counts[person_id], basis=on.words, document=made
        )


def _raise(
    session: Session, on: Basis, person_id: str, flags: Sequence[Flag], raised: Sequence[Alert]
) -> None:
    """Bring the alerts in line with the flags: raise what is new, clear what is gone."""
    by_rule = {flag.rule: flag for flag in flags}
    known: set[str] = set()
    for alert in raised:
        flag = by_rule.get(Rule(alert.rule)) if alert.rule in _RULES else None
        if flag is None or _anew(alert, flag, on.now_us):
            alerts.clear(session, on.clinic_id, alert.id, now_us=on.now_us)
            continue
        known.add(flag.rule)
        if (alert.words, alert.detail) != (flag.words, _detail(flag)):
            alerts.reword(session, on.clinic_id, alert.id, flag.words, _detail(flag))
    for flag in flags:
        if flag.rule not in known:
            alert = Alert(new_id(), person_id, flag.rule, flag.words, _detail(flag), on.now_us)
            alerts.raise_alert(session, on.clinic_id, alert)


def _anew(alert: Alert, flag: Flag, now_us: int) -> bool:
    """Whether a settled alert is one again: something new happened, or it has held on for too long."""
    if alert.state is AlertState.OPEN:
        return False
    if flag.evidence_us > int(alert.detail.get("evidence_us", 0)):
        return True
    settled_us = alert.settled_us or alert.raised_us
    return alert.state is AlertState.ACKNOWLEDGED and now_us - settled_us > _AGAIN_US


def _detail(flag: Flag) -> dict[str, Any]:
    return {"numbers": dict(flag.numbers), "limits": dict(flag.limits), "evidence_us": flag.evidence_us}


def _by_person(raised: Iterable[Alert]) -> dict[str, list[Alert]]:
    found: dict[str, list[Alert]] = defaultdict(list)
    for alert in raised:
        found[alert.person_id].append(alert)
    return found


def _row(person: Person, kept: Document, raised: Sequence[Alert], now_us: int) -> dict[str, Any]:
    by_rule = {alert.rule: alert for alert in raised}
    flags = [
        flag | {"id": by_rule[flag["rule"]].id, "since_us": by_rule[flag["rule"]].raised_us}
        for flag in kept["flags"]
        if flag["rule"] in by_rule
    ]
    settled = [by_rule[flag["rule"]] for flag in flags]
    state, until_us = _state(settled, now_us)
    if state == AlertState.OPEN:  # what is settled already does not lead
        flags.sort(key=lambda flag: not _is_open(by_rule[flag["rule"]], now_us))
    return {
        "person": {"id": person.id, "name": person.display_name},
        "draft": _draft(person, flags[0]) if flags else "",
        "need": flags[0]["need"] if flags else _FINE,
        "state": state,
        "snoozed_until_us": until_us,
        **kept,
        **_named(kept),
        "flags": flags,
    }


def _draft(person: Person, lead: Mapping[str, Any]) -> str:
    """A sentence to begin a message with, in the language of whoever will read it."""
    numbers = lead["numbers"]
    days = "_days" if lead["rule"] == Rule.DOSE and not numbers.get("quick") else ""
    first = person.display_name.split(maxsplit=1)[0]
    said = say(f"draft.{lead['rule']}{days}", name=first, pain=numbers.get("pain", 0))
    return text(known_language(person.language) or reader(), said)


def _named(kept: Document) -> dict[str, Any]:
    """What a kept row says in English, for the reader."""
    return {
        "exercises": [translated(name) for name in kept["exercises"]],
        "delivered": [_translated(each) for each in kept["delivered"]],
        "rep": kept["rep"] and _translated(kept["rep"]),
    }


def _translated(named: Mapping[str, Any]) -> dict[str, Any]:
    return {**named, "exercise_name": translated(named["exercise_name"])}


def _state(raised: Sequence[Alert], now_us: int) -> tuple[str, int | None]:
    if not raised:
        return "none", None
    if any(_is_open(alert, now_us) for alert in raised):
        return str(AlertState.OPEN), None
    until = [a.snoozed_until_us for a in raised if a.state is AlertState.SNOOZED and a.snoozed_until_us]
    return (str(AlertState.SNOOZED), min(until)) if until else (str(AlertState.ACKNOWLEDGED), None)


def _is_open(alert: Alert, now_us: int) -> bool:
    awake = alert.state is AlertState.SNOOZED and (alert.snoozed_until_us or 0) <= now_us
    return alert.state is AlertState.OPEN or awake


def _order(row: Mapping[str, Any]) -> tuple[int, int, int, int, str]:
    """Open ones first, then by need, rule, and how long it has waited."""
    if not row["flags"]:
        return (2, 0, 0, 0, row["person"]["name"].casefold())
    lead = row["flags"][0]
    settled = int(row["state"] != AlertState.OPEN)
    return (
        settled,
        _NEEDS.index(lead["need"]),
        _RULES.index(lead["rule"]),
        lead["since_us"],
        row["person"]["name"],
    )


def open_flags(session: Session, clinic_id: str, person_id: str) -> Iterator[Alert]:
    """A person's alerts that are not acknowledged."""
    for alert in alerts.standing(session, clinic_id, person_id):
        if alert.state is not AlertState.ACKNOWLEDGED:
            yield alert
