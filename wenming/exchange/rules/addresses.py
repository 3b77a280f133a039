"""Whom this machine may speak to: addresses of the public net, and inside only what the city has named.

An endpoint is typed in by a person and resolved by a name server that others may control. So the decision is about the
address that is really connected to, never about the name, and every form in which an inner address can be dressed up
(IPv4 inside IPv6, 6to4, Teredo, NAT64) is undressed first.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

PUBLIC_PORTS = frozenset({443, 8443})
LONGEST_URL = 500
_NAT64 = ip_network("64:ff9b::/96")
# Never, whatever a city names: nobody's system lives there, and the keys of rented machines do.
_NEVER = tuple(
    ip_network(each)
    for each in ("0.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "255.255.255.255/32", "::/128", "fe80::/10", "ff00::/8",
                 "100.100.100.200/32", "fd00:ec2::254/128")
)  # fmt: skip


class AddressRefused(Exception):
    """Why not, as a stable word: `scheme`, `form`, `port`, `inside`, `never`."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class Endpoint:
    """Where a message goes, taken apart. inside: the city has named this host (and port) as one of its own."""

    scheme: str
    host: str
    port: int
    target: str
    inside: bool


@dataclass(frozen=True)
class Inside:
    """The hosts of a city's own net that may be spoken to: `{host: ports, or None for any port}`."""

    hosts: dict[str, frozenset[int] | None]

    @classmethod
    def of(cls, listed: str) -> Inside:
        """`10.1.2.3:8443, oa.example` as the setting writes it; IPv6 in brackets."""
        found: dict[str, frozenset[int] | None] = {}
        for each in filter(None, (part.strip().lower() for part in listed.split(","))):
            parts = urlsplit(f"//{each}")
            host, port = parts.hostname or "", parts.port
            held = found.get(host, frozenset())
            found[host] = None if port is None or held is None else held | {port}
        return cls(found)

    def names(self, host: str, port: int) -> bool:
        ports = self.hosts.get(host, frozenset())
        return ports is None or port in ports


def endpoint_of(url: str, inside: Inside) -> Endpoint:
    """The parts of an address that may be written down at all. Raises AddressRefused.

    Outside, only https to the usual ports, without a name and password in the address; plain http only to a named host.
    """
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".").encode("idna").decode() if parts.hostname else ""
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme, 0)
    except (ValueError, UnicodeError):
        raise AddressRefused("form") from None
    readable = url.isascii() and url.isprintable() and " " not in url and "\\" not in url
    if not host or not readable or len(url) > LONGEST_URL or parts.username or parts.password or parts.fragment:
        raise AddressRefused("form")
    named = inside.names(host, port)
    if parts.scheme != "https" and not (parts.scheme == "http" and named):
        raise AddressRefused("scheme")
    if not named and port not in PUBLIC_PORTS:
        raise AddressRefused("port")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Endpoint(parts.scheme, host, port, target, named)


def address_for(endpoint: Endpoint, resolved: Iterable[str]) -> str:
    """The one address to connect to, out of all that the name stands for. Raises AddressRefused.

    One address of the inside among them refuses the name: a server that mixes them waits for the day the other is taken.
    """
    addresses = [ip_address(each.partition("%")[0]) for each in resolved]
    if not addresses:
        raise AddressRefused("form")
    for address in addresses:
        if any(one in net for one in _undressed(address) for net in _NEVER if net.version == one.version):
            raise AddressRefused("never")
        if not endpoint.inside and not all(_is_public(one) for one in _undressed(address)):
            raise AddressRefused("inside")
    return str(addresses[0])


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    return address.is_global and not address.is_multicast and not address.is_reserved


def _undressed(address: IPv4Address | IPv6Address) -> list[IPv4Address | IPv6Address]:
    """The address and every address it carries inside."""
    found: list[IPv4Address | IPv6Address] = [address]
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            # It is the IPv4 address: what is said of ::ffff:0:0/96 as such would refuse every public one.
            return [address.ipv4_mapped]
        if address.sixtofour:
            found.append(address.sixtofour)
        if address.teredo:
            found.extend(address.teredo)
        if address in _NAT64:
            # 64:ff9b::/96 itself is a public range: what counts is where the gateway leads.
            return [IPv4Address(int(address) & 0xFFFFFFFF)]
        if int(address) >> 32 == 0 and int(address) > 1:
            found.append(IPv4Address(int(address)))
    return found
