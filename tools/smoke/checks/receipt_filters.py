"""SES must refuse every mail server but those of the client. Receipt filters hold for the whole account and region."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from tools.smoke.findings import Finding, NotChecked
from tools.smoke.name_servers import DnsFailed
from tools.smoke.run import Run

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
EVERYBODY = ipaddress.ip_network("0.0.0.0/0")
EVERYBODY_BY_IPV6 = ipaddress.ip_network("::/0")

_AGAIN = "Deploy the stack again with another value of AllowedIpRanges, and then with the right one."


def look(run: Run) -> Iterator[Finding]:
    _require_own_filters(run)
    filters = _filters(run)
    allowed = {network: name for name, policy, network in filters if policy == "Allow"}
    blocked = {network: name for name, policy, network in filters if policy == "Block"}
    wanted = {ipaddress.ip_network(each, strict=False) for each in run.stack.listed("AllowedIpRanges")}
    if EVERYBODY not in blocked:
        yield Finding("No receipt filter blocks all servers (0.0.0.0/0): anybody may deliver.", _AGAIN)
    for network in sorted(wanted - allowed.keys(), key=str):
        yield Finding(f"No receipt filter allows {network}: the client's servers there are refused.", _AGAIN)
    for network in sorted(allowed.keys() - wanted, key=str):
        yield Finding(
            f"The receipt filter {allowed[network]} allows {network}, which AllowedIpRanges does not name.",
            f"If it belongs to no other system: aws ses delete-receipt-filter --filter-name {allowed[network]}",
        )
    for network in sorted(blocked.keys() - {EVERYBODY, EVERYBODY_BY_IPV6}, key=str):
        if any(each.version == network.version and each.overlaps(network) for each in wanted):
            yield Finding(
                f"The receipt filter {blocked[network]} blocks {network}, which overlaps AllowedIpRanges.",
                f"If it belongs to no other system: aws ses delete-receipt-filter --filter-name {blocked[network]}",
            )


def look_at_ipv6(run: Run) -> Iterator[Finding]:
    """0.0.0.0/0 may not block servers that come by IPv6. They can come only if the endpoint has an IPv6 address."""
    _require_own_filters(run)
    host = f"inbound-smtp.{run.stack.region}.amazonaws.com"
    try:
        addresses = run.resolver.ipv6_addresses(host)
    except DnsFailed as error:
        raise NotChecked(f"No name server answered. {error}") from error
    if addresses and EVERYBODY_BY_IPV6 not in {network for _, policy, network in _filters(run) if policy == "Block"}:
        yield Finding(
            f"{host} has IPv6 addresses, and no receipt filter blocks ::/0: any server may deliver by IPv6.",
            "Read the stack's outputs: if SES refused the filter, they say so. Otherwise deploy this version again, or "
            "block it by hand: aws ses create-receipt-filter --filter "
            "'Name=block-ipv6,IpFilter={Policy=Block,Cidr=::/0}'",
        )


def _require_own_filters(run: Run) -> None:
    if run.stack.parameter("ManageReceiptFilters") == "false":
        raise NotChecked("ManageReceiptFilters is false: inbound checks the server of each email instead.")


def _filters(run: Run) -> list[tuple[str, str, Network]]:
    """Name, policy and range of each filter of the account and region."""
    return [
        (each["Name"], each["IpFilter"]["Policy"], ipaddress.ip_network(each["IpFilter"]["Cidr"], strict=False))
        for each in run.clients.ses.list_receipt_filters().get("Filters", [])
    ]
