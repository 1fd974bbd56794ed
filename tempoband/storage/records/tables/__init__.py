"""Every table, so that importing this package fills the metadata."""

from tempoband.storage.records.tables.accounts import (
    AccountRow,
    AttemptRow,
    ConsentRow,
    InvitationRow,
    RecoveryCodeRow,
    SessionRow,
    TokenRow,
)
from tempoband.storage.records.tables.audit import AuditRow
from tempoband.storage.records.tables.base import Base
from tempoband.storage.records.tables.caseload import (
    AlertRuleRow,
    DailyMailRow,
    MessageRow,
    SetDigestRow,
    SightingRow,
    StandingRow,
)
from tempoband.storage.records.tables.clinics import ClinicRow
from tempoband.storage.records.tables.cursors import ScoringCursorRow
from tempoband.storage.records.tables.declarations import SetDeclarationRow
from tempoband.storage.records.tables.devices import AssignmentRow, DeviceRow
from tempoband.storage.records.tables.erasures import ErasureRow
from tempoband.storage.records.tables.homes import (
    BridgeRow,
    ConflictRow,
    HomeOrderRow,
    HomePersonRow,
    PairingCodeRow,
    SyncRow,
)
from tempoband.storage.records.tables.people import PersonRow
from tempoband.storage.records.tables.prescriptions import PrescriptionRow, ProgrammeRow
from tempoband.storage.records.tables.references import ReferenceRow
from tempoband.storage.records.tables.reports import (
    AlertRow,
    FeltTempoRow,
    NoteRow,
    RecordingRow,
    SelfReportRow,
    SelfTestRow,
)
from tempoband.storage.records.tables.sets import RepRow, ScoreRow, SetRow

__all__ = [
    "AccountRow",
    "AlertRow",
    "AlertRuleRow",
    "AssignmentRow",
    "AttemptRow",
    "AuditRow",
    "Base",
    "BridgeRow",
    "ClinicRow",
    "ConflictRow",
    "ConsentRow",
    "DailyMailRow",
    "DeviceRow",
    "ErasureRow",
    "FeltTempoRow",
    "HomeOrderRow",
    "HomePersonRow",
    "InvitationRow",
    "MessageRow",
    "NoteRow",
    "PairingCodeRow",
    "PersonRow",
    "PrescriptionRow",
    "ProgrammeRow",
    "RecordingRow",
    "RecoveryCodeRow",
    "ReferenceRow",
    "RepRow",
    "ScoreRow",
    "ScoringCursorRow",
    "SelfReportRow",
    "SelfTestRow",
    "SessionRow",
    "SetDeclarationRow",
    "SetDigestRow",
    "SetRow",
    "SightingRow",
    "StandingRow",
    "SyncRow",
    "TokenRow",
]
