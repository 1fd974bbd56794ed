"""Scoring everything again: a new revision where the result differs, the old one kept beside it."""

import contextlib
import time

import pytest

from analytics.rescore import Rescorer
from analytics.touched import Touched
from tempoband.app.rescore import Place, rescore
from tempoband.contracts.clinic import LOCAL_CLINIC
from tempoband.storage.records import Records, sets
from tempoband.storage.records.tables import ScoreRow
from tempoband.storage.timeseries.sqlite import SqliteStore
from tests.exchange.making import START_US, session_of

SENSORS = ("sensor-1", "sensor-2")


@pytest.fixture
def scored(tmp_path):
    """Two sensors, each with one found set, scored once."""
    url = f"sqlite:///{tmp_path / 'records.sqlite'}"
    with contextlib.closing(SqliteStore(tmp_path)) as store, contextlib.closing(Records(url)) as records:
        for number, sensor in enumerate(SENSORS):
            store.write(session_of(sensor, f"{number:032x}"))
            rescorer = Rescorer(store, records, sensor, time.time_ns() // 1000)
            rescorer.found(Touched(START_US, START_US + 60_000_000, None, 0.0))
        yield Place(str(tmp_path), url), records


def everything(records: Records) -> list[sets.ScoredSet]:
    with records.read() as session:
        return sets.latest(session, LOCAL_CLINIC)


def test_nothing_new_means_no_new_revision(scored):
    place, records = scored
    before = everything(records)
    assert [len(one.score.reps) for one in before] == [6, 6]
    seen = []
    result = rescore(place, workers=2, told=lambda done, total: seen.append((done, total)))
    assert (result.sets, result.changed) == (2, 0)
    assert seen[-1] == (2, 2)
    assert everything(records) == before


def test_a_new_scoring_gives_a_new_revision_and_keeps_the_old_one(scored):
    place, records = scored
    with records.write() as session:
        for row in session.query(ScoreRow):
            row.scoring_version = "0.9"  # as if an older program had scored
    result = rescore(place, workers=1)
    assert (result.sets, result.changed) == (2, 2)
    after = everything(records)
    assert {one.set.revision for one in after} == {2}
    with records.read() as session:
        versions = [r.score.scoring_version for r in sets.revisions(session, LOCAL_CLINIC, after[0].set.id)]
    assert min(versions) == "0.9"
    assert len(versions) == 2
