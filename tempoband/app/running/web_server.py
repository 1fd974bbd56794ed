"""Serves the dashboard inside a running event loop, on a socket that is bound before anything else starts."""

import asyncio
import contextlib
import errno
import socket
import ssl
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
import uvicorn
from fastapi import FastAPI
from rich.console import Console

from dashboard.access import inviting
from dashboard.access.settings import AccessSettings
from dashboard.serving.guard import MAX_BODY_BYTES
from tempoband.app.errors import AppError, AppReason
from tempoband.contracts.clinic import LOCAL_CLINIC

LOOK_EVERY_S = 60.0
Keeping = Callable[[ssl.SSLContext], Coroutine[Any, Any, None]]

log = structlog.get_logger(__name__)


def bind(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 lets the system choose.

    Raises:
        AppError: PORT_TAKEN, with what to do.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise AppError(AppReason.PORT_TAKEN, _bind_problem(host, port, error)) from error
    listener.setblocking(False)
    return listener


def _bind_problem(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"port {port} on {host} is taken by another program; choose another with --port (0: any free one)"
        )
    if error.errno == errno.EACCES:
        return f"port {port} needs more rights than this account has; choose one above 1023 with --port"
    return f"cannot listen on {host} port {port}: {error.strerror}"


def address(listener: socket.socket, *, secure: bool = False) -> str:
    """The address to open in a browser."""
    host, port = listener.getsockname()[:2]
    scheme = "https" if secure else "http"
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


class _QuietServer(uvicorn.Server):
    """uvicorn without its own signal handlers: the process stops as a whole."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@dataclass(frozen=True, slots=True)
class Tls:
    """PEM files of a certificate with its chain, and of its key."""

    certificate: Path
    key: Path


def tls_of(settings: AccessSettings) -> Tls | None:
    """The certificate in the settings, if there is one."""
    if settings.tls_certificate is None or settings.tls_key is None:
        return None
    return Tls(settings.tls_certificate, settings.tls_key)


def tell_first_admin(application: FastAPI, where: str) -> None:
    """Print the one-time link to the first account, where accounts are asked and there is none yet."""
    access = application.state.services.access
    if access is None:
        return
    made = inviting.first_admin(access, LOCAL_CLINIC, base=where)
    if made is not None:
        console = Console(highlight=False, soft_wrap=True)
        console.print("tempoband: nobody can log in yet. This link makes the first administrator, once:")
        console.print(f"  [bold]{made.link}[/bold]", markup=True)
        console.print("It is good for three days and ends with the next start. Keep it to yourself.")


async def serve(
    application: Any, listener: socket.socket, tls: Tls | None = None, keeping: Keeping | None = None
) -> None:
    """Serve until cancelled, then let open requests end.

    Args:
        application: what answers.
        listener: where it listens.
        tls: its certificate; None: plain HTTP.
        keeping: runs beside it and keeps the certificate that is handed out good; None: takes in newer files.
    """
    server = _server(application, tls)
    works = [asyncio.create_task(server.serve(sockets=[listener]))]
    if tls is not None and server.config.ssl is not None:
        kept = keeping(server.config.ssl) if keeping else _take_in_newer(tls, server.config.ssl)
        works.append(asyncio.create_task(kept))
    try:
        await asyncio.shield(works[0])
    except asyncio.CancelledError:
        server.should_exit = True
        await works[0]
    finally:
        works[-1].cancel()


def take_in(context: ssl.SSLContext, certificate: Path, key: Path) -> None:
    """Hand out another certificate from the next connection on; half of a pair changes nothing.

    Raises:
        OSError, ssl.SSLError: what is wrong with the files.
    """
    # A context that was given half of a pair serves nobody any more: a fresh one tries it first.
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)
    context.load_cert_chain(certificate, key)


async def _take_in_newer(tls: Tls, context: ssl.SSLContext) -> None:
    """Hand out the certificate that lies there now: whoever renews it does not have to stop us."""
    served = (tls.certificate, tls.key)
    before = [each.stat().st_mtime_ns for each in served]
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        try:
            now = [each.stat().st_mtime_ns for each in served]
            if now != before:
                take_in(context, tls.certificate, tls.key)
                before = now
                log.info("certificate_renewed")
        except (OSError, ssl.SSLError) as error:  # half of it is there: the next look takes both
            log.warning("certificate_not_renewed", why=str(error))


def _server(application: Any, tls: Tls | None) -> uvicorn.Server:
    server = _QuietServer(
        uvicorn.Config(
            application,
            # Who asks is read from a proxy's headers by the application, and only of trusted ones.
            proxy_headers=False,
            ssl_certfile=None if tls is None else str(tls.certificate),
            ssl_keyfile=None if tls is None else tls.key,
            ws="websockets-sansio",
            # Pages are pinged by the viewer, homes by MQTT's own keep-alive; paho answers a ping of the
            # WebSocket's without the mask that RFC 6455 asks of clients, and the server then hangs up.
            ws_ping_interval=None,
            # Per message, unpacked: nobody has more to say, and strangers open sockets too (/mqtt).
            ws_max_size=2 * MAX_BODY_BYTES,
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=2,
        )
    )
    server.config.load()
    return server
