"""Receipt filters: two block all servers (IPv4, IPv6), and one for each IP range of the client allows its servers.

https://docs.aws.amazon.com/ses/latest/dg/receiving-email-ip-filtering-console-walkthrough.html

Receipt filters of SES apply to the whole account and region. The names of this stack's filters begin with its prefix;
others are left alone. The name of a filter is its only id. It is derived from the range, so that a repeated request
finds the same filters.

SES does not document whether it takes IPv6 ranges. If it refuses one, or if there is no room for the second block, the
deployment goes on, and the status says what is open.
"""

import contextlib
import hashlib
import ipaddress
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from functions.setup.findings import Finding, refused

if TYPE_CHECKING:
    from mypy_boto3_ses import SESClient
    from mypy_boto3_ses.literals import ReceiptFilterPolicyType

MOST_FILTERS = 100
"""The quota of SES for an account and region. One filter blocks all servers with an IPv4 address."""

EVERYBODY = "0.0.0.0/0"
EVERYBODY_IPV6 = "::/0"

ANY_STACK = "email-channels-"
"""The names of the filters of all stacks of this template begin so."""

_REFUSALS = ("InvalidParameterValue", "ValidationError", "InvalidCidr", "LimitExceeded", "LimitExceededException")
"""Codes with which SES says that it does not take a filter. Others (throttled, no permission) fail the deployment."""


def apply(ses: "SESClient", request: str, properties: Mapping[str, Any]) -> dict[str, str]:
    """Properties: `FilterPrefix`, which no other stack uses; `ManageReceiptFilters`; `AllowedIpRanges`, separated by
    commas. Returns `Status`, a text for people.

    Raises ValueError, before it changes anything, for malformed ranges, and if the account would have too many filters.
    """
    prefix = properties["FilterPrefix"]
    if request == "Delete":
        _delete_all(ses, prefix)
        return {}
    allowed = ranges(properties["AllowedIpRanges"])
    if not manages(properties):
        _delete_all(ses, prefix)
        return {"Status": "not managed by this stack: it checks the address of each server after SES took the email"}
    return {"Status": _allow_only(ses, prefix, allowed)}


def manages(properties: Mapping[str, Any]) -> bool:
    """Whether the stack has receipt filters. Stacks of version 0.1 always had."""
    return str(properties.get("ManageReceiptFilters", "true")) == "true"


def check(prefix: str, text: str, there: Collection[str]) -> Iterator[Finding]:
    """What stands against the stack's filters for the ranges `text`, if `there` are the names of all filters."""
    try:
        problem = _no_room(there, _new(_wanted(prefix, ranges(text)), prefix, there))
    except ValueError as error:
        problem = str(error)
    if problem is not None:
        yield refused(problem)
    foreign = sorted(name for name in there if not name.startswith(ANY_STACK))
    if foreign:
        some = ", ".join(foreign[:5]) + (" and more" if len(foreign) > 5 else "")
        yield Finding(
            f"This account has receipt filters of others in this region ({some}). They would let in further servers, "
            "and this stack's filters would refuse email to others. Delete them, or set ManageReceiptFilters to false: "
            "then the stack makes no filters, and checks the address of each server after SES took the email.",
            refuses=not ours(prefix, there),
        )


def ours(prefix: str, there: Collection[str]) -> set[str]:
    """The stack's own filters among those that are there."""
    return {name for name in there if name.startswith(f"{prefix}-")}


def missing_blocks(prefix: str, there: Collection[str]) -> list[str]:
    """What the account lets in, because a filter that blocks all others is not there."""
    return (
        [] if _block(prefix) in there else [f"the receipt filter {_block(prefix)} is missing: every server may deliver"]
    )


def ranges(text: str) -> list[str]:
    """The ranges of a comma-separated list, without repeats, as a.b.c.d/n. Raises ValueError for a malformed range."""
    found = list(dict.fromkeys(_range(part.strip()) for part in text.split(",") if part.strip()))
    if not found:
        raise ValueError("AllowedIpRanges: at least one range of the client's mail servers is required")
    if len(found) > MOST_FILTERS - 1:
        raise ValueError(f"AllowedIpRanges: {len(found)} ranges, but SES allows {MOST_FILTERS - 1}")
    return found


