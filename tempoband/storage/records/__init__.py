"""Records: people, devices, prescriptions, set declarations, sets, scores, self-reports, audit.

``Records(url)`` opens the database; each resource has a module of functions that take a session and a
clinic id and give frozen dataclasses. SQLite and PostgreSQL behave the same.
"""

from tempoband.storage.records.database import Records
from tempoband.storage.records.errors import RecordsError, RecordsReason

__all__ = ["Records", "RecordsError", "RecordsReason"]
