"""``tempoband up``: the whole chain for a real sensor, on this machine only."""

import asyncio
import socket
from dataclasses import dataclass, replace
from pathlib import Path

import typer
from rich.console import Console

from tempoband.app.errors import AppError, AppReason
from tempoband.app.running.chain import EVERYWHERE, LOOPBACK, Household, open_page, run_household
from tempoband.app.running.home_https import OpenHome, open_home
from tempoband.app.running.parts import Part
from tempoband.app.running.preparation import prepare_scorer
from tempoband.app.running.web_server import address, bind, serve
from tempoband.app.trust.page import qr_lines, trust_page
from tempoband.folders import default_data_dir
from tempoband.observability.logs import configure_logs
from tempoband.uplink.errors import UplinkError
from tempoband.uplink.home import credential, pairing
from tempoband.uplink.home.credential import ClinicCredential


@dataclass(frozen=True, slots=True)
class PairWith:
    """A clinic to pair with: its address, the six digits (asked for when empty), its own CA if it has one."""

    url: str
    code: str = ""
    ca_file: Path | None = None


@dataclass(frozen=True, slots=True)
class Https:
    """Serve the network at home: with a given certificate, or one of this machine's own authority."""

    certificate: Path | None = None
    key: Path | None = None
    name: str = ""


async def run_up(
    *,
    port: int,
    open_browser: bool,
    data_dir: Path | None,
    pair: PairWith | None = None,
    https: Https | None = None,
) -> None:
    """Run until Ctrl-C.

    Raises:
        AppError: the port is taken, the data folder is in use, or the clinic does not let this home in.
    """
    configure_logs()
    folder = data_dir or default_data_dir()
    clinic = clinic_of(folder, pair)
    opened = open_home(folder, https.certificate, https.key, https.name) if https else None
    listener = bind(EVERYWHERE if opened else LOOPBACK, port)
    prepare_scorer()
    console = Console(highlight=False, soft_wrap=True)
    extra: list[Part] = []
    if opened is not None:
        opened, extra = _tell_phones(console, opened, listener)
    else:
        console.print(f"tempoband: [bold]{address(listener)}[/bold]  (this machine only; data in {folder})")
        if open_browser:
            open_page(listener)
    console.print("Wake the sensor; its curve appears on the page. Ctrl-C ends it.")
    if clinic is not None:
        console.print(f"What is done here goes to [bold]{clinic.clinic_name}[/bold] when it can be reached.")
    household = Household(mode="up", data_dir=folder, listener=listener, clinic=clinic, opened=opened)
    await run_household(household, asyncio.Event(), extra)


def _tell_phones(console: Console, opened: OpenHome, listener: socket.socket) -> tuple[OpenHome, list[Part]]:
    """Print where the page is, and serve the steps to trust it where this machine's own authority signed."""
    port = listener.getsockname()[1]
    page = f"https://{opened.names[0]}:{port}"
    console.print(f"tempoband: [bold]{page}[/bold]  (everybody in this network who has an account)")
    if opened.ca is None:
        return opened, []
    steps = _beside(port)
    trust_port = steps.getsockname()[1]
    where = f"http://{opened.names[0]}:{trust_port}"
    console.print(f"Once per phone, so that it trusts this machine: [bold]{where}[/bold]")
    for line in qr_lines(where):
        console.print(line, markup=False)
    console.print(f"SHA-256 of the certificate, to compare on the phone: {opened.ca.fingerprint}")
    application = trust_page(opened.ca, port)
    return replace(opened, trust_port=trust_port), [Part("trust", lambda: serve(application, steps))]


def _beside(port: int) -> socket.socket:
    """The port after the page's, so that it is the same at the next start; any other when that is taken."""
    try:
        return bind(EVERYWHERE, port + 1)
    except (AppError, OverflowError):
        return bind(EVERYWHERE, 0)


def clinic_of(folder: Path, pair: PairWith | None) -> ClinicCredential | None:
    """The clinic this home belongs to, paired now if that was asked for; None for a machine on its own.

    Raises:
        AppError: the clinic does not let this home in, or it belongs to another one.
    """
    try:
        known = credential.load(folder)
        if pair is None or (known is not None and not pair.code and _same(known, pair.url)):
            return known
        if known is not None and not _same(known, pair.url):
            raise AppError(
                AppReason.BAD_SETTING,
                f"this home belongs to {known.clinic_name} ({known.url}): to leave it, stop the program and"
                f" delete {folder / credential.FILE}; its data stays",
            )
        code = pair.code or typer.prompt("Pairing code of your clinic (six digits)")
        made = pairing.pair(folder, pair.url, code, ca_file=pair.ca_file)
    except UplinkError as error:
        raise AppError(AppReason.CLINIC, error.detail) from error
    Console(highlight=False).print(f"Paired with [bold]{made.clinic_name}[/bold].")
    return made


def _same(known: ClinicCredential, url: str) -> bool:
    return credential.split_url(known.url)[1:] == credential.split_url(url)[1:]
