"""``tempoband bridge enrol | list | revoke``: which bridges and homes may speak to this clinic's broker."""

import contextlib
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from tempoband.app.errors import AppError, AppReason
from tempoband.contracts.clinic import LOCAL_CLINIC

if TYPE_CHECKING:
    from tempoband.storage.records import Records

DataDir = Annotated[Path | None, typer.Option(help="Where the clinic keeps everything.")]
RecordsUrl = Annotated[
    str, typer.Option(envvar="TEMPOBAND_DASHBOARD_RECORDS_URL", help="Records database, if not in there.")
]
Clinic = Annotated[str, typer.Option(help="Whose bridge it is, where this machine serves several clinics.")]
BY = "command-line"


def enrol(
    bridge_id: Annotated[str, typer.Argument(help="Its name in topics, such as kitchen or ward-2.")],
    *,
    name: Annotated[str, typer.Option(help="What people call it.")] = "",
    secret_from: Annotated[
        str, typer.Option(help="Take the secret from this environment variable instead of making one.")
    ] = "",
    data_dir: DataDir = None,
    records_url: RecordsUrl = "",
    clinic: Clinic = LOCAL_CLINIC,
) -> None:
    """Let a bridge in: prints its secret once, and keeps only a hash of it."""
    from tempoband.contracts.topic_rules import SERVICE_NAME, Holder
    from tempoband.contracts.topics import check_name
    from tempoband.identity.secrets import hash_secret, new_secret
    from tempoband.storage.records import bridges
    from tempoband.storage.records.bridges import Bridge

    try:
        check_name(bridge_id, "bridge")
    except ValueError as error:
        raise AppError(AppReason.BAD_SETTING, str(error)) from error
    if bridge_id == SERVICE_NAME:
        raise AppError(AppReason.BAD_SETTING, f"{SERVICE_NAME!r} is the name of the services: choose another")
    secret = _given(secret_from) if secret_from else new_secret()
    now_us = time.time_ns() // 1000
    made = Bridge(bridge_id, Holder.BRIDGE, name or bridge_id, hash_secret(secret), now_us, BY)
    with _records(data_dir, records_url) as records, records.write() as session:
        bridges.enrol(session, clinic, made)
    console = Console(highlight=False)
    console.print(f"Bridge [bold]{bridge_id}[/bold] is enrolled.")
    if not secret_from:
        console.print("On its machine, in bridge.toml (docs/bridge.md); the secret is not shown again:")
        console.print(f'\nid = "{bridge_id}"\n\\[mqtt]\nusername = "{bridge_id}"\npassword = "{secret}"')


def list_(*, data_dir: DataDir = None, records_url: RecordsUrl = "", clinic: Clinic = LOCAL_CLINIC) -> None:
    """Every bridge and home that was ever let in."""
    from tempoband.storage.records import bridges

    with _records(data_dir, records_url) as records, records.read() as session:
        known = bridges.every(session, clinic)
    table = Table("id", "kind", "name", "enrolled", "last seen", "version", "state")
    for each in known:
        state = "revoked" if each.revoked_us else each.refused or ("online" if each.online else "")
        seen = _day(each.last_seen_us) if each.last_seen_us else "never"
        enrolled = _day(each.created_us)
        table.add_row(each.id, str(each.holder), each.name, enrolled, seen, each.version or "", state)
    console = Console(highlight=False)
    console.print(table if known else "No bridge is enrolled yet: tempoband bridge enrol NAME")


def revoke(
    bridge_id: Annotated[str, typer.Argument(help="Which bridge or home.")],
    *,
    data_dir: DataDir = None,
    records_url: RecordsUrl = "",
    clinic: Clinic = LOCAL_CLINIC,
) -> None:
    """Let a bridge or home in no more; if it is connected, it is cut within about a second."""
    from tempoband.storage.records import bridges

    with _records(data_dir, records_url) as records, records.write() as session:
        bridges.revoke(session, clinic, bridge_id, now_us=time.time_ns() // 1000)
    Console(highlight=False).print(f"{bridge_id} is revoked.")


def _given(variable: str) -> str:
    secret = os.environ.get(variable, "")
    if len(secret) < 16:
        raise AppError(AppReason.BAD_SETTING, f"{variable} holds no secret of 16 characters or more")
    return secret


@contextlib.contextmanager
def _records(data_dir: Path | None, url: str) -> Iterator["Records"]:
    from tempoband.folders import default_data_dir
    from tempoband.storage.errors import StorageError
    from tempoband.storage.records import Records, RecordsError

    folder = data_dir or default_data_dir()
    try:
        if not url:
            folder.mkdir(parents=True, exist_ok=True)
        with contextlib.closing(Records(url or f"sqlite:///{folder / 'records.sqlite'}")) as records:
            yield records
    except (RecordsError, StorageError, OSError) as error:
        raise AppError(AppReason.BAD_SETTING, str(error)) from error


def _day(at_us: int) -> str:
    return datetime.fromtimestamp(at_us / 1e6, UTC).strftime("%Y-%m-%d %H:%M")
