"""Whether the homes have erased what the clinic ordered them to."""

from typing import Annotated

from pydantic import Field
from sqlalchemy.orm import Session

from dashboard.models import Out
from tempoband.contracts.topic_rules import Holder
from tempoband.storage.records import bridges, orders
from tempoband.storage.records.bridges import Bridge
from tempoband.storage.records.orders import REFUSED, Order


class HomeErasureOut(Out):
    """One order to one home: about a person, who has no name any more, or a stretch of a sensor."""

    id: str
    home_id: str
    home_name: str
    person_id: str | None
    sensor: str | None
    start_us: int | None
    end_us: int | None
    ordered_us: int
    erased_us: Annotated[int | None, Field(description="None: not yet heard from this home.")]
    refused: Annotated[bool, Field(description="The home does not know this order: it is too old.")]
    revoked: Annotated[bool, Field(description="This home may not speak here any more: it is not heard.")]


def at_homes(session: Session, clinic_id: str) -> list[HomeErasureOut]:
    """The latest orders to erase, newest first."""
    homes = {each.id: each for each in bridges.every(session, clinic_id, Holder.HOME)}
    return [_view(order, homes[order.home_id]) for order in orders.newest(session, clinic_id)]


def _view(order: Order, home: Bridge) -> HomeErasureOut:
    refused = order.outcome == REFUSED
    return HomeErasureOut(
        id=order.id,
        home_id=home.id,
        home_name=home.name,
        person_id=order.body.get("person_id"),
        sensor=order.body.get("sensor"),
        start_us=order.body.get("start_us"),
        end_us=order.body.get("end_us"),
        ordered_us=order.created_us,
        erased_us=None if refused else order.done_us,
        refused=refused,
        revoked=home.revoked_us is not None,
    )
