"""Where a connection may lead: names are looked up with a limit, and outside input never reaches a private address.

Django-free. The address that was checked is the address that is connected to; a name is looked up once.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as LookupTimeout

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolver = Callable[[str, int], list[str]]

NAT64 = ipaddress.ip_network("64:ff9b::/96")
UNICAST = ipaddress.ip_network("2000::/3")  # all that IANA has given out; the rest of IPv6 is for uses of its own
_lookups = ThreadPoolExecutor(max_workers=8, thread_name_prefix="lookup")


class BadAddress(ValueError):
    """Not an address that can be asked: no http(s), no host, a password in it, or a port that is none."""


class PrivateAddress(ValueError):
    """The address leads to this machine or into a private network."""


def system_resolver(host: str, port: int) -> list[str]:
    """Every address of a name, in the system's order. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


resolver: Resolver = system_resolver


def look_up(host: str, port: int, seconds: float) -> list[str]:
    """Addresses of a host. Raises OSError; a look-up that takes longer than `seconds` is given up (TimeoutError)."""
    try:
        return [str(ipaddress.ip_address(host.strip("[]")))]
    except ValueError:
        pass
    asked = _lookups.submit(resolver, host, port)
    try:
        return asked.result(timeout=max(0.01, seconds))
    except LookupTimeout as error:
        asked.cancel()                      # still waiting for a thread: nobody needs the answer any more
        raise TimeoutError(f"looking up {host} took too long") from error


def embedded(address: Address) -> list[Address]:
    """The address and every IPv4 address that an IPv6 form carries inside: mapped, 6to4, Teredo, NAT64, compatible."""
    if isinstance(address, ipaddress.IPv4Address):
        return [address]
    inner: list[Address] = [address]
    if address.ipv4_mapped:
        inner.append(address.ipv4_mapped)
    if address.sixtofour:
        inner.append(address.sixtofour)
    if address.teredo:
        inner += address.teredo
    if address in NAT64 or int(address) >> 32 == 0:
        inner.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return inner


def is_outside(text: str) -> bool:
    """Whether an IP address is a public one, in whatever form it is written."""
    address = ipaddress.ip_address(text.split("%", 1)[0])
    parts = embedded(address)
    carries = len(parts) > 1  # then the IPv4 address inside is where it leads
    if address.version == 6 and not carries and address not in UNICAST:
        return False
    checked = parts[1:] if carries and not address.is_global else parts
    return all(part.is_global and not part.is_multicast for part in checked)


def outside_only(found: list[str], host: str) -> list[str]:
    """The addresses, if every one of them is public. Raises PrivateAddress: one bad answer spoils the name."""
    for text in found:
        if not is_outside(text):
            raise PrivateAddress(f"{host} leads to a private address")
    return found
