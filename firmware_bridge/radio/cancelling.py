"""Cancellation that a library swallowed is not lost.

On Python 3.11 ``asyncio.wait_for`` returns its result when the cancellation comes in the same instant, and
the Bluetooth stacks use it. A loop that runs for ever must therefore look whether it was meant to end.
"""

import asyncio


def end_if_cancelled() -> None:
    """Raise the cancellation that this task was sent and never saw. Not inside ``asyncio.timeout``."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
