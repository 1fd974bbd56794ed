"""What the caseload's API says and hears."""

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from analytics.coaching.alert_rules import Need, Rule
from dashboard.models import PROSE, In, Named, Out, RowId

Text = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=2000, pattern=PROSE),
]
SnoozeDays = Annotated[int, Field(ge=1, le=60)]


class FlagOut(Out):
    """Why somebody is flagged: the reason, the rule, and the numbers for pages in other languages."""

    id: str
    rule: Rule
    need: Need
    words: str
    rule_words: str
    numbers: dict[str, float | str]
    limits: dict[str, float]
    since_us: int


class SpanOut(Out):
    """A week (7 local days) or a month (28) against what was prescribed; shares are never clipped at 1."""

    first: str
    last: str
    days_done: int
    days_prescribed: int
    dose: float | None
    on_tempo_share: float | None


class DeliveredOut(Out):
    """One exercise over the week in its own unit: ``under_tension`` (s), ``reps``, ``steps``, ``seconds``."""

    exercise: str
    exercise_name: str
    unit: str
    done: float
    prescribed: float
    dose: float | None


class MiddleRepOut(Out):
    """The middle rep of many: newtons above its start over the rep's own time, with the middle half."""

    reps: int
    middle_n: list[float]
    lower_n: list[float]
    upper_n: list[float]
    out_share: float
    back_share: float


class RepOut(Out):
    """This week's middle rep over the first week's; ``now`` is null without a rep this week."""

    exercise: str
    exercise_name: str
    now: MiddleRepOut | None
    first: MiddleRepOut | None


class PainOut(Out):
    """The worst pain of the week beside what is usual."""

    worst: int
    at_us: int
    usual: float | None


class CaseloadRow(Out):
    """One person.

    ``need`` is ``fine`` without a flag; ``state`` is ``open`` while somebody has to look, ``snoozed`` or
    ``acknowledged`` after they did, ``none`` without a flag. ``draft`` begins a message in the person's own
    language. ``control_weeks`` are the last eight weeks' eccentric control, oldest first.
    """

    person: Named
    need: str
    state: str
    snoozed_until_us: int | None
    draft: str
    flags: list[FlagOut]
    exercises: list[str]
    programme_week: int | None
    last_set_us: int | None
    week: SpanOut
    month: SpanOut
    delivered: list[DeliveredOut]
    on_tempo_share: float | None
    control: float | None
    control_before: float | None
    control_weeks: list[float | None]
    pain: PainOut | None
    effort: float | None
    rep: RepOut | None


class CaseloadOut(Out):
    """Everybody, by need; ``waiting`` are those somebody has to look at now."""

    today: str
    time_zone: str
    total: int
    waiting: int
    rows: list[CaseloadRow]


class CaseOut(Out):
    """One person's row, and their place in the list of those who need a look.

    Attributes:
        row: null for somebody who is no longer looked after.
        place: from 1; null while nobody has to look.
        waiting: how many have to be looked at.
        before: person before this one in the list; of somebody who is not on it, nobody.
        after: person after this one; of somebody who is not on it, the first.
    """

    row: CaseloadRow | None
    place: int | None
    waiting: int
    before: str | None
    after: str | None


class SnoozeIn(In):
    """Put somebody's flags away for some days."""

    days: SnoozeDays = 7


class SendIn(In):
    """A message to the wearer; their flags are put away for some days."""

    body: Text
    days: SnoozeDays = 7


class LimitOut(Out):
    """A number of a rule and its bounds."""

    value: float
    default: float
    least: float
    most: float


class RuleOut(Out):
    """A rule as the clinic has it, and how many people it flags now."""

    rule: Rule
    need: Need
    enabled: bool
    words: str
    limits: dict[str, LimitOut]
    flagged: int


class RuleIn(In):
    """A rule as the clinic wants it; numbers that are not named come as they come."""

    rule: Rule
    enabled: bool = True
    limits: dict[str, float] = Field(default_factory=dict)


Document = dict[str, Any]


class MessageIn(In):
    """What the physio writes."""

    body: Text


class MessageOut(Out):
    """A message; ``read_us`` is null until the wearer said that they read it."""

    id: str
    person_id: str
    body: str
    sent_us: int
    by: str
    read_us: int | None


class MessagesRead(In):
    """Ids of messages that were read."""

    ids: Annotated[list[RowId], Field(max_length=100)]
