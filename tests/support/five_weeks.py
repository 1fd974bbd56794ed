"""A small clinic with five weeks of one wearer's work: curves in a store, scored by the real scoring."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from analytics.coaching.calendar import local_day, week_start
from analytics.signal.plan import SetPlan
from analytics.signal.score import score_curve
from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.contracts.events import CloseReason, SetStatus
from tempoband.contracts.exercise import UNKNOWN_EXERCISE, ExerciseKind, Side
from tempoband.contracts.frame import encode_frame
from tempoband.contracts.tempo import Tempo
from tempoband.storage.records import (
    Records,
    clinics,
    devices,
    notes,
    people,
    prescriptions,
    self_reports,
    sets,
)
from tempoband.storage.records.devices import Device
from tempoband.storage.records.draft import Draft
from tempoband.storage.records.prescriptions import Prescription
from tempoband.storage.records.rows import new_id
from tempoband.storage.records.scored import Score, SetRecord
from tempoband.storage.timeseries.base import StoredFrame, TimeSeriesStore
from tempoband.storage.timeseries.open import open_store
from tests.analytics.curves import RATE_HZ, rep, rest
from tests.support.frames import STEP_US, even_frame

ZONE = ZoneInfo("Europe/Berlin")
SENSOR, BRIDGE = "progressor-7", "home"
SECOND = 1_000_000
NAME = "Zoë Łukasiewicz-Ångström"
_BLOCK = 200
_SCALE_N = 0.01


@dataclass(frozen=True, slots=True)
class Furnished:
    """Who is there."""

    person_id: str
    clamshell: str
    kickback: str
    last_set: str
    unlabelled: str


class Clinic:
    """Writes what would otherwise take weeks."""

    def __init__(self, records: Records, store: TimeSeriesStore) -> None:
        self._records, self._store = records, store
        self._frames: list[StoredFrame] = []
        self._noise = np.random.default_rng(7)
        self._stream = 0

    def write(self) -> None:
        """Hand the curves to the store."""
        self._store.write(self._frames)
        self._frames.clear()

    def pull(self, start_us: int, tension_n: np.ndarray) -> np.ndarray:
        """Keep a curve; gives back what the sensor's lattice made of it."""
        noisy = tension_n + self._noise.normal(0, 0.03, len(tension_n))
        counts = np.rint(noisy / _SCALE_N).astype(np.int32)
        self._stream += 1
        for seq, first in enumerate(range(0, len(counts), _BLOCK)):
            part = counts[first : first + _BLOCK]
            frame = even_frame(
                f"{self._stream:016x}", seq, part, t0_us=start_us + first * STEP_US, scale_n=_SCALE_N
            )
            self._frames.append(StoredFrame(SENSOR, BRIDGE, frame, encode_frame(frame)))
        return counts * _SCALE_N

    def do(
        self,
        plan: Prescription | None,
        person_id: str,
        side: Side,
        start_us: int,
        reps: Sequence[dict[str, float]],
        **changes: Any,
    ) -> SetRecord:
        """Do a set: every rep with its own seconds, scored as it would be."""
        pieces = [rest(0.6), *(part for each in reps for part in (rep(**each), rest(0.5)))]
        tension_n = self.pull(start_us, np.concatenate(pieces))
        tempo = plan.tempo if plan else None
        scored = score_curve(
            np.arange(len(tension_n)) / RATE_HZ,
            tension_n,
            SetPlan(ExerciseKind.DYNAMIC, Tempo.parse(tempo) if tempo else None, side, rate_hz=RATE_HZ),
        )
        told: dict[str, Any] = {
            "id": new_id(),
            "sensor": SENSOR,
            "person_id": person_id,
            "declared": plan is not None,
            "started_us": start_us,
            "ended_us": start_us + round(len(tension_n) / RATE_HZ * SECOND),
            "status": SetStatus.FINAL,
            "revision": 1,
            "exercise": plan.exercise if plan else UNKNOWN_EXERCISE,
            "side": side if plan else None,
            "tempo": tempo,
            "prescription_id": plan.id if plan else None,
            "prescription_version": plan.version if plan else None,
            "close_reason": CloseReason.HAND,
            "coverage": 1.0,
            "lost_samples": 0,
        }
        item = SetRecord(**(told | changes))
        with self._records.write() as session:
            sets.save(session, LOCAL_CLINIC, item, Score.from_dict(scored.to_dict(), scored_us=start_us))
        return item

    def say(self, item: SetRecord, pain: int, effort: float) -> None:
        """Pain and effort after a set."""
        said = self_reports.SelfReport(
            new_id(), item.person_id or "", item.ended_us, "wearer", item.id, pain, effort
        )
        with self._records.write() as session:
            self_reports.add(session, LOCAL_CLINIC, said)


