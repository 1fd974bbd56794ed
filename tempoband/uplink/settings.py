"""Settings of the link between homes and a clinic: from the environment, prefix ``TEMPOBAND_UPLINK_``."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class UplinkSettings(BaseSettings):
    """What a clinic's side needs to know."""

    model_config = SettingsConfigDict(env_prefix="TEMPOBAND_UPLINK_", extra="forbid", frozen=True)

    broker_files: Path | None = Field(
        default=None, description="Folder for mosquitto's rules and passwords of bridges and homes."
    )
