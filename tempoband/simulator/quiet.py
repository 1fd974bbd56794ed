"""bumble writes every packet out in coloured words for its debug log, also when nobody reads that log.

That is a third of the time of a virtual radio. Unless the log is read, packets are named in short instead.
"""

import logging
from functools import cache

from bumble import att, controller, gatt_client, gatt_server, hci, host, l2cap

_COLOURED = (att, controller, gatt_client, gatt_server, hci, host, l2cap)
_WRITTEN = (hci.HCI_Command, hci.HCI_Event, hci.HCI_AclDataPacket, att.ATT_PDU, l2cap.L2CAP_Control_Frame)


@cache
def spare_debug_words() -> None:
    """Do without the words of a debug log that is off; the first call decides for the process."""
    if logging.getLogger("bumble").isEnabledFor(logging.DEBUG):
        return
    for module in _COLOURED:
        module.color = _plain  # type: ignore[attr-defined]  # bumble imported it there
    for kind in _WRITTEN:
        kind.__str__ = _short  # type: ignore[method-assign]  # what it logs is all that changes


def _plain(text: str, *_colours: object, **_more: object) -> str:
    return text


def _short(packet: object) -> str:
    return type(packet).__name__
