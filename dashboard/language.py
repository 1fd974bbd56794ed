"""The language of whoever reads an answer: what ``Accept-Language`` asks for, else English."""

from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tempoband.contracts.events import Sentence
from tempoband.words.catalogue import LANGUAGES, Language, messages, phrase, text
from tempoband.words.said import Said

_reader: ContextVar[Language] = ContextVar("reader's language", default=Language.EN)
_API = "/api/"
_NO_OBJECT = ("model_attributes_type", "model_type", "dict_type")
_MOST = 200  # characters of the header that are looked at


def reader() -> Language:
    """The language of the request that is being answered."""
    return _reader.get()


def in_words(said: Said) -> str:
    """A sentence for the reader."""
    return text(reader(), said)


def translated(english: str) -> str:
    """A text of the catalogue for the reader."""
    return phrase(reader(), english)


def heard(said: Sentence | None, english: str) -> str:
    """What a bridge says, for the reader; an old bridge gives English only."""
    return said.phrase().within(reader()) if said is not None else english


def wanted(header: str) -> Language:
    """The language that an ``Accept-Language`` header likes best among ours (RFC 9110, 12.5.4)."""
    best, liking = Language.EN, 0.0
    for part in header[:_MOST].split(","):
        tag, _, weight = part.strip().partition(";q=")
        found = next((one for one in LANGUAGES if tag.split("-")[0].strip().lower() == one), None)
        likes = _weight(weight)
        if found is not None and likes > liking:
            best, liking = found, likes
    return best


def _weight(text_: str) -> float:
    try:
        return float(text_) if text_ else 1.0
    except ValueError:
        return 0.0


def _asked(scope: Scope) -> Language:
    """What a request asks for; a page cannot set a socket's headers, so it says ``lang`` in its address."""
    if scope["type"] == "websocket":
        told = parse_qs(scope["query_string"].decode("latin-1")).get("lang", [""])[0]
        if (language := known_language(told)) is not None:
            return language
    return wanted(Headers(scope=scope).get("accept-language", ""))


class Speaks:
    """ASGI middleware: remembers the reader's language while a request is answered, and says which it was."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, in the reader's language."""
        if scope["type"] not in ("http", "websocket") or not scope["path"].startswith(_API):
            await self._app(scope, receive, send)
            return
        language = _asked(scope)

        async def said(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.add_vary_header("Accept-Language")
                headers.setdefault("content-language", language)
            await send(message)

        token = _reader.set(language)
        try:
            await self._app(scope, receive, said)
        finally:
            _reader.reset(token)


def wrong_value(error: Mapping[str, Any]) -> str:
    """What pydantic finds wrong with one value, for the reader; ``error`` is one of ``errors()``."""
    if error["type"] in _NO_OBJECT:
        return in_words(Said("value.no_object"))
    known = messages(reader()).get(f"value.{error['type']}")
    if reader() is Language.EN or known is None:
        return str(error["msg"]) if reader() is Language.EN else in_words(Said("value.other"))
    values = {
        name: value
        for name, value in (error.get("ctx") or {}).items()
        if isinstance(value, str | int | float)
    }
    try:
        return in_words(Said(f"value.{error['type']}", values))
    except KeyError:  # pydantic names its numbers otherwise than we know
        return in_words(Said("value.other"))


def known_language(word: str | None) -> Language | None:
    """A language as the records keep it; None for none, and for one that a newer version knows."""
    return next((one for one in LANGUAGES if one == word), None)
