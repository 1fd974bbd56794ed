"""Every way into a real broker, and why each locked door stays shut, in words."""

import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from tempoband.messaging import connection
from tempoband.messaging.broker import EmbeddedBroker
from tempoband.messaging.errors import MessagingError, MessagingReason
from tempoband.messaging.link import MqttLink
from tempoband.messaging.settings import MqttSettings
from tests.messaging.mosquitto import Mosquitto, free_port
from tests.messaging.tasks import running, until
from tests.support.certificates import Authority

pytestmark = pytest.mark.mosquitto


async def echo(settings: MqttSettings) -> None:
    """A message goes out and comes back."""
    got: list[bytes] = []
    link = MqttLink(settings, "echo")
    link.subscribe("echo", 1, lambda d: got.append(d.payload))
    large = 200_000 if settings.transport == "tcp" else 4_000  # mosquitto's websockets do 40 kB a second
    payloads = [b"small", b"x" * large, b""]
    async with running(link.run()):
        await until(lambda: link.connected or "refused" in link.state, f"connection: {link.state}")
        for payload in payloads:
            await link.publish("echo", payload)
        await until(lambda: len(got) == len(payloads), "the echo")
    assert got == payloads


async def refusal(settings: MqttSettings, words: str = "") -> str:
    """What the link says about why it is not connected; a broker may hang up before its word is read."""
    link = MqttLink(settings, "refused")
    async with running(link.run()):
        await until(lambda: _said(link.state) and words in link.state.lower(), f"{words!r}: {link.state}", 20)
        assert not link.connected
        return link.state


def _said(state: str) -> bool:
    return state != "not started" and not state.startswith("connecting")


def readable_by_mosquitto(folder: Path) -> None:
    """Started by root, mosquitto gives up its rights before it reads."""
    for file in folder.iterdir():
        file.chmod(0o644)
    for parent in [folder, *list(folder.parents)[:4]]:
        if parent.owner() == folder.owner() and parent.stat().st_mode & 0o055 != 0o055:
            parent.chmod(parent.stat().st_mode | 0o055)


@dataclass(frozen=True)
class House:
    """A broker with a door of every kind.

    Attributes:
        doors: port by name.
        ca: whom to trust.
        client: certificate and key that the ``cert`` doors want.
    """

    doors: dict[str, int]
    ca: Path
    client: tuple[Path, Path]

    def through(self, door: str, **more: Any) -> MqttSettings:
        """Settings for a door; ``more`` overrides."""
        chosen: dict[str, Any] = {"port": self.doors[door]}
        if "ws" in door:
            chosen["transport"] = "websockets"
        if "tls" in door:
            chosen |= {"host": "localhost", "tls": True, "ca_file": self.ca}
        if "cert" in door:
            chosen |= {"cert_file": self.client[0], "key_file": self.client[1]}
        if "password" in door:
            chosen |= {"username": "home", "password": SecretStr("right")}
        return MqttSettings(**(chosen | more))


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("doors")
    keys = folder / "keys"
    authority = Authority(keys)
    servers = {
        "good": authority.sign("server"),
        "expired": authority.sign("expired", from_days=-30, to_days=-1),
        "other": authority.sign("other", host="elsewhere.example"),
        "unknown": Authority(keys / "unknown", "nobody").sign("stranger"),
    }
    client = authority.sign("client", host=None)
    _passwords(keys / "passwords")
    for each in (keys, keys / "unknown"):
        readable_by_mosquitto(each)
    doors: dict[str, int] = {}
    text = "per_listener_settings true\n" + "".join(_doors(doors, keys, authority.file, servers))
    with Mosquitto(folder, whole=text, port=doors["tcp"]):
        yield House(doors, authority.file, client)


def _passwords(file: Path) -> None:
    tool = shutil.which("mosquitto_passwd") or pytest.skip("NO MOSQUITTO_PASSWD: install mosquitto")
    file.touch()
    subprocess.run([tool, "-b", str(file), "home", "right"], check=True, capture_output=True)


