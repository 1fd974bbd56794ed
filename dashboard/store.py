"""The time-series store, opened when first needed: at start-up ingest may not have made it yet."""

import threading
from collections.abc import Callable

from dashboard.settings import DashboardSettings
from tempoband.storage.timeseries.base import TimeSeriesReader
from tempoband.storage.timeseries.open import open_store


class StoreHandle:
    """Opens the store for reading once, and tries again as long as that fails."""

    def __init__(self, opener: Callable[[], TimeSeriesReader]) -> None:
        self._opener = opener
        self._reader: TimeSeriesReader | None = None
        self._lock = threading.Lock()

    @classmethod
    def from_settings(cls, settings: DashboardSettings) -> "StoreHandle":
        """The store the settings name."""
        return cls(lambda: open_store(settings.store_address(), writable=False))

    def reader(self) -> TimeSeriesReader:
        """The open store.

        Raises:
            StorageError: it cannot be opened (yet).
        """
        with self._lock:
            if self._reader is None:
                self._reader = self._opener()
            return self._reader

    def close(self) -> None:
        """Close it, if it was ever opened."""
        with self._lock:
            if self._reader is not None:
                self._reader.close()
            self._reader = None
