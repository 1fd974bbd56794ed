"""What the routes of the daily mail say and hear."""

from typing import Annotated

from pydantic import Field, StringConstraints

from dashboard.models import In, Out

# No whitespace and no comma: one address, never a list or a header.
# Nothing that a mail's header would take for the end of a line.
_PART = r"[^\s,;<>@\x00-\x1f\x7f-\x9f]+"
Address = Annotated[str, StringConstraints(max_length=200, pattern=rf"^{_PART}@{_PART}\.{_PART}$")]


class DailyMailIn(In):
    """Who gets the daily mail, from which hour of the clinic's day on."""

    enabled: bool
    to: Annotated[list[Address], Field(max_length=20)]
    hour: Annotated[int, Field(ge=0, le=23)] = 7


class DailyMailOut(Out):
    """The daily mail; ``server`` is empty where no mail server is set up."""

    enabled: bool
    to: list[str]
    hour: int
    last_sent_us: int | None
    trouble: str | None
    server: str


class TestMailIn(In):
    """Where a test goes."""

    __test__ = False  # no test of pytest's
    to: Address
