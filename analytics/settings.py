"""Every setting of the analytics service."""

from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_settings import SettingsConfigDict

from tempoband.contracts.topics import ShardRange
from tempoband.messaging.settings import MqttSettings
from tempoband.storage.settings import StorageSettings

ENV_PREFIX = "TEMPOBAND_ANALYTICS_"


class AnalyticsSettings(StorageSettings):
    """Settings of one analytics worker. Unknown names are errors: a mistyped setting must not be ignored."""

    model_config = SettingsConfigDict(
        env_prefix=ENV_PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True
    )

    mqtt: MqttSettings = Field(default_factory=MqttSettings, description="The broker.")
    shards: Annotated[str, AfterValidator(lambda v: str(ShardRange.parse(v)))] = Field(
        default="00-ff", description="The shards this worker serves, such as 00-7f."
    )
    live: bool = Field(default=True, description="Score live frames for immediate feedback.")
    stored: bool = Field(default=True, description="Score what is stored: the record.")
    poll_s: float = Field(default=2.0, gt=0, description="Look for commits at least so often.")
    rescore_s: float = Field(default=1.0, ge=0, description="Score an open set again at most so often.")
    reconcile_s: float = Field(
        default=30.0, gt=0, description="Look for told sets whose score is missing or out of date so often."
    )
    changes_at_once: int = Field(default=1000, ge=1, description="Read so many commits of the store at once.")
    live_queue: int = Field(
        default=20_000, ge=1, description="At most so many live frames wait; then the oldest is dropped."
    )

    @property
    def shard_range(self) -> ShardRange:
        """``shards`` parsed."""
        return ShardRange.parse(self.shards)

    @property
    def worker(self) -> str:
        """Name of this worker's cursor: workers of other shards have their own."""
        return f"scoring-{self.shards}"
