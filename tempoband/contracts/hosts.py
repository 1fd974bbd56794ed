"""What a host's name or address says about where it is."""

import ipaddress


def is_address(host: str) -> bool:
    """Whether it is an address, in brackets or not, and no name."""
    return _address(host) is not None


def is_loopback(host: str) -> bool:
    """Whether it means this machine, so that nobody else can reach it."""
    address = _address(host)
    return host == "localhost" if address is None else address.is_loopback


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return None
