from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from dashboard.prescribing.compliance import overview
from dashboard.prescribing.models import PersonKept
from dashboard.services import Services
from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.contracts.events import SetStatus
from tempoband.contracts.exercise import ExerciseKind, Side
from tempoband.storage.records import clinics, people, prescriptions, sets
from tempoband.storage.records.rows import new_id
from tests.dashboard.days import BERLIN, SUNDAY, at
from tests.records.make import draft, score, set_record


@pytest.fixture(autouse=True)
def _zone(services: Services) -> None:
    with services.records.write() as session:
        clinics.set_time_zone(session, LOCAL_CLINIC, "Europe/Berlin")


class Clinic:
    """One wearer, a prescription from four weeks ago, and sets as told."""

    def __init__(self, services: Services, *, days_ago: int = 28, **prescribed: Any) -> None:
        self.records = services.records
        with self.records.write() as session:
            self.person = people.add(session, LOCAL_CLINIC, "Ada", now_us=1).id
            self.prescription = prescriptions.prescribe(
                session,
                LOCAL_CLINIC,
                self.person,
                draft(**prescribed),
                by="p",
                now_us=at(SUNDAY - timedelta(days_ago), 9),
            )

    def done(self, day: date, hour: int, on_tempo: list[bool | None], **changes: Any) -> None:
        given = {
            "id": new_id(),
            "person_id": self.person,
            "exercise": self.prescription.exercise,
            "prescription_id": self.prescription.id,
            "prescription_version": 1,
            "started_us": at(day, hour),
            "ended_us": at(day, hour) + 60_000_000,
            "status": SetStatus.FINAL,
        }
        summary = changes.pop("summary", {"tut_s": 5.0 * len(on_tempo)})
        with self.records.write() as session:
            sets.save(session, LOCAL_CLINIC, set_record(**(given | changes)), score(on_tempo, **summary))

    def kept(self, days: int = 7) -> PersonKept:
        now_us = at(SUNDAY, 12)
        with self.records.read() as session:
            [found] = overview(session, LOCAL_CLINIC, days=days, now_us=now_us, only=self.person).people
        return found


def test_a_week_done_against_prescribed(services: Services) -> None:
    clinic = Clinic(services, side=Side.LEFT)  # 3 sets of 12 to 15 reps at 2-1-2, 3 days a week
    for back in (1, 3, 5):
        for hour in (8, 9):
            clinic.done(SUNDAY - timedelta(back), hour, [True] * 9 + [False] * 3)
    found = clinic.kept()
    assert (found.sets_done, found.sets_prescribed) == (6, 9)
    assert found.on_tempo_share == 0.75
    assert found.tut_share == pytest.approx(6 * 60 / (9 * 12 * 5))
    [row] = found.prescriptions
    assert (row.tut_s, row.tut_prescribed_s, row.reason) == (360.0, 540.0, "")
    assert found.last_set_us == at(SUNDAY - timedelta(1), 9)


def test_a_one_sided_exercise_for_both_sides_prescribes_each(services: Services) -> None:
    assert Clinic(services).kept().sets_prescribed == 18


def test_a_set_below_the_lower_bound_is_not_done_but_its_seconds_count(services: Services) -> None:
    clinic = Clinic(services, side=Side.LEFT)
    clinic.done(SUNDAY, 8, [True] * 11)
    found = clinic.kept()
    assert found.sets_done == 0
    assert found.prescriptions[0].tut_s == 55.0


def test_a_set_before_local_midnight_belongs_to_its_local_day(services: Services) -> None:
    clinic = Clinic(services, side=Side.LEFT)
    clinic.done(SUNDAY - timedelta(7), 23, [True] * 12)  # 22:00 UTC
    clinic.done(SUNDAY - timedelta(6), 0, [True] * 12)  # 23:00 UTC of the day before
    assert clinic.kept().sets_done == 1
    assert clinic.kept(days=8).sets_done == 2


def test_a_first_session_on_the_day_of_prescribing_counts_as_asked(services: Services) -> None:
    clinic = Clinic(services, days_ago=1, side=Side.LEFT, days_per_week=1)
    assert clinic.kept().sets_prescribed == 3  # the last day of the week is the spread's own
    early = Clinic(services, days_ago=1, side=Side.LEFT, days_per_week=1, weekdays=(4,))
    assert early.kept().sets_prescribed == 0
    early.done(SUNDAY, 8, [True] * 12)
    assert (early.kept().sets_done, early.kept().sets_prescribed) == (1, 3)


def test_why_there_is_no_tempo_share_is_said(services: Services) -> None:
    timed = Clinic(services, side=Side.LEFT)
    assert timed.kept().prescriptions[0].reason == "no set has been scored yet"
    timed.done(SUNDAY, 8, [None] * 12)
    assert timed.kept().on_tempo_share is None


def test_exercises_that_tension_cannot_count_count_as_told(services: Services) -> None:
    clinic = Clinic(services, exercise="banded-glute-bridge", tempo="2-2-2")
    clinic.done(SUNDAY, 8, [], kind=ExerciseKind.PUSH_OUT, summary={"tut_s": 66.0})
    found = clinic.kept()
    assert (found.sets_done, found.prescriptions[0].tut_s) == (1, 66.0)
    assert "does not show its tempo" in found.prescriptions[0].reason


def test_a_walk_counts_steps(services: Services) -> None:
    walk = Clinic(services, exercise="lateral-walk", reps_lower=None, reps_upper=None, steps=10)
    walk.done(SUNDAY, 8, [], kind=ExerciseKind.CONSTANT_TENSION, summary={"steps": 8, "tut_s": 20.0})
    assert walk.kept().sets_done == 0
    # One below the number is enough: steps are counted from tension.
    walk.done(SUNDAY, 9, [], kind=ExerciseKind.CONSTANT_TENSION, summary={"steps": 9, "tut_s": 20.0})
    assert walk.kept().sets_done == 1


def test_a_hold_counts_its_seconds(services: Services) -> None:
    hold = Clinic(services, exercise="lateral-walk", reps_lower=None, reps_upper=None, seconds=30.0)
    hold.done(SUNDAY, 8, [], kind=ExerciseKind.CONSTANT_TENSION, summary={"tut_s": 29.0})
    hold.done(SUNDAY, 9, [], kind=ExerciseKind.CONSTANT_TENSION, summary={"tut_s": 31.0})
    assert hold.kept().sets_done == 1


async def test_the_route_names_the_span_and_the_zone(client, services: Services) -> None:
    Clinic(services)
    answer = (await client.get("/api/compliance", params={"days": 7})).json()
    span = timedelta(microseconds=answer["to_us"] - answer["from_us"])
    assert abs(span - timedelta(days=7)) <= timedelta(hours=1)
    assert answer["time_zone"] == "Europe/Berlin"
    local = datetime.fromtimestamp(answer["from_us"] / 1e6, UTC).astimezone(BERLIN)
    assert (local.hour, local.minute) == (0, 0)
    assert (await client.get("/api/compliance", params={"days": 0})).status_code == 422
