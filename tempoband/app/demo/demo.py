"""``tempoband demo``: three virtual wearers on a virtual radio, the real chain behind them."""

import asyncio
import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

from tempoband.app.demo.clinic.build import Recipe
from tempoband.app.demo.clinic.prepare import CLINIC_FOLDER, prepare_clinic
from tempoband.app.demo.director import Director
from tempoband.app.running.chain import LOOPBACK, Household, open_page, run_household
from tempoband.app.running.parts import Part
from tempoband.app.running.preparation import prepare_scorer
from tempoband.app.running.web_server import address, bind
from tempoband.folders import default_data_dir
from tempoband.observability.logs import configure_logs
from tempoband.simulator.progressor import ProgressorSpec, VirtualProgressor
from tempoband.simulator.radio import VirtualRadio
from tempoband.simulator.wearer import CHARACTERS, Wearer

BRIDGE_ID = "demo"


async def run_demo(
    *,
    port: int,
    open_browser: bool,
    duration_s: float | None,
    data_dir: Path | None,
    recipe: Recipe | None = None,
) -> None:
    """Run until Ctrl-C or for ``duration_s``; with a recipe, a whole simulated clinic around the wearers.

    Raises:
        AppError: the port is taken, or the data folder is in use.
    """
    configure_logs(level="warning")
    listener = bind(LOOPBACK, port)
    prepare_scorer()
    if recipe is not None:
        data_dir = data_dir or default_data_dir() / CLINIC_FOLDER
        prepare_clinic(data_dir, recipe)
    _greet(address(listener), data_dir, 0 if recipe is None else recipe.people)
    if open_browser:
        open_page(listener)
    stop = asyncio.Event()
    if duration_s is not None:
        asyncio.get_running_loop().call_later(duration_s, stop.set)
    with _folder(data_dir) as folder:
        async with VirtualRadio.switched_on() as radio:
            cast = await _power_on(radio)
            director = Director(address(listener), cast)
            household = Household(
                mode="demo",
                data_dir=folder,
                listener=listener,
                bridge_id=BRIDGE_ID,
                stream_always=True,
                simulated=True,
            )
            with radio.installed():
                await run_household(household, stop, [Part("wearers", director.run)])
    Console(highlight=False).print("tempoband: the demo has ended cleanly.")


def _greet(where: str, data_dir: Path | None, patients: int) -> None:
    console = Console(highlight=False)
    console.print(f"tempoband demo: [bold]{where}[/bold]")
    clinic = f"a clinic of {patients + len(CHARACTERS)} made-up patients, " if patients else ""
    console.print(
        f"{clinic}{len(CHARACTERS)} wearers, simulated; everything behind them is the real chain."
        f" Data: {data_dir or 'a temporary folder, gone at the end'}. Ctrl-C ends it."
    )


@contextlib.contextmanager
def _folder(data_dir: Path | None) -> Iterator[Path]:
    if data_dir is not None:
        yield data_dir
        return
    with tempfile.TemporaryDirectory(prefix="tempoband-demo-") as folder:
        yield Path(folder)


async def _power_on(radio: VirtualRadio) -> dict[str, Wearer]:
    """A virtual sensor for each character; returns the wearers by the name their sensor advertises."""
    cast = {}
    for number, character in enumerate(CHARACTERS, start=1):
        wearer = Wearer(character, seed=number)
        spec = ProgressorSpec(
            name=f"Progressor_{number:04d}", address=f"D0:00:00:00:00:{number:02X}", seed=number
        )
        await VirtualProgressor(radio.link, spec, wearer.tension_n).power_on()
        cast[spec.name] = wearer
    return cast
