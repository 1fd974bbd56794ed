"""Structured logs without secrets and without personal data."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

# Keys whose values never reach a log: credentials, and what names a person.
SECRET_WORDS = ("password", "secret", "token", "authorization", "cookie", "credential")
PERSONAL_KEYS = frozenset({"name", "display_name", "person_name", "email", "note", "birth_date"})
HIDDEN = "[hidden]"
# Libraries that tell every packet; their warnings stay.
CHATTY = ("amqtt", "asyncio", "bleak", "bumble", "httpcore", "httpx", "transitions", "uvicorn", "websockets")

# Without local variables: they may hold anything, and anybody.
_TRACEBACKS = structlog.processors.ExceptionRenderer(
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False, max_frames=20)
)


def hide(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace the values of telling keys (a structlog processor)."""
    for key in event:
        lowered = key.lower()
        if lowered in PERSONAL_KEYS or any(word in lowered for word in SECRET_WORDS):
            event[key] = HIDDEN
    return event


def configure_logs(*, level: str = "info", as_json: bool | None = None) -> None:
    """Set the process's logs up; standard-library loggers go the same way.

    Args:
        level: the least level that is written.
        as_json: one JSON object a line; by default when the output is no terminal.
    """
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        hide,
    ]
    json_wanted = not sys.stderr.isatty() if as_json is None else as_json
    endings: list[Any] = (
        [_TRACEBACKS, structlog.processors.JSONRenderer()]
        if json_wanted
        else [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *endings],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    for library in CHATTY:
        logging.getLogger(library).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        cache_logger_on_first_use=True,
    )
