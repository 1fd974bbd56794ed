"""``tempoband dead-letters``, ``backup``, ``check`` and ``restore``: looking after what is kept."""

import asyncio
import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from tempoband.app.errors import AppError, AppReason
from tempoband.observability.logs import configure_logs

if TYPE_CHECKING:
    from ingest.register import Register

FromFolder = Annotated[Path | None, typer.Option(help="Data folder; by default that of this machine.")]
SHOWN = 100


def dead_letters(
    *,
    data_dir: FromFolder = None,
    replay: Annotated[
        bool, typer.Option("--replay", help="Send them again; ingest must be running.")
    ] = False,
) -> None:
    """List the messages that were refused, with the reason; or send them again."""
    from ingest.errors import IngestError
    from ingest.register import Register
    from ingest.replay import replay as replay_letters
    from ingest.settings import IngestSettings
    from tempoband.app.running.roles import checked

    configure_logs(level="warning")
    settings = checked(lambda: IngestSettings(data_dir=data_dir) if data_dir else IngestSettings())
    console = Console(highlight=False)
    try:
        if replay:
            result = asyncio.run(replay_letters(settings))
            console.print(
                f"{result.committed} stored now, {result.refused} refused again,"
                f" {result.unanswered} without an answer, {result.skipped} cannot be sent again"
            )
        with contextlib.closing(Register(settings.folder)) as register:
            _show(console, register)
    except IngestError as error:
        raise AppError(AppReason.BAD_SETTING, str(error)) from error


def _show(console: Console, register: "Register") -> None:
    letters = register.dead_letters()
    console.print(f"{len(letters)} dead letters")
    if letters:
        table = Table("reason", "topic", "bytes", "times", "SHA-256", "detail")
        for letter in letters[-SHOWN:]:
            digest = letter.sha256.hex()[:16]
            size, times = str(len(letter.payload)), str(letter.times)
            table.add_row(letter.reason, letter.topic, size, times, digest, letter.detail)
        console.print(table)


def backup(
    target: Annotated[Path, typer.Argument(help="Folder to make the backup in.")],
    *,
    data_dir: FromFolder = None,
) -> None:
    """Copy samples and records while everything runs; the copy appears whole or not at all."""
    from tempoband.app.backup import make_backup
    from tempoband.folders import default_data_dir

    with Progress() as progress:
        task = progress.add_task("samples", total=None)
        make_backup(
            data_dir or default_data_dir(),
            target,
            lambda left, total: progress.update(task, total=total, completed=total - left),
        )
    Console(highlight=False).print(f"Backed up to {target}.")


def check(*, data_dir: FromFolder = None) -> None:
    """Read every stored sample and say whether all are whole; also while everything runs."""
    from tempoband.folders import default_data_dir
    from tempoband.storage.errors import StorageError
    from tempoband.storage.timeseries.sqlite import checking
    from tempoband.storage.timeseries.sqlite.schema import FILE_NAME

    file = (data_dir or default_data_dir()) / FILE_NAME
    console = Console(highlight=False)
    try:
        with console.status(f"Reading {file} ..."):
            looked_at = checking.check(file)
    except StorageError as error:
        raise AppError(AppReason.BAD_FILE, error.detail) from error
    console.print(f"{looked_at} samples in {file}: all whole.")


def restore(
    source: Annotated[Path, typer.Argument(help="Folder that a backup was made in.")],
    *,
    data_dir: FromFolder = None,
) -> None:
    """Put a backup back; nothing may be running there. What was erased since stays erased."""
    from tempoband.app.backup import restore_backup
    from tempoband.folders import default_data_dir

    folder = data_dir or default_data_dir()
    erased = restore_backup(source, folder)
    again = f" {erased} samples that were erased since were erased again." if erased else ""
    Console(highlight=False).print(f"Restored to {folder}.{again}")
