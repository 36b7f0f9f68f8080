"""Receipt filters: one blocks all servers, and one for each IP range of the client allows its mail servers.

https://docs.aws.amazon.com/ses/latest/dg/receiving-email-ip-filtering-console-walkthrough.html

Receipt filters of SES apply to the whole account and region. The names of this stack's filters begin with its prefix;
others are left alone. The name of a filter is its only id. It is derived from the range, so that a repeated request
finds the same filters.
"""

import contextlib
import hashlib
import ipaddress
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_ses import SESClient
    from mypy_boto3_ses.literals import ReceiptFilterPolicyType

MOST_FILTERS = 100
"""The quota of SES for an account and region. One filter blocks all servers."""

EVERYBODY = "0.0.0.0/0"


def apply(ses: "SESClient", request: str, properties: Mapping[str, Any]) -> dict[str, str]:
    """Properties: `FilterPrefix`, which no other stack uses, and `AllowedIpRanges`, separated by commas.

    Raises ValueError, before it changes anything, for malformed ranges, and if the account would have too many filters.
    """
    prefix = properties["FilterPrefix"]
    if request == "Delete":
        _delete_all(ses, prefix)
    else:
        _allow_only(ses, prefix, ranges(properties["AllowedIpRanges"]))
    return {}


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
        network = ipaddress.IPv4Network(text)
    except ValueError as error:
        raise ValueError(f"AllowedIpRanges: {text} is not an IPv4 range: {error}") from error
    if network.prefixlen == 0:
        raise ValueError(f"AllowedIpRanges: {text} would allow every server")
    return str(network)


def _allow_only(ses: "SESClient", prefix: str, allowed: Iterable[str]) -> None:
    """Allows new ranges first, then blocks all servers, then removes old ranges.

    A server that may deliver before and after the change is therefore never refused in between, and a block that exists
    stays.
    """
    there = _names(ses)
    block = f"{prefix}-block-all"
    wanted = {f"{prefix}-{hashlib.sha256(cidr.encode()).hexdigest()[:12]}": cidr for cidr in allowed}
    ours = {name for name in there if name.startswith(f"{prefix}-")}
    new = {**wanted, block: EVERYBODY}.keys() - ours
    if len(there) + len(new) > MOST_FILTERS:
        raise ValueError(
            f"AllowedIpRanges: {len(new)} new receipt filters are needed, and this account has {len(there)} in this "
            f"region. SES allows {MOST_FILTERS}. Use wider ranges, delete filters that are not needed, or change the "
            "list in two steps, because old ranges are removed after new ones are added"
        )
    for name, cidr in wanted.items():
        if name in new:
            _create(ses, name, "Allow", cidr)
    if block in new:
        _create(ses, block, "Block", EVERYBODY)
    for name in sorted(ours - wanted.keys() - {block}):
        ses.delete_receipt_filter(FilterName=name)


def _delete_all(ses: "SESClient", prefix: str) -> None:
    """Deletes the block first. Otherwise allowed servers would be refused while emails can still arrive."""
    ours = [name for name in _names(ses) if name.startswith(f"{prefix}-")]
    for name in sorted(ours, key=lambda name: not name.endswith("-block-all")):
        ses.delete_receipt_filter(FilterName=name)


def _names(ses: "SESClient") -> set[str]:
    return {each["Name"] for each in ses.list_receipt_filters().get("Filters", [])}


def _create(ses: "SESClient", name: str, policy: "ReceiptFilterPolicyType", cidr: str) -> None:
    # An earlier request whose response was lost may have made it, under the same name.
    with contextlib.suppress(ses.exceptions.AlreadyExistsException):
        ses.create_receipt_filter(Filter={"Name": name, "IpFilter": {"Policy": policy, "Cidr": cidr}})
