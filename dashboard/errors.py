"""Every refusal as ``application/problem+json`` (RFC 9457): a sentence for people, a reason for programs."""

from collections.abc import Mapping
from enum import StrEnum
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.websockets import WebSocket

from tempoband.identity.errors import IdentityError
from tempoband.messaging.errors import MessagingError
from tempoband.storage.errors import StorageError, StorageReason
from tempoband.storage.records import RecordsError, RecordsReason

WS_REFUSED = 4403

log = structlog.get_logger(__name__)


class DashboardReason(StrEnum):
    """Why the dashboard itself refused."""

    NOT_FOUND = "not_found"
    FORBIDDEN = "forbidden"
    CONFLICT = "conflict"
    INVALID = "invalid"
    FOREIGN_HOST = "foreign_host"
    FOREIGN_ORIGIN = "foreign_origin"
    TOO_LARGE = "too_large"
    NOT_CONNECTED = "not_connected"
    NO_ANSWER = "no_answer"
    LOG_IN = "log_in"
    REFUSED = "refused"  # a password, a code or a link that is not good
    SECOND_FACTOR = "second_factor"
    SECOND_FACTOR_SETUP = "second_factor_setup"
    CONSENT = "consent"
    NO_ACCOUNTS = "no_accounts"
    TOO_MANY_ATTEMPTS = "too_many_attempts"
    HTTPS_NEEDED = "https_needed"
    FAILED = "failed"


class DashboardError(Exception):
    """A request that is refused; the detail is a sentence for the person who asked."""

    def __init__(
        self,
        status: HTTPStatus,
        reason: DashboardReason,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.reason = reason
        self.detail = detail
        self.headers = headers


def not_found(what: str, name: str) -> DashboardError:
    """What is not there, or is not the asker's to see: the two must not be told apart."""
    return DashboardError(HTTPStatus.NOT_FOUND, DashboardReason.NOT_FOUND, f"there is no {what} {name!r}")


def invalid(detail: str) -> DashboardError:
    """A request that makes no sense."""
    return DashboardError(HTTPStatus.UNPROCESSABLE_ENTITY, DashboardReason.INVALID, detail)


_RECORDS = {
    RecordsReason.NOT_FOUND: HTTPStatus.NOT_FOUND,
    RecordsReason.CONFLICT: HTTPStatus.CONFLICT,
    RecordsReason.INVALID: HTTPStatus.UNPROCESSABLE_ENTITY,
}
_STORAGE = {StorageReason.FULL: HTTPStatus.INSUFFICIENT_STORAGE}


def problem(
    status: int, reason: str, detail: str, *, headers: Mapping[str, str] | None = None, **more: Any
) -> JSONResponse:
    """A problem document; ``detail`` is shown to people as it is."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    return JSONResponse(
        body | {"reason": reason, "detail": detail} | more,
        status,
        media_type="application/problem+json",
        headers=headers,
    )


def install(app: FastAPI) -> None:
    """Answer every exception with a problem."""

    @app.exception_handler(DashboardError)
    async def _refused(connection: Request | WebSocket, error: DashboardError) -> JSONResponse | None:
        if isinstance(connection, WebSocket):  # not accepted yet: the browser sees a refused handshake
            await connection.close(WS_REFUSED, error.detail)
            return None
        return problem(error.status, error.reason, error.detail, headers=error.headers)

    @app.exception_handler(RecordsError)
    async def _records(_: Request, error: RecordsError) -> JSONResponse:
        return problem(_RECORDS[error.reason], error.reason, error.detail)

    @app.exception_handler(IdentityError)
    async def _identity(_: Request, error: IdentityError) -> JSONResponse:
        return problem(HTTPStatus.UNPROCESSABLE_ENTITY, error.reason, error.detail)

    @app.exception_handler(StorageError)
    async def _storage(_: Request, error: StorageError) -> JSONResponse:
        status = _STORAGE.get(error.reason, HTTPStatus.SERVICE_UNAVAILABLE)
        return problem(status, error.reason, error.detail, headers={"retry-after": "2"})

    @app.exception_handler(MessagingError)
    async def _messaging(_: Request, error: MessagingError) -> JSONResponse:
        detail = f"the broker cannot be reached: {error.detail}"
        return problem(HTTPStatus.SERVICE_UNAVAILABLE, error.reason, detail, headers={"retry-after": "2"})

    @app.exception_handler(RequestValidationError)
    async def _invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        errors = [{"where": _where(e["loc"]), "words": str(e["msg"])} for e in error.errors()]
        detail = "; ".join(f"{e['where']}: {e['words']}" for e in errors)
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return problem(status, DashboardReason.INVALID, detail, errors=errors)

    @app.exception_handler(HTTPException)
    async def _http(_: Request, error: HTTPException) -> JSONResponse:
        reason = HTTPStatus(error.status_code).name.lower()
        return problem(error.status_code, reason, str(error.detail), headers=error.headers)

    @app.exception_handler(Exception)
    async def _unexpected(request: Request, error: Exception) -> JSONResponse:
        log.error("request_failed", path=request.scope["path"], exc_info=error)
        detail = "something went wrong on this machine; its log says more"
        status = HTTPStatus.INTERNAL_SERVER_ERROR
        # Starlette answers this outside of every middleware, the guard too.
        return problem(status, DashboardReason.FAILED, detail, headers={"x-content-type-options": "nosniff"})


def _where(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location if part not in ("body", "query", "path")) or "body"
