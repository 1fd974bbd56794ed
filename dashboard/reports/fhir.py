"""A person's record as a FHIR R4B bundle, checked by ``fhir.resources`` before it leaves.

Where no public code is known to fit (exercises, tempo, sets, scores), codes are local: their system begins
with ``urn:tempoband:`` and their text is what people read. Units are UCUM. Pain is LOINC 72514-3.
"""

import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import numpy as np

from dashboard.catalogue import exercise_name
from dashboard.reports.dossier import Dossier
from tempoband.contracts.events import SetStatus
from tempoband.contracts.exercise import ExerciseKind, Side
from tempoband.storage.records.prescriptions import Prescription
from tempoband.storage.records.scored import ScoredSet
from tempoband.storage.records.self_reports import SelfReport
from tempoband.storage.timeseries.base import TimeSeriesReader

MEDIA_TYPE = "application/fhir+json"
LOCAL = "urn:tempoband:"
SAMPLED_HZ = 20
_UCUM = "http://unitsofmeasure.org"
_LOINC = "http://loinc.org"
_ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NOTE = (
    "Tension in one strand of an elastic band, in newtons. It does not show strength, joint angles or which"
    " leg of a loop works. Exercise and side are told by a person, not measured. Codes beginning with"
    f" {LOCAL} are local: no public code is known to fit."
)
Json = dict[str, Any]


def bundle(record: Dossier, store: TimeSeriesReader | None, *, now_us: int) -> str:
    """The record as JSON; ``store`` None leaves the curves out and says so.

    Raises:
        ValidationError: a resource is not valid R4B: a defect of ours, never sent.
    """
    from fhir.resources.R4B.bundle import Bundle  # noqa: PLC0415 - heavy, and seldom needed

    entries = [_patient(record), *_devices(record), *(_request(record, plan) for plan in record.plans)]
    if record.plans:
        entries.append(_care_plan(record))
    entries += [_set(record, each, store) for each in record.sets]
    entries += [each for report in record.reports for each in _felt(record, report)]
    made = Bundle.model_validate(
        {
            "resourceType": "Bundle",
            "id": str(uuid.uuid4()),
            "type": "collection",
            "timestamp": _time(now_us),
            "entry": [{"fullUrl": f"urn:uuid:{each['id']}", "resource": each} for each in entries],
        }
    )
    return str(made.model_dump_json(exclude_none=True))


def _id(kind: str, name: str) -> str:
    """The same resource has the same id in every bundle; ours are random already, sensors' are names."""
    try:
        return str(uuid.UUID(name)) if kind != "plan" else _derived(kind, name)
    except ValueError:
        return _derived(kind, name)


