"""A busy, silent or broken server, without needing a real one."""

import json

import pytest

from tempoband.storage.errors import StorageError, StorageReason
from tempoband.storage.timeseries.influx.address import InfluxAddress
from tempoband.storage.timeseries.influx.server import Patience, Server
from tests.influx.conftest import free_port
from tests.influx.fake_server import Answer, FakeServer

PATIENCE = Patience(attempts=4, first_pause_s=0.01, longest_pause_s=1, timeout_s=0.3)
LINES = [b"a n=1 1\n", b"a n=2 2\n"]
SECRET = "not-for-logs"  # noqa: S105


def connect(url: str) -> Server:
    return Server(InfluxAddress(url=url, org="clinic", bucket="tempoband", token=SECRET), PATIENCE)


@pytest.mark.parametrize(
    "trouble",
    [
        Answer(429, headers={"Retry-After": "0"}),
        Answer(503, headers={"Retry-After": "0"}),
        Answer(503),
        Answer(502),
        Answer(504),
        Answer(hang_up=True),
        Answer(hang_s=1.0),
    ],
    ids=["429", "503 with Retry-After", "503", "502", "504", "hangs up", "says nothing"],
)
def test_a_write_is_tried_again_until_it_is_taken(trouble):
    with FakeServer(trouble, trouble) as fake:
        server = connect(fake.url)
        server.write(LINES)
        server.close()
    assert [body for _, body in fake.requests] == [b"".join(LINES)] * 3


def test_a_write_that_is_never_taken_ends_in_an_error():
    with FakeServer(*[Answer(503)] * 9) as fake:
        server = connect(fake.url)
        with pytest.raises(StorageError, match="no answer") as caught:
            server.write(LINES)
        server.close()
    assert caught.value.reason is StorageReason.UNAVAILABLE
    assert len(fake.requests) == PATIENCE.attempts


def refusal(status: int, message: str) -> Answer:
    return Answer(status, json.dumps({"code": "code", "message": message}).encode())


@pytest.mark.parametrize(
    ("answer", "reason", "words"),
    [
        (refusal(401, "unauthorized access"), "denied", "token is refused"),
        (refusal(403, "insufficient permissions"), "denied", "token lacks a right"),
        (refusal(404, 'bucket "x" not found'), "misconfigured", "not found"),
        (refusal(400, "partial write: field type conflict"), "misconfigured", "type conflict"),
        (refusal(500, "write /engine/wal: no space left on device"), "full", "no space left"),
        (Answer(500, b"<html>proxy</html>"), "unavailable", "status 500"),
    ],
)
def test_a_refusal_is_told_at_once_with_its_reason(answer, reason, words):
    with FakeServer(answer) as fake:
        server = connect(fake.url)
        with pytest.raises(StorageError, match=words) as caught:
            server.write(LINES)
        server.close()
    assert caught.value.reason is StorageReason(reason)
    assert len(fake.requests) == 1
    assert "clinic" in str(caught.value)
    assert SECRET not in str(caught.value)


def test_a_server_that_is_away():
    server = connect(f"http://127.0.0.1:{free_port()}")
    for ask in (lambda: server.write(LINES), lambda: server.query("buckets()"), server.retention_s):
        with pytest.raises(StorageError, match="no answer") as caught:
            ask()
        assert caught.value.reason is StorageReason.UNAVAILABLE
        assert SECRET not in str(caught.value)
    server.close()


def test_a_query_that_fails_half_way_is_no_answer():
    table = b"_time,_value\r\n2026-01-01T00:00:00Z,1\r\n\r\nerror,reference\r\nout of memory,\r\n"
    for body in (table, b"error,reference\r\nout of memory,\r\n"):
        with FakeServer(Answer(200, body)) as fake:
            server = connect(fake.url)
            with pytest.raises(StorageError, match="out of memory"):
                server.query("from(bucket: 1)")
            server.close()


def test_large_writes_go_in_several_requests_in_order():
    lines = [b"a n=%d %d\n" % (i, i) for i in range(400_000)]
    with FakeServer() as fake:
        server = connect(fake.url)
        server.write(lines)
        server.write([])
        server.close()
    bodies = [body for _, body in fake.requests]
    assert b"".join(bodies) == b"".join(lines)
    assert 1 < len(bodies) < 10
    assert all(body.endswith(b"\n") for body in bodies)
