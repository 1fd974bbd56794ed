import asyncio
import socket

import pytest

from tempoband.messaging import broker as broker_module
from tempoband.messaging.broker import MAX_PACKET_BYTES, EmbeddedBroker, _Subscriptions
from tempoband.messaging.errors import MessagingError, MessagingReason
from tempoband.messaging.link import Delivery, MqttLink
from tempoband.messaging.settings import MqttSettings
from tests.messaging.tasks import running, until


async def test_a_taken_port_gives_a_clear_error():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(MessagingError, match=f"{port}.*another program") as caught:
            async with EmbeddedBroker(port=port):
                pass
    assert caught.value.reason is MessagingReason.PORT_TAKEN


def test_without_accounts_it_listens_on_loopback_only():
    with pytest.raises(MessagingError, match="loopback only"):
        EmbeddedBroker("0.0.0.0")  # noqa: S104 - that is the point


async def test_the_port_is_free_again_after_the_end():
    async with EmbeddedBroker(port=0) as first:
        port = first.port
        link = MqttLink(MqttSettings(port=port), "client")
        async with running(link.run()):
            await until(lambda: link.connected, "connection")
    async with EmbeddedBroker(port=port) as second:
        assert second.port == port


async def test_a_client_that_never_acknowledges_is_bounded(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(broker_module, "MAX_INFLIGHT", 20)
    got: list[Delivery] = []
    async with EmbeddedBroker(port=0) as broker:
        settings = MqttSettings(port=broker.port)
        lazy, writer = MqttLink(settings, "lazy", manual_ack=True), MqttLink(settings, "writer")
        lazy.subscribe("x", 1, got.append)
        async with running(lazy.run(), writer.run()):
            await until(lambda: lazy.connected and writer.connected, "connections")
            for n in range(60):
                await writer.publish("x", bytes([n]))
            await until(lambda: len(got) >= 20, "the first messages")
            before = len(got)
            assert before < 60
            for delivery in got:
                delivery.ack()
            await writer.publish("x", b"room again")
            await until(lambda: len(got) > before, "the message after the acknowledgements")
    assert got[-1].payload == b"room again"


async def test_an_oversize_packet_ends_that_connection_only():
    async with EmbeddedBroker(port=0) as broker:
        link = MqttLink(MqttSettings(port=broker.port), "good")
        bad = MqttLink(MqttSettings(port=broker.port), "bad")
        downs: list[int] = []
        bad.on_disconnected(lambda: downs.append(1))
        async with running(link.run(), bad.run()):
            await until(lambda: link.connected and bad.connected, "connections")
            bad.publish("x", b"x" * (MAX_PACKET_BYTES + 1))
            await until(lambda: downs, "the broker hanging up")
            await link.publish("x", b"still served")


async def test_rubbish_on_the_socket_does_not_hurt():
    async with EmbeddedBroker(port=0) as broker:
        for rubbish in (b"GET / HTTP/1.1\r\n\r\n", b"\x10\xff\xff\xff\xff\xff", b"\x10", b"\x00" * 64):
            _, writer = await asyncio.open_connection("127.0.0.1", broker.port)
            writer.write(rubbish)
            writer.close()
            await writer.wait_closed()
        link = MqttLink(MqttSettings(port=broker.port), "good")
        async with running(link.run()):
            await until(lambda: link.connected, "connection")


async def test_clients_that_come_and_go_cost_nobody_a_message():
    got: list[Delivery] = []
    async with EmbeddedBroker(port=0) as broker:
        settings = MqttSettings(port=broker.port)
        reader, writer = MqttLink(settings, "reader"), MqttLink(settings, "writer")
        reader.subscribe("x/#", 1, got.append)
        async with running(reader.run(), writer.run()):
            await until(lambda: reader.connected and writer.connected, "connections")
            for n in range(100):
                writer.publish("x/y", bytes([n]))
                reader.subscribe(f"other/{n}/+", 1, got.append)  # changes what the broker is walking through
                if n % 10 == 0:
                    await asyncio.sleep(0)
            await until(lambda: len(got) >= 100, "every message")
    assert [delivery.payload[0] for delivery in got] == list(range(100))


def test_subscriptions_may_change_while_amqtt_walks_them():
    """It awaits in the middle of both walks: greeting a client, and handing on a message."""
    subscriptions = _Subscriptions({"a": [], "b": []})
    for walk in (lambda: subscriptions, subscriptions.items):
        for number, _ in enumerate(walk()):
            subscriptions[f"{walk}{number}"] = []
    assert len(subscriptions) == 2 + 2 + 4
