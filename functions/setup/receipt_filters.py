"""Who may deliver emails: everybody is blocked, each of the client's ranges is allowed.

https://docs.aws.amazon.com/ses/latest/dg/receiving-email-ip-filtering-console-walkthrough.html

SES's receipt filters hold for the whole account and region. Those of this stack begin with its prefix, and no others
are touched. A filter has no id but its name, so the name is derived from the range: doing it again finds the same ones.
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
"""Of an account and region, SES's quota. One is the block of everybody."""

EVERYBODY = "0.0.0.0/0"


def apply(ses: "SESClient", request: str, properties: Mapping[str, Any]) -> dict[str, str]:
    """Properties: `FilterPrefix`, of the stack alone, and `AllowedIpRanges`, comma-separated.

    Raises ValueError for ranges that cannot be, or that are too many beside what the account has already; nothing has
    been changed then.
    """
    prefix = properties["FilterPrefix"]
    if request == "Delete":
        _delete_all(ses, prefix)
    else:
        _allow_only(ses, prefix, ranges(properties["AllowedIpRanges"]))
    return {}


def ranges(text: str) -> list[str]:
    """The ranges of a comma-separated list, each once, in the form a.b.c.d/n. Raises ValueError for what is none."""
    found = list(dict.fromkeys(_range(part.strip()) for part in text.split(",") if part.strip()))
    if not found:
        raise ValueError("AllowedIpRanges: at least one range of the client's mail servers has to be given")
    if len(found) > MOST_FILTERS - 1:
        raise ValueError(f"AllowedIpRanges: {len(found)} ranges, but SES has place for {MOST_FILTERS - 1}")
    return found


def _range(text: str) -> str:
    try:
        network = ipaddress.IPv4Network(text)
    except ValueError as error:
        raise ValueError(f"AllowedIpRanges: {text} is no IPv4 range: {error}") from error
    if network.prefixlen == 0:
        raise ValueError(f"AllowedIpRanges: {text} would let everybody in")
    return str(network)


def _allow_only(ses: "SESClient", prefix: str, allowed: Iterable[str]) -> None:
    """New ranges are let in before everybody is blocked and before old ones go: no server that may deliver now and may
    deliver afterwards is refused in between, and the block, once there, stays."""
    there = _names(ses)
    block = f"{prefix}-block-all"
    wanted = {f"{prefix}-{hashlib.sha256(cidr.encode()).hexdigest()[:12]}": cidr for cidr in allowed}
    ours = {name for name in there if name.startswith(f"{prefix}-")}
    new = {**wanted, block: EVERYBODY}.keys() - ours
    if len(there) + len(new) > MOST_FILTERS:
        raise ValueError(
            f"AllowedIpRanges: {len(new)} more receipt filters are needed beside the {len(there)} that this account "
            f"has in this region, and SES has place for {MOST_FILTERS}. Allow wider ranges, delete filters that nobody "
            "needs, or change the list in two steps: old ranges go after new ones have come"
        )
    for name, cidr in wanted.items():
        if name in new:
            _create(ses, name, "Allow", cidr)
    if block in new:
        _create(ses, block, "Block", EVERYBODY)
    for name in sorted(ours - wanted.keys() - {block}):
        ses.delete_receipt_filter(FilterName=name)


def _delete_all(ses: "SESClient", prefix: str) -> None:
    """The block goes first, lest what the stack had allowed is refused while it still may come."""
    ours = [name for name in _names(ses) if name.startswith(f"{prefix}-")]
    for name in sorted(ours, key=lambda name: not name.endswith("-block-all")):
        ses.delete_receipt_filter(FilterName=name)


def _names(ses: "SESClient") -> set[str]:
    return {each["Name"] for each in ses.list_receipt_filters().get("Filters", [])}


def _create(ses: "SESClient", name: str, policy: "ReceiptFilterPolicyType", cidr: str) -> None:
    # It may have been made a moment ago by a request whose answer was lost: the name is derived from the range.
    with contextlib.suppress(ses.exceptions.AlreadyExistsException):
        ses.create_receipt_filter(Filter={"Name": name, "IpFilter": {"Policy": policy, "Cidr": cidr}})
