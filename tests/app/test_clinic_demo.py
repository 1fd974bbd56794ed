"""The simulated clinic: one recipe, one set of people, days and curves; nobody else's data is touched."""

import json
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from tempoband.app.demo.clinic import curves, diary
from tempoband.app.demo.clinic.build import MARK, Recipe, build, is_built
from tempoband.app.demo.clinic.cast import (
    NAMES,
    OVER_REPORTED,
    Habit,
    Patient,
    cast,
    days_of_week,
    tempo_of,
)
from tempoband.app.errors import AppError
from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.contracts.events import SetStatus
from tempoband.contracts.exercise import ExerciseKind
from tempoband.storage.records import Records, people, sets
from tempoband.storage.records.tables import Base
from tempoband.storage.timeseries.open import open_store

TODAY = date(2026, 11, 20)
NOW_US = 1_795_200_000_000_000  # 2026-11-20, 18:40 UTC
SMALL = Recipe(TODAY.isoformat(), people=1, weeks=1, seed=3)


def test_forty_different_made_up_names() -> None:
    patients = cast(40, 8, seed=1)
    assert len({each.name for each in patients}) == len(NAMES) == 40
    assert {each.habit for each in patients} == set(Habit)


def test_the_same_seed_gives_the_same_days_and_another_seed_others() -> None:
    def days(seed: int) -> list[list[diary.Session]]:
        return [diary.sessions(each, TODAY) for each in cast(12, 4, seed)]

    assert days(1) == days(1)
    assert days(1) != days(2)


def delivered(patients: list[Patient], first: int, last: int) -> tuple[float, float]:
    """Shares of the prescribed reps and seconds under tension, from ``first`` to ``last`` day of each."""
    reps = asked = seconds = asked_s = 0.0
    for patient in patients:
        start = TODAY - timedelta(weeks=patient.weeks) + timedelta(days=1)
        span = [start + timedelta(days=n) for n in range(first, last)]
        for order in (each for each in patient.orders if each.kind is ExerciseKind.DYNAMIC):
            tempo = tempo_of(order)
            rep_s = (tempo.concentric_s or 0) + (tempo.hold_s or 0) + (tempo.eccentric_s or 0)
            sets = order.sets * sum(day.weekday() in days_of_week(order) for day in span)
            asked += sets * order.amount
            asked_s += sets * order.amount * rep_s
        for item in (
            each for session in diary.sessions(patient, TODAY) if session.day in span for each in session.sets
        ):
            order, pace = patient.orders_of(item.version)[item.order], item.pace
            if order.kind is ExerciseKind.DYNAMIC:
                tempo = tempo_of(order)
                reps += item.reps
                seconds += item.reps * (
                    (tempo.concentric_s or 0) * pace.concentric
                    + (tempo.hold_s or 0) * pace.hold
                    + (tempo.eccentric_s or 0) * pace.eccentric
                )
    return reps / asked, seconds / asked_s


def test_the_first_weeks_are_as_reported_without_feedback_and_then_most_learn() -> None:
    patients = cast(40, 8, seed=1)
    reps, seconds = delivered(patients, 0, 14)
    assert reps == pytest.approx(0.76, abs=0.05)  # O'Connor et al. 2019
    assert seconds == pytest.approx(0.52, abs=0.04)
    reps_then, seconds_then = delivered([p for p in patients if p.weeks == 8], 42, 56)
    assert reps_then > reps + 0.1
    assert seconds_then > seconds + 0.25


def test_diaries_over_report_by_a_quarter_and_who_hurries_does_every_rep() -> None:
    patients = cast(40, 8, seed=1)
    worked = reported = 0
    for patient in patients:
        done = diary.sessions(patient, TODAY)
        worked += len({each.day for each in done if each.sets})
        reported += len(diary.over_reported(patient, done))
    assert reported / worked == pytest.approx(OVER_REPORTED, abs=0.03)
    quick = next(each for each in patients if each.habit is Habit.HALF_DOSE)
    planned = diary.sessions(quick, TODAY)[0].sets[0]
    recorded = curves.frames(quick, planned, NOW_US)
    seconds = (recorded[-1].frame.end_us - NOW_US) / 1e6 - curves.LEAD_IN_S - curves.TAIL_S
    assert planned.reps == quick.orders[planned.order].amount
    assert 0.5 < seconds / (5.0 * planned.reps) < 0.7
    stopped = next(each for each in patients if each.habit is Habit.STOPPED)
    assert max(each.day for each in diary.sessions(stopped, TODAY)) < TODAY - timedelta(days=8)


def test_a_changed_plan_holds_for_the_sets_done_under_it() -> None:
    changed = next(each for each in cast(40, 8, seed=1) if each.later != each.orders)
    done = diary.sessions(changed, TODAY)
    versions = [planned.version for session in done for planned in session.sets]
    assert versions == sorted(versions)
    assert set(versions) == {1, 2}
    assert {each.band for each in changed.later} != {each.band for each in changed.orders}


def test_a_set_is_one_stream_without_gaps_at_the_rate_it_says() -> None:
    patient = cast(1, 1, seed=1)[0]
    planned = diary.sessions(patient, TODAY)[0].sets[0]
    found = [each.frame for each in curves.frames(patient, planned, NOW_US)]
    assert [frame.seq for frame in found] == list(range(len(found)))
    assert len({frame.stream for frame in found}) == 1
    time_us = np.concatenate([frame.time_us for frame in found])
    assert np.median(np.diff(time_us)) == pytest.approx(1e6 / curves.RATE_HZ, rel=0.01)


def test_a_clinic_is_built_scored_and_kept_for_the_day(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    build(tmp_path, SMALL, now_us=NOW_US, told=lambda done, total: told.append((done, total)))
    assert told[-1] == (1, 1)
    assert is_built(tmp_path, SMALL)
    assert not is_built(tmp_path, replace(SMALL, day="2026-11-21"))
    with closing(Records(f"sqlite:///{tmp_path / 'records.sqlite'}")) as records, records.read() as session:
        [person] = people.current(session, LOCAL_CLINIC)
        found = sets.latest(session, LOCAL_CLINIC, person_id=person.id, limit=100)
        digests = session.connection().execute(Base.metadata.tables["set_digests"].select()).all()
    assert len(found) > 4
    assert {each.set.status for each in found} == {SetStatus.FINAL}
    assert all(each.set.ended_us < NOW_US and each.set.coverage == 1.0 for each in found)
    assert len(digests) == len(found)
    with closing(open_store(str(tmp_path), writable=False)) as store:
        assert store.sensors() == ["simulated-000"]
    (tmp_path / MARK).write_text(json.dumps({"whole": False}))  # as after a crash in the middle
    assert not is_built(tmp_path, SMALL)


def test_a_folder_with_somebodys_data_is_refused(tmp_path: Path) -> None:
    (tmp_path / "records.sqlite").write_text("mine")
    with pytest.raises(AppError, match="--data-dir"):
        build(tmp_path, SMALL, now_us=NOW_US)
    assert (tmp_path / "records.sqlite").read_text() == "mine"