def _derived(kind: str, name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{LOCAL}{kind}:{name}"))


def _to(kind: str, name: str) -> Json:
    return {"reference": f"urn:uuid:{_id(kind, name)}"}


def _time(at_us: int) -> str:
    return datetime.fromtimestamp(at_us / 1_000_000, UTC).isoformat(timespec="milliseconds")


def _local(kind: str, code: str, text: str) -> Json:
    return {"coding": [{"system": f"{LOCAL}{kind}", "code": code, "display": text}], "text": text}


def _quantity(value: float, unit: str, code: str | None = None) -> Json:
    return {"value": round(value, 4), "unit": unit, "system": _UCUM, "code": code or unit}


def _patient(record: Dossier) -> Json:
    person = record.person
    return {
        "resourceType": "Patient",
        "id": _id("patient", person.id),
        "active": person.archived_us is None,
        "identifier": [{"system": f"{LOCAL}pseudonym", "value": person.pseudonym}],
        "name": [{"text": person.display_name}],
    }


def _devices(record: Dossier) -> Iterable[Json]:
    measured = {each.set.sensor for each in record.sets if each.set.kind is not ExerciseKind.BY_HAND}
    for sensor in sorted(measured):
        yield {
            "resourceType": "Device",
            "id": _id("device", sensor),
            "identifier": [{"system": f"{LOCAL}sensor", "value": sensor}],
            "type": _local("device", "strain-gauge", "Strain gauge in line with an elastic band"),
        }


def _request(record: Dossier, plan: Prescription) -> Json:
    repeat: Json = {
        "frequency": plan.days_per_week or len(plan.weekdays or ()),
        "period": 1,
        "periodUnit": "wk",
    }
    if plan.weekdays:
        repeat |= {"dayOfWeek": [_DAYS[day] for day in plan.weekdays], "frequency": 1}
    over = plan.valid_to_us is not None
    begins = {"boundsPeriod": _period(plan.valid_from_us, plan.valid_to_us)}
    made: Json = {
        "resourceType": "ServiceRequest",
        "id": _id("plan", f"{plan.id}:{plan.version}"),
        "identifier": [{"system": f"{LOCAL}prescription", "value": f"{plan.id}:{plan.version}"}],
        "status": "completed" if over else "active",
        "intent": "order",
        "code": _local("exercise", plan.exercise, exercise_name(plan.exercise)),
        "subject": _to("patient", record.person.id),
        "authoredOn": _time(plan.valid_from_us),
        "occurrenceTiming": {"repeat": begins | repeat},
        "patientInstruction": _instruction(plan),
    }
    return made | ({"bodySite": [{"text": str(plan.side)}]} if plan.side is not Side.BOTH else {})


def _instruction(plan: Prescription) -> str:
    amount = f"{plan.reps_lower} to {plan.reps_upper} reps"
    if plan.seconds is not None:
        amount = f"{plan.seconds:g} s"
    elif plan.steps is not None:
        amount = f"{plan.steps} steps"
    band = " ".join(word for word in (plan.band_brand, plan.band_label, plan.placement) if word)
    words = f"{plan.sets} x {amount}, tempo {plan.tempo} (out-hold-back-rest), version {plan.version}"
    return f"{words}, band: {band}" if band else words


def _care_plan(record: Dossier) -> Json:
    lasting = any(plan.valid_to_us is None for plan in record.plans)
    return {
        "resourceType": "CarePlan",
        "id": _derived("care-plan", record.person.id),
        "status": "active" if lasting else "completed",
        "intent": "plan",
        "title": "Exercise with an elastic band",
        "subject": _to("patient", record.person.id),
        "period": _period(
            min(plan.valid_from_us for plan in record.plans),
            None if lasting else max(plan.valid_to_us or 0 for plan in record.plans),
        ),
        "activity": [{"reference": _to("plan", f"{plan.id}:{plan.version}")} for plan in record.plans],
    }


def _period(start_us: int, end_us: int | None) -> Json:
    return {"start": _time(start_us)} | ({} if end_us is None else {"end": _time(end_us)})


def _set(record: Dossier, each: ScoredSet, store: TimeSeriesReader | None) -> Json:
    item, score = each.set, each.score
    made: Json = {
        "resourceType": "Observation",
        "id": _id("set", item.id),
        "status": "final" if item.status is SetStatus.FINAL else "preliminary",
        "code": _local("exercise", item.exercise, exercise_name(item.exercise)),
        "subject": _to("patient", record.person.id),
        "effectivePeriod": _period(item.started_us, item.ended_us),
        "note": [{"text": _NOTE}],
        "component": _components(each),
    }
    if item.kind is not ExerciseKind.BY_HAND:
        made["device"] = _to("device", item.sensor)
    if record.plan_of(item) is not None:
        made["basedOn"] = [_to("plan", f"{item.prescription_id}:{item.prescription_version}")]
    if item.side is not None and item.side is not Side.BOTH:
        made["bodySite"] = {"text": str(item.side)}
    if score is not None:
        made["method"] = {"text": f"tempoband scoring {score.scoring_version}"}
    sampled = None if store is None else _sampled(store, each)
    if sampled is not None:
        return made | {"valueSampledData": sampled}
    reason = "not-asked" if store is None else "unknown"
    return made | {"dataAbsentReason": {"coding": [{"system": _ABSENT, "code": reason}]}}


def _components(each: ScoredSet) -> list[Json]:
    score = each.score
    if score is None:
        return []
    told = (
        ("reps", "Repetitions", score.rep_count, "{reps}"),
        ("time-under-tension", "Time under tension", score.tut_s, "s"),
        (
            "on-tempo-reps",
            "Repetitions on tempo",
            score.on_tempo_reps if score.judged_reps else None,
            "{reps}",
        ),
        ("tempo-score", "Tempo, 0 to 100", score.tempo_score, "{score}"),
        ("eccentric-score", "Control on the way back, 0 to 100", score.eccentric_score, "{score}"),
    )
    found: list[Json] = [
        {"code": _local("metric", code, text), "valueQuantity": _quantity(value, unit)}
        for code, text, value, unit in told
        if value is not None
    ]
    if each.set.tempo:
        code = _local("metric", "prescribed-tempo", "Prescribed tempo, out-hold-back-rest, seconds")
        found.append({"code": code, "valueString": each.set.tempo})
    return found


def _sampled(store: TimeSeriesReader, each: ScoredSet) -> Json | None:
    """The curve at 20 Hz; moments without samples are ``E``, as FHIR has it for what cannot be known."""
    start_us, end_us = each.set.started_us, each.set.ended_us + 1
    curve = store.read(each.set.sensor, start_us, end_us)
    if not len(curve):
        return None
    at_us = np.arange(start_us, end_us, 1_000_000 // SAMPLED_HZ)
    level_n = np.interp(at_us, curve.time_us, curve.tension_n)
    missing = (at_us < curve.time_us[0]) | (at_us > curve.time_us[-1])
    for gap in store.gaps(each.set.sensor, start_us, end_us):
        missing |= (at_us > gap.start_us) & (at_us < gap.end_us)
    data = ["E" if gone else f"{n:.2f}" for n, gone in zip(level_n.tolist(), missing.tolist(), strict=True)]
    return {
        "origin": _quantity(0.0, "N"),
        "period": 1000 / SAMPLED_HZ,
        "dimensions": 1,
        "data": " ".join(data),
    }


def _felt(record: Dossier, report: SelfReport) -> Iterable[Json]:
    words = "Pain severity, 0 to 10, as reported"
    pain: Json = {"coding": [{"system": _LOINC, "code": "72514-3"}], "text": words}
    effort = _local("metric", "effort-cr10", "Effort, Borg CR10, as reported")
    for code, value in ((pain, report.pain), (effort, report.effort_cr10)):
        if value is None:
            continue
        about = [] if report.set_id is None else [_to("set", report.set_id)]
        known = {each.set.id for each in record.sets}
        made: Json = {
            "resourceType": "Observation",
            "id": _derived("felt", f"{report.id}:{code['text']}"),
            "status": "final",
            "code": code,
            "subject": _to("patient", record.person.id),
            "effectiveDateTime": _time(report.at_us),
            "valueQuantity": _quantity(float(value), "{score}"),
        }
        yield made | ({"focus": about} if report.set_id in known else {})
