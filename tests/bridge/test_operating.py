"""Settings, doctor, probe, survey and metrics."""

import asyncio
import configparser
import re
import shutil
import subprocess
import sys
import tomllib

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from pydantic import ValidationError

from firmware_bridge import doctor
from firmware_bridge.doctor import Verdict
from firmware_bridge.drivers.base import Advertisement, Battery
from firmware_bridge.drivers.progressor import ProgressorDriver
from firmware_bridge.drivers.registry import driver_for, load_drivers
from firmware_bridge.errors import RadioError
from firmware_bridge.radio.probe import probe_radio
from firmware_bridge.radio.survey import survey
from firmware_bridge.settings import BridgeSettings, SensorSettings, load_settings
from firmware_bridge.spool.spool import Spool
from tempoband.contracts.events import BridgeProblem, Heartbeat
from tempoband.messaging.settings import MqttSettings
from tests.conftest import PROJECT

DOCS = PROJECT / "docs"


# -- settings ---------------------------------------------------------------------------------------


def documented(heading):
    text = (DOCS / "bridge.md").read_text()
    section = text.split(f"### {heading}\n", 1)[1].split("\n#", 1)[0]
    return set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE))


def test_every_setting_is_documented_and_nothing_else():
    assert documented("The bridge") == set(BridgeSettings.model_fields) - {"mqtt", "sensor"}
    assert documented("`[mqtt]`") == set(MqttSettings.model_fields)
    assert documented("`[sensor.<id>]`") == set(SensorSettings.model_fields)


def test_documented_defaults_are_the_defaults():
    text = (DOCS / "bridge.md").read_text()
    for model in (BridgeSettings, MqttSettings):
        for name, field in model.model_fields.items():
            if isinstance(field.default, bool | int | float):
                shown = (
                    str(field.default).lower() if isinstance(field.default, bool) else f"{field.default:g}"
                )
                assert re.search(rf"^\| `{name}` \| `{re.escape(shown)}` \|", text, re.MULTILINE), name


def test_the_documented_example_is_a_valid_settings_file(tmp_path):
    example = re.search(r"```toml\n(.*?)```", (DOCS / "bridge.md").read_text(), re.DOTALL)[1]
    path = tmp_path / "bridge.toml"
    path.write_text(example)
    settings = load_settings(path)
    assert settings.model_dump(mode="json", include=set(tomllib.loads(example)))
    assert settings.mqtt.tls


def test_the_environment_overrides_the_file_and_code_overrides_both(tmp_path, monkeypatch):
    path = tmp_path / "bridge.toml"
    path.write_text('id = "file"\nfresh_s = 3.0\n[mqtt]\nhost = "file"\nport = 1\n')
    monkeypatch.setenv("TEMPOBAND_BRIDGE_MQTT__HOST", "environment")
    monkeypatch.setenv("TEMPOBAND_BRIDGE_CONFIG", str(path))
    settings = load_settings()
    assert (settings.id, settings.fresh_s, settings.mqtt.host, settings.mqtt.port) == (
        "file",
        3.0,
        "environment",
        1,
    )
    assert BridgeSettings(mqtt=MqttSettings(host="code")).mqtt.host == "code"


def test_a_mistyped_setting_is_an_error(tmp_path, monkeypatch):
    path = tmp_path / "bridge.toml"
    path.write_text("stream_alway = true\n")
    with pytest.raises(ValidationError, match="stream_alway"):
        load_settings(path)
    monkeypatch.setenv("TEMPOBAND_BRIDGE_STREAM_ALWAY", "1")
    with pytest.raises(ValueError, match="STREAM_ALWAY"):
        load_settings()


def test_a_missing_settings_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nowhere\.toml"):
        load_settings(tmp_path / "nowhere.toml")


# -- as a service -----------------------------------------------------------------------------------

SERVICE = PROJECT / "deploy" / "tempoband-bridge.service"


def test_the_service_file_is_good_systemd(tmp_path):
    judge = shutil.which("systemd-analyze") or pytest.skip("NO SYSTEMD: nothing here can judge the file")
    text = SERVICE.read_text()
    assert "\nExecStart=/opt/tempoband/bin/tempoband bridge --config /etc/tempoband/bridge.toml\n" in text
    unit = tmp_path / SERVICE.name
    unit.write_text(text.replace("/opt/tempoband/bin/tempoband", shutil.which("true")))
    said = subprocess.run([judge, "verify", str(unit)], capture_output=True, text=True, check=False)
    assert (said.returncode, [line for line in said.stderr.splitlines() if SERVICE.name in line]) == (0, [])


def test_the_service_file_names_real_settings_and_waits_for_the_clock():
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str
    unit.read(SERVICE)
    variable, _, folder = unit["Service"]["Environment"].partition("=")
    assert variable.removeprefix("TEMPOBAND_BRIDGE_").lower() in BridgeSettings.model_fields
    assert folder == "%S/" + unit["Service"]["StateDirectory"]
    assert "time-sync.target" in unit["Unit"]["After"]
    assert unit["Service"]["Restart"] == "always"


# -- drivers ----------------------------------------------------------------------------------------


def test_the_built_in_progressor_is_found_by_entry_point():
    assert "progressor" in [d.name for d in load_drivers()]


def test_a_driver_that_fails_does_not_keep_others_from_matching():
    class Broken(ProgressorDriver):
        name = "broken"

        def matches(self, advertisement):
            raise RuntimeError(advertisement)

    found = driver_for([Broken(), ProgressorDriver()], Advertisement("AA", "Progressor_1"))
    assert isinstance(found, ProgressorDriver)
    assert found.name == "progressor"


