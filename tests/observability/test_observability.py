"""Health, logs and metrics."""

import io
import json
import logging
import sys

import pytest
import structlog

from tempoband.observability.health import Health
from tempoband.observability.logs import configure_logs
from tempoband.observability.metrics import new_registry, render


def test_a_part_that_never_reported_is_not_ok():
    health = Health()
    health.expect("ingest")
    assert not health.ok
    assert health.parts()["ingest"].detail == "starting"
    health.set("ingest", ok=True)
    health.expect("ingest")  # announcing again does not undo what was said
    assert health.ok


@pytest.fixture
def captured(monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    configure_logs(as_json=True)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    structlog.reset_defaults()
    logging.basicConfig(handlers=[logging.NullHandler()], force=True)


def test_secrets_and_people_never_reach_a_log(captured):
    structlog.get_logger().info("hello", mqtt_password="hunter2", display_name="Ann", sensor="s1")  # noqa: S106 - the point
    line = captured()[0]
    assert line["event"] == "hello"
    assert line["sensor"] == "s1"
    assert "hunter2" not in json.dumps(line)
    assert "Ann" not in json.dumps(line)


def test_libraries_log_the_same_way_and_only_what_matters(captured):
    logging.getLogger("amqtt.broker").info("chatter")
    logging.getLogger("amqtt.broker").warning("trouble")
    assert [line["event"] for line in captured()] == ["trouble"]


def test_metrics_are_rendered_for_prometheus():
    text, content_type = render(new_registry())
    assert b"python_info" in text
    assert content_type.startswith("text/plain")


def test_a_traceback_shows_no_local_variables(captured):
    patient = "Ann Example"
    try:
        int(f"{len(patient)} newtons")
    except ValueError:
        structlog.get_logger().exception("failed")
    assert "Ann Example" not in json.dumps(captured())
    assert captured()[0]["exception"][0]["exc_type"] == "ValueError"
