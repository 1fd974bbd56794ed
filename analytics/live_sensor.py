"""One sensor's live scoring: samples and declarations in, events out. No I/O, no clock of its own.

What it says is provisional; the store says what is kept. It calls the same scorer and the same rules for
the life cycle, so the two agree.
"""

from collections import deque
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from analytics.assess import LOOK_AHEAD_US, rep_span, seconds_from
from analytics.blocks import Blocks
from analytics.lifecycle import DEFAULT_RULES, NO_TARGET, Closing, RepSpan, Rules, Target, close_after_rep
from analytics.live_words import rep_said
from analytics.plans import Asked, SensorFacts, undeclared_plan
from analytics.signal.live import LiveScorer
from analytics.signal.plan import SetPlan
from analytics.signal.result import FinalRep, LiveEvent, PhaseChange, RepScore
from analytics.signal.thresholds import SCORING_VERSION
from analytics.worktime import find_work
from tempoband.contracts.events import CloseReason, Message, PhaseEvent, RepEvent, SetEvent, SetStatus
from tempoband.contracts.exercise import ExerciseKind
from tempoband.contracts.frame import Frame
from tempoband.contracts.units import MICROSECONDS_PER_SECOND
from tempoband.words.catalogue import Language, text

_KEPT_US = 10 * MICROSECONDS_PER_SECOND  # a declaration reaches us a little after it was made
_FORGET_US = 120 * MICROSECONDS_PER_SECOND  # tension nobody told anything about starts anew after this
_REP_TIMES = ("concentric_start_s", "concentric_end_s", "eccentric_start_s", "eccentric_end_s")


@dataclass(frozen=True, slots=True)
class Piece:
    """Samples of one frame."""

    time_us: npt.NDArray[np.int64]
    tension_n: npt.NDArray[np.float64]
    start_us: int
    end_us: int

    def since(self, start_us: int) -> "Piece | None":
        """Those from ``start_us`` on; None if there are none."""
        if start_us <= self.start_us:
            return self
        if start_us > self.end_us:
            return None
        first = int(np.searchsorted(self.time_us, start_us))
        return Piece(self.time_us[first:], self.tension_n[first:], int(self.time_us[first]), self.end_us)


class LiveSet:
    """The stretch being scored now: a declared set, or whatever nobody told anything about."""

    def __init__(self, sensor: str, set_id: str | None, plan: SetPlan, target: Target, zero_us: int) -> None:
        self.set_id = set_id
        self.zero_us = zero_us
        self.plan = plan
        self.reps: list[RepSpan] = []
        self._sensor = sensor
        self._target = target
        self._scorer = LiveScorer(plan)
        self._pieces: deque[Piece] = deque()
        self._checked_us = 0

    def push(self, piece: Piece) -> list[Message]:
        """Take samples; say what became known."""
        within = piece.since(self.zero_us)
        if within is None:
            return []
        self._pieces.append(within)
        events = self._scorer.push(seconds_from(within.time_us, self.zero_us), within.tension_n)
        return [message for event in events for message in self._messages(event)]

    def closing(self, rules: Rules) -> Closing | None:
        """Whether the set is over; looked at about once a second of samples."""
        now_us = self._pieces[-1].end_us if self._pieces else 0
        if self._target.reps is not None and len(self.reps) >= self._target.reps:
            return Closing(self.reps[-1].end_us, self.reps[-1].end_us, CloseReason.TARGET)
        if now_us - self._checked_us < LOOK_AHEAD_US:
            return None
        self._checked_us = now_us
        found = self._closing_now(now_us, rules)
        # A rep is only known a little after its end: say nothing that a rep under way could still undo.
        return found if found is not None and found.at_us <= now_us - LOOK_AHEAD_US else None

    def _closing_now(self, now_us: int, rules: Rules) -> Closing | None:
        if self.plan.kind is ExerciseKind.DYNAMIC:
            least_us = round(rules.idle_s * MICROSECONDS_PER_SECOND)
            if not self.reps or now_us - self.reps[-1].end_us < least_us:
                return None
            rep_s = self.plan.tempo.rep_s if self.plan.tempo else None
            return close_after_rep(self.reps, self._blocks(), None, rules, rep_s)
        work = find_work(self._blocks(), self.plan.kind, self._target, rules)
        return work.closing if work else None

    def _blocks(self) -> Blocks:
        time = np.concatenate([piece.time_us for piece in self._pieces])
        return Blocks.of(time, np.concatenate([piece.tension_n for piece in self._pieces]))

    def _messages(self, event: LiveEvent) -> list[Message]:
        if isinstance(event, PhaseChange):
            at_us = self.zero_us + round(event.at_s * MICROSECONDS_PER_SECOND)
            return [
                PhaseEvent(
                    sensor=self._sensor,
                    set_id=self.set_id,
                    phase=event.phase,
                    at_us=at_us,
                    provisional=event.provisional,
                )
            ]
        # A rep that still waits for the next one to confirm its range (RepSeen) is not told yet.
        return self._rep_messages(event) if isinstance(event, FinalRep) else []

    def _rep_messages(self, event: FinalRep) -> list[Message]:
        self.reps.append(rep_span(event.rep, self.zero_us))
        while len(self._pieces) > 1 and self._pieces[0].end_us < self.reps[-1].end_us:
            self._pieces.popleft()  # only what follows the last rep can close the set
        said = rep_said(event.rep)
        rep = RepEvent(
            sensor=self._sensor,
            set_id=self.set_id,
            index=event.index,
            started_us=self.reps[0].start_us,
            rep=self._rep_dict(event.rep),
            sentence="" if said is None else text(Language.EN, said),
            said=None if said is None else said.to_dict(),
        )
        opened = self.set_event(SetStatus.OPEN) if len(self.reps) == 1 else None
        return [rep] if opened is None else [opened, rep]

    def _rep_dict(self, rep: RepScore) -> dict[str, Any]:
        """As in ``GET /api/sets``: seconds from the start of the set, which is that of its first rep."""
        offset_s = (self.reps[0].start_us - self.zero_us) / MICROSECONDS_PER_SECOND
        document = rep.to_dict()
        return document | {name: document[name] - offset_s for name in _REP_TIMES}

    def set_event(self, status: SetStatus, reason: CloseReason | None = None) -> SetEvent | None:
        """What to announce of a declared set; undeclared tension is announced once it is found stored."""
        if self.set_id is None:
            return None
        return SetEvent(
            sensor=self._sensor,
            set_id=self.set_id,
            status=status,
            scoring_version=SCORING_VERSION,
            close_reason=reason,
            reps=len(self.reps),
        )


