"""The neighbours' real servers."""

from tests.influx.conftest import influx, influxd_program
from tests.records.conftest import postgres

__all__ = ["influx", "influxd_program", "postgres"]
