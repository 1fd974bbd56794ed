"""Every setting of the bridge: a TOML file, and environment variables over it."""

import os
import re
import socket
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from tempoband.contracts.topics import check_name
from tempoband.folders import default_data_dir
from tempoband.messaging.settings import MqttSettings

ENV_PREFIX = "TEMPOBAND_BRIDGE_"
CONFIG_VARIABLE = f"{ENV_PREFIX}CONFIG"


def default_bridge_id() -> str:
    """The name of this computer, made safe for a topic."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", socket.gethostname()).strip("-")[:48] or "bridge"


def default_spool_dir() -> Path:
    """Where the spool is kept when nothing is said."""
    return default_data_dir() / "bridge"


class SensorSettings(BaseModel):
    """What is special about one sensor, keyed by its id in ``[sensor.<id>]``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(default="", description="The name people see; empty: the name it advertises.")
    use_start_notify: bool | None = Field(
        default=None,
        description="Linux: force StartNotify (true) or AcquireNotify (false); unset: what bleak prefers.",
    )
    ring_length_cm: float | None = Field(
        default=None,
        gt=0,
        le=500,
        description="Length of the closed, unstretched ring; told with the sensor's status. See docs/rig.md.",
    )


class BridgeSettings(BaseSettings):
    """Settings of one bridge. Unknown names are errors: a mistyped setting must not be ignored."""

    model_config = SettingsConfigDict(
        env_prefix=ENV_PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True
    )

    id: Annotated[str, AfterValidator(lambda v: check_name(v, "bridge"))] = Field(
        default_factory=default_bridge_id, description="Name of this bridge in topics; unique per broker."
    )
    data_dir: Path = Field(
        default_factory=default_spool_dir, description="Folder of the spool and the calibrations."
    )
    mqtt: MqttSettings = Field(default_factory=MqttSettings, description="The broker; see [mqtt].")
    sensors: tuple[str, ...] = Field(
        default=(),
        description="Only these sensors, by id, name or address; empty: every sensor a driver knows.",
    )
    sensor: dict[str, SensorSettings] = Field(default_factory=dict, description="Settings of one sensor.")
    drivers: tuple[str, ...] = Field(default=(), description="Only these drivers; empty: all installed.")
    adapter: str | None = Field(
        default=None, description="Linux: the Bluetooth adapter, such as hci1; unset: the default one."
    )
    stream_always: bool = Field(
        default=False,
        description="Stream whenever a sensor is awake; false: only while a page or a set asks for it.",
    )
    idle_after_s: float = Field(
        default=300.0, gt=0, description="On demand: stop a sensor after so long without anybody asking."
    )
    resend_after_s: float = Field(
        default=30.0,
        gt=0,
        description="Send a frame again when no receipt came for so long; doubles each time.",
    )
    resend_most_s: float = Field(default=600.0, gt=0, description="Longest pause between two such attempts.")
    credit_frames: int = Field(
        default=256, ge=1, description="At most so many replayed frames without a receipt."
    )
    backfill_frames_per_s: float = Field(
        default=200.0, gt=0, description="At most so many replayed frames a second; live ones come first."
    )
    fresh_s: float = Field(
        default=2.0, gt=0, description="A frame older than this is not sent live but replayed."
    )
    live_unacked: int = Field(
        default=64, ge=1, description="With so many live frames unacknowledged by the broker, hold back."
    )
    heartbeat_timeout_s: float = Field(
        default=20.0, gt=0, description="Without a heartbeat of ingest for so long, nothing is replayed."
    )
    spool_max_mb: float = Field(
        default=500.0, gt=0, description="Largest spool; then the oldest is given up."
    )
    spool_max_days: float = Field(default=30.0, gt=0, description="Oldest frame kept; then it is given up.")
    status_every_s: float = Field(default=30.0, gt=0, description="Publish every status at least so often.")
    metrics_port: int | None = Field(
        default=None, ge=0, le=65535, description="Serve Prometheus metrics on loopback here; unset: do not."
    )
    simulated: bool = Field(default=False, description="Say in every status that the sensors are simulated.")

    @property
    def spool_max_bytes(self) -> int:
        """The size bound in bytes."""
        return int(self.spool_max_mb * 1e6)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is given in code wins, then the environment, then the TOML file."""
        del dotenv_settings, file_secret_settings
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def load_settings(path: Path | None = None) -> BridgeSettings:
    """Settings from a TOML file (or the one TEMPOBAND_BRIDGE_CONFIG names) and the environment.

    Raises:
        FileNotFoundError: the file was named but is not there.
        tomllib.TOMLDecodeError: it is no TOML.
        pydantic.ValidationError: a setting is wrong or unknown; the message names it.
        ValueError: an environment variable with our prefix names no setting.
    """
    named = path or (Path(os.environ[CONFIG_VARIABLE]) if CONFIG_VARIABLE in os.environ else None)
    if named is not None and not named.is_file():
        raise FileNotFoundError(f"no settings file {named}")
    _check_environment()

    class FromFile(BridgeSettings):
        model_config = SettingsConfigDict(toml_file=named)

    return FromFile()


def _check_environment() -> None:
    for variable in os.environ:
        if not variable.upper().startswith(ENV_PREFIX) or variable.upper() == CONFIG_VARIABLE:
            continue
        setting = variable[len(ENV_PREFIX) :].lower().split("__")[0]
        if setting not in BridgeSettings.model_fields:
            raise ValueError(f"environment variable {variable}: there is no setting {setting!r}")