def _range(text: str) -> str:
    try:
        network = ipaddress.ip_network(text)
    except ValueError as error:
        raise ValueError(f"AllowedIpRanges: {text} is not a range of IP addresses: {error}") from error
    if network.prefixlen == 0:
        raise ValueError(f"AllowedIpRanges: {text} would allow every server")
    return str(network)


def names(ses: "SESClient") -> set[str]:
    """The names of all filters in the account and region."""
    return {each["Name"] for each in ses.list_receipt_filters().get("Filters", [])}


def _allow_only(ses: "SESClient", prefix: str, allowed: Iterable[str]) -> str:
    """Allows new ranges first, then blocks all servers, then removes old ranges. Returns the status.

    A server that may deliver before and after the change is therefore never refused in between, and a block that exists
    stays.
    """
    there = names(ses)
    wanted = _wanted(prefix, allowed)
    new = _new(wanted, prefix, there)
    problem = _no_room(there, new)
    if problem is not None:
        raise ValueError(problem)
    refusals = []
    for name, cidr in wanted.items():
        if name in new:
            refusals += _create(ses, name, "Allow", cidr)
    if _block(prefix) in new:
        _create(ses, _block(prefix), "Block", EVERYBODY)
    ipv6 = f"{prefix}-block-ipv6"
    if refusals and ipv6 in there:
        # Without their filters, the client's own servers would be refused.
        ses.delete_receipt_filter(FilterName=ipv6)
    elif not refusals and ipv6 not in there:
        refusals = _create(ses, ipv6, "Block", EVERYBODY_IPV6)
    for name in sorted(ours(prefix, there) - wanted.keys() - {_block(prefix), ipv6}):
        ses.delete_receipt_filter(FilterName=name)
    if refusals:
        return f"all other IPv4 servers are blocked. Servers with IPv6 addresses are NOT blocked: {refusals[0]}"
    return "all other servers are blocked"


def _wanted(prefix: str, allowed: Iterable[str]) -> dict[str, str]:
    """The ranges to allow, by the name of their filter."""
    return {f"{prefix}-{hashlib.sha256(cidr.encode()).hexdigest()[:12]}": cidr for cidr in allowed}


def _block(prefix: str) -> str:
    return f"{prefix}-block-all"


def _new(wanted: Mapping[str, str], prefix: str, there: Collection[str]) -> set[str]:
    """The filters to make. The block of IPv6 is not counted: without room for it, there is none."""
    return {*wanted, _block(prefix)} - set(there)


def _no_room(there: Collection[str], new: Collection[str]) -> str | None:
    """Why the account cannot have these new filters."""
    if len(there) + len(new) <= MOST_FILTERS or not new:
        return None
    return (
        f"AllowedIpRanges: {len(new)} new receipt filters are needed, and this account has {len(there)} in this "
        f"region. SES allows {MOST_FILTERS}. Use wider ranges, delete filters that are not needed, or change the "
        "list in two steps, because old ranges are removed after new ones are added"
    )


def _delete_all(ses: "SESClient", prefix: str) -> None:
    """Deletes the blocks first. Otherwise allowed servers would be refused while emails can still arrive."""
    for name in sorted(ours(prefix, names(ses)), key=lambda name: "-block-" not in name):
        ses.delete_receipt_filter(FilterName=name)


def _create(ses: "SESClient", name: str, policy: "ReceiptFilterPolicyType", cidr: str) -> list[str]:
    """Makes a filter. Returns why SES refuses an IPv6 range; nothing if it is there now."""
    # An earlier request whose response was lost may have made it, under the same name.
    with contextlib.suppress(ses.exceptions.AlreadyExistsException):
        try:
            ses.create_receipt_filter(Filter={"Name": name, "IpFilter": {"Policy": policy, "Cidr": cidr}})
        except ClientError as error:
            if ":" not in cidr or error.response["Error"]["Code"] not in _REFUSALS:
                raise
            return [f"SES refuses the filter for {cidr} ({error.response['Error']['Message']})"]
    return []
