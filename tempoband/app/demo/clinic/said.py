"""What simulated people said: pain, effort, diary days, self-tests, guesses; and what their physio wrote."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import fmean
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session as Transaction

from analytics.coaching.calendar import day_start_us, local_day
from analytics.coaching.self_tests import SELF_TESTS
from tempoband.app.demo.clinic import diary
from tempoband.app.demo.clinic.cast import Habit, Patient
from tempoband.app.demo.clinic.diary import Session
from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.contracts.tempo import Tempo
from tempoband.storage.records import (
    felt_tempos,
    messages,
    notes,
    people,
    self_reports,
    self_tests,
    sets,
)
from tempoband.storage.records.declarations import SetDeclaration
from tempoband.storage.records.felt_tempos import FeltTempo
from tempoband.storage.records.messages import Message
from tempoband.storage.records.notes import Note
from tempoband.storage.records.rows import new_id
from tempoband.storage.records.scored import ScoredSet
from tempoband.storage.records.self_reports import SelfReport
from tempoband.storage.records.self_tests import SelfTestRecord

BY = "simulator"
_MINUTE_US = 60_000_000
_DAY_US = 1440 * _MINUTE_US
_TESTED_AFTER_DAYS = (2, 30)
_WRITTEN = {
    Habit.HALF_DOSE: ("The way back takes half of what it should. Count to two on it, out loud.", 12),
    Habit.FEW_DAYS: ("Two shorter days are better than none. Which days suit you?", 9),
    Habit.TOO_MUCH: ("Good that you are at it. Please keep the rest days, they are part of it.", 15),
    Habit.ONE_SIDED: ("Let us look at the right side together on Tuesday.", 6),
}
"""What the physio wrote, and how many days ago."""
_NOTED = {
    Habit.SNAPS: "Lets go at the end of the way back since this week. Ask about fatigue.",
    Habit.PAIN: "Called on the phone: dull, at the side, gone by evening.",
    Habit.SHRINKS: "Range went down here. Same band, same place.",
}
_GUESSED = 4  # one person in so many did a set without looking, and said how long it felt
_RELEASE_S = 6.0


@dataclass(frozen=True, slots=True)
class Story:
    """One person's sessions, and the sets they told of as the records have them."""

    patient: Patient
    person_id: str
    sessions: Sequence[Session]
    sets: Sequence[SetDeclaration]
    zone: ZoneInfo


def everything(session: Transaction, story: Story) -> None:
    """All that is told beside the sets of one person."""
    _reports(session, story)
    if not story.sets:
        return
    if story.patient.number % 6 == 0:
        _tests(session, story)
    if story.patient.habit in _WRITTEN:
        _write(session, story, *_WRITTEN[story.patient.habit])
    if story.patient.habit in _NOTED:
        last = story.sets[-1]
        about_us = last.opened_us + round(_RELEASE_S * 1e6)
        body, written_us = _NOTED[story.patient.habit], (last.closed_us or 0) + 30 * _MINUTE_US
        note = Note(new_id(), story.person_id, body, written_us, BY, last.id, about_us)
        notes.add(session, LOCAL_CLINIC, note)


def _write(session: Transaction, story: Story, body: str, days: int) -> None:
    """A message so many days before the last set; every other one was read."""
    sent_us = max(story.sets[0].opened_us, story.sets[-1].opened_us - days * _DAY_US)
    read_us = sent_us + 90 * _MINUTE_US if story.patient.number % 2 else None
    messages.send(session, LOCAL_CLINIC, Message(new_id(), story.person_id, body, sent_us, BY, read_us))


def guesses(session: Transaction) -> None:
    """How long the way back felt, beside how long it was: after the sets were scored, as on the page."""
    for person in people.current(session, LOCAL_CLINIC)[::_GUESSED]:
        for scored in sets.latest(session, LOCAL_CLINIC, person_id=person.id, limit=12)[::4]:
            guess = _guess(scored, person.id)
            if guess is not None:
                felt_tempos.add(session, LOCAL_CLINIC, guess)


def _guess(scored: ScoredSet, person_id: str) -> FeltTempo | None:
    reps = scored.score.reps if scored.score else ()
    lengths = [rep["eccentric_end_s"] - rep["eccentric_start_s"] for rep in reps if "eccentric_end_s" in rep]
    prescribed = Tempo.parse(scored.set.tempo) if scored.set.tempo else None
    if not lengths or prescribed is None or prescribed.eccentric_s is None:
        return None
    measured_s = fmean(lengths)
    felt_s = round(2 * (measured_s + prescribed.eccentric_s) / 2) / 2  # halfway to what it should have been
    at_us = scored.set.ended_us + _MINUTE_US
    return FeltTempo(
        new_id(), person_id, scored.set.id, felt_s, measured_s, prescribed.eccentric_s, at_us, BY
    )


def _reports(session: Transaction, story: Story) -> None:
    """Pain and effort after a session, and the days that only the diary knows."""
    last = {local_day(each.opened_us, story.zone): each for each in story.sets}
    for each in story.sessions:
        if each.pain is None:
            continue
        after = last.get(each.day) if each.sets else None
        begun_us = day_start_us(each.day, story.zone) + each.minute * _MINUTE_US
        at_us = begun_us if after is None else (after.closed_us or 0) + _MINUTE_US
        set_id = None if after is None else after.id
        report = SelfReport(new_id(), story.person_id, at_us, BY, set_id, each.pain, each.effort)
        self_reports.add(session, LOCAL_CLINIC, report)
    for day in diary.over_reported(story.patient, story.sessions):
        at_us = day_start_us(day + timedelta(days=1), story.zone) - 4 * 60 * _MINUTE_US
        report = SelfReport(new_id(), story.person_id, at_us, BY, effort_cr10=3.0)
        self_reports.add(session, LOCAL_CLINIC, report)


def _tests(session: Transaction, story: Story) -> None:
    """Both self-tests at the beginning, not passed, and a month later, passed on one side."""
    for number, days in enumerate(_TESTED_AFTER_DAYS):
        at_us = story.sets[0].opened_us + days * _DAY_US
        for test in SELF_TESTS.values():
            passed = {str(side): number > 0 and side is not test.sides[-1] for side in test.sides}
            if at_us < story.sets[-1].opened_us:
                record = SelfTestRecord(new_id(), story.person_id, test.slug, passed, "", at_us, BY)
                self_tests.add(session, LOCAL_CLINIC, record)
