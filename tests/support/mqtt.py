"""A plain paho client that waits: what any program with this user name and password can do."""

import threading
from typing import Self

import paho.mqtt.client as mqtt

PATIENCE_S = 10


class PlainClient:
    """Connects at once; ``refused`` tells whether the broker said no."""

    def __init__(self, port: int, user: str | None, password: str | None, client_id: str = "") -> None:
        self.got: list[tuple[str, bytes]] = []
        self.refused = False
        self.gone = threading.Event()
        self._news = threading.Condition()
        self._connected, self._subscribed = threading.Event(), threading.Event()
        self._client = mqtt.Client(
            mqtt.CallbackAPIVersion.VERSION2, client_id=client_id, reconnect_on_failure=False
        )
        if user is not None:
            self._client.username_pw_set(user, password)
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = lambda *_: self.gone.set()
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.on_message = self._on_message
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        assert self._connected.wait(PATIENCE_S), "no answer to CONNECT"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _on_connect(self, _client, _userdata, _flags, reason, _properties) -> None:
        self.refused = reason.is_failure
        self._connected.set()

    def _on_message(self, _client, _userdata, message) -> None:
        with self._news:
            self.got.append((message.topic, message.payload))
            self._news.notify_all()

    def listen(self, *topics: str) -> None:
        """Subscribe, one after the other; a refusal is no error here."""
        for topic in topics:
            self._subscribed.clear()
            self._client.subscribe(topic, 1)
            assert self._subscribed.wait(PATIENCE_S), f"no answer to SUBSCRIBE {topic}"

    def say(self, topic: str, payload: bytes) -> None:
        """Publish, and wait for the acknowledgement, which brokers give for refused topics too."""
        self._client.publish(topic, payload, 1).wait_for_publish(PATIENCE_S)

    def wait_for(self, topic: str, payload: bytes) -> None:
        """Wait for a message."""
        with self._news:
            found = self._news.wait_for(lambda: (topic, payload) in self.got, PATIENCE_S)
        assert found, f"nothing on {topic}"

    def close(self) -> None:
        """Say goodbye."""
        self._client.disconnect()
        self._client.loop_stop()
