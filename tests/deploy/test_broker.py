"""The broker's access rules are directional."""

import subprocess
import threading

import paho.mqtt.client as mqtt
import pytest

from tempoband.contracts.topics import (
    HEARTBEAT,
    EventKind,
    UpKind,
    bridge_status,
    commands,
    event,
    receipts,
    shard_of,
    up,
)
from tests.deploy.broker import ClinicBroker
from tests.support.processes import until

ENVIRONMENT = {"TEMPOBAND_MQTT_PASSWORD": "services-secret"}
pytestmark = pytest.mark.mosquitto


class Client:
    """A paho client that waits; MQTT 5, so that a refusal is told."""

    def __init__(self, port: int, user: str, password: str, **tls) -> None:
        self._got: list[tuple[str, bytes]] = []
        self._arrived = threading.Event()
        self._connected = threading.Event()
        self._subscribed = threading.Event()
        self.refusals: list[str] = []
        self._client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
        self._client.username_pw_set(user, password)
        if tls:
            self._client.tls_set(**tls)
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.on_message = self._on_message
        self._client.connect("127.0.0.1" if not tls else "localhost", port)
        self._client.loop_start()
        assert self._connected.wait(10)

    def _on_connect(self, _client, _userdata, _flags, reason, _properties) -> None:
        if reason.is_failure:
            self.refusals.append(str(reason))
        self._connected.set()

    def _on_message(self, _client, _userdata, message) -> None:
        self._got.append((message.topic, message.payload))
        self._arrived.set()

    def listen(self, topic: str) -> None:
        self._subscribed.clear()
        self._client.subscribe(topic, 1)
        assert self._subscribed.wait(10)

    def say(self, topic: str, payload: bytes) -> None:
        self._client.publish(topic, payload, 1).wait_for_publish(10)

    def heard(self, topic: str, payload: bytes) -> bool:
        """Whether it is the next thing heard: what was refused before it would have come before it."""
        assert self._arrived.wait(10), f"nothing on {topic}"
        return self._got[0] == (topic, payload)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    broker = ClinicBroker(tmp_path_factory.mktemp("broker"), ENVIRONMENT)
    broker.enrol("bridge-1", "bridge-secret")
    broker.start()
    yield broker
    broker.close()


@pytest.fixture
def connect(broker):
    clients = []

    def connected(user: str, password: str) -> Client:
        clients.append(Client(broker.port, user, password))
        return clients[-1]

    yield connected
    for client in clients:
        client.close()


@pytest.fixture
def bridge(connect):
    return connect("bridge-1", "bridge-secret")


@pytest.fixture
def service(connect):
    return connect("tempoband", "services-secret")


@pytest.mark.parametrize(
    "topic",
    [up("bridge-1", "s1", kind) for kind in UpKind if kind is not UpKind.LIVE] + [bridge_status("bridge-1")],
)
def test_a_bridge_writes_what_is_its_own(bridge, service, topic):
    service.listen("tempoband/v1/+/up/#")
    bridge.say(topic, b"1")
    assert service.heard(topic, b"1")


@pytest.mark.parametrize(
    "topic",
    [
        up("bridge-2", "s1", UpKind.FRAMES),
        up("bridge-1", "s1", UpKind.LIVE),
        bridge_status("bridge-2"),
        receipts("bridge-1"),
        commands("bridge-1"),
        commands("bridge-2"),
        event(shard_of("bridge-1"), "s1", EventKind.COMMITTED),
        HEARTBEAT.format(worker="ingest"),
        "anything/else",
    ],
)
def test_a_bridge_writes_nothing_else(bridge, service, topic):
    service.listen("tempoband/v1/#")
    bridge.say(topic, b"forged")
    marker = up("bridge-1", "s1", UpKind.BATTERY)
    bridge.say(marker, b"after it")
    assert service.heard(marker, b"after it")


@pytest.mark.parametrize(
    "topic", [receipts("bridge-1"), commands("bridge-1"), HEARTBEAT.format(worker="ingest")]
)
def test_a_bridge_reads_what_is_for_it(bridge, service, topic):
    bridge.listen(topic)
    service.say(topic, b"1")
    assert bridge.heard(topic, b"1")


@pytest.mark.parametrize(
    "topic",
    [
        receipts("bridge-2"),
        commands("bridge-2"),
        up("bridge-2", "s1", UpKind.FRAMES),
        event(shard_of("bridge-1"), "s1", EventKind.REP),
    ],
)
def test_a_bridge_reads_nothing_else(bridge, service, topic):
    bridge.listen(topic)
    bridge.listen("#")
    service.say(topic, b"not for you")
    service.say(commands("bridge-1"), b"for you")
    assert bridge.heard(commands("bridge-1"), b"for you")


@pytest.mark.parametrize(("user", "password"), [("bridge-1", "wrong"), ("bridge-9", "x"), ("", "")])
def test_nobody_else_gets_in(connect, user, password):
    assert connect(user, password).refusals


def test_another_bridge_is_let_in_while_it_runs_and_stays(broker, connect):
    broker.enrol("bridge-1", "bridge-secret")
    broker.enrol("home-7", "its-secret")
    until(lambda: not connect("home-7", "its-secret").refusals, "the broker to read its passwords again")
    broker.stop()
    broker.start()
    bridge, service = connect("home-7", "its-secret"), connect("tempoband", "services-secret")
    assert not bridge.refusals
    service.listen("tempoband/v1/#")
    topic = up("home-7", "s1", UpKind.FRAMES)
    bridge.say(topic, b"1")
    assert service.heard(topic, b"1")


def test_bridges_from_outside_come_over_tls(tmp_path):
    broker = ClinicBroker(tmp_path, ENVIRONMENT, tls=True)
    broker.enrol("bridge-1", "bridge-secret")
    certs = broker.root / "certs"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-keyout", certs / "privkey.pem", "-out", certs / "fullchain.pem", "-days", "1",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
        check=True, capture_output=True,
    )  # fmt: skip
    broker.start()
    bridge = Client(broker.tls_port, "bridge-1", "bridge-secret", ca_certs=str(certs / "fullchain.pem"))
    stranger = Client(broker.tls_port, "bridge-1", "guess", ca_certs=str(certs / "fullchain.pem"))
    assert not bridge.refusals
    assert stranger.refusals
    for client in (bridge, stranger):
        client.close()
    broker.close()
