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


STAFF = frozenset({Role.PHYSIO, Role.CLINIC_ADMIN, Role.SYSTEM_ADMIN})


class Pending(StrEnum):
    """What somebody who is known has still to do before they may do anything else."""

    SECOND_FACTOR = "second_factor"  # enter the code of the authenticator
    SECOND_FACTOR_SETUP = "second_factor_setup"  # set the authenticator up
    CONSENT = "consent"  # a wearer: read the text and agree


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody, in a role, within one clinic.

    Attributes:
        id: pseudonymous id, safe for logs and messages.
        role: what they may do.
        clinic_id: the tenant whose rows they may see.
        person_id: the wearer they are, if they are one.
        scopes: the actions a program's token is limited to; None: everything the role may.
        pending: what they have to do first.
    """

    id: str
    role: Role
    clinic_id: str
    person_id: str | None = None
    scopes: frozenset[str] | None = None
    pending: Pending | None = None


LOCAL_OWNER = Principal(id="local-owner", role=Role.LOCAL_OWNER, clinic_id=LOCAL_CLINIC)
