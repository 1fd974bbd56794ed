"""``tempoband export``, ``import`` and ``rescore``."""

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from tempoband.app.errors import AppError, AppReason
from tempoband.app.exchange.layout import Kind

if TYPE_CHECKING:
    from tempoband.app.exchange.importing import Imported
    from tempoband.app.exchange.person import PersonImported
    from tempoband.app.rescore import Place

DataDir = Annotated[Path | None, typer.Option(help="Data folder; by default that of this machine.")]
StoreUrl = Annotated[str, typer.Option(envvar="TEMPOBAND_STORE_URL", help="Instead of the folder's store.")]
RecordsUrl = Annotated[
    str, typer.Option(envvar="TEMPOBAND_RECORDS_URL", help="Instead of the folder's records.")
]


def export(
    folder: Annotated[
        Path, typer.Argument(help="Folder of the export; an earlier one is brought up to date.")
    ],
    *,
    kind: Annotated[Kind, typer.Option("--format", help="How rows are written.")] = Kind.NDJSON,
    data_dir: DataDir = None,
    store_url: StoreUrl = "",
    records_url: RecordsUrl = "",
) -> None:
    """Write every raw sample, every computed metric and every record; lossless, and resumable."""
    from tempoband.app.exchange.exporting import export as write_export
    from tempoband.storage.records import Records
    from tempoband.storage.timeseries.open import open_store

    place = place_of(data_dir, store_url, records_url)
    with (
        storage_errors(),
        contextlib.closing(open_store(place.store, writable=False)) as store,
        contextlib.closing(Records(place.records_url, owner=False)) as records,
        _progress("samples") as told,
    ):
        samples = write_export(store, records, folder, kind, told)
    Console(highlight=False).print(f"{samples} samples written to {folder}, and all records.")


def import_(
    source: Annotated[
        Path, typer.Argument(help="Folder of an export, or the .zip copy of one person from another clinic.")
    ],
    *,
    data_dir: DataDir = None,
    store_url: StoreUrl = "",
    records_url: RecordsUrl = "",
) -> None:
    """Read an export, or a person's copy; what is there already stays. Nothing else may be writing there."""
    from tempoband.app.exchange.importing import import_ as read_export
    from tempoband.app.exchange.person import import_person
    from tempoband.storage.records import Records
    from tempoband.storage.timeseries.open import open_store

    place = place_of(data_dir, store_url, records_url)
    with (
        storage_errors(),
        contextlib.closing(open_store(place.store, writable=True)) as store,
        contextlib.closing(Records(place.records_url)) as records,
        _progress("files") as told,
    ):
        if source.is_dir():
            words = _read_in(read_export(store, records, source, told))
        else:
            words = _came(import_person(store, records, source, now_us=time.time_ns() // 1000, told=told))
    Console(highlight=False).print(words)


def _read_in(result: "Imported") -> str:
    return (
        f"{result.samples} samples and {result.rows} records taken in;"
        f" {result.refused} frames refused, {result.different} records stand there otherwise and stayed."
    )


def _came(result: "PersonImported") -> str:
    return (
        f"Copy of {result.origin.clinic_name}: {result.frames} frames and {result.rows} records taken in;"
        f" {result.refused} frames refused, {result.different} records left out: they stand here otherwise,"
        " or were erased here. The sets are scored when tempoband runs."
    )


def rescore(
    *,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; by default one a core.")] = None,
    data_dir: DataDir = None,
    store_url: StoreUrl = "",
    records_url: RecordsUrl = "",
) -> None:
    """Score every stored set with the current scoring; old results stay beside the new."""
    from tempoband.app.rescore import rescore as score_again
    from tempoband.app.running.preparation import prepare_scorer

    place = place_of(data_dir, store_url, records_url)
    prepare_scorer()
    with storage_errors(), _progress("sets") as told:
        result = score_again(place, workers=workers, told=told)
    Console(highlight=False).print(f"{result.sets} sets scored, {result.changed} of them changed.")


def place_of(data_dir: Path | None, store_url: str, records_url: str) -> "Place":
    """Where samples and records are: what was named, else the data folder."""
    from tempoband.app.rescore import Place
    from tempoband.folders import default_data_dir
    from tempoband.storage.settings import records_in

    folder = data_dir or default_data_dir()
    return Place(store_url or str(folder), records_url or records_in(folder))


@contextlib.contextmanager
def _progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar for long work, which says how many of how many are done."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns) as progress:
        task = progress.add_task(what, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


@contextlib.contextmanager
def storage_errors() -> Iterator[None]:
    """A store that refuses, in words for the user."""
    from tempoband.storage.errors import StorageError

    try:
        yield
    except (OSError, StorageError) as error:
        raise AppError(AppReason.BAD_SETTING, str(error)) from error
