"""What the routes of watching say and hear."""

from typing import Annotated

from pydantic import StringConstraints

from dashboard.models import LINE, In, Out


class WatchIn(In):
    """Ask to watch; ``here`` says that the wearer is in the room and agreed aloud."""

    here: bool = False


class AnswerIn(In):
    """The wearer's answer."""

    yes: bool


class CueIn(In):
    """One cue, short enough to be heard in the middle of a set."""

    text: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=120, pattern=LINE),
    ]


class CueOut(Out):
    """The newest cue."""

    text: str
    at_us: int


class WatchedHomeOut(Out):
    """How a watch of a home stands: whether the home answers, and live frames its way up was too slow for."""

    reached: bool
    dropped_frames: int


class WatchOut(Out):
    """Whether somebody asks to watch (``asked``), watches (``watching``), or not (``none``).

    ``home`` is null where the sensor is beside this very server.
    """

    state: str
    here: bool
    since_us: int | None
    sensor: str | None
    cue: CueOut | None
    home: WatchedHomeOut | None
