"""`setup` makes the receipt filters: all servers are blocked, except those in the ranges."""

import ipaddress
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.support.in_process.setup_function import PREFIX, Account, CloudFormation, filters

if TYPE_CHECKING:
    from mypy_boto3_ses import SESClient

BLOCKED = [("Block", "0.0.0.0/0"), ("Block", "::/0")]


def policies(ses: "SESClient") -> list[tuple[str, str]]:
    return sorted(filters(ses).values())


def lets_in(there: dict[str, tuple[str, str]], address: str) -> bool:
    """SES accepts senders that an Allow filter names, and all others that no Block filter names."""
    matching = {
        policy for policy, cidr in there.values() if ipaddress.ip_address(address) in ipaddress.ip_network(cidr)
    }
    return "Allow" in matching or "Block" not in matching


def test_create_filters(ses: "SESClient", cloudformation: CloudFormation) -> None:
    """Every address is blocked, except those in the ranges."""
    answer = cloudformation.filters("Create", "192.0.2.0/24, 198.51.100.7,192.0.2.0/24")
    assert answer["Status"] == "SUCCESS"
    assert answer["PhysicalResourceId"] == "ReceiptFilters"
    assert answer["Data"] == {"Status": "all other servers are blocked"}
    assert policies(ses) == [("Allow", "192.0.2.0/24"), ("Allow", "198.51.100.7/32"), *BLOCKED]
    assert all(name.startswith(PREFIX) and len(name) <= 64 for name in filters(ses))


def test_repeated_request(ses: "SESClient", cloudformation: CloudFormation) -> None:
    """The same request twice changes nothing."""
    cloudformation.filters("Create", "192.0.2.0/24")
    once = filters(ses)
    assert cloudformation.filters("Create", "192.0.2.0/24")["Status"] == "SUCCESS"
    assert cloudformation.filters("Update", "192.0.2.0/24")["Status"] == "SUCCESS"
    assert filters(ses) == once


def test_change_filters(ses: "SESClient", cloudformation: CloudFormation, monkeypatch: pytest.MonkeyPatch) -> None:
    """At no moment during a change is everybody let in, or a remaining range refused."""
    cloudformation.filters("Create", "192.0.2.0/25,198.51.100.0/24")
    moments: list[dict[str, tuple[str, str]]] = []
    for name in ("create_receipt_filter", "delete_receipt_filter"):
        monkeypatch.setattr(ses, name, looking(getattr(ses, name), lambda: moments.append(filters(ses))))
    answer = cloudformation.filters("Update", "192.0.2.0/24,203.0.113.0/24")
    assert answer["Status"] == "SUCCESS"
    assert answer["PhysicalResourceId"] == "ReceiptFilters"
    assert len(moments) == 4
    # 192.0.2.1 may deliver before and after; 10.0.0.1 never.
    assert [(lets_in(there, "192.0.2.1"), lets_in(there, "10.0.0.1")) for there in moments] == [(True, False)] * 4
    assert policies(ses) == [("Allow", "192.0.2.0/24"), ("Allow", "203.0.113.0/24"), *BLOCKED]


def looking(call: Callable[..., object], look: Callable[[], object]) -> Callable[..., object]:
    def called(**arguments: object) -> object:
        result = call(**arguments)
        look()
        return result

    return called


def test_missing_block(ses: "SESClient", cloudformation: CloudFormation) -> None:
    """A block that somebody deleted is created again."""
    cloudformation.filters("Create", "192.0.2.0/24")
    ses.delete_receipt_filter(FilterName=f"{PREFIX}-block-all")
    cloudformation.filters("Update", "192.0.2.0/24")
    assert not lets_in(filters(ses), "10.0.0.1")


def test_delete_filters(ses: "SESClient", cloudformation: CloudFormation) -> None:
    """Deleting removes our filters, and leaves those of others."""
    theirs = {"email-channels-9z9z9z9z-block-all": ("Block", "0.0.0.0/0"), "office": ("Allow", "203.0.113.0/24")}
    for name, (policy, cidr) in theirs.items():
        ses.create_receipt_filter(Filter={"Name": name, "IpFilter": {"Policy": policy, "Cidr": cidr}})  # type: ignore[typeddict-item] # a literal
    cloudformation.filters("Create", "192.0.2.0/24")
    assert cloudformation.filters("Delete", "192.0.2.0/24")["Status"] == "SUCCESS"
    assert cloudformation.filters("Delete", "192.0.2.0/24")["Status"] == "SUCCESS"
    assert filters(ses) == theirs


