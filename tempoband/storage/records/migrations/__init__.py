"""Migrations of the records, run by ``tempoband.storage.records.migrate``."""
