"""As what the address of a client is counted, where one client shall not take what is for many."""

from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

from outfeed.settings import Settings

#: Bits of an address of IPv6 that are one customer's: whoever has one such network has all addresses in it.
_NETWORK_BITS: Final = 64


def counted_address(settings: Settings, address: str) -> str | None:
    """
    Return the name under which a client is counted: its address, or its network of IPv6.

    None for one that stands for any number of clients and is not counted: of a trusted proxy or of this machine, where
    a proxy may run that nobody has named; and for what is no address, as on a socket of the file system.
    """
    try:
        number = ip_address(address.partition("%")[0])
    except ValueError:
        return None
    if isinstance(number, IPv6Address):
        number = number.ipv4_mapped or number
    if number.is_loopback or settings.trusts(address):
        return None
    if isinstance(number, IPv6Address):
        return str(ip_network((number, _NETWORK_BITS), strict=False))
    return str(number)
