"""Stored scoring on PostgreSQL: the same sets, and a repeated run changes nothing."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tempoband.contracts.events import CloseReason, SetStatus
from tempoband.storage.records import Records, cursors, sets
from tests.analytics.conftest import CLINIC, Bench
from tests.analytics.curves import Tape, reps, rest
from tests.records.postgres import BINARIES, PostgresServer


@pytest.fixture
def url() -> Iterator[str]:
    if not (BINARIES / "postgres").exists():
        pytest.skip("NO POSTGRESQL: install Debian's package postgresql")
    folder = Path(tempfile.mkdtemp(prefix="tempoband-analytics-"))
    server = PostgresServer(folder)
    try:
        with server.database() as url:
            yield url
    finally:
        server.stop()
        shutil.rmtree(folder)


def test_told_and_found_sets_are_kept_alike(url):
    with closing(Records(url)) as records:
        bench = Bench(records)
        bench.open()
        bench.stream(Tape().add(rest(22), reps(4), rest(40), reps(5), rest(30)))
        bench.settle()
        kept = bench.sets()
        assert [(s.set.declared, s.score.rep_count) for s in kept] == [(True, 4), (False, 5)]
        assert {(s.set.status, s.set.close_reason) for s in kept} == {(SetStatus.FINAL, CloseReason.IDLE)}
        with records.write() as session:
            cursors.move(session, bench.settings.worker, 0, now_us=0)
        bench.start()
        bench.settle(40)
        assert bench.sets() == kept
        with records.read() as session:
            assert len(sets.revisions(session, CLINIC, "set-1")) == 1
