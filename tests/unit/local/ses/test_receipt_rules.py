"""Receipt rules and filters: which recipients and clients they cover."""

from ipaddress import IPv4Network, ip_network
from typing import Any

import pytest

from local.ses.receipt_rules import ReceiptRule, ReceiptSettings, ReceiptSettingsCache, UnsupportedActionError


def rule(*recipients: str, name: str = "rule", tls: bool = False, stops: bool = False) -> ReceiptRule:
    return ReceiptRule(
        name=name, recipients=recipients, requires_tls=tls, scans=True, stores=(("bucket", "raw/"),), stops=stops
    )


def filters(*entries: tuple[str, str]) -> ReceiptSettings:
    return ReceiptSettings(tuple((ip_network(cidr), policy == "Allow") for policy, cidr in entries), ())


@pytest.mark.parametrize(
    ("condition", "address", "covered"),
    [
        ("payroll@in.example", "payroll@in.example", True),
        ("payroll@in.example", "PayRoll@IN.Example", True),
        ("payroll@in.example", "payroll+7k3f92qdx0-h4q9w2@in.example", True),
        ("payroll@in.example", "payroll.x@in.example", False),
        ("payroll@in.example", "payroll@sub.in.example", False),
        ("payroll+only@in.example", "payroll+only@in.example", True),
        ("payroll+only@in.example", "payroll@in.example", False),
        ("payroll+only@in.example", "payroll+other@in.example", False),
        ("in.example", "anybody@in.example", True),
        ("in.example", "anybody@sub.in.example", False),
        (".in.example", "anybody@sub.in.example", True),
        (".in.example", "anybody@a.b.in.example", True),
        (".in.example", "anybody@in.example", False),
        ("payroll@bücher.example", "payroll@xn--bcher-kva.example", True),
        ("xn--bcher-kva.example", "payroll@BÜCHER.example", True),
        ("in.example", "in.example", True),
        ("in.example", "", False),
        ("in.example", "@", False),
    ],
)
def test_recipient_conditions(condition: str, address: str, covered: bool) -> None:
    assert rule(condition).matches(address) is covered


def test_rule_without_recipients() -> None:
    """A rule without recipients covers every recipient."""
    assert rule().matches("anybody@anywhere.example")


@pytest.mark.parametrize(
    ("receiving", "client", "blocked"),
    [
        (filters(), "203.0.113.9", False),
        (filters(("Block", "0.0.0.0/0"), ("Allow", "192.0.2.0/24")), "203.0.113.9", True),
        (filters(("Block", "0.0.0.0/0"), ("Allow", "192.0.2.0/24")), "192.0.2.255", False),
        (filters(("Block", "0.0.0.0/0"), ("Allow", "192.0.2.0/24"), ("Block", "192.0.2.7/32")), "192.0.2.7", True),
        (filters(("Allow", "192.0.2.7/32"), ("Block", "192.0.2.7/32")), "192.0.2.7", False),
        (filters(("Block", "192.0.2.0/24")), "203.0.113.9", False),
        (filters(("Block", "0.0.0.0/0"), ("Allow", "192.0.2.0/24")), "::ffff:192.0.2.7", False),
        (filters(("Block", "0.0.0.0/0"), ("Allow", "192.0.2.0/24")), "2001:db8::1", False),
        (filters(("Block", "0.0.0.0/0"), ("Block", "::/0")), "2001:db8::1", True),
        (filters(("Block", "::/0"), ("Allow", "2001:db8::/32")), "2001:db8::1", False),
        (filters(("Block", "::/0"), ("Allow", "2001:db8::/32")), "192.0.2.1", False),
        (filters(("Block", "192.0.2.0/24")), "2001:db8::1", False),
    ],
)
def test_receipt_filters(receiving: ReceiptSettings, client: str, blocked: bool) -> None:
    assert receiving.blocks(client) is blocked


def test_order_and_stop() -> None:
    """Every rule that covers a recipient applies, until a stop action."""
    first, second = rule("in.example", name="first"), rule("b@in.example", name="second", stops=True)
    third = rule(name="third")
    receiving = ReceiptSettings((), (first, second, third))
    assert receiving.rules_for(["a@in.example", "b@in.example"]) == [(first, "a@in.example"), (second, "b@in.example")]
    assert receiving.rules_for(["x@elsewhere.example"]) == [(third, "x@elsewhere.example")]
    assert receiving.rules_for([]) == []


def test_tls() -> None:
    """One rule that requires TLS is enough."""
    assert ReceiptSettings((), (rule(), rule(tls=True))).requires_tls()
    assert not ReceiptSettings((), (rule(),)).requires_tls()


class Ses:
    """A stand-in for the SES client that counts the calls."""

    def __init__(self, rules: list[dict[str, Any]]) -> None:
        self.asked = 0
        self._rules = rules

    def list_receipt_filters(self) -> dict[str, Any]:
        self.asked += 1
        return {"Filters": [{"Name": "all", "IpFilter": {"Policy": "Block", "Cidr": "0.0.0.0/0"}}]}

    def describe_active_receipt_rule_set(self) -> dict[str, Any]:
        return {"Rules": self._rules}


STORE = {"S3Action": {"BucketName": "bucket", "ObjectKeyPrefix": "raw/case_creation/"}}


def test_read_rules() -> None:
    """Disabled rules are left out."""
    rules = [
        {"Name": "off", "Enabled": False, "Actions": [STORE]},
        {"Name": "on", "Enabled": True, "TlsPolicy": "Require", "ScanEnabled": True, "Actions": [STORE]},
    ]
    settings = ReceiptSettingsCache(Ses(rules))  # type: ignore[arg-type] # two calls of the client's thousand
    expected = ReceiptRule(
        name="on", recipients=(), requires_tls=True, scans=True, stores=(("bucket", "raw/case_creation/"),), stops=False
    )
    assert settings.current() == ReceiptSettings(((IPv4Network("0.0.0.0/0"), False),), (expected,))


def test_cache() -> None:
    """Many emails in a short time cause one request to SES."""
    ses = Ses([])
    settings = ReceiptSettingsCache(ses, fresh_for=60)  # type: ignore[arg-type] # two calls of the client's thousand
    assert settings.current() is settings.current()
    assert ses.asked == 1
    stale = ReceiptSettingsCache(ses, fresh_for=0)  # type: ignore[arg-type] # two calls of the client's thousand
    stale.current()
    stale.current()
    assert ses.asked == 3


def test_unsupported_action() -> None:
    """The error names the action."""
    ses = Ses([{"Name": "odd", "Enabled": True, "Actions": [{"LambdaAction": {"FunctionArn": "arn"}}]}])
    with pytest.raises(
        UnsupportedActionError,
        match="Receipt rule odd has an action that the local stack does not support: LambdaAction",
    ):
        ReceiptSettingsCache(ses).current()  # type: ignore[arg-type] # two calls of the client's thousand
