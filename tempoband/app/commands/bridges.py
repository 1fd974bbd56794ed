"""``tempoband sensors`` and ``tempoband doctor``: what is in the air, and what may be in the way."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from tempoband.app.errors import AppError, AppReason
from tempoband.observability.logs import configure_logs

if TYPE_CHECKING:
    from firmware_bridge.radio.survey import Found

Config = Annotated[Path | None, typer.Option(help="TOML file of the bridge; see docs/bridge.md.")]
GOOD_DBM, WEAK_DBM = -70, -85
BAD_STATUS = 1


def sensors(
    *,
    listen: Annotated[float, typer.Option(min=1, help="Listen for so many seconds.")] = 6.0,
    battery: Annotated[bool, typer.Option(help="Ask each sensor for its battery.")] = True,
    config: Config = None,
) -> None:
    """List the sensors within reach, with signal, battery and the driver that would take them."""
    from firmware_bridge.drivers.registry import load_drivers
    from firmware_bridge.errors import RadioError
    from firmware_bridge.radio.survey import survey
    from tempoband.app.running.roles import bridge_settings

    configure_logs(level="error")
    settings = bridge_settings(config)
    console = Console(highlight=False)
    work = survey(load_drivers(), adapter=settings.adapter, listen_s=listen, ask_battery=battery)
    try:
        with console.status(f"Listening for {listen:g} s ..."):
            found = asyncio.run(work)
    except RadioError as error:
        raise AppError(AppReason.NO_BLUETOOTH, str(error)) from error
    if not found:
        console.print(
            "No sensor is in the air. Wake it (most switch themselves off after ten minutes), come closer,"
            " and close other apps that hold it."
        )
        return
    table = Table("sensor", "name", "signal", "battery", "driver")
    for item in found:
        table.add_row(item.sensor, item.name, _signal(item.rssi_dbm), _battery(item), item.driver)
    console.print(table)


def doctor(*, config: Config = None) -> None:
    """Check adapter, drivers, clock, disk, broker and ingest; each problem comes with what to do."""
    from firmware_bridge.doctor import Verdict, examine
    from tempoband.app.running.roles import bridge_settings

    configure_logs(level="error")
    console = Console(highlight=False)
    with console.status("Examining ..."):
        findings = asyncio.run(examine(bridge_settings(config)))
    styles = {Verdict.GOOD: "green", Verdict.WARN: "yellow", Verdict.BAD: "red", Verdict.UNKNOWN: "dim"}
    table = Table("check", "", "found", "what to do")
    for finding in findings:
        style = styles[finding.verdict]
        table.add_row(finding.check, f"[{style}]{finding.verdict}[/{style}]", finding.found, finding.remedy)
    console.print(table)
    if any(finding.verdict is Verdict.BAD for finding in findings):
        raise typer.Exit(BAD_STATUS)


def _signal(rssi_dbm: int) -> str:
    word = "good" if rssi_dbm >= GOOD_DBM else "fair" if rssi_dbm >= WEAK_DBM else "weak"
    return f"{rssi_dbm} dBm, {word}"


def _battery(item: "Found") -> str:
    charge = item.battery
    if charge is None:
        return item.detail or "not told"
    if charge.percent is not None:
        return f"{charge.percent} %"
    return f"{charge.millivolts / 1000:.2f} V" if charge.millivolts is not None else "not told"
