"""How long work tells how far it is."""

from collections.abc import Callable

Told = Callable[[int, int], None]
"""Called with two counts; which, says the function that takes it (mostly done and all)."""