class LiveSensor:
    """Routes a sensor's samples to the set that is open on it."""

    def __init__(self, sensor: str, rules: Rules = DEFAULT_RULES) -> None:
        self._sensor = sensor
        self._rules = rules
        self._recent: deque[Piece] = deque()
        self._asked: Asked | None = None
        self._closed_id: str | None = None
        self._set: LiveSet | None = None
        self._stream = ""
        self._facts = SensorFacts()
        self.last_us = 0

    def declare(self, asked: Asked | None) -> list[Message]:
        """Tell which set is open on the sensor; what came since it was opened is scored at once."""
        if asked is not None and asked.declaration.id == self._closed_id:
            asked = None  # closed here already, the records follow
        if asked == self._asked:
            return []
        self._asked = asked
        self._set = None
        messages: list[Message] = []
        for piece in list(self._recent) if asked is not None else []:
            messages += self._push(piece)
        # What happened before a page could ask for it is not announced as happening now.
        return [message for message in messages if not isinstance(message, PhaseEvent)]

    def push(self, frame: Frame) -> list[Message]:
        """Take one fresh frame; say what became known."""
        piece = Piece(frame.time_us, frame.tension_n, frame.t0_us, frame.end_us).since(self.last_us + 1)
        if piece is None:
            return []
        if frame.stream != self._stream:
            self._stream, self._facts = frame.stream, SensorFacts(frame.rate_hz, frame.clock)
        self.last_us = piece.end_us
        self._recent.append(piece)
        while self.last_us - self._recent[0].end_us > _KEPT_US:
            self._recent.popleft()
        return self._push(piece)

    def _push(self, piece: Piece) -> list[Message]:
        current = self._set or self._begin(piece.start_us)
        messages = current.push(piece)
        closing = current.closing(self._rules)
        if closing is not None:
            event = current.set_event(SetStatus.PROVISIONAL, closing.reason)
            messages += [event] if event is not None else []
            self._closed_id = current.set_id or self._closed_id
            self._asked, self._set = None, None
        elif current.set_id is None and not current.reps and self.last_us - current.zero_us > _FORGET_US:
            self._set = None
        return messages

    def _begin(self, at_us: int) -> LiveSet:
        if self._asked is None:
            self._set = LiveSet(self._sensor, None, undeclared_plan(self._facts), NO_TARGET, at_us)
        else:
            told = self._asked.told(self._facts)
            set_id = self._asked.declaration.id
            self._set = LiveSet(self._sensor, set_id, told.plan, told.target, told.opened_us)
        return self._set
