"""Local days and weeks of a person: a set is done on a date of theirs, not of the server's."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAYS_IN_WEEK = 7
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def local_day(at_us: int, zone: ZoneInfo) -> date:
    """The local date of a UTC instant in microseconds (exact: no float seconds on the way)."""
    return (_EPOCH + at_us * _MICROSECOND).astimezone(zone).date()


def day_start_us(day: date, zone: ZoneInfo) -> int:
    """UTC microseconds at which a local day begins.

    Where daylight saving skips midnight this is the instant of the change; where midnight comes twice, the
    first (PEP 495, fold 0, gives both).
    """
    return (datetime.combine(day, time(), tzinfo=zone) - _EPOCH) // _MICROSECOND


def week_start(day: date) -> date:
    """The Monday of the day's week (ISO 8601)."""
    return day - timedelta(days=day.weekday())


def days_between(first: date, last: date) -> Iterator[date]:
    """Every day from first to last, inclusive."""
    for n in range((last - first).days + 1):
        yield first + timedelta(days=n)
