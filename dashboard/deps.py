"""What routes ask for, as ``Annotated`` types: their signatures read like sentences."""

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Annotated, cast

from fastapi import Depends
from starlette.requests import HTTPConnection

from dashboard.errors import DashboardError, DashboardReason, not_found
from dashboard.privacy.looks import Seen
from dashboard.services import Services
from tempoband.identity.permissions import Action, Scope, allows, reads, scope
from tempoband.identity.principal import LOCAL_OWNER, Pending, Principal
from tempoband.storage.records import Records
from tempoband.storage.timeseries.base import TimeSeriesReader

KNOWN = "tempoband.known"  # where a request keeps who was recognised, for the routes of accounts
SEEN = "tempoband.seen"  # and whose data its route has looked at, for the audit


def services_of(connection: HTTPConnection) -> Services:
    """The application's services, for requests and sockets alike."""
    return cast("Services", connection.app.state.services)


def who_asks(connection: HTTPConnection) -> Principal:
    """Who is asking: by session or token; where no account is asked, whoever sits at this machine.

    Raises:
        DashboardError: 401, for nobody we know.
    """
    access = services_of(connection).access
    if access is None:
        return LOCAL_OWNER
    known = access.doorman.recognise(connection)
    connection.scope[KNOWN] = known
    return known.principal


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
            raise _forbidden()
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


class Open:
    """A gate that lets in people or programs we do not know yet: marked, so that none is open by accident."""


class ForPrograms(Open):
    """The gate of routes where the route itself judges what a program brings: a code, or MQTT's password."""

    def __call__(self) -> None:
        """Nothing is asked here."""


class May:
    """A dependency that lets only those in whose role has the action: see ``identity.permissions``."""

    def __init__(self, action: Action) -> None:
        self.action = action

    def __call__(
        self, principal: Annotated[Principal, Depends(who_asks)], connection: HTTPConnection
    ) -> Caller:
        """The caller.

        Raises:
            DashboardError: 403.
        """
        if scope(principal, self.action) is None:
            raise _forbidden() if principal.pending is None else _not_yet(principal.pending)
        # Where no account is asked there is only the owner, who sees what is theirs.
        asked = services_of(connection).access is not None
        return Caller(principal, self.action, connection.scope.setdefault(SEEN, []) if asked else None)


def _forbidden() -> DashboardError:
    return DashboardError(HTTPStatus.FORBIDDEN, DashboardReason.FORBIDDEN, "your role does not allow this")


_FIRST = {
    Pending.SECOND_FACTOR: "enter the code of your authenticator first",
    Pending.SECOND_FACTOR_SETUP: "set up your authenticator first",
    Pending.CONSENT: "read what is kept of you, and agree to it first",
}


def _not_yet(pending: Pending) -> DashboardError:
    return DashboardError(HTTPStatus.FORBIDDEN, DashboardReason(pending), _FIRST[pending])


def _records(connection: HTTPConnection) -> Records:
    return services_of(connection).records


def _store(connection: HTTPConnection) -> TimeSeriesReader:
    return services_of(connection).store.reader()


ServicesDep = Annotated[Services, Depends(services_of)]
RecordsDep = Annotated[Records, Depends(_records)]
StoreDep = Annotated[TimeSeriesReader, Depends(_store)]
