"""Who asks for one thing, and whose data they may touch with it."""

from dataclasses import dataclass, field
from http import HTTPStatus

from dashboard.errors import DashboardError, DashboardReason, not_found
from tempoband.identity.permissions import Action, Scope, allows, reads, scope
from tempoband.identity.principal import Principal

KNOWN = "tempoband.known"  # where a request keeps who was recognised, for the routes of accounts
SEEN = "tempoband.seen"  # and whose data its route has looked at, for the audit


@dataclass(frozen=True, slots=True)
class Seen:
    """Somebody's look at a person's data; ``person_id`` None: at a list of the whole clinic."""

    clinic_id: str
    by: str
    role: str
    action: str
    person_id: str | None


@dataclass(frozen=True, slots=True)
class Caller:
    """A principal who may do one thing; to whose data, the route asks with ``check``."""

    principal: Principal
    action: Action
    seen: list[Seen] | None = field(default=None, compare=False, repr=False)

    @property
    def id(self) -> str:
        """Pseudonymous id."""
        return self.principal.id

    @property
    def clinic_id(self) -> str:
        """The clinic whose rows are visible."""
        return self.principal.clinic_id

    @property
    def only_person(self) -> str | None:
        """The one person a list has to be limited to; None: the whole clinic.

        Raises:
            DashboardError: 403, for somebody who is limited to themselves but is no wearer.
        """
        if scope(self.principal, self.action) is Scope.CLINIC:
            self._note(None)
            return None
        if self.principal.person_id is None:
            raise forbidden()
        return self.principal.person_id

    @property
    def myself(self) -> str:
        """The wearer who asks, for what nobody does for somebody else.

        Raises:
            DashboardError: 409, for somebody who is no wearer.
        """
        if self.principal.person_id is None:
            words = "this is for wearers themselves"
            raise DashboardError(HTTPStatus.CONFLICT, DashboardReason.CONFLICT, words)
        return self.principal.person_id

    def check(self, person_id: str | None, what: str, name: str) -> None:
        """See that the data of this person may be touched.

        Raises:
            DashboardError: 404, as if it were not there.
        """
        if not allows(self.principal, self.action, person_id):
            raise not_found(what, name)
        self._note(person_id)

    def _note(self, person_id: str | None) -> None:
        """Remember a look at somebody else's data; changes are audited where they are made."""
        own = person_id is not None and person_id == self.principal.person_id
        if self.seen is not None and reads(self.action) and not own:
            who = self.principal
            self.seen.append(Seen(who.clinic_id, who.id, who.role, self.action, person_id))


def forbidden() -> DashboardError:
    """What somebody hears whose role does not go that far."""
    return DashboardError(HTTPStatus.FORBIDDEN, DashboardReason.FORBIDDEN, "your role does not allow this")
