"""Every refusal as ``application/problem+json`` (RFC 9457): a sentence for people, a reason for programs."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.websockets import WebSocket

from dashboard.errors import DashboardError, DashboardReason
from dashboard.language import in_words, reader, wanted, wrong_value
from tempoband.identity.errors import IdentityError
from tempoband.messaging.errors import MessagingError
from tempoband.storage.errors import StorageError, StorageReason
from tempoband.storage.records import RecordsError, RecordsReason
from tempoband.words.catalogue import Language
from tempoband.words.phrases import Phrase, phrased
from tempoband.words.said import say

WS_REFUSED = 4403
_RECORDS = {
    RecordsReason.NOT_FOUND: HTTPStatus.NOT_FOUND,
    RecordsReason.CONFLICT: HTTPStatus.CONFLICT,
    RecordsReason.INVALID: HTTPStatus.UNPROCESSABLE_ENTITY,
}
_STORAGE = {StorageReason.FULL: HTTPStatus.INSUFFICIENT_STORAGE}
_TRY_AGAIN = {"retry-after": "2"}

log = structlog.get_logger(__name__)


def problem(
    status: int,
    reason: str,
    words: Phrase | str,
    *,
    headers: Mapping[str, str] | None = None,
    language: Language | None = None,
    **more: Any,
) -> JSONResponse:
    """A problem document; ``detail`` is in the reader's language, ``said`` is its English key and values."""
    told = words if isinstance(words, Phrase) else Phrase(words)
    detail = told.within(language or reader())
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    return JSONResponse(
        body | {"reason": reason, "detail": detail, "said": told.to_dict()} | more,
        status,
        media_type="application/problem+json",
        headers=headers,
    )


def install(app: FastAPI) -> None:
    """Answer every exception with a problem."""
    for kind, answer in _ANSWERS.items():
        app.add_exception_handler(kind, answer)


async def _refused(connection: Request | WebSocket, error: DashboardError) -> JSONResponse | None:
    if isinstance(connection, WebSocket):  # not accepted yet: the browser sees a refused handshake
        await connection.close(WS_REFUSED, error.detail)
        return None
    return problem(error.status, error.reason, error.words, headers=error.headers)


async def _records(_: Request, error: RecordsError) -> JSONResponse:
    return problem(_RECORDS[error.reason], error.reason, error.words)


async def _identity(_: Request, error: IdentityError) -> JSONResponse:
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, error.reason, error.words)


async def _storage(_: Request, error: StorageError) -> JSONResponse:
    status = _STORAGE.get(error.reason, HTTPStatus.SERVICE_UNAVAILABLE)
    return problem(status, error.reason, _away(error.reason, error.detail), headers=_TRY_AGAIN)


async def _messaging(_: Request, error: MessagingError) -> JSONResponse:
    words = phrased("the broker cannot be reached: {why}", why=error.detail)
    return problem(HTTPStatus.SERVICE_UNAVAILABLE, error.reason, words, headers=_TRY_AGAIN)


async def _invalid(_: Request, error: RequestValidationError) -> JSONResponse:
    errors = [{"where": _where(e["loc"]), "words": wrong_value(e)} for e in error.errors()]
    detail = "; ".join(f"{e['where']}: {e['words']}" for e in errors)
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, DashboardReason.INVALID, detail, errors=errors)


async def _http(_: Request, error: HTTPException) -> JSONResponse:
    reason = HTTPStatus(error.status_code).name.lower()
    return problem(error.status_code, reason, str(error.detail), headers=error.headers)


async def _unexpected(request: Request, error: Exception) -> JSONResponse:
    log.error("request_failed", path=request.scope["path"], exc_info=error)
    words = "something went wrong on this machine; its log says more"
    # Starlette answers this outside of every middleware, the guard and the language too.
    language = wanted(request.headers.get("accept-language", ""))
    headers = {"x-content-type-options": "nosniff"}
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    return problem(status, DashboardReason.FAILED, words, headers=headers, language=language)


# Each answers its own kind only, which no type of Starlette's can say.
_ANSWERS: dict[type[Exception], Callable[..., Any]] = {
    DashboardError: _refused,
    RecordsError: _records,
    IdentityError: _identity,
    StorageError: _storage,
    MessagingError: _messaging,
    RequestValidationError: _invalid,
    HTTPException: _http,
    Exception: _unexpected,
}


def _away(reason: StorageReason, detail: str) -> str:
    """A store that cannot answer: in English what it says itself, else by its reason."""
    return detail if reader() is Language.EN else in_words(say(f"storage.{reason}"))


def _where(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location if part not in ("body", "query", "path")) or "body"
