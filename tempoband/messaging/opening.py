"""A paho client made and connected as the settings say."""

from dataclasses import dataclass

from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from tempoband.messaging.client import Client
from tempoband.messaging.settings import MqttSettings

CONNECT_TIMEOUT_S = 10.0
_SESSION_EXPIRY_S = 7 * 86_400
_V5_RECEIVE_MAXIMUM = 65_535
_V5_INFLIGHT = 20  # paho does not read the broker's limit; this is the least that brokers set by default


@dataclass(frozen=True, slots=True)
class Will:
    """What the broker publishes when this client vanishes."""

    topic: str
    payload: bytes
    qos: int = 1
    retain: bool = True


def new_client(
    settings: MqttSettings, client_id: str, will: Will | None, *, persistent: bool, manual_ack: bool
) -> Client:
    """A client that is not connected yet.

    Raises:
        MessagingError: a certificate or key of the settings cannot be used.
    """
    v5 = settings.protocol == "5"
    client = Client(
        CallbackAPIVersion.VERSION2,
        client_id=client_id,
        clean_session=None if v5 else not persistent,
        protocol=MQTTProtocolVersion.MQTTv5 if v5 else MQTTProtocolVersion.MQTTv311,
        transport=settings.transport,
        reconnect_on_failure=False,
        manual_ack=manual_ack,
    )
    client.max_inflight_messages_set(_V5_INFLIGHT if v5 else 0)
    client.connect_timeout = CONNECT_TIMEOUT_S / 2
    if settings.username is not None:
        client.username_pw_set(
            settings.username, settings.password.get_secret_value() if settings.password else None
        )
    if (context := settings.tls_context()) is not None:
        client.tls_set_context(context)
    if settings.transport == "websockets":
        scheme = "https" if settings.tls else "http"  # paho's own origin has none
        client.ws_set_options(
            path=settings.path, headers={"Origin": f"{scheme}://{settings.host}:{settings.port}"}
        )
    if will is not None:
        client.will_set(will.topic, will.payload, will.qos, will.retain)
    return client


def connect_blocking(client: Client, settings: MqttSettings, persistent: bool) -> None:
    """Open the socket and send CONNECT; for a thread, not for the loop.

    Raises:
        OSError: unreachable, or TLS failed.
    """
    if settings.protocol != "5":
        client.connect(settings.host, settings.port, settings.keepalive_s)
        return
    properties = Properties(PacketTypes.CONNECT)
    properties.ReceiveMaximum = _V5_RECEIVE_MAXIMUM
    if persistent:
        properties.SessionExpiryInterval = _SESSION_EXPIRY_S
    client.connect(
        settings.host,
        settings.port,
        settings.keepalive_s,
        clean_start=not persistent,
        properties=properties,
    )
