import json

import pytest

from dashboard.sensors.registry import SensorRegistry
from tempoband.contracts.events import BridgeStatus, SensorState, SensorStatus
from tempoband.contracts.topics import UpKind, bridge_status, up
from tempoband.messaging.link import Delivery
from tests.dashboard.served import SENSOR, T0, status


def of_sensor(told: SensorStatus, topic: str | None = None) -> Delivery:
    return Delivery(topic or up(told.bridge, told.sensor, UpKind.STATUS), told.encode(), 1, retain=True)


def of_bridge(bridge: str, *, online: bool) -> Delivery:
    told = BridgeStatus(bridge=bridge, online=online, at_us=T0)
    return Delivery(bridge_status(bridge), told.encode(), 1, retain=True)


def test_the_newest_status_counts() -> None:
    changes: list[SensorStatus] = []
    registry = SensorRegistry(changes.append)
    registry.took_sensor(of_sensor(status(state=SensorState.SEARCHING)))
    registry.took_sensor(of_sensor(status(battery_percent=80)))
    assert registry.find(SENSOR) == status(battery_percent=80)
    assert [each.state for each in changes] == [SensorState.SEARCHING, SensorState.STREAMING]
    assert registry.find("other") is None


def test_a_sensor_of_a_bridge_that_is_gone_is_offline() -> None:
    registry = SensorRegistry()
    registry.took_bridge(of_bridge("home", online=True))
    registry.took_sensor(of_sensor(status()))
    registry.took_bridge(of_bridge("home", online=False))
    found = registry.find(SENSOR)
    assert found is not None
    assert found.state is SensorState.OFFLINE
    assert "not running" in found.detail
    registry.took_bridge(of_bridge("home", online=True))
    assert registry.find(SENSOR) == status()


def test_the_bridge_that_got_furthest_with_a_sensor_is_shown() -> None:
    registry = SensorRegistry()
    near = status(bridge="near")
    registry.took_sensor(of_sensor(near))
    registry.took_sensor(of_sensor(status(bridge="far", state=SensorState.TAKEN, at_us=T0 + 9)))
    assert registry.find(SENSOR) == near
    assert registry.every() == [near]
    registry.took_bridge(of_bridge("near", online=False))
    found = registry.find(SENSOR)
    assert found is not None
    assert found.bridge == "far"


def test_an_empty_retained_message_forgets() -> None:
    registry = SensorRegistry()
    registry.took_sensor(of_sensor(status()))
    registry.took_bridge(of_bridge("home", online=True))
    registry.took_sensor(Delivery(up("home", SENSOR, UpKind.STATUS), b"", 1, retain=True))
    registry.took_bridge(Delivery(bridge_status("home"), b"", 1, retain=True))
    assert registry.every() == []
    assert registry.bridges() == []


@pytest.mark.parametrize(
    "payload", [b"\xff", b"{}", b"null", json.dumps({"sensor": SENSOR, "state": "flying"}).encode()]
)
def test_rubbish_changes_nothing(payload: bytes) -> None:
    registry = SensorRegistry()
    registry.took_sensor(of_sensor(status()))
    registry.took_sensor(Delivery(up("home", SENSOR, UpKind.STATUS), payload, 1, retain=True))
    registry.took_bridge(Delivery(bridge_status("home"), payload, 1, retain=True))
    assert registry.every() == [status()]
    assert registry.bridges() == []


def test_nobody_speaks_for_another() -> None:
    registry = SensorRegistry()
    registry.took_sensor(of_sensor(status(), up("evil", SENSOR, UpKind.STATUS)))
    registry.took_sensor(of_sensor(status(), up("home", "other", UpKind.STATUS)))
    told = BridgeStatus(bridge="home", online=False, at_us=T0)
    registry.took_bridge(Delivery(bridge_status("evil"), told.encode(), 1, retain=True))
    assert registry.every() == []
    assert registry.bridges() == []
