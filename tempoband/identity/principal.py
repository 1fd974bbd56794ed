"""The principal: every route and every command takes one, from the first commit on."""

from dataclasses import dataclass
from enum import StrEnum

from tempoband.contracts.clinic import LOCAL_CLINIC


class Role(StrEnum):
    """Who somebody is to a clinic."""

    LOCAL_OWNER = "local_owner"  # the person at the machine; only on loopback
    WEARER = "wearer"
    PHYSIO = "physio"
    CLINIC_ADMIN = "clinic_admin"
    SYSTEM_ADMIN = "system_admin"


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody, in a role, within one clinic.

    Attributes:
        id: pseudonymous id, safe for logs and messages.
        role: what they may do.
        clinic_id: the tenant whose rows they may see.
        person_id: the wearer they are, if they are one.
    """

    id: str
    role: Role
    clinic_id: str
    person_id: str | None = None


LOCAL_OWNER = Principal(id="local-owner", role=Role.LOCAL_OWNER, clinic_id=LOCAL_CLINIC)
