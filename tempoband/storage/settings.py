"""Where samples and records are: the settings that scoring and the pages share."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings

from tempoband.folders import default_data_dir


def records_in(folder: Path) -> str:
    """The URL of the records database of a data folder."""
    return f"sqlite:///{folder / 'records.sqlite'}"


class StorageSettings(BaseSettings):
    """Base of the settings of every part that reads the store and the records."""

    data_dir: Path = Field(
        default_factory=default_data_dir, description="Folder of the store and the records."
    )
    store_url: str = Field(default="", description="Time-series store; empty: the one in data_dir.")
    records_url: SecretStr = Field(
        default=SecretStr(""), description="Records database (SQLAlchemy URL); empty: SQLite in data_dir."
    )

    def store_address(self) -> str:
        """Where the samples are: a folder, or the URL of an InfluxDB 2."""
        return self.store_url or str(self.data_dir)

    def records_address(self) -> str:
        """The URL of the records database, with its password."""
        return self.records_url.get_secret_value() or records_in(self.data_dir)
