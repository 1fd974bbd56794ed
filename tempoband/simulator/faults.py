"""A link that misbehaves on demand, reproducibly.

Within one connection BLE neither loses nor reorders: the link layer repeats until it succeeds. What is
lost in practice is lost in the sensor's send queue or in the host's. So ``drop``, ``duplicate``,
``corrupt`` and ``truncate`` model the two stacks, ``stall`` and ``carry_away`` model the air: packets wait
in their lane, and a sender that looks at ``backlog`` sees its queue grow.
"""

import asyncio
import random
import struct
from collections import Counter, deque
from dataclasses import dataclass, field

from bumble import hci, ll
from bumble.controller import Controller
from bumble.core import PhysicalTransport
from bumble.link import LocalLink

_L2CAP = struct.Struct("<HH")  # length, channel
_ATT_CHANNEL = 4
_MTU_REQUEST, _MTU_RESPONSE, _NOTIFICATION = 0x02, 0x03, 0x1B
_NOTIFICATION_START = _L2CAP.size + 3  # opcode and attribute handle come first
SUPERVISION_TIMEOUT_S = 4.0


@dataclass(slots=True)
class Faults:
    """What befalls packets; change it while the link runs.

    Attributes:
        drop: probability that a notification is lost.
        duplicate: probability that it is delivered twice, as some host stacks do after a reconnect.
        corrupt: probability that one bit of it is flipped (UART-bridged sensors; real air has a CRC).
        truncate: probability that it is cut short.
        jitter_s: least and most extra latency; the order is kept.
        connection_interval_s: if not 0, packets arrive only at multiples of it, in bursts.
        att_mtu: if set, no side is granted a larger MTU; bumble then cuts notifications silently,
            like the proxies that deliver 20 bytes of whatever was sent.
    """

    drop: float = 0.0
    duplicate: float = 0.0
    corrupt: float = 0.0
    truncate: float = 0.0
    jitter_s: tuple[float, float] = (0.0, 0.0)
    connection_interval_s: float = 0.0
    att_mtu: int | None = None


@dataclass(slots=True)
class _Lane:
    """One direction of one connection: first in, first out.

    asyncio timers with equal deadlines do not fire in the order they were set, hence a queue and at most
    one timer.
    """

    sender: Controller
    destination: hci.Address
    ends: tuple[str, str]  # both addresses as tests write them
    packets: deque[tuple[float, bytes]] = field(default_factory=deque)
    last_due_s: float = 0.0
    timer: asyncio.TimerHandle | None = None


