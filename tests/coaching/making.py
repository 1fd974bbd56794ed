"""Prescriptions and local hours for the tests of adherence and standing."""

from datetime import date
from zoneinfo import ZoneInfo

from analytics.coaching.calendar import day_start_us
from analytics.coaching.exercise import Dose, DoseUnit
from analytics.coaching.prescribed import Prescribed

BERLIN = ZoneInfo("Europe/Berlin")


def at(day: date, hour: float, zone: ZoneInfo = BERLIN) -> int:
    """UTC microseconds of an hour of a local day, in elapsed hours after its first instant."""
    return day_start_us(day, zone) + round(hour * 3_600_000_000)


def prescribed(**changes: object) -> Prescribed:
    """Three sets of 12 to 15 clamshells on three days a week since 2020."""
    base = {
        "id": "v1",
        "lineage": "p",
        "exercise": "clamshell",
        "sets": 3,
        "dose": Dose(DoseUnit.REPS, 12, 15),
        "tut_s": 60.0,
        "days_per_week": 3,
        "first_day": date(2020, 1, 1),
    }
    return Prescribed(**(base | changes))  # type: ignore[arg-type]  # any of its fields
