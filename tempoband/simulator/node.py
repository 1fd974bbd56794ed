"""A bumble host on its own virtual controller: the ground of the adapter and of every sensor."""

from dataclasses import dataclass

from bumble import hci
from bumble.controller import Controller
from bumble.device import Device
from bumble.host import Host
from bumble.transport.common import AsyncPipeSink

from tempoband.simulator.errors import SimulatorError
from tempoband.simulator.faults import FaultyLink
from tempoband.simulator.quiet import spare_debug_words

_ACL_PACKET_BYTES = 251  # data length extension; bumble's default of 27 fragments every notification


@dataclass(frozen=True, slots=True)
class Node:
    """Host side and controller side of one virtual Bluetooth device."""

    device: Device
    controller: Controller


def make_node(link: FaultyLink, address: str, name: str) -> Node:
    """Put a device on the link; call it inside the loop that will use it.

    Raises:
        SimulatorError: the address is not random static (two top bits set), or is taken: packets are
            routed by it.
    """
    spare_debug_words()
    parsed = hci.Address(address)
    if not parsed.is_static:
        raise SimulatorError(f"address {address} is not random static: it must start with C, D, E or F")
    if link.find_le_controller(parsed) is not None:
        raise SimulatorError(f"address {address} is already on this link")
    controller = Controller(name, link=link, public_address=parsed)
    controller.le_acl_data_packet_length = _ACL_PACKET_BYTES
    controller.random_address = parsed  # before power-on, so that two sensors with one address are refused
    device = Device(name=name, address=parsed, host=Host(controller, AsyncPipeSink(controller)))
    return Node(device, controller)
