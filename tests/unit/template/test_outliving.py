"""What outlives the stack: nothing that holds data, keys or people is deleted by CloudFormation."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.support.template import expanded, resources, source

# A failed first creation deletes what it has made, unless AWS would refuse: a protected resource would turn the
# rollback into ROLLBACK_FAILED.
OUTLIVING = {
    "Key": ("RetainExceptOnCreate", "nobody can read the originals without it"),
    "Bucket": ("RetainExceptOnCreate", "it holds all emails"),
    "TagKey": ("RetainExceptOnCreate", "replies to emails of years find their case by it"),
    "Identity": ("RetainExceptOnCreate", "other systems may send from the domain by now"),
    "Table": ("Retain", "it holds all records; protected against deletion"),
    "UserPool": ("Retain", "it holds all agents; protected against deletion"),
}

NAMES = {
    "Bucket": ("BucketName", "email-channels-123456789012-eu-west-1-{}"),
    "Table": ("TableName", "email-channels-{}"),
    "TagKey": ("Name", "email-channels-{}"),
    "UserPool": ("UserPoolName", "email-channels-{}"),
}


def test_policies() -> None:
    """Whatever happens to the stack, these stay: deletion, a condition that becomes false, a replacement."""
    kept = {name: each["DeletionPolicy"] for name, each in source()["Resources"].items() if "DeletionPolicy" in each}
    assert kept == {name: policy for name, (policy, _) in OUTLIVING.items()}
    assert {source()["Resources"][name]["UpdateReplacePolicy"] for name in kept} == {"Retain"}


def test_deletion_protection() -> None:
    """AWS refuses to delete the table and the user pool. A key can be saved for 30 days after somebody deleted it."""
    properties = {name: source()["Resources"][name]["Properties"] for name in OUTLIVING}
    assert properties["Table"]["DeletionProtectionEnabled"] is True
    assert properties["UserPool"]["DeletionProtection"] == "ACTIVE"
    assert properties["Key"]["PendingWindowInDays"] == 30


@pytest.mark.parametrize(("suffix", "end"), [("", "1a2b3c4d"), ("acme-2", "acme-2")])
def test_names(suffix: str, end: str) -> None:
    """The names end with the suffix: without the parameter, it is a part of the stack's id."""
    template = expanded(ResourceSuffix=suffix)
    found = {name: named(template, name, property_) for name, (property_, _) in NAMES.items()}
    assert found == {name: pattern.format(end) for name, (_, pattern) in NAMES.items()}
    policy = template.resources["InboundQueuePolicy"]["Properties"]["PolicyDocument"]["Statement"][0]
    source_arn = template.resolver.resolve(policy["Condition"]["ArnEquals"]["aws:SourceArn"])
    assert source_arn == f"arn:aws:s3:::{found['Bucket']}"


def named(template: Any, name: str, property_: str) -> str:
    return str(template.resolver.resolve(template.resources[name]["Properties"][property_]))


def test_longest_bucket_name() -> None:
    """The longest suffix fits into the 63 characters of a bucket's name in the region with the longest name."""
    pattern = source()["Parameters"]["ResourceSuffix"]["AllowedPattern"]
    longest = "a" * 20
    assert re.fullmatch(pattern, longest)
    assert not re.fullmatch(pattern, longest + "a")
    assert len(f"email-channels-123456789012-ap-southeast-1-{longest}") <= 63


def test_no_generator_of_secrets() -> None:
    """An edit of a generator in the template would write another key. So setup writes the first value."""
    assert [
        name
        for name, each in resources("AWS::SecretsManager::Secret").items()
        if "GenerateSecretString" in each["Properties"] or "SecretString" in each["Properties"]
    ] == []
    values = resources("Custom::TagKeyValue")
    assert values["TagKeyValue"]["Properties"]["SecretId"] == {"Ref": "TagKey"}


def test_groups() -> None:
    """CloudFormation has no groups of Cognito to delete: their members would lose their roles."""
    assert resources("AWS::Cognito::UserPoolGroup") == {}
    template = expanded(DefaultServiceGroup="hr")
    groups = template.resources["UserPoolGroups"]["Properties"]["Groups"]
    assert template.resolver.resolve(groups) == ["agent", "admin", "group.hr"]


def test_own_issuer() -> None:
    """With another issuer, the user pool leaves the stack, and is retained (`test_policies`)."""
    template = expanded(JwtIssuer="https://login.acme.example", JwtAudience="a", ConsoleClientId="c")
    assert not {"UserPool", "UserPoolGroups"} & template.resources.keys()


def test_identity() -> None:
    """Without SesIdentityDomain, the identity leaves the stack, and is retained (`test_policies`)."""
    assert "Identity" in expanded(SesIdentityDomain="acme.example").resources
    assert "Identity" not in expanded(SesIdentityDomain="").resources
