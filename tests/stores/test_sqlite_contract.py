import pytest

from tempoband.storage.timeseries.sqlite import SqliteStore
from tests.stores.contract import StoreContract


class TestSqliteStore(StoreContract):
    @pytest.fixture
    def opened(self, tmp_path):
        return lambda: SqliteStore(tmp_path / "store")
