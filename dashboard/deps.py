"""What routes ask for, as ``Annotated`` types: their signatures read like sentences."""

from http import HTTPStatus
from typing import Annotated, cast

from fastapi import Depends
from starlette.requests import HTTPConnection

from dashboard.access.access import Access
from dashboard.access.known import OUR_HEADER, Known, log_in_first
from dashboard.caller import KNOWN, SEEN, Caller, forbidden
from dashboard.errors import DashboardError, DashboardReason
from dashboard.services import Services
from tempoband.identity.permissions import Action, scope
from tempoband.identity.principal import LOCAL_OWNER, Pending, Principal
from tempoband.storage.records import Records
from tempoband.storage.timeseries.base import TimeSeriesReader
from tempoband.words.phrases import phrased


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
            raise forbidden() if principal.pending is None else _not_yet(principal.pending)
        # Where no account is asked there is only the owner, who sees what is theirs.
        asked = services_of(connection).access is not None
        return Caller(principal, self.action, connection.scope.setdefault(SEEN, []) if asked else None)


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


def access_of(connection: HTTPConnection) -> Access:
    """The parts of accounts.

    Raises:
        DashboardError: 409, where no account is asked.
    """
    access = services_of(connection).access
    if access is None:
        words = "no account is asked on this machine: there is nothing to log in to"
        raise DashboardError(HTTPStatus.CONFLICT, DashboardReason.NO_ACCOUNTS, words)
    return access


class Anyone(Open):
    """The gate of the few routes for people who are not known yet: marked, so that none is open by accident.

    They take our page's header, so that no other site logs somebody in.
    """

    def __call__(self, connection: HTTPConnection) -> Access:
        """The parts of accounts.

        Raises:
            DashboardError: 403, or 409 where no account is asked.
        """
        access = access_of(connection)
        if OUR_HEADER not in connection.headers:
            words = phrased(
                "this was not sent by the page itself (the header {header} is missing)", header=OUR_HEADER
            )
            raise DashboardError(HTTPStatus.FORBIDDEN, DashboardReason.FOREIGN_ORIGIN, words)
        return access


class Public(Open):
    """The gate of what strangers may ask too, and get less of an answer."""

    def __call__(self, connection: HTTPConnection) -> Principal | None:
        """Who asks; None for nobody we know."""
        try:
            return who_asks(connection)
        except DashboardError:
            return None


def _known(connection: HTTPConnection, _: Annotated[Principal, Depends(who_asks)]) -> Known:
    access_of(connection)
    known = connection.scope.get(KNOWN)
    if not isinstance(known, Known):
        raise log_in_first()
    return known


AccessDep = Annotated[Access, Depends(access_of)]
AnyoneDep = Annotated[Access, Depends(Anyone())]
KnownDep = Annotated[Known, Depends(_known)]
