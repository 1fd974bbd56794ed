"""Has the simulated clinic ready before the demo starts: made once a day, kept in its folder."""

import time
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from analytics.coaching.calendar import local_day
from dashboard.settings import system_time_zone
from tempoband.app.demo.clinic.build import Recipe, build, is_built
from tempoband.app.demo.clinic.curves import RATE_HZ

CLINIC_FOLDER = "simulated-clinic"


def recipe_of(people: int, weeks: int, seed: int) -> Recipe:
    """The clinic as it stands today, on this machine's clock."""
    zone = system_time_zone()
    today = local_day(_now_us(), ZoneInfo(zone))
    return Recipe(today.isoformat(), people, weeks, seed, zone)


def prepare_clinic(folder: Path, recipe: Recipe) -> None:
    """Build the clinic, or find it built; a reader who waits sees how far it is.

    Raises:
        AppError: the folder holds data that no simulated clinic made.
    """
    console = Console(stderr=True, highlight=False)
    if is_built(folder, recipe):
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    started = time.monotonic()
    with Progress(*columns, console=console) as progress:
        what = f"Simulating {recipe.weeks} weeks at {RATE_HZ:g} Hz, scoring every set"
        task = progress.add_task(what, total=recipe.people)
        build(
            folder,
            recipe,
            now_us=_now_us(),
            told=lambda done, total: progress.update(task, completed=done, total=total),
        )
    elapsed_s = time.monotonic() - started
    console.print(f"{recipe.people} simulated patients in {elapsed_s:.0f} s; kept in {folder} for today.")


def _now_us() -> int:
    return time.time_ns() // 1000
