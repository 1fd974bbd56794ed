"""``python -m tempoband.app`` is the same as ``tempoband``."""

from tempoband.app.cli import main

main()
