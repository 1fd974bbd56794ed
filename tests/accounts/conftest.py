"""A dashboard that asks for accounts, as it runs behind a clinic's reverse proxy."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from pydantic import SecretStr

from dashboard.app import create_app
from dashboard.settings import DashboardSettings
from tempoband.identity import passwords
from tempoband.messaging.settings import MqttSettings
from tests.accounts.people import SECRET, House


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2 takes time on purpose; these tests ask it a thousand times."""
    quick = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr(passwords, "_HASHER", quick)
    monkeypatch.setattr(passwords, "_NOBODY", quick.hash("nobody"))


@pytest.fixture
def settings(tmp_path: Path, blank: Path) -> DashboardSettings:
    shutil.copy(blank, tmp_path)
    return DashboardSettings(
        data_dir=tmp_path,
        static_dir=tmp_path / "static",
        time_zone="Europe/Berlin",
        mqtt=MqttSettings(port=1),
        accounts=True,
        secret=SecretStr(SECRET),
        public_url="https://clinic.example",
        trusted_proxies=("127.0.0.1",),
    )


@pytest.fixture
def house(settings: DashboardSettings) -> Iterator[House]:
    made = create_app(settings)
    yield House(made)
    made.state.services.store.close()
    made.state.services.records.close()
