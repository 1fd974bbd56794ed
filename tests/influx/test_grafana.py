"""The provisioned dashboard: valid, and every query in it runs on real servers."""

import json
import os
import re
import subprocess
import time
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import psycopg
import pytest

from tempoband.contracts.events import SetStatus
from tempoband.contracts.ledger import Evicted
from tempoband.storage.records import Records, sets
from tempoband.storage.timeseries.influx import open_influx
from tests.conftest import PROJECT
from tests.records.conftest import postgres as postgres  # noqa: PLC0414 - a fixture of the neighbours
from tests.records.make import CLINIC, SECOND, score, set_record
from tests.records.postgres import PostgresServer
from tests.stores.contract import BRIDGE, T0, make, new_stream, steady, write

FOLDER = PROJECT / "deploy" / "grafana"
SENSORS = ["Progressor_1", "crane.scale-2"]
NOW_US = T0 + 60 * SECOND


def dashboard() -> dict:
    return json.loads((FOLDER / "dashboards" / "tempoband.json").read_text())


def targets(kind: str) -> list:
    found = [
        pytest.param(target, id=f"{panel['title']} {target['refId']}")
        for panel in dashboard()["panels"]
        for target in panel.get("targets", [])
        if target["datasource"]["type"] == kind
    ]
    assert found
    return found


def test_the_dashboard_hangs_together():
    panels = dashboard()["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    for one, two in combinations([panel["gridPos"] for panel in panels], 2):
        beside = one["x"] + one["w"] <= two["x"] or two["x"] + two["w"] <= one["x"]
        below = one["y"] + one["h"] <= two["y"] or two["y"] + two["h"] <= one["y"]
        assert beside or below
    sources = (FOLDER / "provisioning" / "datasources" / "tempoband.yml").read_text()
    known = set(re.findall(r"uid: (\S+)", sources))
    used = {panel["datasource"]["uid"] for panel in panels if panel["type"] != "row"}
    assert used == known
    assert not re.search(r"(token|password): (?!\$)", sources)  # secrets come from the environment


@pytest.fixture(scope="module")
def filled(influx, bucket) -> str:
    store = open_influx(influx.url, influx.token, influx.org, bucket)
    for sensor in SENSORS:
        stream = new_stream()
        frames = steady(sensor, stream, 100)
        write(store, [*frames[:90], make(sensor, stream, 95, lost=4)])
        note = Evicted(stream, ((90, 94),), 40, frames[90].frame.t0_us, frames[94].frame.end_us, "spool_size")
        store.write_notes([(BRIDGE, sensor, note)])
    store.close()
    return bucket


def as_grafana_sends_it(flux: str, bucket: str, start_us: int, stop_us: int) -> str:
    """Grafana puts an option ``v`` before a query and fills its own variables in."""
    chosen = "(" + "|".join(re.escape(sensor) for sensor in SENSORS) + ")"
    times = f"timeRangeStart: time(v: {start_us * 1000}), timeRangeStop: time(v: {stop_us * 1000})"
    flux = flux.replace("${sensor:regex}", chosen).replace('"tempoband"', f'"{bucket}"')
    assert "${" not in flux
    imports = "".join(line + "\n" for line in flux.splitlines() if line.startswith("import"))
    rest = "\n".join(line for line in flux.splitlines() if not line.startswith("import"))
    return f"{imports}option v = {{{times}, windowPeriod: 10s}}\n{rest}"


@pytest.mark.parametrize("target", targets("influxdb"))
def test_every_flux_query_finds_something(influx, filled, target):
    flux = target["query"]
    commits = '"changes"' in flux  # these stand at the time of the commit, not of the samples
    middle_us = time.time_ns() // 1000 if commits else T0
    start_us, stop_us = middle_us - 600 * SECOND, middle_us + 600 * SECOND
    span = f"range(start: time(v: {start_us * 1000}), stop: time(v: {stop_us * 1000}))"
    flux = flux.replace("range(start: -30d)", span)
    with influx.client() as client:
        tables = client.query_api().query(as_grafana_sends_it(flux, filled, start_us, stop_us))
    rows = [record.values for table in tables for record in table.records]
    assert rows
    if not commits:
        assert {row["sensor"] for row in rows} == set(SENSORS)


def test_the_sensors_to_choose_from(influx, filled):
    (variable,) = dashboard()["templating"]["list"]
    flux = variable["query"].replace("-30d", "1970-01-01T00:00:00Z")
    with influx.client() as client:
        tables = client.query_api().query(as_grafana_sends_it(flux, filled, T0, NOW_US))
    assert sorted(record.get_value() for table in tables for record in table.records) == SENSORS


@pytest.fixture(scope="module")
def scores(postgres: PostgresServer) -> Iterator[str]:
    """A database with two sets, and Grafana's account made by the script of the compose file."""
    with postgres.database() as url:
        records = Records(url)
        with records.write() as session:
            for n, sensor in enumerate(SENSORS):
                start_us = T0 + n * SECOND
                times = {"started_us": start_us, "ended_us": start_us + 1}
                item = set_record(sensor=sensor, status=SetStatus.FINAL, **times)
                sets.save(session, CLINIC, item, score([True, False, True], tut_s=12.5))
        records.close()
        for _ in range(2):  # it may be run again
            make_reader(postgres.port, database=url.rpartition("/")[2])
        yield url.replace("tempoband@", "grafana@")


def make_reader(port: int, database: str) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "PGHOST": "127.0.0.1",
        "PGPORT": str(port),
        "POSTGRES_USER": "tempoband",
        "POSTGRES_DB": database,
        "TEMPOBAND_GRAFANA_READER_PASSWORD": "it's \\ fine",
    }
    script = Path("deploy/postgres/grafana-reader.sh")
    subprocess.run(["sh", script], cwd=PROJECT, env=environment, check=True)


@pytest.mark.parametrize("target", targets("postgres"))
def test_every_sql_query_finds_the_sets(scores, target):
    chosen = ", ".join(f"'{sensor}'" for sensor in SENSORS)
    query = (
        target["rawSql"]
        .replace("${sensor:sqlstring}", chosen)
        .replace("$__unixEpochFrom()", str(T0 // SECOND - 1))
        .replace("$__unixEpochTo()", str(T0 // SECOND + 10))
    )
    assert "$" not in query
    with psycopg.connect(scores) as connection:
        rows = connection.execute(query).fetchall()
    assert len(rows) == 2
    assert all(3 in row for row in rows)  # the reps


@pytest.mark.parametrize(
    "query", ["SELECT * FROM people", "SELECT person_id FROM sets", "SELECT result FROM reps"]
)
def test_grafana_sees_no_person(scores, query):
    with psycopg.connect(scores) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(query)


def test_grafana_changes_nothing(scores):
    with psycopg.connect(scores) as connection, pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        connection.execute("DELETE FROM sets")
