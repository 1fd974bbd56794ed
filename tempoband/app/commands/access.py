"""``tempoband admin-link``: a way in for an administrator, from the machine itself."""

import contextlib
import time
from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console

from tempoband.app.commands.moving import DataDir, RecordsUrl, place_of, storage_errors
from tempoband.app.errors import AppError, AppReason


class Administrator(StrEnum):
    """Whom the link makes."""

    CLINIC_ADMIN = "clinic_admin"
    SYSTEM_ADMIN = "system_admin"


def admin_link(
    url: Annotated[str, typer.Argument(help="Address of the pages, such as https://clinic.example.")],
    *,
    role: Annotated[
        Administrator, typer.Option(help="What the account may do.")
    ] = Administrator.CLINIC_ADMIN,
    clinic: Annotated[str, typer.Option(help="Id of the clinic.")] = "local",
    data_dir: DataDir = None,
    records_url: RecordsUrl = "",
) -> None:
    """Print a one-time link that makes an administrator: when the last one is locked out."""
    from dashboard.access.inviting import TERMINAL, invite_staff
    from tempoband.identity.principal import Role
    from tempoband.storage.records import Records, RecordsError, clinics

    place = place_of(data_dir, "", records_url)
    with storage_errors(), contextlib.closing(Records(place.records_url, owner=False)) as records:
        try:
            with records.write() as session:
                clinics.get(session, clinic)
                now_us, base = time.time_ns() // 1000, url.rstrip("/")
                made = invite_staff(session, clinic, Role(role), by=TERMINAL, base=base, now_us=now_us)
        except RecordsError as error:
            raise AppError(AppReason.BAD_SETTING, error.detail) from error
    Console(highlight=False, soft_wrap=True).print(f"Good for three days, once:\n  {made.link}")
