"""The command line.

Every command imports what it needs when it runs, so that a role's extra is enough for that role.
"""

import asyncio
import os
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from tempoband import __version__
from tempoband.app.commands import access, bridges, enrolment, keeping, moving, store
from tempoband.app.errors import AppError, AppReason

app = typer.Typer(
    name="tempoband",
    help="Tempo and eccentric control from a strain gauge in line with an elastic band.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
Port = Annotated[int, typer.Option(min=0, max=65535, help="Port of the dashboard; 0: any free one.")]
NoBrowser = Annotated[bool, typer.Option("--no-browser", help="Do not open a browser.")]
DataDir = Annotated[Path | None, typer.Option(help="Where everything is kept.")]
DEFAULT_PORT = 8765
ERROR_STATUS = 1


def main() -> None:
    """Entry point; errors a person can mend are printed as one sentence."""
    os.umask(0o077)  # databases, backups and exports hold health data: for the account that runs this alone
    try:
        app()
    except AppError as error:
        Console(stderr=True, highlight=False).print(f"tempoband: {error}", style="red", soft_wrap=True)
        sys.exit(ERROR_STATUS)


@app.command()
def demo(
    *,
    port: Port = DEFAULT_PORT,
    no_browser: NoBrowser = False,
    duration: Annotated[float | None, typer.Option(help="Stop after so many seconds.")] = None,
    data_dir: DataDir = None,
    clinic: Annotated[
        bool, typer.Option("--clinic", help="A clinic of 40 made-up patients over eight weeks around them.")
    ] = False,
    people: Annotated[int, typer.Option(min=1, max=500, help="With --clinic: simulated patients.")] = 37,
    weeks: Annotated[int, typer.Option(min=1, max=52, help="With --clinic: weeks they look back on.")] = 8,
    seed: Annotated[int, typer.Option(min=0, help="With --clinic: another seed, other people's days.")] = 1,
) -> None:
    """Run the whole chain with three virtual wearers, in one process."""
    from tempoband.app.demo.clinic.prepare import recipe_of
    from tempoband.app.demo.demo import run_demo

    recipe = recipe_of(people, weeks, seed) if clinic else None
    _run(
        run_demo(
            port=port, open_browser=not no_browser, duration_s=duration, data_dir=data_dir, recipe=recipe
        )
    )


@app.command()
def up(
    *,
    port: Port = DEFAULT_PORT,
    no_browser: NoBrowser = False,
    data_dir: DataDir = None,
    clinic: Annotated[str, typer.Option(help="Address of a clinic to pair this home with, once.")] = "",
    code: Annotated[str, typer.Option(help="Its six-digit pairing code; asked for when not given.")] = "",
    clinic_ca: Annotated[
        Path | None, typer.Option(help="Certificate of the clinic's own authority, if it has one.")
    ] = None,
    https: Annotated[
        bool, typer.Option("--https", help="Serve phones in this network, with accounts, over HTTPS.")
    ] = False,
    certificate: Annotated[Path | None, typer.Option(help="A certificate of your own for it (PEM).")] = None,
    key: Annotated[Path | None, typer.Option(help="The key of that certificate (PEM).")] = None,
    name: Annotated[str, typer.Option(help="The name phones use; your own certificate is for it.")] = "",
) -> None:
    """Run the whole chain for a real sensor, in one process; at home, linked with a clinic."""
    from tempoband.app.running.up import Https, PairWith, run_up

    pair = PairWith(clinic, code, clinic_ca) if clinic else None
    secure = Https(certificate, key, name) if https or certificate else None
    _run(
        run_up(port=port, open_browser=not no_browser, data_dir=data_dir, pair=pair, https=secure),
    )


@app.command()
def ingest() -> None:
    """MQTT to the time-series store."""
    from tempoband.app.running.roles import run_ingest

    _run(run_ingest())


@app.command()
def analytics() -> None:
    """Scores what is streamed and what is stored."""
    from tempoband.app.running.roles import run_analytics

    _run(run_analytics())


@app.command()
def dashboard(
    *, port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port to listen on.")] = None
) -> None:
    """Serve the pages and the API."""
    from tempoband.app.running.roles import run_dashboard

    _run(run_dashboard(port=port))


@app.command()
def score(
    files: Annotated[list[Path], typer.Argument(help="CSV files; .gz is read too.")],
    *,
    exercise: Annotated[str, typer.Option(help="Slug, such as clamshell; a wrong one lists all.")],
    tempo: Annotated[
        str | None, typer.Option(help="out-hold-back-rest, such as 2-1-2; else the exercise's own.")
    ] = None,
    side: Annotated[str | None, typer.Option(help="left or right.")] = None,
    reference_peak: Annotated[
        float | None,
        typer.Option(help="Full-range peak in newtons; else range is relative to the set."),
    ] = None,
    columns: Annotated[
        str | None,
        typer.Option(help="The columns, where the file does not say: time_s,force_kg (- = not read)."),
    ] = None,
    rate: Annotated[float | None, typer.Option(help="Samples a second, where the file has no times.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per file and line.")] = False,
) -> None:
    """Score recordings offline.

    A file has a time column (time_s, time_ms, time_us, 'Time (s)',
    timestamp) and a tension column (tension_n, force_n, force_kg,
    force_g, force_lb, 'Force (N)', weight). Commas, semicolons and tabs,
    points and decimal commas are read.

    Ends with 0 when every file was scored, with 1 for a wrong option,
    with 2 when a file could not be read; the others are still scored.
    """
    from tempoband.app.scoring.score import UNREADABLE_STATUS, make_request, print_json, score_files
    from tempoband.app.scoring.sheet import SheetPrinter

    request = make_request(
        exercise, tempo, side, reference_peak_n=reference_peak, columns=columns, rate_hz=rate
    )
    problems = score_files(files, request, print_json if as_json else SheetPrinter(Console(), request))
    for problem in problems:
        Console(stderr=True, highlight=False).print(f"tempoband: {problem}", style="red", soft_wrap=True)
    if problems:
        raise typer.Exit(UNREADABLE_STATUS)


@app.command()
def validate(
    *,
    out_dir: Annotated[Path, typer.Option(help="Folder of validation.md and its plots.")] = Path("docs"),
    sets: Annotated[int, typer.Option(min=1, help="Simulated sets per tempo, rate and family.")] = 60,
) -> None:
    """Compare the scorer with the truth of simulated people, and with real recordings where they are."""
    from tempoband.app.validate import run_validation

    console = Console(highlight=False)
    with console.status("Validating ...") as status:
        result = run_validation(out_dir, sets=sets, progress=status.update)
    console.print(f"Written: {result.page}")


@app.command()
def version() -> None:
    """Print the version."""
    Console(highlight=False).print(__version__)


bridge_app = typer.Typer(help="Bluetooth to MQTT, beside the wearer; and which bridges are let in.")
app.add_typer(bridge_app, name="bridge")


@bridge_app.callback(invoke_without_command=True)
def bridge(
    context: typer.Context,
    *,
    config: Annotated[Path | None, typer.Option(help="TOML file; see docs/bridge.md.")] = None,
) -> None:
    """Bluetooth to MQTT, beside the wearer; its commands say which bridges are let in."""
    from tempoband.app.running.roles import run_bridge

    if context.invoked_subcommand is None:
        _run(run_bridge(config))


bridge_app.command()(enrolment.enrol)
bridge_app.command("list")(enrolment.list_)
bridge_app.command()(enrolment.revoke)
app.command()(bridges.sensors)
app.command()(bridges.doctor)
app.command()(store.dead_letters)
app.command()(store.backup)
app.command()(store.check)
app.command()(store.restore)
app.command()(moving.export)
app.command("import")(moving.import_)
app.command()(moving.rescore)
app.command()(keeping.retention)
app.command()(access.admin_link)
app.command()(keeping.erase)


def _run(work: Coroutine[Any, Any, None]) -> None:
    """Run one asynchronous command; a missing extra is said in words."""
    try:
        asyncio.run(work)
    except KeyboardInterrupt:
        return
    except ModuleNotFoundError as error:
        raise AppError(
            AppReason.MISSING_PART,
            f"this command needs the package {error.name!r}, which is not installed:"
            " pip install 'tempoband[all]'",
        ) from error
