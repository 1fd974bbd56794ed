"""What the routes of sensors say and hear."""

from typing import Annotated

from pydantic import Field

from dashboard.models import In, Named, Out, RowId
from dashboard.sets.models import SetOut
from tempoband.contracts.frame import ClockKind, LossKnowledge


class SensorOut(Out):
    """A sensor: its link, its wearer, its open set."""

    sensor: str
    name: str
    bridge: str
    state: str
    detail: str
    at_us: int
    driver: str
    rate_hz: float | None
    clock: ClockKind | None
    loss: LossKnowledge | None
    lost_samples: int | None
    battery_percent: int | None
    battery_mv: int | None
    tared_at_us: int | None
    can_tare: bool
    ring_length_cm: float | None
    owned_elsewhere: bool
    simulated: bool
    person: Named | None
    open_set: SetOut | None


class CalibrationPointIn(In):
    """A calibration point: 0 with the sensor hanging free, then the newtons of a known weight."""

    load_n: Annotated[float, Field(ge=0, le=5000)]


class WearerIn(In):
    """Who wears a sensor from now on; null: nobody."""

    person_id: RowId | None
