"""The simulator's one exception root."""


class SimulatorError(Exception):
    """Something impossible was asked of the virtual world; the message says what."""
