"""Compiles the scorer before anything streams: the first time on a machine it takes some seconds."""

import time

from rich.console import Console

from analytics.signal import warm_up

NOTICED_S = 3.0


def prepare_scorer() -> None:
    """Load the compiled scorer, or compile it once; a reader who has to wait is told why."""
    console = Console(stderr=True, highlight=False)
    started = time.monotonic()
    with console.status("Preparing the scorer (compiled once per machine) ..."):
        warm_up()
    elapsed_s = time.monotonic() - started
    if elapsed_s > NOTICED_S and not console.is_terminal:
        console.print(f"The scorer was compiled in {elapsed_s:.0f} s; the next start is quick.")


if __name__ == "__main__":
    prepare_scorer()
