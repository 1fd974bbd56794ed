"""Both brokers the link must work with."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tempoband.messaging.broker import EmbeddedBroker
from tempoband.messaging.settings import MqttSettings
from tests.messaging.mosquitto import Mosquitto


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    with Mosquitto(tmp_path) as broker:
        yield broker


@pytest.fixture(params=["amqtt", pytest.param("mosquitto", marks=pytest.mark.mosquitto)])
async def settings(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[MqttSettings]:
    """Settings of a running broker of each kind."""
    if request.param == "amqtt":
        async with EmbeddedBroker(port=0) as embedded:
            yield MqttSettings(port=embedded.port)
    else:
        with Mosquitto(tmp_path) as real:
            yield MqttSettings(port=real.port)
