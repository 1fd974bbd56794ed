"""What a person's standing is computed from, out of the records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from analytics.coaching.alert_rules import KINDS, Rule, RuleSet, as_it_comes, checked
from analytics.coaching.calendar import day_start_us, local_day
from analytics.coaching.prescribed import Prescribed
from analytics.coaching.standing import SEEN_DAYS
from analytics.coaching.work import Felt, WorkSet, Worn
from dashboard.prescribing.compliance import as_done, as_prescribed
from tempoband.contracts.exercise import Side
from tempoband.storage.records import (
    alert_rules,
    clinics,
    compliance,
    devices,
    prescriptions,
    self_reports,
    set_digests,
    sightings,
)
from tempoband.storage.records.compliance import DoneRow
from tempoband.storage.records.prescriptions import Prescription
from tempoband.storage.records.set_digests import SetDigest

_LOGIC = 2  # rises when the same rows would give another standing
_NO_DIGEST = SetDigest("", 0, 0, 0, None, None, 0.0, {})


@dataclass(frozen=True, slots=True)
class Basis:
    """What every standing of a clinic rests on at a moment, besides the person's own rows."""

    clinic_id: str
    now_us: int
    zone: ZoneInfo
    rules: Mapping[Rule, RuleSet]
    words: str

    @property
    def today(self) -> date:
        """The clinic's local day."""
        return self.day(self.now_us)

    def day(self, at_us: int) -> date:
        """The clinic's local day of a moment."""
        return local_day(at_us, self.zone)


@dataclass(frozen=True, slots=True)
class PersonRows:
    """One person's rows, as the arithmetic wants them."""

    prescribed: Sequence[Prescribed]
    current: Sequence[Prescription]
    work: Sequence[WorkSet]
    digests: Mapping[str, SetDigest]
    done: Sequence[DoneRow]
    felt: Sequence[Felt]
    worn: Worn | None


def basis(session: Session, clinic_id: str, now_us: int) -> Basis:
    """Day, zone and rules of a clinic; ``words`` change when any of them does."""
    zone = ZoneInfo(clinics.get(session, clinic_id).time_zone)
    kept = alert_rules.every(session, clinic_id)
    newest = max((each.changed_us for each in kept), default=0)
    words = f"{local_day(now_us, zone)}|{zone.key}|{newest}|{_LOGIC}"
    return Basis(clinic_id, now_us, zone, rules_of(session, clinic_id), words)


def rules_of(session: Session, clinic_id: str) -> dict[Rule, RuleSet]:
    """Every rule as the clinic has it; what an older program kept and this one does not know is left out."""
    found = {rule: as_it_comes(rule) for rule in Rule}
    for kept in alert_rules.every(session, clinic_id):
        if kept.rule in found:
            rule = Rule(kept.rule)
            known = {name: value for name, value in kept.limits.items() if name in KINDS[rule].limits}
            found[rule] = RuleSet(rule, kept.enabled, checked(rule, known))
    return found


def worn_by(session: Session, clinic_id: str) -> dict[str, Worn]:
    """The sensor of each person who wears one now; of several the one heard last."""
    heard = sightings.every(session, clinic_id)
    found: dict[str, Worn] = {}
    for sensor, person_id in devices.wearers(session, clinic_id).items():
        sign = heard.get(sensor)
        worn = Worn(sign.heard_us, sign.battery_percent) if sign else Worn(None)
        if person_id not in found or (worn.heard_us or 0) > (found[person_id].heard_us or 0):
            found[person_id] = worn
    return found


def person_rows(session: Session, on: Basis, person_id: str, worn: Worn | None) -> PersonRows:
    """Everything about one person in the days that matter."""
    start_us = day_start_us(on.today - timedelta(days=SEEN_DAYS), on.zone)
    span = {"start_us": start_us, "end_us": on.now_us + 1}
    versions = prescriptions.in_force(session, on.clinic_id, **span, person_id=person_id)
    done = compliance.done(session, on.clinic_id, **span, person_id=person_id)
    digests = set_digests.of_person(session, on.clinic_id, person_id, start_us=start_us)
    exercise_of = {row.id: row.exercise for row in done}
    reports = self_reports.of_person(session, on.clinic_id, person_id, **span)
    return PersonRows(
        prescribed=[as_prescribed(each, on.zone) for each in versions],
        current=[each for each in versions if each.valid_to_us is None],
        work=[_work(row, versions, digests.get(row.id, _NO_DIGEST)) for row in done if _counts(row)],
        digests=digests,
        done=done,
        felt=[Felt(r.at_us, r.pain, r.effort_cr10, exercise_of.get(r.set_id or "")) for r in reports],
        worn=worn,
    )


def _counts(row: DoneRow) -> bool:
    """An opened set in which nothing was done is no work."""
    return row.rep_count is None or row.rep_count > 0 or bool(row.tut_s) or row.kind.value == "by_hand"


def _work(row: DoneRow, versions: Sequence[Prescription], digest: SetDigest) -> WorkSet:
    under = next(
        (v for v in versions if (v.id, v.version) == (row.prescription_id, row.prescription_version)), None
    )
    return WorkSet(
        done=as_done(row, versions),
        rig=_rig(row, under),
        reps=row.rep_count or 0,
        control=row.eccentric_score,
        snap_backs=digest.snap_backs,
        releases=digest.releases,
        range_n=digest.range_n,
        back_s=digest.back_s,
        load_n_s=digest.load_n_s,
    )


def _rig(row: DoneRow, under: Prescription | None) -> str:
    """Ranges compare only on one band, placement and ring; the exercise leads."""
    side = row.side or Side.BOTH
    rig = (
        (None,) * 4
        if under is None
        else (under.band_brand, under.band_label, under.placement, under.ring_length_cm)
    )
    return "|".join([row.exercise, side, *("" if part is None else str(part) for part in rig)])
