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

from rich.console import Console
from rich.table import Table

import bench
from bench.table import Row

RESULT = Path("build/bench.json")
TABLE_COLUMNS = 180  # in a file: each figure on one line
NOT_FIGURES = {"__main__", "large_clinic", "table"}
PACKAGES = ("numpy", "scipy", "numba", "paho-mqtt", "amqtt", "influxdb-client", "bleak")


def modules(names: list[str]) -> Iterator[str]:
    for module in pkgutil.iter_modules(bench.__path__):
        if module.name not in NOT_FIGURES and (not names or module.name in names):
            yield module.name


def main() -> None:
    console = Console()
    if not console.is_terminal:
        console = Console(width=TABLE_COLUMNS)
    rows: list[Row] = []
    for name in modules(sys.argv[1:]):
        console.print(f"[dim]running {name} ...[/dim]")
        rows += importlib.import_module(f"bench.{name}").rows()
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
