"""Runs every benchmark module, prints the table and writes build/bench.json.

``python -m bench [NAME ...]`` runs only the named modules.
"""

import importlib
import json
import pkgutil
import platform
import sys
from collections.abc import Iterator
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from types import ModuleType

from rich.console import Console
from rich.table import Table

import bench
from bench.table import Row

RESULT = Path("build/bench.json")
TABLE_COLUMNS = 180  # in a file: each figure on one line
PACKAGES = ("numpy", "scipy", "numba", "paho-mqtt", "amqtt", "influxdb-client", "bleak")


def modules(names: list[str]) -> Iterator[ModuleType]:
    """Those that yield rows; others help them, or learn."""
    for found in pkgutil.iter_modules(bench.__path__):
        if found.name != "__main__" and (not names or found.name in names):
            module = importlib.import_module(f"bench.{found.name}")
            if hasattr(module, "rows"):
                yield module


def main() -> None:
    console = Console()
    if not console.is_terminal:
        console = Console(width=TABLE_COLUMNS)
    rows: list[Row] = []
    for module in modules(sys.argv[1:]):
        console.print(f"[dim]running {module.__name__} ...[/dim]")
        rows += module.rows()
    console.print(table(rows))
    versions = ", ".join(f"{package} {metadata.version(package)}" for package in PACKAGES)
    console.print(f"Python {platform.python_version()} on {platform.machine()}; {versions}")
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps([{**asdict(row), "ratio": row.ratio} for row in rows], indent=1))


def table(rows: list[Row]) -> Table:
    view = Table("figure", "value", "unit", "baseline", "ratio", "goal", "met")
    for row in rows:
        baseline = f"{row.baseline} {row.baseline_value:.4g}" if row.baseline_value is not None else "-"
        ratio = f"{row.ratio:.3g}" if row.ratio is not None else "-"
        met = "[green]yes[/green]" if row.met else "[red]no[/red]"
        view.add_row(row.name, f"{row.value:.4g}", row.unit, baseline, ratio, row.goal, met)
    return view


if __name__ == "__main__":
    main()
