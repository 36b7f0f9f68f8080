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
    if not _manages_filters(run):
        yield from _left_over(run)
        return
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
    if not _manages_filters(run):
        raise NotChecked("ManageReceiptFilters is false: inbound checks the server of each email instead.")
    host = f"inbound-smtp.{run.stack.region}.amazonaws.com"
    try:
        addresses = run.resolver.ipv6_addresses(host)
    except DnsFailed as error:
        raise NotChecked(f"No name server answered. {error}") from error
    if addresses and EVERYBODY_BY_IPV6 not in {network for _, policy, network in _filters(run) if policy == "Block"}:
        yield Finding(
            f"{host} has IPv6 addresses, and no receipt filter blocks ::/0: any server may deliver by IPv6.",
            "At the last deployment, the filters were in this state (output ReceiptFiltersStatus): "
            f"{run.stack.outputs.get('ReceiptFiltersStatus', 'unknown')}. If SES refused the filter, ask AWS support; "
            "otherwise deploy the stack again.",
        )


def _manages_filters(run: Run) -> bool:
    return run.stack.parameter("ManageReceiptFilters") != "false"


def _left_over(run: Run) -> Iterator[Finding]:
    """A stack that manages no filters must have none."""
    own = run.stack.physical_id("ConfigurationSet")
    for name, _, network in _filters(run):
        if name.startswith(f"{own}-"):
            yield Finding(
                f"ManageReceiptFilters is false, and the stack's receipt filter {name} ({network}) is still there.",
                f"aws ses delete-receipt-filter --filter-name {name}",
            )


def _filters(run: Run) -> list[tuple[str, str, Network]]:
    """Name, policy and range of each filter of the account and region."""
    return [
        (each["Name"], each["IpFilter"]["Policy"], ipaddress.ip_network(each["IpFilter"]["Cidr"], strict=False))
        for each in run.clients.ses.list_receipt_filters().get("Filters", [])
    ]
