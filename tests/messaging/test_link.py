import socket

import pytest

from tempoband.messaging.errors import NotConnected
from tempoband.messaging.link import Delivery, MqttLink, Will
from tempoband.messaging.settings import MqttSettings
from tests.messaging.mosquitto import Mosquitto
from tests.messaging.tasks import running, until


def cut(link: MqttLink) -> None:
    """The network goes away under the link, without a goodbye."""
    link._connection._socket._inner.shutdown(socket.SHUT_RDWR)


async def test_messages_arrive_once_and_in_order(settings: MqttSettings):
    got: list[Delivery] = []
    reader, writer = MqttLink(settings, "reader"), MqttLink(settings, "writer")
    reader.subscribe("room/+/data", 1, got.append)
    async with running(reader.run(), writer.run()):
        await until(lambda: reader.connected and writer.connected, "connections")
        sent = [n.to_bytes(2) * (n + 1) for n in range(300)]
        publications = [writer.publish("room/1/data", payload) for payload in sent]
        writer.publish("room/1/other", b"not subscribed")
        for publication in publications:
            await publication
        await until(lambda: len(got) >= len(sent), "all messages")
        assert [d.payload for d in got] == sent
        assert {(d.topic, d.qos, d.retain) for d in got} == {("room/1/data", 1, False)}


async def test_a_retained_message_reaches_a_later_reader(settings: MqttSettings):
    got: list[Delivery] = []
    writer, reader = MqttLink(settings, "writer"), MqttLink(settings, "reader")
    reader.subscribe("state", 1, got.append)
    async with running(writer.run()):
        await until(lambda: writer.connected, "connection")
        await writer.publish("state", b"on", retain=True)
        async with running(reader.run()):
            await until(lambda: got, "the retained message")
    assert (got[0].payload, got[0].retain) == (b"on", True)


async def test_the_last_will_is_sent_when_the_link_is_cut_but_not_on_a_graceful_end(settings: MqttSettings):
    got: list[bytes] = []
    reader = MqttLink(settings, "reader")
    reader.subscribe("alive", 1, lambda d: got.append(d.payload))
    async with running(reader.run()):
        await until(lambda: reader.connected, "reader")
        for client, graceful in (("polite", True), ("abrupt", False)):
            link = MqttLink(settings, client, will=Will("alive", client.encode()))
            async with running(link.run()):
                await until(lambda link=link: link.connected, "connection")
                if not graceful:
                    cut(link)
                    await until(lambda: got, "the last will")
    assert got == [b"abrupt"]


async def test_a_link_comes_back_and_the_subscriptions_with_it(settings: MqttSettings):
    got: list[bytes] = []
    ups: list[int] = []
    downs: list[int] = []
    reader, writer = MqttLink(settings, "reader"), MqttLink(settings, "writer")
    reader.subscribe("x", 1, lambda d: got.append(d.payload))
    reader.on_connected(lambda: ups.append(1))
    reader.on_disconnected(lambda: downs.append(1))
    async with running(reader.run(), writer.run()):
        await until(lambda: reader.connected and writer.connected, "connections")
        cut(reader)
        await until(lambda: downs, "the loss")
        await until(lambda: reader.connected, "the second connection")
        await writer.publish("x", b"again")
        await until(lambda: got, "the message")
    assert (got, len(ups)) == ([b"again"], 2)


async def test_nothing_is_kept_for_later(settings: MqttSettings):
    link = MqttLink(settings, "writer")
    with pytest.raises(NotConnected):
        link.publish("x", b"never sent")
    assert not link.connected
    assert link.state == "not started"


@pytest.mark.mosquitto
async def test_a_publication_in_flight_fails_with_its_connection_and_is_not_sent_again(mosquitto: Mosquitto):
    got: list[bytes] = []
    settings = MqttSettings(port=mosquitto.port)
    writer, reader = MqttLink(settings, "writer", persistent=True), MqttLink(settings, "reader")
    reader.subscribe("x", 1, lambda d: got.append(d.payload))
    async with running(writer.run()):
        await until(lambda: writer.connected, "connection")
        mosquitto.kill()
        publication = writer.publish("x", b"into the void")
        with pytest.raises(NotConnected):
            await publication
        with pytest.raises(NotConnected):
            writer.publish("x", b"nobody there")
        mosquitto.start()
        async with running(reader.run()):
            await until(lambda: writer.connected and reader.connected, "a new broker")
            await writer.publish("x", b"fresh")
            await until(lambda: got, "the fresh message")
    assert got == [b"fresh"]


