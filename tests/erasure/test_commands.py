"""``tempoband erase`` and ``tempoband retention`` on a folder that its writer holds open."""

import contextlib
import sqlite3
from datetime import datetime

import pytest
from typer.testing import CliRunner

from tempoband.app.cli import app
from tempoband.storage.timeseries.sqlite.schema import FILE_NAME
from tests.erasure.conftest import CHANGE_US, SECOND
from tests.records.make import SENSOR
from tests.timeseries.making import T0_US


@pytest.fixture
def run(home):
    def invoke(*arguments: str, **more):
        return CliRunner().invoke(app, [*arguments, "--data-dir", str(home.folder)], **more)

    return invoke


def local(at_us: int) -> str:
    return datetime.fromtimestamp(at_us // SECOND).astimezone().strftime("%Y-%m-%dT%H:%M:%S")


def test_erase_takes_samples_and_sets_while_the_writer_runs(run, home):
    span = [local(T0_US + 18 * SECOND), local(T0_US + 32 * SECOND)]
    assert run("erase", SENSOR, *span, input="n\n").exit_code == 1
    assert home.set_ids() == {"one", "two", "three"}
    done = run("erase", SENSOR, *span, "--yes")
    assert done.exit_code == 0, done.output
    assert " samples erased" in done.output
    assert home.set_ids() == {"one", "three"}
    assert len(home.stored_us()) == pytest.approx((60 - 14) * 80, abs=2)
    unknown = run("erase", "nobody", *span, "--yes")
    assert f"there are: {SENSOR}" in str(unknown.exception)
    wrong = run("erase", SENSOR, *reversed(span), "--yes")
    assert "the end must be after the start" in str(wrong.exception)


def test_retention_shows_first_and_drops_when_told(run, home):
    shown = run("retention", "--keep-days", "30")
    assert shown.exit_code == 0, shown.output
    assert "samples are kept 30 days, their outline for ever" in shown.output
    assert "4800" in shown.output
    assert len(home.stored_us()) == 4800
    done = run("retention", "--keep-days", "0.001", "--apply")
    assert "4800 samples dropped" in done.output
    assert home.stored_us() == []
    assert len(home.store.read_decimated(SENSOR, T0_US, CHANGE_US, 1000)) > 0
    assert home.set_ids() == {"one", "two", "three"}, "what was scored stays scored"


def test_check_reads_everything_beside_the_writer_and_names_damage(run, home):
    assert "4800 samples" in run("check").output
    home.store.close()
    file = home.folder / FILE_NAME
    with contextlib.closing(sqlite3.connect(file)) as db, db:
        db.execute("UPDATE frames SET payload = substr(payload, 2) WHERE seq = 7")
    damaged = run("check")
    assert damaged.exit_code == 1
    assert "frames 7" in str(damaged.exception)


def test_the_policy_of_the_environment_is_shown(run, monkeypatch):
    monkeypatch.setenv("TEMPOBAND_INGEST_KEEP_DAYS", "10")
    monkeypatch.setenv("TEMPOBAND_INGEST_OUTLINE_DAYS", "90")
    assert "samples are kept 10 days, their outline 90 days" in run("retention").output
