import pytest

from tempoband.storage.timeseries.influx import open_influx
from tests.stores.contract import StoreContract


class TestInfluxStore(StoreContract):
    @pytest.fixture
    def opened(self, influx, bucket):
        return lambda: open_influx(influx.url, influx.token, influx.org, bucket)
