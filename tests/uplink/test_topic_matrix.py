"""Every topic, with every kind of credential and none, on both brokers: decided by one source."""

import secrets
import threading
from itertools import count

import paho.mqtt.client as mqtt
import pytest

from tempoband.contracts.topic_rules import SERVICE, SERVICE_NAME, Access, Credential, Holder, allowed
from tempoband.contracts.topics import (
    HEARTBEAT,
    HEARTBEATS,
    DownKind,
    EventKind,
    OwnKind,
    UpKind,
    down,
    event,
    own,
    shard_of,
    up,
)
from tempoband.storage.records import bridges
from tests.support.mqtt import PlainClient
from tests.support.processes import until
from tests.uplink.conftest import Guarded, embedded, enrol, secret_of

NAMES = ("b1", "b2", "h1", "h2")
TOPICS = [
    *(up(name, "s1", kind) for name in NAMES for kind in UpKind),
    *(own(name, kind) for name in NAMES for kind in OwnKind),
    *(down(name, kind) for name in NAMES for kind in DownKind),
    *(event(shard_of("b1"), "s1", kind) for kind in EventKind),
    HEARTBEAT.format(worker="w"),
    up("b1", "s1", UpKind.FRAMES).replace(shard_of("b1"), "00"),
    "tempoband/v1/somewhere/else",
    "outside",
]
B1, H1 = Credential(Holder.BRIDGE, "b1"), Credential(Holder.HOME, "h1")
NUMBERS = count()

# What the rules are meant to say, written out by hand: the product's own rules are held against it.
MAY_WRITE = {
    B1: {*(up("b1", "s1", kind) for kind in UpKind if kind is not UpKind.LIVE), own("b1", OwnKind.STATUS)},
    H1: {
        *(up("h1", "s1", kind) for kind in (UpKind.BACKFILL, UpKind.LEDGER, UpKind.LIVE)),
        *(own("h1", kind) for kind in OwnKind),
    },
    SERVICE: {topic for topic in TOPICS if topic != "outside"},
}
MAY_READ = {
    B1: {down("b1", DownKind.RECEIPTS), down("b1", DownKind.COMMANDS), HEARTBEAT.format(worker="w")},
    H1: {*(down("h1", kind) for kind in DownKind), HEARTBEAT.format(worker="w")},
    SERVICE: {topic for topic in TOPICS if topic != "outside"},
}


@pytest.mark.parametrize("who", [B1, H1, SERVICE], ids=lambda who: str(who.holder))
def test_the_rules_say_what_was_meant(who):
    assert {topic for topic in TOPICS if allowed(who, Access.WRITE, topic)} == MAY_WRITE[who]
    assert {topic for topic in TOPICS if allowed(who, Access.READ, topic)} == MAY_READ[who]


@pytest.mark.parametrize(
    "asked", ["#", "tempoband/#", "tempoband/v1/#", f"tempoband/v1/{shard_of('b1')}/+/b1/#"]
)
def test_a_wide_subscription_is_not_within_the_rules(asked):
    assert not allowed(B1, Access.READ, asked)
    assert allowed(B1, Access.READ, HEARTBEATS)


@pytest.fixture
def service(guarded: Guarded):
    with guarded.service() as client:
        assert not client.refused
        yield client


def connect(guarded: Guarded, who: Credential) -> PlainClient:
    client = guarded.service() if who == SERVICE else guarded.as_(who.id)
    assert not client.refused
    return client


@pytest.mark.parametrize("who", [B1, H1, SERVICE], ids=lambda who: str(who.holder))
def test_it_writes_what_it_may_and_nothing_else(guarded, service, who):
    service.listen("tempoband/v1/#", "outside")
    mark = f"{who.id}-{next(NUMBERS)}".encode()
    last = up(who.id, "s1", UpKind.BACKFILL)
    with connect(guarded, who) as client:
        for topic in TOPICS:
            client.say(topic, mark)
        client.say(last, mark + b" last")
        service.wait_for(last, mark + b" last")
    assert {topic for topic, payload in service.got if payload == mark} == MAY_WRITE[who]


@pytest.mark.parametrize("who", [B1, H1, SERVICE], ids=lambda who: str(who.holder))
def test_it_reads_what_it_may_and_nothing_else(guarded, service, who):
    mark = f"{who.id}-{next(NUMBERS)}".encode()
    last = HEARTBEAT.format(worker="w")
    with connect(guarded, who) as client:
        client.listen("#", "tempoband/v1/+/down/+/records", *TOPICS)
        for topic in TOPICS:
            service.say(topic, mark)
        service.say(last, mark + b" last")
        client.wait_for(last, mark + b" last")
        heard = {topic for topic, payload in client.got if payload == mark}
    assert heard == MAY_READ[who]


@pytest.mark.parametrize(
    ("user", "password"),
    [(None, None), ("", ""), ("b1", secret_of("b2")), ("b1", ""), ("stranger", "x"), ("tempoband", "x")],
)
def test_nobody_else_gets_in(guarded, user, password):
    with guarded.client(user, password) as client:
        assert client.refused


def test_who_is_enrolled_comes_in_and_who_is_revoked_is_cut_at_once(guarded):
    name = f"new-{secrets.token_hex(4)}"
    enrol(guarded.records, name)

    def comes_in() -> bool:
        with guarded.as_(name) as client:
            return not client.refused

    until(comes_in, "the broker to know the new bridge", 15)
    with guarded.as_(name) as client, guarded.as_("b1") as other:
        guarded.revoke(name)
        assert client.gone.wait(10), "still connected"
        assert not other.gone.is_set()
        with guarded.as_(name) as again:
            assert again.refused
    with guarded.records.read() as session:
        assert name not in bridges.admitted(session)


def test_nobody_takes_over_the_session_of_another(module_records):
    """One client id, two credentials. (mosquitto lets the second one end the first: it gains nothing.)"""
    with embedded(module_records) as guarded:
        mine = PlainClient(guarded.port, SERVICE_NAME, guarded.service_secret, "one-id")
        mine.listen("tempoband/v1/#")
        with PlainClient(guarded.port, "b1", secret_of("b1"), "one-id") as theirs:
            theirs.say(up("b1", "s1", UpKind.BACKFILL), b"still there")
            mine.wait_for(up("b1", "s1", UpKind.BACKFILL), b"still there")
            assert theirs.got == []
        mine.close()


def test_a_last_will_is_held_to_the_rules(guarded, service):
    service.listen("tempoband/v1/#")
    topic = own("b2", OwnKind.STATUS)
    answered = threading.Event()
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, reconnect_on_failure=False)
    client.on_connect = lambda *_: answered.set()
    client.username_pw_set("b1", secret_of("b1"))
    client.will_set(topic, b"forged", 1)
    client.connect("127.0.0.1", guarded.port)
    client.loop_start()
    assert answered.wait(10)
    if client.socket() is not None:  # let in, then gone without a goodbye
        client.socket().close()
    client.loop_stop()
    with guarded.as_("b1") as honest:
        honest.say(own("b1", OwnKind.STATUS), b"honest")
        service.wait_for(own("b1", OwnKind.STATUS), b"honest")
    assert (topic, b"forged") not in service.got
