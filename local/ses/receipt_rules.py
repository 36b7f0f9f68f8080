"""Receipt filters and receipt rules of SES: which clients are blocked, and which rules apply to a recipient.

https://docs.aws.amazon.com/ses/latest/dg/receiving-email-receipt-rules-console-walkthrough.html (recipient conditions),
https://docs.aws.amazon.com/ses/latest/dg/receiving-email-ip-filtering-console-walkthrough.html
"""

import ipaddress
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from email_channels.addresses import ascii_domain

if TYPE_CHECKING:
    from mypy_boto3_ses import SESClient

_KNOWN_ACTIONS = frozenset({"S3Action", "StopAction"})


class UnsupportedActionError(Exception):
    """A receipt rule has an action that the local stack cannot carry out."""


@dataclass(frozen=True)
class ReceiptRule:
    """One enabled rule. `stores` are the (bucket, key prefix) of its S3 actions, in order."""

    name: str
    recipients: tuple[str, ...]
    requires_tls: bool
    scans: bool
    stores: tuple[tuple[str, str], ...]
    stops: bool

    def matches(self, address: str) -> bool:
        """Whether a recipient condition matches the address. A rule without conditions matches every address."""
        local, _, domain = _comparable(address).rpartition("@")
        unlabelled = local.partition("+")[0]
        covering = {f"{local}@{domain}", f"{unlabelled}@{domain}", domain}
        parents = domain.split(".")[1:]
        covering |= {"." + ".".join(parents[depth:]) for depth in range(len(parents))}
        return not self.recipients or any(_comparable(condition) in covering for condition in self.recipients)


@dataclass(frozen=True)
class ReceiptSettings:
    """The filters and the active rule set at one moment. Without an active rule set, there are no rules."""

    filters: tuple[tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, bool], ...]  # range, allowed
    rules: tuple[ReceiptRule, ...]

    def blocks(self, client: str) -> bool:
        """Whether the filters block the client.

        The most specific range that contains the client's address decides. If two are equally specific, allow wins. A
        range holds addresses of its own version only: 0.0.0.0/0 does not block servers with IPv6 addresses.
        """
        address = ipaddress.ip_address(client)
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        covering = [(network.prefixlen, allowed) for network, allowed in self.filters if address in network]
        return bool(covering) and not max(covering)[1]

    def requires_tls(self) -> bool:
        """Whether any rule requires TLS.

        SES decides this for each recipient. The local stack refuses MAIL, when no recipient is known yet.
        """
        return any(rule.requires_tls for rule in self.rules)

    def rules_for(self, recipients: Sequence[str]) -> list[tuple[ReceiptRule, str]]:
        """The rules that apply to a transaction, in order, each with the first recipient that it matches."""
        applying = []
        for rule in self.rules:
            covered = [address for address in recipients if rule.matches(address)]
            if covered:
                applying.append((rule, covered[0]))
                if rule.stops:
                    break
        return applying


class ReceiptSettingsCache:
    """Reads filters and rules from SES, once a second at most, as emails can come in bursts. Thread-safe."""

    def __init__(self, client: "SESClient", fresh_for: float = 1.0) -> None:
        self._client = client
        self._fresh_for = fresh_for  # seconds
        self._read_at = float("-inf")
        self._receiving = ReceiptSettings((), ())
        self._lock = threading.Lock()

    def current(self) -> ReceiptSettings:
        """The present filters and rules. Raises what boto3 raises, and UnsupportedActionError."""
        with self._lock:
            if time.monotonic() - self._read_at >= self._fresh_for:
                filters = self._client.list_receipt_filters().get("Filters", [])
                active = self._client.describe_active_receipt_rule_set()
                self._receiving = ReceiptSettings(
                    filters=tuple(
                        (
                            ipaddress.ip_network(each["IpFilter"]["Cidr"], strict=False),
                            each["IpFilter"]["Policy"] == "Allow",
                        )
                        for each in filters
                    ),
                    rules=tuple(_rule(rule) for rule in active.get("Rules", []) if rule.get("Enabled")),
                )
                self._read_at = time.monotonic()
            return self._receiving


def _rule(given: Mapping[str, Any]) -> ReceiptRule:
    actions = given.get("Actions", [])
    unknown = sorted({kind for action in actions for kind in action} - _KNOWN_ACTIONS)
    if unknown:
        raise UnsupportedActionError(
            f"Receipt rule {given['Name']} has an action that the local stack does not support: {unknown[0]}"
        )
    stores = [action["S3Action"] for action in actions if "S3Action" in action]
    return ReceiptRule(
        name=given["Name"],
        recipients=tuple(given.get("Recipients", [])),
        requires_tls=given.get("TlsPolicy") == "Require",
        scans=bool(given.get("ScanEnabled")),
        stores=tuple((store["BucketName"], store.get("ObjectKeyPrefix", "")) for store in stores),
        stops=any("StopAction" in action for action in actions),
    )


def _comparable(address: str) -> str:
    """The address in lower case, with its domain in ASCII (IDNA), so that two spellings compare equal."""
    local, at, domain = address.rpartition("@")
    dot = "." if domain.startswith(".") else ""
    return local.lower() + at + dot + ascii_domain(domain.strip("."))
