"""The compose file: accepted by Compose, closed to the outside, its settings known to the services."""

import json
import re
import subprocess

import pytest

from analytics.settings import AnalyticsSettings
from dashboard.settings import DashboardSettings
from firmware_bridge.settings import load_settings
from ingest.settings import IngestSettings
from tempoband.storage.timeseries.influx import InfluxAddress
from tests.conftest import PROJECT
from tests.deploy.composed import EXAMPLE, FILE, MAKE_SECRETS, docker_compose, make_env, parse_env, services

OURS = ["ingest", "analytics", "dashboard", "bridge"]
TLS = PROJECT / "deploy" / "compose.tls.yml"
ACCOUNTS = PROJECT / "deploy" / "compose.accounts.yml"


@pytest.fixture(scope="module")
def env() -> dict[str, str]:
    return make_env()


@pytest.fixture(scope="module")
def found(env):
    return services(env)


@pytest.fixture
def compose(env, tmp_path):
    command = docker_compose()
    if command is None:
        pytest.skip("NO DOCKER COMPOSE: install it to let it check the file")
    (tmp_path / ".env").write_text("".join(f"{name}={value}\n" for name, value in env.items()))
    return [*command, "--env-file", str(tmp_path / ".env"), "--profile", "bridge", "--profile", "grafana"]


def test_compose_reads_what_we_read(compose, found):
    out = subprocess.run(
        [*compose, "config", "--format", "json"], cwd=PROJECT, capture_output=True, check=True
    )
    theirs = json.loads(out.stdout)["services"]
    assert theirs.keys() == found.keys()
    for name, service in found.items():
        ours = {key: str(value) for key, value in service["environment"].items()}
        assert {key: value.replace("$$", "$") for key, value in theirs[name]["environment"].items()} == ours


def test_compose_accepts_the_file_for_bridges_from_outside(compose):
    both = [*compose, "-f", str(FILE), "-f", str(TLS), "config", "--format", "json"]
    out = subprocess.run(both, cwd=PROJECT, capture_output=True, check=True)
    mosquitto = json.loads(out.stdout)["services"]["mosquitto"]
    mounts = {mount["target"]: mount["source"] for mount in mosquitto["volumes"]}
    assert mounts["/mosquitto/listeners"].endswith("/deploy/mosquitto/listeners-tls")
    assert {port["published"]: port.get("host_ip") for port in mosquitto["ports"]} == {
        "1883": "127.0.0.1",
        "8883": None,
    }


def test_without_secrets_nothing_starts(env):
    secrets = [name for name, value in parse_env(EXAMPLE.read_text()).items() if value == ""]
    assert len(secrets) == 7
    assert len({env[name] for name in secrets}) == len(secrets)  # each its own
    for secret in secrets:
        with pytest.raises(KeyError, match=secret):
            services({name: value for name, value in env.items() if name != secret})


def test_every_variable_of_the_file_is_explained_in_the_example(env):
    used = set(re.findall(r"\$\{(TEMPOBAND_\w+)", FILE.read_text()))
    assert used - env.keys() == {"TEMPOBAND_INFLUX_READ_TOKEN", "TEMPOBAND_VERSION"}  # both optional
    assert env.keys() <= used


def test_no_port_is_open_to_other_machines(found):
    for service in found.values():
        for port in service.get("ports", ()):
            assert port.startswith("127.0.0.1:")
        if service.get("network_mode") == "host":
            assert "ports" not in service
    settings = TLS.read_text()
    assert settings.count("ports:") == 1


def test_services_wait_for_what_they_need(found):
    for service in found.values():
        for needed, how in service.get("depends_on", {}).items():
            assert how == {"condition": "service_healthy"}
            assert "healthcheck" in found[needed]


def test_every_folder_that_is_mounted_is_there(found):
    for service in found.values():
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            assert not source.startswith("./") or (PROJECT / source).exists()


@pytest.mark.parametrize(
    ("service", "read"),
    [
        ("ingest", IngestSettings),
        ("analytics", AnalyticsSettings),
        ("dashboard", DashboardSettings),
        ("bridge", load_settings),
    ],
)
def test_every_setting_is_known_to_its_service(found, monkeypatch, service, read):
    given = {name: str(value) for name, value in found[service]["environment"].items()}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    settings = read()
    prefix = f"TEMPOBAND_{service.upper()}_"
    for name in given:
        if name.startswith(prefix):
            path = name.removeprefix(prefix).lower().split("__")
            assert reached(settings, path) not in {None, ""}, name
    assert settings.mqtt.username == {"bridge": "bridge-1"}.get(service, "tempoband")


def reached(settings, path):
    for part in path:
        assert part in type(settings).model_fields, part
        settings = getattr(settings, part)
    return settings


@pytest.mark.parametrize(
    ("service", "variable"),
    [
        ("ingest", "TEMPOBAND_INGEST_STORE"),
        ("analytics", "TEMPOBAND_ANALYTICS_STORE_URL"),
        ("dashboard", "TEMPOBAND_DASHBOARD_STORE_URL"),
    ],
)
def test_the_store_s_address_is_whole(found, env, service, variable):
    given = found[service]["environment"]
    address = InfluxAddress.from_url(given[variable], given)
    assert (address.org, address.bucket) == ("clinic", "tempoband")
    assert address.token == env["TEMPOBAND_INFLUX_TOKEN"]


def test_our_services_can_do_little(found):
    for name in OURS:
        service = found[name]
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]
        assert service["command"] == [name]
        assert service.get("user") == ("root" if name == "bridge" else None)
        assert service.get("cap_add", []) == (["DAC_OVERRIDE"] if name == "bridge" else [])


def test_the_guide_makes_secrets_the_way_the_tests_do():
    guide = (PROJECT / "docs" / "clinic.md").read_text()
    assert MAKE_SECRETS in guide
    for command in re.findall(r"^docker compose (?:-f \S+ )*(?:--profile (\w+) )?", guide, re.MULTILINE):
        assert command in {"", "bridge", "grafana"}
    for variable in re.findall(r"TEMPOBAND_\w+", guide):
        assert variable in FILE.read_text() + ACCOUNTS.read_text()


def test_with_accounts_the_dashboard_starts_behind_the_proxy_and_not_without_a_secret(monkeypatch):
    text = ACCOUNTS.read_text()
    told = dict(re.findall(r"^ +(TEMPOBAND_DASHBOARD_\w+): (.+?)(?: #.*)?$", text, re.MULTILINE))
    assert {"TEMPOBAND_SECRET", "TEMPOBAND_NAME"} <= set(re.findall(r"\$\{(\w+):\?", text))
    values = {"TEMPOBAND_SECRET": "0123456789abcdef" * 4, "TEMPOBAND_NAME": "clinic.example"}
    for name, value in told.items():
        plain = re.sub(r"\$\{(\w+):[?-]([^}]*)\}", lambda m: values.get(m[1], m[2]), value).strip("\"'")
        monkeypatch.setenv(name, plain)
    settings = DashboardSettings()
    assert settings.accounts
    assert settings.trusted_proxies == ("127.0.0.1",)
    assert settings.answered_hosts() == {"clinic.example"}
    monkeypatch.setenv("TEMPOBAND_DASHBOARD_SECRET", "changeme")
    with pytest.raises(ValueError, match="random characters"):
        DashboardSettings()
