"""``tempoband up``: the whole chain for a real sensor, on this machine only."""

import asyncio
from pathlib import Path

from rich.console import Console

from tempoband.app.chain import LOOPBACK, Household, open_page, run_household
from tempoband.app.preparation import prepare_scorer
from tempoband.app.web_server import address, bind
from tempoband.folders import default_data_dir
from tempoband.observability.logs import configure_logs


async def run_up(*, port: int, open_browser: bool, data_dir: Path | None) -> None:
    """Run until Ctrl-C.

    Raises:
        AppError: the port is taken, or the data folder is in use.
    """
    configure_logs()
    listener = bind(LOOPBACK, port)
    prepare_scorer()
    folder = data_dir or default_data_dir()
    console = Console(highlight=False)
    console.print(f"tempoband: [bold]{address(listener)}[/bold]  (this machine only; data in {folder})")
    console.print("Wake the sensor; its curve appears on the page. Ctrl-C ends it.")
    if open_browser:
        open_page(listener)
    household = Household(mode="up", data_dir=folder, listener=listener)
    await run_household(household, asyncio.Event())