@pytest.mark.mosquitto
async def test_what_is_not_acknowledged_is_delivered_again_to_the_same_session(mosquitto: Mosquitto):
    settings = MqttSettings(port=mosquitto.port)
    got: list[Delivery] = []
    reader = MqttLink(settings, "reader", persistent=True, manual_ack=True)
    writer = MqttLink(settings, "writer")
    reader.subscribe("x", 1, got.append)
    async with running(reader.run(), writer.run()):
        await until(lambda: reader.connected and writer.connected, "connections")
        for n in range(10):
            await writer.publish("x", bytes([n]))
        await until(lambda: len(got) == 10, "ten messages")
        assert reader.unacked == 10
        for delivery in got[:4]:
            delivery.ack()
            delivery.ack()  # twice is once
        assert reader.unacked == 6
        await reader.publish("y", b"behind the acknowledgements")
        old = got[4:]
        cut(reader)
        await until(lambda: len(got) == 16, "redelivery")
        assert [d.payload for d in got[10:]] == [bytes([n]) for n in range(4, 10)]
        for delivery in old:
            delivery.ack()  # of a connection that is gone: must not touch the new one
        assert reader.unacked == 6
        for delivery in got[10:]:
            delivery.ack()
        assert reader.unacked == 0


async def test_without_manual_ack_nothing_is_left_unacked(settings: MqttSettings):
    got: list[Delivery] = []
    link = MqttLink(settings, "both")
    link.subscribe("x", 1, got.append)
    async with running(link.run()):
        await until(lambda: link.connected, "connection")
        await link.publish("x", b"1")
        await until(lambda: got, "the message")
        assert link.unacked == 0


async def test_a_handler_that_fails_does_not_stop_the_others(settings: MqttSettings):
    got: list[bytes] = []

    def fails(_: Delivery) -> None:
        raise RuntimeError("a bug")

    link = MqttLink(settings, "both")
    link.subscribe("x", 1, fails)
    link.subscribe("#", 1, lambda d: got.append(d.payload))
    async with running(link.run()):
        await until(lambda: link.connected, "connection")
        await link.publish("x", b"1")
        await until(lambda: b"1" in got, "the second handler")


async def test_a_subscription_made_while_connected_works_at_once(settings: MqttSettings):
    got: list[bytes] = []
    link = MqttLink(settings, "both")
    async with running(link.run()):
        await until(lambda: link.connected, "connection")
        await link.publish("late", b"kept", retain=True)
        link.subscribe("late", 1, lambda d: got.append(d.payload))
        await until(lambda: got == [b"kept"], "the retained message")


@pytest.mark.parametrize("protocol", ["3.1.1", "5"])
@pytest.mark.mosquitto
async def test_large_bursts_pass_in_both_directions(mosquitto: Mosquitto, protocol: str):
    settings = MqttSettings(port=mosquitto.port, protocol=protocol)
    got: list[bytes] = []
    link = MqttLink(settings, f"both-{protocol}", manual_ack=True, persistent=True)
    link.subscribe("big", 1, lambda d: (got.append(d.payload), d.ack()))
    async with running(link.run()):
        await until(lambda: link.connected, "connection")
        payloads = [bytes([n]) * 300_000 for n in range(60)]  # more than any socket buffer holds
        for publication in [link.publish("big", payload) for payload in payloads]:
            await publication
        await until(lambda: len(got) == len(payloads), "all of it")
    assert got == payloads


async def test_what_is_unsubscribed_comes_no_more_not_even_after_a_reconnection(settings: MqttSettings):
    got: list[bytes] = []
    reader, writer = MqttLink(settings, "reader"), MqttLink(settings, "writer")
    reader.subscribe("gone", 1, lambda d: got.append(d.payload))
    reader.subscribe("kept", 1, lambda d: got.append(d.payload))
    async with running(reader.run(), writer.run()):
        await until(lambda: reader.connected and writer.connected, "connections")
        reader.unsubscribe("gone")
        for round_ in (b"1", b"2"):
            await writer.publish("gone", b"unwanted")
            await writer.publish("kept", round_)
            await until(lambda r=round_: r in got, "what is still subscribed")
            cut(reader)
            await until(lambda: not reader.connected, "the cut")
            await until(lambda: reader.connected, "the reconnection")
    assert got == [b"1", b"2"]
