"""Whom this server calls: addresses as clients give them, those of them that an operator allows, and no private ones.

What is checked is what is called: an address is parsed once, and a name is resolved once for each call.
"""

import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, Final

import httpx

from outfeed.errors import AddressRefused, InvalidField
from outfeed.settings import Settings

#: Longest address, in characters.
MAX_ADDRESS: Final = 2048
#: Addresses of a host that are tried, one after the other.
MOST_NUMBERS: Final = 4

_PORTS: Final = {"http": 80, "https": 443}
_NUMBERS_OF_PORTS: Final = range(1, 65536)
_NAME: Final = re.compile(r"(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}")
#: A last part that makes some resolvers read a name as a number: 2130706433, 0x7f000001, 127.1, 0177.0.0.1.
_NUMBER: Final = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")
#: Longest name of a host, in characters (RFC 1035).
_MAX_NAME: Final = 253

#: What is not the public internet (IANA's special-purpose registries). Those of IPv6 lie inside 2000::/3; what is
#: outside of it is not public either.
_PRIVATE: Final = [
    ip_network(text)
    for text in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24"),
        *("203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        *("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"),
    )
]
#: What is called in no case: nobody, everybody, and where clouds keep their machines' secrets: the far end of a cable,
#: and single numbers of Alibaba Cloud, Oracle Cloud and Amazon.
_NEVER: Final = [
    ip_network(text)
    for text in (
        *("0.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4", "100.100.100.200/32", "192.0.0.192/32"),
        *("::/128", "fd00:ec2::254/128", "fe80::/10", "ff00::/8"),
    )
]
_PUBLIC_6: Final = IPv6Network("2000::/3")
#: RFC 6052: an address of IPv4 in the last 32 bits, where a network has IPv6 only.
_NAT64: Final = IPv6Network("64:ff9b::/96")
#: More of them, which are not public whatever they hold: a network's own translator (RFC 8215, RFC 2765), and addresses
#: as they were written once (RFC 4291, section 2.5.5.1).
_LAST_32: Final = [IPv6Network(text) for text in ("64:ff9b:1::/48", "::ffff:0:0:0/96", "::/96")]
_LOOPBACK_6: Final = IPv6Address("::1")

Number = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class Address:
    """Where to call. Its target may hold a secret of the client: never log it."""

    #: `http` or `https`.
    scheme: str
    #: A name in ASCII and small letters without a dot at its end, or a number without brackets.
    host: str
    port: int
    #: Path and query.
    target: str

    @property
    def authority(self) -> str:
        """Host and port: what calls are counted by, and what may be logged."""
        return f"{self._bracketed}:{self.port}"

    @property
    def named(self) -> str:
        """What the `Host` header says: no port where it is the usual one."""
        return self._bracketed if self.port == _PORTS[self.scheme] else self.authority

    @property
    def _bracketed(self) -> str:
        return f"[{self.host}]" if ":" in self.host else self.host

    def below(self, name: str) -> "Address":
        """Return the address with one more segment in its path; the query stays."""
        path, mark, query = self.target.partition("?")
        return replace(self, target=f"{path.rstrip('/')}/{name}{mark}{query}")


def parse_address(text: Any) -> Address:
    """
    Return an absolute `http` or `https` address, without looking at whose it is.

    Raises
    ------
    InvalidField
        If it is none, or names a user.
    """
    if not isinstance(text, str) or len(text) > MAX_ADDRESS:
        raise InvalidField(f"An address is a text of at most {MAX_ADDRESS} characters.")
    try:
        url = httpx.URL(text.strip())
    except (httpx.InvalidURL, ValueError) as error:
        raise InvalidField("It is no address such as https://example.com/prints.") from error
    if url.scheme not in _PORTS or not url.raw_host:
        raise InvalidField("It is no address that begins with http:// or https:// and a host.")
    if url.userinfo:
        raise InvalidField("An address must not name a user.")
    host = _host(url.raw_host.decode("ascii"))
    port = url.port if url.port is not None else _PORTS[url.scheme]
    if port not in _NUMBERS_OF_PORTS:
        raise InvalidField("The address has no port that could be one.")
    return Address(url.scheme, host, port, url.raw_path.decode("ascii"))


def check_address(text: Any, settings: Settings) -> Address:
    """
    Return an address whose host the operator allows. What its name resolves to is looked at when it is called.

    Raises
    ------
    InvalidField
        If it is no address.
    AddressRefused
        If its host is not one of `callback_hosts`, or is a number that is never called.
    """
    address = parse_address(text)
    if not settings.may_call(address.host, address.port):
        raise AddressRefused(f"{address.authority} is not one of the server's callback hosts.")
    number = _number(address.host)
    if number is not None:
        check_numbers([str(number)], settings)
    elif _NUMBER.fullmatch(address.host):
        raise AddressRefused("A number must be written as 192.0.2.1 is.")
    return address


def check_numbers(numbers: Iterable[str], settings: Settings) -> list[str]:
    """
    Return the numbers that a name has resolved to, in their order, each once and the first few only.

    Raises
    ------
    AddressRefused
        If one of them is not public, which `callback_private` allows, or is never called; or if there is none.
    """
    found = list(dict.fromkeys(numbers))
    for text in found:
        number = _embedded(ip_address(text))
        if _is_never_called(number) or not (settings.callback_private or _is_public(number)):
            raise AddressRefused("The host has an address that is not public.")
    if not found:
        raise AddressRefused("The host has no address.")
    return found[:MOST_NUMBERS]


def resolved(host: str, port: int) -> list[str]:
    """Return the numbers of a host; it blocks. Raises `OSError` if it has none, or nobody knows."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def _host(raw: str) -> str:
    """Return a host in the one way that it is written in everywhere, or raise `InvalidField`."""
    number = _number(raw)
    if number is not None:
        return str(number)
    name = raw.removesuffix(".").lower()
    if len(name) > _MAX_NAME or not _NAME.fullmatch(name):
        raise InvalidField("The address has no host that could be a name.")
    return name


def _number(host: str) -> Number | None:
    """Return a host that is a number, or None; one that is for a single cable only is none."""
    try:
        return ip_address(host) if "%" not in host else None
    except ValueError:
        return None


def _embedded(number: Number) -> Number:
    """Return the address of IPv4 that one of IPv6 stands for, where a machine calls that one; otherwise itself."""
    if isinstance(number, IPv4Address):
        return number
    if number in _NAT64:
        return IPv4Address(int(number) & 0xFFFFFFFF)
    return number.ipv4_mapped or number


def _is_public(number: Number) -> bool:
    is_outside = isinstance(number, IPv6Address) and number not in _PUBLIC_6
    return not is_outside and not any(number in network for network in _PRIVATE)


def _is_never_called(number: Number) -> bool:
    """Tell whether nobody may have a number called, or an address of IPv4 that a tunnel would make of it."""
    return any(one in network for one in (number, *_tunnelled(number)) for network in _NEVER)


def _tunnelled(number: Number) -> Iterable[IPv4Address]:
    """Return the addresses of IPv4 to which tunnels would carry what is sent to a number: of Teredo, both ends."""
    if isinstance(number, IPv4Address) or number == _LOOPBACK_6:
        return ()
    if any(number in network for network in _LAST_32):
        return (IPv4Address(int(number) & 0xFFFFFFFF),)
    return number.teredo or ((number.sixtofour,) if number.sixtofour else ())
