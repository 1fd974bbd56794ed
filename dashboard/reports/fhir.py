"""A person's record as a FHIR R4B bundle, checked by ``fhir.resources`` before it leaves.

Curves are ``SampledData`` of measured samples only: each is the one nearest in time, ``E`` stands where there
is none. What virtual sensors made is tagged ``HTEST``.

Where no public code is known to fit (exercises, tempo, sets, scores), codes are local: their system begins
with ``urn:tempoband:`` and their text is what people read. Units are UCUM. Pain is LOINC 72514-3.
"""

import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from dashboard.reports.dossier import Dossier
from dashboard.reports.sampled import quantity, sampled_data
from dashboard.reports.words import Language, Wording
from tempoband.contracts.events import SetStatus
from tempoband.contracts.exercise import ExerciseKind, Side
from tempoband.storage.records.prescriptions import Prescription
from tempoband.storage.records.scored import ScoredSet
from tempoband.storage.records.self_reports import SelfReport
from tempoband.storage.timeseries.base import TimeSeriesReader

MEDIA_TYPE = "application/fhir+json"
LOCAL = "urn:tempoband:"
_LOINC = "http://loinc.org"
_ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HTEST = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ActReason",
    "code": "HTEST",
    "display": "test health data",
}
Json = dict[str, Any]


