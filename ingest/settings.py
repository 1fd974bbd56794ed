"""Settings of ingest: from the environment, prefix ``TEMPOBAND_INGEST_``."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from tempoband.contracts.topics import ShardRange, check_name
from tempoband.folders import default_data_dir
from tempoband.messaging.settings import MqttSettings
from tempoband.storage.timeseries.retention import RetentionPolicy


def default_store() -> str:
    """The embedded store's folder when nothing is said: where scoring and the pages look for it too."""
    return str(default_data_dir())


def _shards(value: object) -> object:
    return ShardRange.parse(value) if isinstance(value, str) else value


class IngestSettings(BaseSettings):
    """Settings of one ingest worker."""

    model_config = SettingsConfigDict(
        env_prefix="TEMPOBAND_INGEST_",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        arbitrary_types_allowed=True,
    )

    worker: Annotated[str, AfterValidator(lambda v: check_name(v, "worker"))] = Field(
        default="ingest", description="Name of this worker; unique per broker."
    )
    mqtt: MqttSettings = Field(default_factory=MqttSettings, description="The broker.")
    store: str = Field(
        default_factory=default_store,
        description="Folder of the embedded store, or the address of an InfluxDB 2.",
    )
    data_dir: Path | None = Field(
        default=None, description="Folder of the dead letters; by default that of the embedded store."
    )
    records_url: SecretStr = Field(
        default=SecretStr(""),
        description="Records database; with it, only enrolled bridges are listened to.",
    )
    shards: Annotated[ShardRange, NoDecode, BeforeValidator(_shards)] = Field(
        default=ShardRange(), description="Which shards this worker takes, such as 00-7f."
    )
    batch_s: float = Field(default=0.25, gt=0, description="Commit at least so often.")
    window: int = Field(
        default=1000, ge=2, description="The broker's in-flight limit; half of it makes a batch."
    )
    most_waiting: int = Field(
        default=20_000, ge=2, description="Messages kept while the store is away; what is over is sent again."
    )
    most_waiting_bytes: int = Field(
        default=64 * 1024 * 1024, ge=1, description="The same bound in bytes of their payloads."
    )
    heartbeat_s: float = Field(default=5.0, gt=0, description="Repeat the heartbeat so often.")
    store_retry_s: float = Field(
        default=1.0, gt=0, description="First pause before the store is tried again."
    )
    house_s: float = Field(default=30.0, gt=0, description="Let the store seal older samples so often.")
    keep_days: float | None = Field(
        default=None, gt=0, description="Drop samples this old but for an outline; not set, keep all."
    )
    outline_days: float | None = Field(
        default=None, ge=0, description="Drop the outline this old; not set, keep it; 0: keep none."
    )
    metrics_port: int | None = Field(default=None, ge=0, le=65535, description="Prometheus on loopback.")

    @property
    def retention(self) -> RetentionPolicy:
        """How long what is kept."""
        return RetentionPolicy(self.keep_days, self.outline_days)

    @property
    def folder(self) -> Path:
        """Where the register of dead letters lives."""
        if self.data_dir is not None:
            return self.data_dir
        return Path(default_store()) if "://" in self.store else Path(self.store)
