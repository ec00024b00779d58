"""Which peers may speak to us, by their address (pure)."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network


class Networks:
    """Some networks; ``host in networks`` for an address as text.

    IPv4 within IPv6 counts as IPv4, and what is no address is in no network.
    """

    def __init__(self, networks: Iterable[str | IPv4Network | IPv6Network]) -> None:
        self._networks = tuple(ip_network(network) for network in networks)

    def __contains__(self, host: str) -> bool:
        try:
            address = ip_address(host.partition("%")[0])
        except ValueError:
            return False
        plain = getattr(address, "ipv4_mapped", None) or address
        return any(plain in network for network in self._networks)
