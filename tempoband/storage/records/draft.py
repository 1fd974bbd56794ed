"""What one wants to prescribe, checked before it is kept."""

from dataclasses import dataclass

from tempoband.contracts.exercise import Side
from tempoband.contracts.tempo import Tempo, TempoError
from tempoband.storage.records.errors import invalid
from tempoband.storage.records.words import Mode, Progression, SetOrder
from tempoband.words.phrases import phrased, words_of

_LONGEST_SET_S = 3600
_WORST_PAIN = 10


@dataclass(frozen=True, slots=True)
class Draft:
    """One exercise as prescribed; exactly one of reps, seconds and steps gives the amount of a set.

    Attributes:
        side: ``both`` on a one-sided exercise means each side in turn.
        sets: per side.
        reps_lower: a set is done at the lower bound and guided to the upper.
        tempo: text form, order out-hold-back-rest; None leaves it free.
        weekdays: 0 = Monday; None when any ``days_per_week`` days will do.
        pain_limit: 0 to 10, above it the wearer is told to stop.
        progression: the rule of the advice; None, as in old prescriptions, means 2-for-2.
        cue: one line for the wearer, in the physio's words.

    Raises:
        RecordsError: INVALID, with what is wrong.
    """

    exercise: str
    side: Side = Side.BOTH
    sets: int = 3
    reps_lower: int | None = None
    reps_upper: int | None = None
    seconds: float | None = None
    steps: int | None = None
    tempo: str = "controlled"
    rest_s: float | None = None
    days_per_week: int | None = None
    weekdays: tuple[int, ...] | None = None
    band_brand: str | None = None
    band_label: str | None = None
    placement: str | None = None
    ring_length_cm: float | None = None
    mode: Mode = Mode.PRIMARY
    set_order: SetOrder = SetOrder.STRAIGHT
    pain_limit: int | None = None
    programme_id: str | None = None
    progression: Progression | None = None
    cue: str | None = None

    def __post_init__(self) -> None:
        self._check_amount()
        self._check_days()
        if not 1 <= self.sets <= 100:
            raise invalid("a prescription has 1 to 100 sets")
        if self.pain_limit is not None and not 0 <= self.pain_limit <= _WORST_PAIN:
            raise invalid(phrased("a pain limit is 0 to {most}", most=_WORST_PAIN))
        self.parsed_tempo()

    def parsed_tempo(self) -> Tempo:
        """The tempo as four named fields.

        Raises:
            RecordsError: INVALID, when the text cannot be read.
        """
        try:
            return Tempo.parse(self.tempo)
        except TempoError as error:
            raise invalid(words_of(error)) from error

    def _check_amount(self) -> None:
        given = [name for name in ("reps_lower", "seconds", "steps") if getattr(self, name) is not None]
        if len(given) != 1:
            raise invalid("give a set's amount as reps, as seconds or as steps: exactly one of them")
        if self.reps_lower is not None and not 1 <= self.reps_lower <= (self.reps_upper or self.reps_lower):
            raise invalid("reps_lower is at least 1 and at most reps_upper")
        if self.reps_upper is not None and self.reps_lower is None:
            raise invalid("reps_upper needs reps_lower")
        if self.seconds is not None and not 0 < self.seconds <= _LONGEST_SET_S:
            raise invalid(phrased("seconds is above 0 and at most {most}", most=_LONGEST_SET_S))
        if self.steps is not None and self.steps < 1:
            raise invalid("steps is at least 1")

    def _check_days(self) -> None:
        if self.weekdays is not None and (
            not self.weekdays
            or not set(self.weekdays) <= set(range(7))
            or len(set(self.weekdays)) != len(self.weekdays)
        ):
            raise invalid("weekdays are different numbers from 0 (Monday) to 6 (Sunday)")
        if self.days_per_week is not None and not 1 <= self.days_per_week <= 7:
            raise invalid("days_per_week is 1 to 7")
        if self.weekdays is None and self.days_per_week is None:
            raise invalid("say on which weekdays, or on how many days a week")
