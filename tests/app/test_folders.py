"""Parts that are started without a word find each other's files."""

import sys

import pytest

from analytics.settings import AnalyticsSettings
from dashboard.settings import DashboardSettings
from firmware_bridge.settings import BridgeSettings
from ingest.settings import IngestSettings
from tempoband.folders import default_data_dir


@pytest.mark.parametrize(("platform", "variable"), [("linux", "XDG_DATA_HOME"), ("win32", "LOCALAPPDATA")])
def test_every_part_looks_in_one_folder(tmp_path, monkeypatch, platform, variable):
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setenv(variable, str(tmp_path))
    folder = tmp_path / "tempoband"
    assert default_data_dir() == folder
    assert BridgeSettings(id="b").data_dir == folder / "bridge"
    assert IngestSettings().store == AnalyticsSettings().store_address() == str(folder)
    assert IngestSettings().folder == folder
    for settings in (AnalyticsSettings(), DashboardSettings()):
        assert settings.data_dir == folder
        assert settings.records_address() == f"sqlite:///{folder / 'records.sqlite'}"


def test_a_mac_keeps_data_where_macs_do(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    assert default_data_dir().parts[-3:] == ("Library", "Application Support", "tempoband")


def test_what_is_told_wins(monkeypatch):
    monkeypatch.setenv("TEMPOBAND_ANALYTICS_STORE_URL", "influxdb://db")
    monkeypatch.setenv("TEMPOBAND_ANALYTICS_RECORDS_URL", "postgresql://db")
    settings = AnalyticsSettings()
    assert (settings.store_address(), settings.records_address()) == ("influxdb://db", "postgresql://db")
