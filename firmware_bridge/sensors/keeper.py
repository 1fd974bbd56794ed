"""Where the frames of a sensor go, as the sensor sees it."""

from typing import Protocol

from firmware_bridge.frames.stream import Cut


class Keeper(Protocol):
    """Where frames go."""

    def accept(self, sensor: str, cut: Cut) -> None:
        """Take frames."""

    def end_stream(self, stream: str) -> None:
        """A stream is over."""

    def end_us(self, sensor: str) -> int:
        """When the sensor's newest sample was."""

    def owned_elsewhere(self, stream: str) -> bool:
        """Whether frames of this stream are refused because another bridge's are stored."""
