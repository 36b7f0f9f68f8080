"""The DNS records that the checks look up."""

from __future__ import annotations

from typing import Protocol

import dns.exception
import dns.resolver
from dns.rdtypes.ANY.MX import MX

_SECONDS = 10.0


class DnsFailed(Exception):
    """No name server answered. This says nothing about the record."""


class Resolver(Protocol):
    """Looks up records. Names are without a dot at the end, in lower case."""

    def mx(self, domain: str) -> list[tuple[int, str]]:
        """Preference and host of each MX record, the first choice first. Raises DnsFailed."""

    def ipv6_addresses(self, host: str) -> list[str]:
        """The AAAA records. Raises DnsFailed."""


class SystemResolver:
    """Asks the name servers of this machine, or the one that is given: its address, and a port if it is not 53."""

    def __init__(self, name_server: str | None = None, seconds: float = _SECONDS) -> None:
        self._resolver = dns.resolver.Resolver(configure=name_server is None)
        if name_server is not None:
            address, _, port = name_server.partition(":") if name_server.count(":") == 1 else (name_server, "", "")
            self._resolver.nameservers, self._resolver.port = [address], int(port or 53)
        self._resolver.lifetime = seconds

    def mx(self, domain: str) -> list[tuple[int, str]]:
        found = [each for each in self._ask(domain, "MX") if isinstance(each, MX)]
        return sorted((each.preference, str(each.exchange).rstrip(".").lower()) for each in found)

    def ipv6_addresses(self, host: str) -> list[str]:
        return sorted(str(each) for each in self._ask(host, "AAAA"))

    def _ask(self, name: str, kind: str) -> list[object]:
        try:
            return list(self._resolver.resolve(f"{name}.", kind))
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except dns.exception.DNSException as error:
            raise DnsFailed(f"{kind} of {name}: {error}") from error
