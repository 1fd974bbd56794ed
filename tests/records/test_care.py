"""Programmes, notes and alerts."""

import pytest

from tempoband.storage.records import Records, RecordsError, alerts, clinics, notes, people, programmes
from tempoband.storage.records.words import AlertState, Mode
from tests.records.make import CLINIC, T0


def test_programmes_are_listed_until_archived(records: Records) -> None:
    hips = programmes.Programme("h", "Hips", Mode.REHAB, [{"exercise": "clamshell", "sets": 2}], T0, "p")
    arms = programmes.Programme("a", "Arms", Mode.WARM_UP, [], T0, "p")
    with records.write() as session:
        for each in (hips, arms):
            programmes.add(session, CLINIC, each)
        assert programmes.current(session, CLINIC) == [arms, hips]
        programmes.archive(session, CLINIC, "a", now_us=T0 + 1)
        programmes.archive(session, CLINIC, "a", now_us=T0 + 9)
    with records.read() as session:
        assert programmes.current(session, CLINIC) == [hips]
        assert programmes.get(session, CLINIC, "a").archived_us == T0 + 1


def test_notes_come_newest_first(records: Records) -> None:
    with records.write() as session:
        person = people.add(session, CLINIC, "Ada", now_us=T0).id
        for n in range(3):
            notes.add(session, CLINIC, notes.Note(str(n), person, f"note {n}", T0 + n, "p", about_us=T0))
    with records.read() as session:
        assert [each.body for each in notes.of_person(session, CLINIC, person)] == [
            "note 2",
            "note 1",
            "note 0",
        ]


def test_an_alert_sleeps_wakes_and_is_settled_once(records: Records) -> None:
    with records.write() as session:
        person = people.add(session, CLINIC, "Ada", now_us=T0).id
        clinics.ensure(session, "other", "Other", now_us=T0)
        alerts.raise_alert(session, CLINIC, alerts.Alert("a", person, "pain", "Pain 7", {"pain": 7}, T0))

        def waiting(at_us: int) -> list[str]:
            return [each.id for each in alerts.waiting(session, CLINIC, now_us=at_us)]

        assert waiting(T0) == ["a"]
        alerts.snooze(session, CLINIC, "a", until_us=T0 + 10)
        assert (waiting(T0 + 9), waiting(T0 + 10)) == ([], ["a"])
        alerts.acknowledge(session, CLINIC, "a", by="first", now_us=T0 + 11)
        alerts.acknowledge(session, CLINIC, "a", by="second", now_us=T0 + 12)
        settled = alerts.snooze(session, CLINIC, "a", until_us=T0 + 20)
        assert (settled.state, settled.settled_by) == (AlertState.ACKNOWLEDGED, "first")
        assert waiting(T0 + 99) == []
        with pytest.raises(RecordsError):
            alerts.acknowledge(session, "other", "a", by="x", now_us=T0)
