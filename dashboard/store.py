"""The time-series store, opened when first needed: at start-up ingest may not have made it yet."""

import threading
from collections.abc import Callable

from tempoband.storage.timeseries.base import TimeSeriesReader


class StoreHandle:
    """Opens the store for reading once, and tries again as long as that fails."""

    def __init__(self, opener: Callable[[], TimeSeriesReader]) -> None:
        self._opener = opener
        self._reader: TimeSeriesReader | None = None
        self._lock = threading.Lock()

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