# -- probe ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("program", "problem"),
    [
        ("import os; os.abort()", BridgeProblem.PERMISSION_DENIED),
        ("print('adapter_off\\tswitch it on'); raise SystemExit(3)", BridgeProblem.ADAPTER_OFF),
        ("raise SystemExit(1)", BridgeProblem.SCAN_FAILED),
    ],
)
def test_what_kills_the_probe_does_not_kill_the_bridge(program, problem):
    with pytest.raises(RadioError) as caught:
        asyncio.run(probe_radio((sys.executable, "-c", program)))
    assert caught.value.problem is problem


def test_a_good_probe_is_silent():
    asyncio.run(probe_radio((sys.executable, "-c", "")))


def test_without_d_bus_the_probe_says_no_adapter(monkeypatch, tmp_path):
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path}/none")
    with pytest.raises(RadioError, match="plug in an adapter") as caught:
        asyncio.run(probe_radio())
    assert caught.value.problem is BridgeProblem.NO_ADAPTER


# -- survey -----------------------------------------------------------------------------------------


async def test_the_survey_lists_sensors_with_signal_battery_and_driver(world):
    await world.sensor(0, battery_mv=3900.0)
    await world.sensor(1, name="Kettle")
    found = await survey([ProgressorDriver()])
    assert [(f.sensor, f.name, f.driver, f.battery) for f in found] == [
        ("progressor_0000", "Progressor_0000", "progressor", Battery(millivolts=3900))
    ]
    assert -127 < found[0].rssi_dbm < 0


async def test_the_survey_says_why_there_is_no_bluetooth(world):
    await world.radio.turn_off()
    with pytest.raises(RadioError) as caught:
        await survey([ProgressorDriver()])
    assert caught.value.problem is BridgeProblem.ADAPTER_OFF


# -- doctor -----------------------------------------------------------------------------------------


async def test_the_doctor_names_missing_bluetooth():
    async def probe():
        raise RadioError(BridgeProblem.ADAPTER_OFF, "switch it on")

    finding = await doctor.check_bluetooth(probe)
    assert (finding.verdict, finding.remedy) == (Verdict.BAD, "switch it on")


async def test_the_doctor_sees_a_clock_that_was_never_set():
    finding = await doctor.check_clock(lambda: 0.0)
    assert finding.verdict is Verdict.BAD
    assert "1970" in finding.found


def test_the_doctor_looks_at_the_disk(tmp_path):
    assert doctor.check_disk(tmp_path, 1).verdict in (Verdict.GOOD, Verdict.WARN)
    assert "spool_max_mb" in doctor.check_disk(tmp_path, 2**62).remedy
    (tmp_path / "file").write_text("")
    assert doctor.check_disk(tmp_path / "file" / "below", 1).verdict is Verdict.BAD
    assert not list(tmp_path.glob("doctor*"))


def test_the_doctor_looks_into_the_spool_and_leaves_a_running_bridge_alone(tmp_path):
    assert "0 frames" in doctor.check_spool(tmp_path).found
    spool = Spool(tmp_path)
    assert doctor.check_spool(tmp_path).verdict is Verdict.GOOD
    spool.close()


def test_the_doctor_warns_of_plain_text_over_the_network():
    assert doctor.check_certificate(MqttSettings()).verdict is Verdict.GOOD
    assert doctor.check_certificate(MqttSettings(host="broker.example")).verdict is Verdict.WARN


def test_the_doctor_names_a_heartbeat_that_is_missing_or_refuses():
    beat = Heartbeat(worker="w", boot="b", shards="00-ff", at_us=0)
    assert doctor._ingest_finding([]).verdict is Verdict.WARN
    assert doctor._ingest_finding([beat]).verdict is Verdict.GOOD
    away = doctor._ingest_finding([beat.model_copy(update={"accepting": False})])
    assert "store is away" in away.found


def test_the_doctor_reports_a_broker_that_is_not_there(tmp_path):
    # A real clock: sockets do not wait for a virtual one.
    settings = BridgeSettings(id="t", data_dir=tmp_path, mqtt=MqttSettings(port=1))
    doctor.BROKER_TIMEOUT_S, patience = 1.0, doctor.BROKER_TIMEOUT_S
    try:
        finding = asyncio.run(doctor.check_broker(settings))
    finally:
        doctor.BROKER_TIMEOUT_S = patience
    assert finding.verdict is Verdict.BAD
    assert "refused" in finding.found.lower()


# -- metrics ----------------------------------------------------------------------------------------


async def test_metrics_tell_samples_loss_and_spool_and_no_person(world):
    await world.sensor()
    registry = CollectorRegistry()
    world.start(registry=registry)
    await world.streaming()
    await asyncio.sleep(20)
    text = generate_latest(registry).decode()
    value = dict(re.findall(r"^(\S+(?:\{[^}]*\})?) (\S+)$", text, re.MULTILINE))
    assert float(value['tempoband_bridge_samples_total{sensor="progressor_0000"}']) > 1200
    assert float(value['tempoband_bridge_frames_total{fate="live"}']) > 150
    assert float(value["tempoband_bridge_recipient_ready"]) == 1
    assert float(value["tempoband_bridge_lag_seconds"]) < 5
    assert 'cause="lost"' in text
    await world.stop()
    assert "tempoband_bridge" not in generate_latest(registry).decode()