@pytest.mark.parametrize(
    ("ranges", "reason"),
    [
        ("", "AllowedIpRanges: at least one range of the client's mail servers is required"),
        (" , ", "AllowedIpRanges: at least one range of the client's mail servers is required"),
        ("0.0.0.0/0", "AllowedIpRanges: 0.0.0.0/0 would allow every server"),
        (
            "192.0.2.1/24",
            "AllowedIpRanges: 192.0.2.1/24 is not a range of IP addresses: 192.0.2.1/24 has host bits set",
        ),
        ("::/0", "AllowedIpRanges: ::/0 would allow every server"),
        (
            "2001:db8::1/32",
            "AllowedIpRanges: 2001:db8::1/32 is not a range of IP addresses: 2001:db8::1/32 has host bits",
        ),
        ("mail.acme.example", "AllowedIpRanges: mail.acme.example is not a range of IP addresses: 'mail.acme.example'"),
        (",".join(f"10.0.{n}.0/24" for n in range(100)), "AllowedIpRanges: 100 ranges, but SES allows 99"),
    ],
)
def test_wrong_ranges(ses: "SESClient", cloudformation: CloudFormation, ranges: str, reason: str) -> None:
    answer = cloudformation.filters("Create", ranges)
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith(reason)
    assert filters(ses) == {}


def test_number_of_ranges(ses: "SESClient", cloudformation: CloudFormation) -> None:
    """SES allows 100 filters in an account. With 99 ranges, there is no room to block IPv6, and the status says so."""
    answer = cloudformation.filters("Create", ",".join(f"10.0.{n}.0/24" for n in range(99)))
    assert answer["Status"] == "SUCCESS"
    assert answer["Data"]["Status"].startswith(
        "all other IPv4 servers are blocked. Servers with IPv6 addresses are NOT blocked: SES refuses the filter for "
        "::/0 (An account has at most 100"
    )
    assert len(filters(ses)) == 100
    # There is no room to replace all filters at once: nothing is changed.
    answer = cloudformation.filters("Update", ",".join(f"10.1.{n}.0/24" for n in range(99)))
    assert answer["Status"] == "FAILED"
    assert "99 new receipt filters are needed, and this account has 100" in answer["Reason"]
    assert len(filters(ses)) == 100
    assert lets_in(filters(ses), "10.0.98.1")


# IPv6


def test_ipv6(ses: "SESClient", cloudformation: CloudFormation) -> None:
    """Servers may have IPv6 addresses, and all others are blocked."""
    assert cloudformation.filters("Create", "192.0.2.0/24,2001:DB8::/32")["Status"] == "SUCCESS"
    assert policies(ses) == [("Allow", "192.0.2.0/24"), ("Allow", "2001:db8::/32"), *BLOCKED]
    assert [lets_in(filters(ses), each) for each in ("2001:db8::1", "2001:db9::1", "10.0.0.1")] == [True, False, False]


@pytest.mark.parametrize("ranges", ["192.0.2.0/24", "192.0.2.0/24,2001:db8::/32"])
def test_ses_without_ipv6(account: Account, ses: "SESClient", cloudformation: CloudFormation, ranges: str) -> None:
    """If SES takes no IPv6 filters, the deployment goes on, and the status says what is open. Later, it is blocked."""
    account.emulation.filters.ipv6 = False
    answer = cloudformation.filters("Create", ranges)
    assert answer["Status"] == "SUCCESS"
    assert "IPv6 addresses are NOT blocked: SES refuses the filter for" in answer["Data"]["Status"]
    assert policies(ses) == [("Allow", "192.0.2.0/24"), ("Block", "0.0.0.0/0")]
    account.emulation.filters.ipv6 = True
    assert cloudformation.filters("Update", ranges)["Data"] == {"Status": "all other servers are blocked"}
    assert not lets_in(filters(ses), "2001:db9::1")


def test_own_ipv6_servers_are_not_blocked(account: Account, ses: "SESClient", cloudformation: CloudFormation) -> None:
    """A range that SES refuses is not blocked either: the client's own servers must get through."""
    cloudformation.filters("Create", "192.0.2.0/24")
    account.emulation.filters.ipv6 = False
    answer = cloudformation.filters("Update", "192.0.2.0/24,2001:db8::/32")
    assert "SES refuses the filter for 2001:db8::/32" in answer["Data"]["Status"]
    assert lets_in(filters(ses), "2001:db8::1")


# ManageReceiptFilters


def test_not_managed(ses: "SESClient", cloudformation: CloudFormation) -> None:
    """The stack makes no filters, and removes those that it has made. Those of others stay."""
    theirs = {"office": ("Block", "203.0.113.0/24")}
    ses.create_receipt_filter(Filter={"Name": "office", "IpFilter": {"Policy": "Block", "Cidr": "203.0.113.0/24"}})
    answer = cloudformation.filters("Create", "192.0.2.0/24", manage="false")
    assert answer["Status"] == "SUCCESS"
    assert answer["Data"]["Status"].startswith("not managed by this stack")
    assert filters(ses) == theirs
    cloudformation.filters("Update", "192.0.2.0/24")
    assert len(filters(ses)) == 4
    cloudformation.filters("Update", "192.0.2.0/24", manage="false")
    assert filters(ses) == theirs
    assert cloudformation.filters("Update", "", manage="false")["Status"] == "FAILED"
