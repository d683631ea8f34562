"""Clients without keys, told apart by where they come from."""

from ipaddress import IPv6Address
from typing import Final

_NETWORK_BITS: Final = 64


def network_of(address: str) -> str:
    """Return the network of a client's address: itself; of IPv6 the /64, all of one holder."""
    if ":" not in address:  # IPv4, or a socket without addresses
        return address
    number = IPv6Address(address)
    if number.ipv4_mapped:
        return str(number.ipv4_mapped)
    return f"{int(number) >> _NETWORK_BITS:x}::/{_NETWORK_BITS}"