class FaultyLink(LocalLink):
    """The air between virtual adapters and virtual sensors.

    Attributes:
        faults: what befalls every packet; ``faults_of[address]`` replaces it for one sensor.
        hits: how often each fault struck.
        supervision_timeout_s: silence after which a carried-away sensor's link is lost on both sides.
    """

    def __init__(self, seed: int = 0) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # bumble does not type it
        self.faults = Faults()
        self.faults_of: dict[str, Faults] = {}
        self.hits: Counter[str] = Counter()
        self.supervision_timeout_s = SUPERVISION_TIMEOUT_S
        self._rng = random.Random(seed)
        self._lanes: dict[tuple[int, hci.Address], _Lane] = {}
        self._stalled: set[str] = set()
        self._away: dict[str, asyncio.TimerHandle] = {}  # until the supervision timeout

    # -- what a test or the demo does to a sensor, by its address ---------------------------------

    def stall(self, address: str) -> None:
        """The link lives but nothing gets through, either way."""
        self._stalled.add(address)

    def resume(self, address: str) -> None:
        """Let everything that waited through."""
        self._stalled.discard(address)
        for lane in list(self._lanes.values()):
            self._drain(lane)

    def carry_away(self, address: str) -> None:
        """Out of range: silence, then the supervision timeout; no advertisement is heard."""
        if address not in self._away:
            loop = asyncio.get_running_loop()
            self._away[address] = loop.call_later(self.supervision_timeout_s, self.lose, address)

    def bring_back(self, address: str) -> None:
        """Back in range; a link that one side has given up meanwhile is given up by the other too."""
        timer = self._away.pop(address, None)
        if timer:
            timer.cancel()
        if not self._is_whole(address):
            self.lose(address)
        self.resume(address)

    def lose(self, address: str) -> None:
        """Both ends see HCI 0x08 now: connection timeout. Does nothing without a connection."""
        controller = self._controller(address)
        if controller is None:
            return
        self._forget_lanes(controller, address)
        for connection in list(controller.le_connections.values()):
            peer = self.find_le_controller(connection.peer_address)
            controller.on_le_disconnected(connection, hci.HCI_CONNECTION_TIMEOUT_ERROR)
            theirs = peer.le_connections.get(connection.self_address) if peer else None
            if peer and theirs:
                peer.on_le_disconnected(theirs, hci.HCI_CONNECTION_TIMEOUT_ERROR)

    def backlog(self, address: str) -> int:
        """Packets a sensor handed over that are still on their way."""
        return sum(len(lane.packets) for lane in self._lanes.values() if lane.ends[0] == address)

    # -- what the virtual controllers call --------------------------------------------------------

    def send_acl_data(
        self,
        sender_controller: Controller,
        destination_address: hci.Address,
        transport: PhysicalTransport,
        data: bytes,
    ) -> None:
        """Queue one packet, with whatever befalls it."""
        if transport != PhysicalTransport.LE:
            super().send_acl_data(sender_controller, destination_address, transport, data)
            return
        lane = self._lane(sender_controller, destination_address)
        faults = self._faults_on(lane)
        for packet in self._befall(_clamp_mtu(data, faults.att_mtu), faults):
            lane.last_due_s = max(lane.last_due_s, self._due_s(faults))
            lane.packets.append((lane.last_due_s, packet))
        self._drain(lane)

    def send_advertising_pdu(self, sender_controller: Controller, packet: ll.AdvertisingPdu) -> None:
        """Pass an advertisement or a connection request on, unless either side is out of range."""
        named = {
            getattr(packet, "advertiser_address", None),
            getattr(packet, "initiator_address", None),
        }
        if not any(a is not None and a.to_string(False) in self._away for a in named):
            super().send_advertising_pdu(sender_controller, packet)

    def send_ll_control_pdu(
        self, sender_address: hci.Address, receiver_address: hci.Address, packet: ll.ControlPdu
    ) -> None:
        """Pass a link-layer message on, such as a goodbye, unless either side is out of range."""
        if not any(a.to_string(False) in self._away for a in (sender_address, receiver_address)):
            super().send_ll_control_pdu(sender_address, receiver_address, packet)

    def announce(self, address: hci.Address, data: bytes) -> None:
        """Broadcast an advertisement nobody can connect to; bumble's controllers know only the other kind."""
        if address.to_string(False) in self._away:
            return
        kind = hci.HCI_LE_Advertising_Report_Event.EventType.ADV_NONCONN_IND
        for controller in self.controllers:
            if controller.le_scan_enable:
                report = hci.HCI_LE_Advertising_Report_Event.Report(
                    event_type=kind, address_type=address.address_type, address=address, data=data, rssi=-50
                )
                controller.send_hci_packet(hci.HCI_LE_Advertising_Report_Event([report]))

    def _lane(self, sender: Controller, destination: hci.Address) -> _Lane:
        key = (id(sender), destination)
        lane = self._lanes.get(key)
        if lane is None:
            ends = (sender.random_address.to_string(False), destination.to_string(False))
            lane = self._lanes[key] = _Lane(sender, destination, ends)
        return lane

    def _befall(self, data: bytes, faults: Faults) -> list[bytes]:
        _, channel = _L2CAP.unpack_from(data)
        if channel != _ATT_CHANNEL or data[_L2CAP.size] != _NOTIFICATION:
            return [data]
        if self._strikes("drop", faults.drop):
            return []
        if self._strikes("corrupt", faults.corrupt):
            at = self._rng.randrange(_NOTIFICATION_START, len(data))
            data = data[:at] + bytes([data[at] ^ 1 << self._rng.randrange(8)]) + data[at + 1 :]
        if self._strikes("truncate", faults.truncate):
            cut = self._rng.randrange(_NOTIFICATION_START, len(data))
            data = _L2CAP.pack(cut - _L2CAP.size, channel) + data[_L2CAP.size : cut]
        return [data] * (2 if self._strikes("duplicate", faults.duplicate) else 1)

    def _strikes(self, name: str, probability: float) -> bool:
        strikes = probability > 0 and self._rng.random() < probability
        self.hits[name] += strikes
        return strikes

    def _due_s(self, faults: Faults) -> float:
        due_s = asyncio.get_running_loop().time()
        if faults.jitter_s[1] > 0:
            due_s += self._rng.uniform(*faults.jitter_s)
        if faults.connection_interval_s > 0:
            due_s = (due_s // faults.connection_interval_s + 1) * faults.connection_interval_s
        return due_s

    def _drain(self, lane: _Lane) -> None:
        """Deliver what is due and set one timer for what is not."""
        if lane.timer:
            lane.timer.cancel()
            lane.timer = None
        if self._blocked(lane):
            return
        loop = asyncio.get_running_loop()
        while lane.packets and lane.packets[0][0] <= loop.time():
            loop.call_soon(self._deliver, lane, lane.packets.popleft()[1])
        if lane.packets:
            lane.timer = loop.call_at(lane.packets[0][0], self._drain, lane)

    def _deliver(self, lane: _Lane, data: bytes) -> None:
        destination = self.find_le_controller(lane.destination)
        source = lane.sender.random_address
        if destination is not None and source in destination.le_connections:  # else: lost on the way
            destination.on_link_acl_data(source, PhysicalTransport.LE, data)

    def _faults_on(self, lane: _Lane) -> Faults:
        return next((self.faults_of[a] for a in lane.ends if a in self.faults_of), self.faults)

    def _blocked(self, lane: _Lane) -> bool:
        return any(a in self._stalled or a in self._away for a in lane.ends)

    def _controller(self, address: str) -> Controller | None:
        return self.find_le_controller(hci.Address(address))

    def _is_whole(self, address: str) -> bool:
        controller = self._controller(address)
        links = list(controller.le_connections.values()) if controller else []
        peers = [self.find_le_controller(link.peer_address) for link in links]
        return all(p and link.self_address in p.le_connections for p, link in zip(peers, links, strict=True))

    def _forget_lanes(self, controller: Controller, address: str) -> None:
        for key, lane in list(self._lanes.items()):
            if lane.sender is controller or lane.ends[1] == address:
                if lane.timer:
                    lane.timer.cancel()
                del self._lanes[key]


def _clamp_mtu(data: bytes, att_mtu: int | None) -> bytes:
    """Lower the MTU a request or response offers; other packets pass unchanged."""
    _, channel = _L2CAP.unpack_from(data)
    opcode = data[_L2CAP.size]
    if att_mtu is None or channel != _ATT_CHANNEL or opcode not in (_MTU_REQUEST, _MTU_RESPONSE):
        return data
    offered = int.from_bytes(data[_L2CAP.size + 1 : _L2CAP.size + 3], "little")
    head = data[: _L2CAP.size + 1]
    return head + min(offered, att_mtu).to_bytes(2, "little") + data[_L2CAP.size + 3 :]