def at(day: date, hour: int, minute: int = 0) -> int:
    """UTC microseconds of a local time."""
    return round(datetime.combine(day, time(hour, minute), tzinfo=ZONE).timestamp()) * SECOND


def furnish(records: Records, store: TimeSeriesStore, *, now_us: int) -> Furnished:
    """Five weeks: a band changed in the third, the way back hurried in the fifth, two days missed."""
    clinic = Clinic(records, store)
    today = local_day(now_us, ZONE)
    began = week_start(today) - timedelta(weeks=4)
    with records.write() as session:
        clinics.set_time_zone(session, LOCAL_CLINIC, ZONE.key)
        person = people.add(session, LOCAL_CLINIC, NAME, now_us=at(began, 8)).id
        devices.seen(session, LOCAL_CLINIC, Device(SENSOR, "Progressor 7", at(began, 8)))
        devices.assign(session, LOCAL_CLINIC, SENSOR, person, now_us=at(began, 8))
        red = _clamshell("red")
        first = prescriptions.prescribe(session, LOCAL_CLINIC, person, red, by="physio", now_us=at(began, 8))
        changed_us = at(began + timedelta(weeks=2), 8)
        green = _clamshell("green")
        second = prescriptions.revise(session, LOCAL_CLINIC, first.id, green, by="physio", now_us=changed_us)
        kick = prescriptions.prescribe(
            session, LOCAL_CLINIC, person, _kickback(), by="physio", now_us=at(began, 8)
        )
    last = _weeks(clinic, person, (first, second, kick), began, today)
    found = clinic.do(None, person, Side.BOTH, now_us - 7200 * SECOND, [{"peak_n": 24.0}] * 6)
    with records.write() as session:
        text = "Hurries the way back since the green band.\nAsk about the night."
        note = notes.Note(new_id(), person, text, now_us - 3600 * SECOND, "physio", set_id=last.id)
        notes.add(session, LOCAL_CLINIC, note)
    clinic.write()
    return Furnished(person, first.id, kick.id, last.id, found.id)


def _clamshell(label: str) -> Draft:
    return Draft(
        exercise="clamshell",
        sets=1,
        reps_lower=8,
        reps_upper=10,
        tempo="2-1-2",
        rest_s=30.0,
        weekdays=(0, 1, 2, 3, 4, 5, 6),
        band_brand="Latex loop",
        band_label=label,
        placement="just above the knees",
        pain_limit=4,
    )


def _kickback() -> Draft:
    return Draft(
        exercise="standing-glute-kickback",
        side=Side.LEFT,
        sets=1,
        reps_lower=8,
        reps_upper=10,
        tempo="1-0-1-0",
        days_per_week=2,
        band_label="red",
        placement="around the ankles",
    )


def _weeks(clinic: Clinic, person: str, plans: Sequence[Prescription], began: date, today: date) -> SetRecord:
    first, second, kick = plans
    missed = {began + timedelta(days=9), began + timedelta(days=17)}
    last: SetRecord | None = None
    days = (today - began).days
    for n in range(days):
        day = began + timedelta(days=n)
        if day in missed:
            continue
        plan = first if n < 14 else second
        hurried = n >= days - 5
        for k, side in enumerate((Side.LEFT, Side.RIGHT)):
            if n == 12 and side is Side.RIGHT:
                continue  # partly
            back_s = 1.2 if hurried else 1.9 + 0.04 * (n % 4)
            peak_n = (30.0 if plan is first else 36.0) - (2.5 if side is Side.RIGHT else 0) + 0.7 * (n % 3)
            reps = [
                {"out_s": 1.9 + 0.05 * (r % 3), "hold_s": 0.9, "back_s": back_s, "peak_n": peak_n - 0.2 * r}
                for r in range(9)
            ]
            if hurried:
                reps[6] = reps[6] | {"back_s": 0.5}
            last = clinic.do(plan, person, side, at(day, 17, 5 * k), reps)
        if last is not None:
            clinic.say(last, 6 if n == days - 1 else 2, 7.0 if hurried else 5.0)
        if n in (days - 2, days - 6):
            quick = [{"out_s": 1.0, "back_s": 1.0, "peak_n": 28.0}] * 13
            clinic.do(kick, person, Side.LEFT, at(day, 17, 20), quick)
    assert last is not None
    return last


def furnished_folder(folder: Path, *, now_us: int | None = None) -> Furnished:
    """A data folder with such a clinic in it, closed again."""
    folder.mkdir(parents=True, exist_ok=True)
    records = Records(f"sqlite:///{folder / 'records.sqlite'}")
    store = open_store(folder)
    try:
        return furnish(records, store, now_us=now_us or round(datetime.now(UTC).timestamp()) * SECOND)
    finally:
        store.close()
        records.close()
