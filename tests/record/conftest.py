"""A clinic with five weeks of scored work, for whoever takes the record elsewhere."""

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from dashboard.app import create_app
from dashboard.services import Services
from dashboard.settings import DashboardSettings
from tempoband.messaging.settings import MqttSettings
from tests.record.asking import NOW_US
from tests.support.five_weeks import ZONE, Furnished, furnished_folder


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Furnished]:
    path = tmp_path_factory.mktemp("clinic") / "data"
    return path, furnished_folder(path, now_us=NOW_US)


@pytest.fixture
def furnished(template: tuple[Path, Furnished], tmp_path: Path) -> Furnished:
    shutil.copytree(template[0], tmp_path / "data")
    return template[1]


@pytest.fixture
def app(furnished: Furnished, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FastAPI]:
    del furnished
    monkeypatch.setattr(Services, "now_us", staticmethod(lambda: NOW_US))
    made = create_app(
        DashboardSettings(data_dir=tmp_path / "data", time_zone=ZONE.key, mqtt=MqttSettings(port=1))
    )
    yield made
    made.state.services.store.close()
    made.state.services.records.close()


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8765") as opened:
        yield opened
