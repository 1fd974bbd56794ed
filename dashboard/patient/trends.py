"""Trends of a person: one line per exercise and side, broken where curves stop being comparable."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean, median
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from analytics.coaching.calendar import local_day
from analytics.signal.symmetry import Sides, compare_sides
from dashboard.catalogue import exercise_name, find, kind_of
from dashboard.language import in_words
from dashboard.patient.models import RangeDifference, Trend, TrendPoint
from dashboard.sets.comparable import NO_RIG, rig_of, why_apart, why_jumped
from dashboard.sets.view import Told, latest
from tempoband.contracts.events import SetStatus
from tempoband.contracts.exercise import UNKNOWN_EXERCISE, Side
from tempoband.storage.records import clinics, prescriptions, references, self_reports
from tempoband.storage.records.declarations import SetDeclaration
from tempoband.storage.records.errors import RecordsError
from tempoband.storage.records.references import Reference, Rig

MOST_SETS = 500
_SHOWN = (SetStatus.PROVISIONAL, SetStatus.FINAL, SetStatus.INCOMPLETE)
Key = tuple[str, Side]


@dataclass(slots=True)
class _Line:
    """One trend while it is made: the rig and the full range its newest segment stands on."""

    points: list[TrendPoint] = field(default_factory=list)
    rig: Rig | None = None
    peak_n: float | None = None


def trends(session: Session, clinic_id: str, person_id: str) -> list[Trend]:
    """Every trend of a person, the exercise done last first."""
    told = latest(session, clinic_id, limit=MOST_SETS, person_id=person_id)
    looked = _Looked(session, clinic_id, person_id)
    lines: dict[Key, _Line] = defaultdict(_Line)
    for each in reversed(told):
        if each.status in _SHOWN and each.scored is not None and each.subject.exercise != UNKNOWN_EXERCISE:
            side = each.subject.side or Side.BOTH
            _add(lines[each.subject.exercise, side], each, looked)
    zone = ZoneInfo(clinics.get(session, clinic_id).time_zone)
    made = [_trend(key, line, lines, zone) for key, line in lines.items()]
    return sorted(made, key=lambda trend: trend.points[-1].started_us, reverse=True)


class _Looked:
    """What a set refers to, looked up once."""

    def __init__(self, session: Session, clinic_id: str, person_id: str) -> None:
        self._session, self._clinic_id = session, clinic_id
        self._references = {r.id: r for r in references.of_person(session, clinic_id, person_id)}
        reports = self_reports.of_person(session, clinic_id, person_id, start_us=0, end_us=2**62)
        self._reports = reports
        self._rigs: dict[tuple[str, int | None], Rig] = {}

    def reference(self, told: Told) -> Reference | None:
        subject = told.subject
        named = subject.reference_id if isinstance(subject, SetDeclaration) else None
        return self._references.get(named or "")

    def rig(self, told: Told) -> Rig:
        if (reference := self.reference(told)) is not None:
            return rig_of(reference)
        if told.subject.prescription_id is None:
            return NO_RIG
        key = (told.subject.prescription_id, told.subject.prescription_version)
        if key not in self._rigs:
            try:
                self._rigs[key] = rig_of(prescriptions.get(self._session, self._clinic_id, *key))
            except RecordsError:
                self._rigs[key] = NO_RIG
        return self._rigs[key]

    def felt(self, set_id: str) -> tuple[float | None, int | None]:
        """Effort and pain as they were last tapped."""
        own = [report for report in self._reports if report.set_id == set_id]
        efforts = [r.effort_cr10 for r in own if r.effort_cr10 is not None]
        pains = [r.pain for r in own if r.pain is not None]
        return (efforts[-1] if efforts else None, pains[-1] if pains else None)


def _add(line: _Line, told: Told, looked: _Looked) -> None:
    rig, reference = looked.rig(told), looked.reference(told)
    peak_n = reference.peak_n if reference else None
    breaks = "" if line.rig is None else why_apart(line.rig, rig) or why_jumped(line.peak_n, peak_n)
    segment = (line.points[-1].segment if line.points else 0) + bool(breaks)
    line.peak_n = peak_n if breaks or line.peak_n is None else line.peak_n
    line.rig = rig
    line.points.append(_point(told, segment, breaks, *looked.felt(told.subject.id)))


def _point(told: Told, segment: int, breaks: str, effort: float | None, pain: int | None) -> TrendPoint:
    score = told.scored.score if told.scored else None
    reps = score.reps if score else ()
    hand = told.subject.hand_reps if isinstance(told.subject, SetDeclaration) else None
    return TrendPoint(
        set_id=told.subject.id,
        started_us=told.started_us,
        segment=segment,
        breaks=breaks,
        tempo=told.subject.tempo,
        reps=hand if hand is not None else (len(reps) or None),
        tut_s=score.tut_s if score else None,
        tempo_error_s=_tempo_error_s(reps),
        on_tempo_share=score.on_tempo_share if score else None,
        eccentric_control=score.eccentric_score if score else None,
        end_tension_n=_middle(reps, "peak_n"),
        excursion_n=_middle(reps, "excursion_n"),
        effort_cr10=effort,
        pain=pain,
    )


def _tempo_error_s(reps: Sequence[Mapping[str, object]]) -> float | None:
    """Mean over the reps of the absolute errors of their judged phases, seconds a rep, summed."""
    sums = []
    for rep in reps:
        tempo = rep.get("tempo")
        phases = tempo.values() if isinstance(tempo, dict) else ()
        errors = [p["error_s"] for p in phases if isinstance(p, dict) and p.get("error_s") is not None]
        if errors:
            sums.append(sum(abs(error) for error in errors))
    return fmean(sums) if sums else None


def _middle(reps: Iterable[Mapping[str, object]], name: str) -> float | None:
    found = [value for rep in reps if isinstance(value := rep.get(name), int | float)]
    return median(found) if found else None


def _trend(key: Key, line: _Line, lines: Mapping[Key, _Line], zone: ZoneInfo) -> Trend:
    exercise, side = key
    return Trend(
        exercise=exercise,
        exercise_name=exercise_name(exercise),
        kind=kind_of(exercise),
        side=side,
        points=line.points,
        range_difference=_difference(exercise, lines, zone),
    )


def _difference(exercise: str, lines: Mapping[Key, _Line], zone: ZoneInfo) -> RangeDifference | None:
    """Left against right, by the days on which both were done on one rig; None where it cannot be told."""
    known = find(exercise)
    left, right = lines.get((exercise, Side.LEFT)), lines.get((exercise, Side.RIGHT))
    if known is None or not known.unilateral or left is None or right is None or left.rig != right.rig:
        return None
    days = [_by_day(line, zone) for line in (left, right)]
    sessions = [Sides(days[0][day], days[1][day]) for day in sorted(days[0].keys() & days[1].keys())]
    if not sessions:
        return None
    told = compare_sides(sessions)
    return RangeDifference(
        si_percent=told.si_percent,
        detectable_percent=told.detectable_percent,
        flagged=told.flagged,
        sentence=in_words(told.said),
    )


def _by_day(line: _Line, zone: ZoneInfo) -> dict[int, float]:
    """Typical excursion of each local day, of the newest segment."""
    newest = line.points[-1].segment
    of_day: dict[int, list[float]] = defaultdict(list)
    for point in line.points:
        if point.segment == newest and point.excursion_n:
            of_day[local_day(point.started_us, zone).toordinal()].append(point.excursion_n)
    return {day: median(values) for day, values in of_day.items()}
