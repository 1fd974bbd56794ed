"""The simulated clinic: one recipe, one set of people, days and curves; nobody else's data is touched."""

import json
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from tempoband.app.clinic_demo import curves, diary
from tempoband.app.clinic_demo.build import MARK, Recipe, build, is_built
from tempoband.app.clinic_demo.cast import NAMES, OVER_REPORTED, Habit, cast
from tempoband.app.errors import AppError
from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.contracts.events import SetStatus
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


def test_the_behaviour_is_what_was_reported() -> None:
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
    assert 0.5 < seconds / (5.0 * quick.orders[planned.order].amount) < 0.7
    stopped = next(each for each in patients if each.habit is Habit.STOPPED)
    assert max(each.day for each in diary.sessions(stopped, TODAY)) < TODAY - timedelta(days=8)


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