def bundle(
    record: Dossier, store: TimeSeriesReader | None, *, now_us: int, language: Language = Language.EN
) -> str:
    """The record as JSON; ``store`` None leaves the curves out and says so.

    Raises:
        ValidationError: a resource is not valid R4B: a defect of ours, never sent.
    """
    from fhir.resources.R4B.bundle import Bundle  # noqa: PLC0415 - heavy, and seldom needed

    write = Writer(record, Wording(language))
    entries = [write.patient(), *write.devices(), *(write.request(plan) for plan in record.plans)]
    if record.plans:
        entries.append(write.care_plan())
    entries += [write.set(each, store) for each in record.sets]
    entries += [each for report in record.reports for each in write.felt(report)]
    made = Bundle.model_validate(
        {
            "resourceType": "Bundle",
            "id": str(uuid.uuid4()),
            "language": str(language),
            **({"meta": {"tag": [_HTEST]}} if record.any_simulated else {}),
            "type": "collection",
            "timestamp": write.time(now_us),
            "entry": [
                {"fullUrl": f"urn:uuid:{each['id']}", "resource": each | {"language": str(language)}}
                for each in entries
            ],
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


def _coded(kind: str, code: str, text: str) -> Json:
    return {"coding": [{"system": f"{LOCAL}{kind}", "code": code, "display": text}], "text": text}


class Writer:
    """Writes resources of one record in one language; times carry the offset of the clinic's zone."""

    def __init__(self, record: Dossier, say: Wording) -> None:
        self._record = record
        self._say = say
        self._subject = _to("patient", record.person.id)

    def time(self, at_us: int) -> str:
        """An instant, in the clinic's time."""
        at = datetime.fromtimestamp(at_us / 1_000_000, UTC).astimezone(self._record.zone)
        return at.isoformat(timespec="milliseconds")

    def patient(self) -> Json:
        """Who it is about."""
        person = self._record.person
        speaks = {"coding": [{"system": "urn:ietf:bcp:47", "code": person.language}]}
        return {
            "resourceType": "Patient",
            "id": _id("patient", person.id),
            **_tagged(self._record.any_simulated),
            "active": person.archived_us is None,
            "identifier": [{"system": f"{LOCAL}pseudonym", "value": person.pseudonym}],
            "name": [{"text": person.display_name}],
            **({"communication": [{"language": speaks}]} if person.language else {}),
        }

    def devices(self) -> Iterable[Json]:
        """The sensors that measured."""
        sets = [each.set for each in self._record.sets if each.set.kind is not ExerciseKind.BY_HAND]
        for sensor in sorted({each.sensor for each in sets}):
            yield {
                "resourceType": "Device",
                "id": _id("device", sensor),
                **_tagged(self._record.is_simulated(sensor)),
                "identifier": [{"system": f"{LOCAL}sensor", "value": sensor}],
                "type": self._local("device", "strain-gauge", "device"),
            }

    def request(self, plan: Prescription) -> Json:
        """One version of a prescription."""
        repeat: Json = {
            "frequency": plan.days_per_week or len(plan.weekdays or ()),
            "period": 1,
            "periodUnit": "wk",
        }
        if plan.weekdays:
            repeat |= {"dayOfWeek": [_DAYS[day] for day in plan.weekdays], "frequency": 1}
        begins = {"boundsPeriod": self._period(plan.valid_from_us, plan.valid_to_us)}
        return {
            "resourceType": "ServiceRequest",
            "id": _id("plan", f"{plan.id}:{plan.version}"),
            **_tagged(self._record.simulated is None),
            "identifier": [{"system": f"{LOCAL}prescription", "value": f"{plan.id}:{plan.version}"}],
            "status": "active" if plan.valid_to_us is None else "completed",
            "intent": "order",
            "code": self._exercise(plan.exercise),
            "subject": self._subject,
            "authoredOn": self.time(plan.valid_from_us),
            "occurrenceTiming": {"repeat": begins | repeat},
            "patientInstruction": self._instruction(plan),
            **({} if plan.side is Side.BOTH else {"bodySite": [self._side(plan.side)]}),
        }

    def care_plan(self) -> Json:
        """What holds the prescriptions together."""
        plans = self._record.plans
        lasting = any(plan.valid_to_us is None for plan in plans)
        ends_us = None if lasting else max(plan.valid_to_us or 0 for plan in plans)
        return {
            "resourceType": "CarePlan",
            "id": _derived("care-plan", self._record.person.id),
            **_tagged(self._record.simulated is None),
            "status": "active" if lasting else "completed",
            "intent": "plan",
            "title": self._say("fhir_care_plan"),
            "subject": self._subject,
            "period": self._period(min(plan.valid_from_us for plan in plans), ends_us),
            "activity": [{"reference": _to("plan", f"{plan.id}:{plan.version}")} for plan in plans],
        }

    def set(self, each: ScoredSet, store: TimeSeriesReader | None) -> Json:
        """A set, with its curve where there is one."""
        item, score = each.set, each.score
        made: Json = {
            "resourceType": "Observation",
            "id": _id("set", item.id),
            **_tagged(self._record.is_simulated(item.sensor)),
            "status": "final" if item.status is SetStatus.FINAL else "preliminary",
            "code": self._exercise(item.exercise),
            "subject": self._subject,
            "effectivePeriod": self._period(item.started_us, item.ended_us),
            "note": [{"text": self._say("fhir_note", local=LOCAL)}],
            "component": [*self._components(each), *self._quality(each)],
        }
        if item.kind is not ExerciseKind.BY_HAND:
            made["device"] = _to("device", item.sensor)
        if self._record.plan_of(item) is not None:
            made["basedOn"] = [_to("plan", f"{item.prescription_id}:{item.prescription_version}")]
        if item.side is not None and item.side is not Side.BOTH:
            made["bodySite"] = self._side(item.side)
        if score is not None:
            made["method"] = {"text": f"tempoband scoring {score.scoring_version}"}
        sampled = None if store is None else sampled_data(store, each)
        if sampled is not None:
            return made | {"valueSampledData": sampled}
        reason = "not-asked" if store is None else "unknown"
        return made | {"dataAbsentReason": _absent(reason)}

    def felt(self, report: SelfReport) -> Iterable[Json]:
        """Pain and effort as they were tapped."""
        pain: Json = {"coding": [{"system": _LOINC, "code": "72514-3"}], "text": self._say("fhir_pain")}
        effort = self._local("metric", "effort-cr10", "effort")
        known = {each.set.id for each in self._record.sets}
        about = [_to("set", report.set_id)] if report.set_id in known and report.set_id else []
        for name, code, value in (("pain", pain, report.pain), ("effort", effort, report.effort_cr10)):
            if value is None:
                continue
            yield {
                "resourceType": "Observation",
                "id": _derived("felt", f"{report.id}:{name}"),
                **_tagged(self._record.simulated is None),
                "status": "final",
                "code": code,
                "subject": self._subject,
                "effectiveDateTime": self.time(report.at_us),
                "valueQuantity": quantity(float(value), "{score}"),
                **({"focus": about} if about else {}),
            }

    def _components(self, each: ScoredSet) -> Iterable[Json]:
        score = each.score
        if score is None:
            return
        on_tempo = score.on_tempo_reps if score.judged_reps else None
        told = (
            ("reps", "reps", score.rep_count, "{reps}"),
            ("time-under-tension", "tut", score.tut_s, "s"),
            ("on-tempo-reps", "on_tempo", on_tempo, "{reps}"),
            ("tempo-score", "tempo_score", score.tempo_score, "{score}"),
            ("eccentric-score", "control_score", score.eccentric_score, "{score}"),
        )
        for code, words, value, unit in told:
            if value is not None:
                yield {"code": self._local("metric", code, words), "valueQuantity": quantity(value, unit)}
        if each.set.tempo:
            yield {
                "code": self._local("metric", "prescribed-tempo", "tempo"),
                "valueString": each.set.tempo,
            }

    def _quality(self, each: ScoredSet) -> Iterable[Json]:
        """How much of the set was measured; what cannot be known says so."""
        if each.set.kind is ExerciseKind.BY_HAND:
            return
        lost, share = each.set.lost_samples, each.set.coverage
        yield {
            "code": self._local("metric", "lost-samples", "lost"),
            **({"dataAbsentReason": _absent("unknown")} if lost is None else {}),
            **({} if lost is None else {"valueQuantity": quantity(lost, "{samples}")}),
        }
        if share is not None:
            code = self._local("metric", "measured-share", "measured")
            yield {"code": code, "valueQuantity": quantity(100 * share, "%")}

    def _exercise(self, slug: str) -> Json:
        return _coded("exercise", slug, self._say.exercise(slug))

    def _local(self, kind: str, code: str, words: str) -> Json:
        return _coded(kind, code, self._say(f"fhir_{words}"))

    def _side(self, side: Side) -> Json:
        return {"text": self._say(f"side_{side}")}

    def _period(self, start_us: int, end_us: int | None) -> Json:
        return {"start": self.time(start_us)} | ({} if end_us is None else {"end": self.time(end_us)})

    def _instruction(self, plan: Prescription) -> str:
        say = self._say
        placement = say.placement(plan.placement or "")
        band = " ".join(word for word in (say.band(plan.band_brand, plan.band_label), placement) if word)
        words = say(
            "fhir_instruction", amount=say.amount(plan), tempo=plan.tempo or "-", version=plan.version
        )
        return f"{words}, {say('fhir_band', band=band)}" if band else words


def _tagged(simulated: bool) -> Json:
    return {"meta": {"tag": [_HTEST]}} if simulated else {}


def _absent(reason: str) -> Json:
    return {"coding": [{"system": _ABSENT, "code": reason}]}