def _doors(
    ports: dict[str, int], keys: Path, ca: Path, servers: dict[str, tuple[Path, Path]]
) -> Iterator[str]:
    for door in DOORS + LOCKED:
        ports[door] = free_port()
        yield f"listener {ports[door]} 127.0.0.1\n"
        yield f"allow_anonymous {str('password' not in door).lower()}\nmax_inflight_messages 1000\n"
        if "ws" in door:
            yield "protocol websockets\n"
        if "tls" in door:
            cert, key = servers[door.rpartition("tls-")[2] if "tls-" in door else "good"]
            yield f"certfile {cert}\nkeyfile {key}\n"
        if "cert" in door:
            yield f"cafile {ca}\nrequire_certificate true\n"
        if "password" in door:
            yield f"password_file {keys / 'passwords'}\n"


DOORS = ("tcp", "ws", "tls", "ws tls", "cert tls", "ws cert tls", "password", "ws password", "password tls")
LOCKED = ("tls-expired", "tls-other", "tls-unknown")


@pytest.mark.parametrize("protocol", ["3.1.1", "5"])
@pytest.mark.parametrize("door", DOORS)
async def test_every_way_in(house: House, door: str, protocol: str):
    await echo(house.through(door, protocol=protocol))


@pytest.mark.parametrize(
    ("door", "words"),
    [
        ("tls-expired", "certificate has expired"),
        ("tls-other", "not valid for 'localhost'"),
        ("tls-unknown", "unable to get local issuer certificate"),
    ],
)
@pytest.mark.parametrize("transport", ["tcp", "websockets"])
async def test_a_certificate_that_is_not_good_is_refused_and_said(
    house: House, door: str, words: str, transport: str
):
    said = await refusal(house.through(door, transport=transport))
    assert words in said
    assert "_ssl.c" not in said


@pytest.mark.parametrize("protocol", ["3.1.1", "5"])
@pytest.mark.parametrize("door", ["password", "ws password"])
@pytest.mark.parametrize("password", [None, SecretStr("wrong")])
async def test_a_wrong_password_is_said_and_not_shown(
    house: House, door: str, protocol: str, password: SecretStr | None
):
    username = "home" if password else None
    said = await refusal(house.through(door, protocol=protocol, username=username, password=password))
    assert "not authori" in said.lower()
    assert "wrong" not in said


@pytest.mark.parametrize("door", ["cert tls", "ws cert tls"])
async def test_a_missing_client_certificate_is_said(house: House, door: str):
    await refusal(house.through(door, cert_file=None, key_file=None), "certificate required")


async def test_a_client_certificate_of_somebody_else_is_said(house: House, tmp_path: Path):
    cert, key = Authority(tmp_path, "thieves").sign("thief", host=None)
    await refusal(house.through("cert tls", cert_file=cert, key_file=key), "unknown ca")


@pytest.mark.parametrize(
    ("door", "wrong", "words"),
    [
        ("tcp", {"tls": True}, "does that port speak TLS"),
        ("tls", {"tls": False, "ca_file": None}, "ended"),
        ("tcp", {"transport": "websockets"}, "websocket"),
        ("ws", {"transport": "tcp"}, "ended"),
    ],
)
async def test_the_wrong_way_through_a_door_is_said(
    house: House, door: str, wrong: dict[str, Any], words: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(connection, "CONNECT_TIMEOUT_S", 3.0)
    assert words.lower() in (await refusal(house.through(door, **wrong))).lower()


async def test_the_embedded_broker_speaks_no_mqtt_5_and_that_is_said(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(connection, "CONNECT_TIMEOUT_S", 1.0)
    async with EmbeddedBroker(port=0) as broker:
        said = await refusal(MqttSettings(port=broker.port, protocol="5"))
        assert "does it speak MQTT 5" in said


async def test_a_broker_that_does_not_answer_is_said(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(connection, "CONNECT_TIMEOUT_S", 0.5)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        assert "no answer" in await refusal(MqttSettings(port=silent.getsockname()[1]))


async def test_a_broker_that_comes_up_late_is_found(tmp_path: Path):
    broker = Mosquitto(tmp_path)
    link = MqttLink(MqttSettings(port=broker.port), "early")
    async with running(link.run()):
        await until(lambda: "refused" in link.state, "the first refusal in words")
        with broker:
            await until(lambda: link.connected, "the connection")


async def test_a_name_that_does_not_exist_is_said():
    assert "nowhere.invalid" in await refusal(MqttSettings(host="nowhere.invalid"))


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
