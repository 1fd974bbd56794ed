from dashboard.sensors.heartbeats import SILENT_S, Heartbeats
from tempoband.contracts.events import Heartbeat
from tempoband.contracts.topics import HEARTBEAT
from tempoband.messaging.link import Delivery


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def beat(worker: str = "w1", **changes: object) -> Delivery:
    told = Heartbeat(**({"worker": worker, "boot": "b", "shards": "00-ff", "at_us": 1} | changes))
    return Delivery(HEARTBEAT.format(worker=worker), told.encode(), 1, retain=True)


def test_somebody_stores() -> None:
    beats = Heartbeats(Clock())
    beats.took(beat())
    assert beats.verdict() == (True, "w1 (00-ff)")


def test_nobody_stores_and_why() -> None:
    clock = Clock()
    beats = Heartbeats(clock)
    assert beats.verdict() == (False, "no ingest was ever heard: samples wait at the bridges")
    beats.took(beat())
    clock.now_s = SILENT_S + 1
    assert beats.verdict() == (False, "ingest has gone silent: samples wait at the bridges")
    beats.took(beat(online=False))
    assert not beats.verdict()[0]
    beats.took(beat(accepting=False))
    assert beats.verdict() == (False, "w1 cannot store now: samples wait at the bridges")


def test_one_worker_that_left_does_not_count_while_another_works() -> None:
    beats = Heartbeats(Clock())
    beats.took(beat("old", online=False))
    beats.took(beat("new"))
    assert beats.verdict() == (True, "new (00-ff)")
    beats.took(Delivery(HEARTBEAT.format(worker="new"), b"", 1, retain=True))
    assert not beats.verdict()[0]


def test_rubbish_is_not_a_heartbeat() -> None:
    beats = Heartbeats(Clock())
    beats.took(Delivery(HEARTBEAT.format(worker="w1"), b"\xff", 1, retain=True))
    assert not beats.verdict()[0]
