import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from amqtt.broker import Broker
from amqtt.contexts import BrokerConfig, ListenerConfig, ListenerType
from pydantic import SecretStr, ValidationError

from tempoband.messaging.errors import MessagingError, MessagingReason
from tempoband.messaging.link import MqttLink
from tempoband.messaging.settings import MqttSettings
from tests.messaging.mosquitto import Mosquitto, free_port
from tests.messaging.tasks import running, until

pytestmark = pytest.mark.mosquitto


async def echo(settings: MqttSettings) -> None:
    """A message goes out and comes back."""
    got: list[bytes] = []
    link = MqttLink(settings, "echo")
    link.subscribe("echo", 1, lambda d: got.append(d.payload))
    payloads = [b"small", b"x" * 200_000, b""]
    async with running(link.run()):
        await until(lambda: link.connected, f"connection: {link.state}")
        for payload in payloads:
            await link.publish("echo", payload)
        await until(lambda: len(got) == len(payloads), "the echo")
    assert got == payloads


def readable_by_mosquitto(file: Path) -> None:
    """Started by root, mosquitto gives up its rights before it reads."""
    file.chmod(0o644)
    for parent in list(file.parents)[:4]:
        if parent.owner() == file.owner() and parent.stat().st_mode & 0o055 != 0o055:
            parent.chmod(parent.stat().st_mode | 0o055)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A self-signed certificate for localhost and its key."""
    openssl = shutil.which("openssl") or pytest.skip("NO OPENSSL: install openssl to run this test")
    folder = tmp_path_factory.mktemp("tls")
    cert, key = folder / "cert.pem", folder / "key.pem"
    options = (
        "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    )
    subprocess.run(
        [openssl, *options.split(), "-keyout", str(key), "-out", str(cert)], check=True, capture_output=True
    )
    readable_by_mosquitto(key)
    return cert, key


@pytest.fixture
def tls_broker(tmp_path: Path, certificate: tuple[Path, Path]) -> Iterator[Mosquitto]:
    cert, key = certificate
    with Mosquitto(tmp_path, f"cafile {cert}\ncertfile {cert}\nkeyfile {key}") as broker:
        yield broker


async def test_tls(tls_broker: Mosquitto, certificate: tuple[Path, Path]):
    await echo(MqttSettings(host="localhost", port=tls_broker.port, tls=True, ca_file=certificate[0]))


async def test_a_certificate_nobody_vouches_for_is_refused_and_said(tls_broker: Mosquitto):
    link = MqttLink(MqttSettings(host="localhost", port=tls_broker.port, tls=True), "client")
    async with running(link.run()):
        await until(lambda: "certificate verify failed" in link.state, "the reason")
        assert not link.connected


async def test_websockets():
    port = free_port()
    plugins = {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}}
    listener = ListenerConfig(type=ListenerType.WS, bind=f"127.0.0.1:{port}")
    broker = Broker(BrokerConfig(listeners={"default": listener}, plugins=plugins))
    await broker.start()
    try:
        await echo(MqttSettings(port=port, transport="websockets"))
    finally:
        await broker.shutdown()


@pytest.fixture
def passwords(tmp_path: Path) -> Path:
    """A password file with one account: home, right."""
    file = tmp_path / "passwords"
    file.touch(mode=0o644)
    tool = shutil.which("mosquitto_passwd") or pytest.skip("NO MOSQUITTO_PASSWD: install mosquitto")
    subprocess.run([tool, "-b", str(file), "home", "right"], check=True, capture_output=True)
    readable_by_mosquitto(file)
    return file


async def test_a_password_opens_and_a_wrong_one_is_said_in_words(tmp_path: Path, passwords: Path):
    with Mosquitto(tmp_path, f"password_file {passwords}", anonymous=False) as broker:
        await echo(MqttSettings(port=broker.port, username="home", password=SecretStr("right")))
        wrong = MqttLink(MqttSettings(port=broker.port, username="home", password=SecretStr("wrong")), "c")
        async with running(wrong.run()):
            await until(lambda: "ot authori" in wrong.state, "the reason")
            assert "wrong" not in wrong.state


async def test_a_broker_that_comes_up_late_is_found(tmp_path: Path):
    broker = Mosquitto(tmp_path)
    link = MqttLink(MqttSettings(port=broker.port), "early")
    async with running(link.run()):
        await until(lambda: "refused" in link.state, "the first refusal in words")
        with broker:
            await until(lambda: link.connected, "the connection")


def test_settings_that_cannot_work_are_refused():
    with pytest.raises(ValidationError, match="username"):
        MqttSettings(password=SecretStr("x"))
    with pytest.raises(ValidationError, match="tls is off"):
        MqttSettings(ca_file=Path("ca.pem"))
    with pytest.raises(ValidationError, match="belong together"):
        MqttSettings(tls=True, cert_file=Path("c.pem"))
    missing = MqttSettings(port=free_port(), tls=True, ca_file=Path("missing.pem"))
    with pytest.raises(MessagingError) as caught:
        missing.tls_context()
    assert caught.value.reason is MessagingReason.TLS
