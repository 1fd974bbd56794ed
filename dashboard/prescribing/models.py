"""What the prescribing routes say and hear."""

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from dashboard.models import Count, In, Name, Named, Out, Placement, RowId, Slug
from tempoband.contracts.exercise import ExerciseKind, Side
from tempoband.contracts.tempo import TEXT_ORDER
from tempoband.storage.records.words import Mode, Progression, SetOrder


class PrescriptionIn(In):
    """What is prescribed; exactly one of reps, seconds, steps. ``id`` revises that prescription."""

    id: RowId | None = None
    exercise: Slug
    side: Side = Side.BOTH
    sets: Annotated[int, Field(ge=1, le=100)] = 3
    reps_lower: Count | None = None
    reps_upper: Count | None = None
    seconds: float | None = None
    steps: Count | None = None
    tempo: Annotated[str, StringConstraints(max_length=64)] = "controlled"
    rest_s: Annotated[float, Field(ge=0, le=3600)] | None = None
    days_per_week: int | None = None
    weekdays: tuple[int, ...] | None = None
    band_brand: Name | None = None
    band_label: Name | None = None
    placement: Placement | None = None
    ring_length_cm: Annotated[float, Field(gt=0, le=500)] | None = None
    mode: Mode = Mode.PRIMARY
    set_order: SetOrder = SetOrder.STRAIGHT
    pain_limit: int | None = None
    progression: Progression | None = None
    cue: Name | None = None


class ReferenceOfBand(Out):
    """A person's own full range, measured on exactly this band, placement and ring length."""

    side: Side
    excursion_n: float
    peak_n: float
    measured_us: int


class PrescriptionOut(Out):
    """One version of a prescription; ``ended_us`` is null while it is in force.

    ``conflicts`` names where it leaves what its mode is about. ``references`` are listed for one person's
    prescriptions only.
    """

    id: str
    version: int
    person_id: str
    exercise: str
    exercise_name: str
    kind: ExerciseKind
    side: Side
    mode: Mode
    set_order: SetOrder
    sets: int
    reps_lower: int | None
    reps_upper: int | None
    seconds: float | None
    steps: int | None
    tempo: str
    tempo_order: str = TEXT_ORDER
    rest_s: float | None
    days_per_week: int | None
    weekdays: list[int] | None
    band_brand: str | None
    band_label: str | None
    placement: str | None
    ring_length_cm: float | None
    pain_limit: int | None
    progression: Progression | None
    cue: str | None
    programme_id: str | None
    started_us: int
    ended_us: int | None
    conflicts: list[str]
    references: list[ReferenceOfBand]


class PrescriptionKept(Out):
    """A prescription over a span: done against prescribed. ``reason`` says why a number is missing."""

    prescription_id: str
    exercise: str
    exercise_name: str
    side: Side
    sets_done: int
    sets_prescribed: int
    tut_s: float
    tut_prescribed_s: float | None
    on_tempo_share: float | None
    reason: str


class PersonKept(Out):
    """A person over a span; shares are never clipped at 1."""

    person: Named
    prescriptions: list[PrescriptionKept]
    sets_done: int
    sets_prescribed: int
    tut_share: float | None
    on_tempo_share: float | None
    last_set_us: int | None


class ComplianceOut(Out):
    """Local days ``from_us`` to before ``to_us``; ``time_zone`` is the clinic's."""

    from_us: int
    to_us: int
    time_zone: str
    people: list[PersonKept]


class ProgrammeItem(Out):
    """One exercise of a programme, as a prescription would say it; ``sets_upper`` where it is a range."""

    exercise: str
    exercise_name: str
    kind: ExerciseKind
    side: Side
    sets: int
    sets_upper: int | None
    reps_lower: int | None
    reps_upper: int | None
    seconds: float | None
    steps: int | None
    tempo: str
    tempo_order: str = TEXT_ORDER
    placement: str | None
    rest_s: float | None


class ProgrammeOut(Out):
    """A programme: of an article (``own`` is false) or a template of the clinic.

    ``source`` says who puts it together so: article A or B, or tempoband. ``days_lower`` to ``days_upper``
    days a week, null where nobody says.
    """

    id: str
    name: str
    own: bool
    mode: Mode
    items: list[ProgrammeItem]
    orders: list[SetOrder]
    days_lower: int | None
    days_upper: int | None
    source: str
    caution: str


class ClaimOut(Out):
    """What an article says usually happens in these weeks of a programme: its claim, not ours."""

    weeks: tuple[int, int]
    words: str
    source: str


class ProgrammesOut(Out):
    """Every programme one can prescribe, and what the articles say comes when."""

    programmes: list[ProgrammeOut]
    expectations: list[ClaimOut]


class TemplateIn(In):
    """A programme of one's own; ``items`` are prescriptions without an id."""

    name: Name
    mode: Mode = Mode.PRIMARY
    items: Annotated[list[PrescriptionIn], Field(min_length=1, max_length=40)]


class ProgrammeApply(In):
    """Prescribe a whole programme; ``replace`` ends what is in force in the same mode.

    Days are ``days_per_week`` or ``weekdays``; neither leaves the programme's own, or every day.
    """

    programme_id: RowId
    days_per_week: Annotated[int, Field(ge=1, le=7)] | None = None
    weekdays: tuple[int, ...] | None = None
    set_order: SetOrder | None = None
    replace: bool = False


class EvidenceOut(Out):
    """One session behind an advice: ``count`` good reps of ``of`` needed, or lost reps of all ``of``."""

    day: str
    side: Side
    count: int
    of: int


class AdviceOut(Out):
    """A proposal or a hint with its reasons; nothing happens until somebody applies it.

    Attributes:
        kind: ``progression`` and ``band_fit`` can be applied, a ``hint`` is something to look at.
        step: what to change, or which hint.
        words: in English; ``evidence`` and ``values`` hold its numbers for other languages.
        change: fields of the prescription as they would become; null where nothing can be applied.
        needs_band: somebody has to say which band comes next, since its label does not tell.
    """

    prescription_id: str
    version: int
    exercise: str
    exercise_name: str
    kind: str
    step: str
    words: str
    reasons: list[str]
    rule: str
    evidence: list[EvidenceOut]
    values: dict[str, float]
    change: dict[str, Any] | None
    needs_band: bool


class AdviceApply(In):
    """Apply an advice to the version it was given for; the band where the advice asks for another one."""

    step: Slug
    version: Annotated[int, Field(ge=1)]
    band_brand: Name | None = None
    band_label: Name | None = None
    placement: Placement | None = None
