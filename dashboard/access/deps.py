"""What the routes of accounts ask for."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from dashboard.access.access import Access
from dashboard.access.known import OUR_HEADER, Known, log_in_first
from dashboard.caller import KNOWN
from dashboard.deps import Open, services_of, who_asks
from dashboard.errors import DashboardError, DashboardReason
from tempoband.identity.principal import Principal
from tempoband.words.phrases import phrased


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
