"""A sensor that can only be listened to is stored through one bridge at a time.

Such a sensor broadcasts: every bridge in reach hears it, and each would store the same pull as its own. Who
is first with a stretch holds the sensor for it and a little longer; the others are refused for that time.
Sensors with a link of their own hold exactly one bridge anyway and are not looked at.
"""

from collections import OrderedDict
from dataclasses import dataclass

from tempoband.contracts.frame import ClockKind, Frame, LossKnowledge

LEASE_US = 15 * 1_000_000
_STRETCHES_KEPT = 32
_SENSORS_KEPT = 10_000


@dataclass(slots=True)
class _Held:
    bridge: str
    start_us: int
    end_us: int

    def near(self, frame: Frame) -> bool:
        return frame.t0_us < self.end_us + LEASE_US and frame.end_us > self.start_us - LEASE_US


class Listening:
    """Who held which sensor lately; a restart begins anew, and the first to speak then holds it."""

    def __init__(self) -> None:
        self._held: OrderedDict[str, list[_Held]] = OrderedDict()

    def holder(self, bridge: str, sensor: str, frame: Frame) -> str:
        """The bridge that holds the sensor at the time of this frame: this one, unless another was first."""
        if frame.clock is not ClockKind.ARRIVAL or frame.loss is not LossKnowledge.UNKNOWN:
            return bridge
        held = self._held.setdefault(sensor, [])
        self._held.move_to_end(sensor)
        near = [each for each in held if each.near(frame)]
        for each in near:
            if each.bridge != bridge:
                return each.bridge
        if near:
            near[0].start_us = min(near[0].start_us, frame.t0_us)
            near[0].end_us = max(near[0].end_us, frame.end_us)
        else:
            held.append(_Held(bridge, frame.t0_us, frame.end_us))
            del held[:-_STRETCHES_KEPT]
        if len(self._held) > _SENSORS_KEPT:
            self._held.popitem(last=False)
        return bridge
