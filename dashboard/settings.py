"""Settings of the dashboard: from the environment (``TEMPOBAND_DASHBOARD_...``) or from the caller."""

from functools import cache
from pathlib import Path
from typing import Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import Field, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from dashboard.access.settings import AccessSettings, unsafe
from dashboard.mail.smtp import SmtpSettings
from tempoband.contracts.hosts import is_address, is_loopback
from tempoband.identity.local_ca import is_local
from tempoband.messaging.settings import MqttSettings
from tempoband.storage.settings import StorageSettings

ENV_PREFIX = "TEMPOBAND_DASHBOARD_"
STATIC = Path(__file__).parent / "static"


@cache
def system_time_zone() -> str:
    """The IANA name of this machine's zone; UTC where it cannot be known."""
    try:
        parts = Path("/etc/localtime").resolve(strict=True).parts
    except OSError:
        return "UTC"
    for length in (3, 2, 1):
        name = "/".join(parts[-length:])
        if name in available_timezones():
            return name
    return "UTC"


class DashboardSettings(AccessSettings, StorageSettings):
    """Where the dashboard listens, what it reads, and who is let in."""

    model_config = SettingsConfigDict(
        env_prefix=ENV_PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True
    )

    host: str = Field(
        default="127.0.0.1", description="Address to listen on; off loopback accounts and TLS are needed."
    )
    port: int = Field(default=8765, ge=0, le=65535, description="Port to listen on; 0: any free one.")
    records_owner: bool = Field(default=True, description="Whether this process runs the migrations.")
    mqtt: MqttSettings = Field(default_factory=MqttSettings, description="The broker.")
    mode: str = Field(default="dashboard", description="What was started: demo, up or dashboard.")
    simulated: bool = Field(default=False, description="Whether the wearers are virtual: the pages say so.")
    time_zone: str = Field(
        default_factory=system_time_zone,
        description="IANA name: days and weeks are counted in it; default: this machine's.",
    )
    static_dir: Path = Field(default=STATIC, description="The built page.")
    allowed_hosts: tuple[str, ...] = Field(
        default=(), description="Names, beside the loopback ones, under which browsers may ask."
    )
    homes_mqtt_url: str = Field(
        default="",
        description="Where homes reach the broker, such as mqtts://host:8883; empty: /mqtt at the pages.",
    )
    trust_port: int = Field(
        default=0, ge=0, le=65535, description="At home: where phones read how to trust it; 0: nowhere."
    )
    trust_fingerprint: str = Field(default="", description="SHA-256 of the certificate they install.")
    command_timeout_s: float = Field(default=8.0, gt=0, description="How long a sensor has to answer.")
    smtp: SmtpSettings = Field(default_factory=SmtpSettings, description="The mail server.")
    page_url: str = Field(default="", description="Address of the pages, for the link in the daily mail.")
    lease_s: float = Field(
        default=30.0, gt=0, description="How long a sensor streams after the last sign of a viewer."
    )

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"{name!r} is no time zone; write a name such as Europe/Berlin") from error
        return name

    @model_validator(mode="after")
    def _safe(self) -> Self:
        problem = unsafe(self, loopback=is_loopback(self.host))
        if problem is not None:
            raise ValueError(f"cannot listen on {self.host}: {problem}")
        return self

    def https_only_host(self) -> str:
        """The public name that is only ever served over our own TLS; empty: none.

        Not for names at home: browsers would apply it to every port of the machine, and there the steps to
        trust it are plain HTTP.
        """
        if self.tls_certificate is None or is_address(self.public_host) or is_local(self.public_host):
            return ""
        return self.public_host

    def answered_hosts(self) -> set[str]:
        """Names, beside the loopback ones, under which browsers may ask."""
        return {*self.allowed_hosts, self.public_host} - {""}
