"""A person of the caseload, furnished as a test needs them."""

from datetime import date, timedelta
from typing import Any

from dashboard.services import Services
from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.contracts.events import SetStatus
from tempoband.contracts.exercise import Side
from tempoband.storage.records import (
    clinics,
    people,
    prescriptions,
    self_reports,
    set_digests,
    sets,
)
from tempoband.storage.records.rows import new_id
from tempoband.storage.records.self_reports import SelfReport
from tests.dashboard.days import SUNDAY, at
from tests.records.make import draft, score, set_record

NOON_US = at(SUNDAY, 12)


DAY_US = 86_400_000_000


class Person:
    """A wearer with a plan of four weeks, and what they did."""

    def __init__(self, services: Services, name: str = "Ada", **prescribed: Any) -> None:
        self.records = services.records
        asked = draft(**({"side": Side.LEFT, "sets": 1, "tempo": "2-1-2"} | prescribed))
        with self.records.write() as session:
            clinics.set_time_zone(session, LOCAL_CLINIC, "Europe/Berlin")
            self.id = people.add(session, LOCAL_CLINIC, name, now_us=1).id
            started_us = at(SUNDAY - timedelta(28), 9)
            self.plan = prescriptions.prescribe(
                session, LOCAL_CLINIC, self.id, asked, by="p", now_us=started_us
            )

    def done(self, day: date, *, reps: int = 12, tut_s: float = 60.0, snap_backs: int = 0) -> str:
        item = set_record(
            id=new_id(),
            person_id=self.id,
            exercise="clamshell",
            side=Side.LEFT,
            prescription_id=self.plan.id,
            prescription_version=1,
            started_us=at(day, 9),
            ended_us=at(day, 9) + 60_000_000,
            status=SetStatus.FINAL,
        )
        shapes = {"reps": [[0, 100, 0]] * reps, "shares": [[0.4, 0.6]] * reps}
        digest = set_digests.SetDigest(item.id, 1, snap_backs, 0, 20.0, 1.9, 500.0, shapes)
        with self.records.write() as session:
            sets.save(session, LOCAL_CLINIC, item, score([True] * reps, tut_s=tut_s))
            set_digests.keep(session, LOCAL_CLINIC, digest)
        return item.id

    def keeps_to_it(self, until: date = SUNDAY) -> "Person":
        for back in (1, 3, 5, 8, 10, 12, 15, 17, 19, 22, 24, 26):
            if SUNDAY - timedelta(back) <= until:
                self.done(SUNDAY - timedelta(back))
        return self

    def felt(self, day: date, pain: int, hour: int = 10) -> None:
        with self.records.write() as session:
            told = SelfReport(new_id(), self.id, at(day, hour), "x", pain=pain)
            self_reports.add(session, LOCAL_CLINIC, told)
