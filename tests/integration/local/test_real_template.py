"""The template of the product is deployed to the local stack."""

from collections.abc import Iterator

import pytest

from local import default_parameters
from local.stack import Stack
from tests.support.paths import TEMPLATE

URL = "http://127.0.0.1:8080"


def _deployed(**given: str) -> Iterator[Stack]:
    stack = Stack(TEMPLATE, default_parameters.with_defaults(f"{URL}/local/oidc", given), URL)
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    yield from _deployed(
        AdHocEnabled="false", SesIdentityDomain="in.acme-cases.example", AlarmEmailAddress="a@b.example"
    )


def test_functions(stack: Stack) -> None:
    """Every function is deployed."""
    assert {name: function.handler for name, function in stack.deployment.functions.items()} == {
        name: f"functions.{name}.app.handler"
        for name in (
            *("inbound", "agent_api", "adhoc_send", "notify", "delivery", "purge", "reconcile", "jobs"),
            *("setup", "console", "events", "public_api"),
        )
    }
    inbound = stack.deployment.functions["inbound"]
    assert inbound.environment["AD_HOC_ENABLED"] == "false"
    assert inbound.environment["BUCKET_NAME"] == stack.deployment.resources["Bucket"].physical_id


def test_setup(stack: Stack) -> None:
    """The set-up function activated the rules and created the filters."""
    ses = stack.aws.client("ses")
    active = ses.describe_active_receipt_rule_set()
    assert [(rule["Recipients"], rule["TlsPolicy"], rule["ScanEnabled"]) for rule in active["Rules"]] == [
        (["payroll@in.acme-cases.example", "benefits@in.acme-cases.example"], "Require", True)
    ]
    filters = [one["IpFilter"] for one in ses.list_receipt_filters()["Filters"]]
    assert sorted((one["Policy"], one["Cidr"]) for one in filters) == [
        ("Allow", "127.0.0.0/8"),
        ("Block", "0.0.0.0/0"),
        ("Block", "::/0"),
    ]
    assert stack.deployment.outputs["PreflightFindings"] == "none"
    assert stack.deployment.outputs["ReceiptFiltersStatus"] == "all other servers are blocked"


def test_watch(stack: Stack) -> None:
    """Four times an hour, the set-up function looks whether receiving is still as it made it."""
    ses = stack.aws.client("ses")
    own = ses.describe_active_receipt_rule_set()["Metadata"]["Name"]

    def problems() -> list[str]:
        answer: dict[str, list[str]] = stack.event_sources.fire_schedule("setup", "2026-12-24T00:00:00Z")
        return answer["problems"]

    assert problems() == []
    ses.create_receipt_rule_set(RuleSetName="theirs")
    ses.set_active_receipt_rule_set(RuleSetName="theirs")
    assert problems() == [f"the receipt rule set theirs is active; {own} should be"]
    ses.set_active_receipt_rule_set(RuleSetName=own)
    assert problems() == []


def test_bucket_cors(stack: Stack) -> None:
    """The bucket has the CORS rule of the template, with the names of S3's API."""
    bucket = stack.deployment.resources["Bucket"].physical_id
    (rule,) = stack.aws.client("s3").get_bucket_cors(Bucket=bucket)["CORSRules"]
    assert rule == {
        "AllowedMethods": ["GET", "PUT"],
        "AllowedOrigins": ["*"],
        "AllowedHeaders": ["content-type"],
        "MaxAgeSeconds": 3600,
    }


def test_identity(stack: Stack) -> None:
    """The identity is created on request. The domain of the other addresses was verified by hand."""
    ses = stack.aws.client("sesv2")
    found = [one["IdentityName"] for one in ses.list_email_identities()["EmailIdentities"]]
    assert found == ["acme-cases.example", "in.acme-cases.example"]
    for name in found:
        assert ses.get_email_identity(EmailIdentity=name)["FeedbackForwardingStatus"] is False
