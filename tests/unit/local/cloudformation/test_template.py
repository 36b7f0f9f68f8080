"""The template file is loaded and checked."""

from pathlib import Path

import pytest
import yaml

from local.cloudformation.resources.resource_types import CREATE_HANDLERS
from local.cloudformation.template import load_template, read_template
from local.errors import UserError
from tests.support.paths import TEMPLATE

PSEUDO = {
    "AWS::Region": "eu-west-1",
    "AWS::AccountId": "123456789012",
    "AWS::StackId": "a/b/c",
    "AWS::Partition": "aws",
}
EVERYTHING_ON = {
    "CaseCreationRecipients": "a@in.example.org",
    "DashboardEnabled": "true",
    "AdHocRecipients": "b@in.example.org",
    "AllowedIpRanges": "192.0.2.0/24",
    "AdminEmailAddresses": "admin@example.org",
    "NotificationFromAddress": "cases@example.org",
    "AdHocFromAddress": "cases@example.org",
    "AdHocFromName": "Cases",
    "AdHocReplyTo": "answers@example.org",
    "MailboxAddress": "payroll@example.org",
    "JwtIssuer": "https://issuer.example.org",
    "JwtAudience": "agents",
    "ConsoleClientId": "console",
    "SesIdentityDomain": "example.org",
    "AlarmEmailAddress": "alarms@example.org",
}


def test_load(tmp_path: Path) -> None:
    """Short tags become long ones, and dates stay text."""
    template = tmp_path / "template.yaml"
    template.write_text(
        "Resources:\n"
        "  A:\n"
        "    Type: AWS::S3::Bucket\n"
        "    Properties:\n"
        "      Version: 2012-10-17\n"
        "      A: !GetAtt B.Arn\n"
        "      B: !Sub ['${X}', {X: !Ref Y}]\n"
        "      C: !Equals [!Condition On, 1]\n"
    )
    assert read_template(template)["Resources"]["A"]["Properties"] == {
        "Version": "2012-10-17",
        "A": {"Fn::GetAtt": "B.Arn"},
        "B": {"Fn::Sub": ["${X}", {"X": {"Ref": "Y"}}]},
        "C": {"Fn::Equals": [{"Condition": "On"}, 1]},
    }


def test_resource_types() -> None:
    """The catalogue has the resource types of the template, and no others."""
    resources = load_template(TEMPLATE, EVERYTHING_ON, PSEUDO).resources
    types = {resource["Type"] for resource in resources.values()}
    assert {type_ for type_ in types if not type_.startswith("Custom::")} == set(CREATE_HANDLERS)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "template .*: it has no Resources"),
        ("[]", "template .*: it has no Resources"),
        ("Resources: 3", "template .*: it has no Resources"),
        ("Resources: {A: [}", "template .*template.yaml: while parsing"),
        ("\x00", "template .*template.yaml: unacceptable character"),
        ("Resources: {A: 3}", "Resources: A must be an object"),
        ("Resources: {A: {}}", "the resource A has no type"),
        ("Resources: {A: {Type: AWS::S3::Bucket, Properties: []}}", "the properties of A must be an object"),
        ("Mappings: {}\nResources: {}", "does not support the section Mappings"),
        ("Parameters: []\nResources: {}", "Parameters must be an object"),
        ("Parameters: {P: 1}\nResources: {}", "Parameters: P must be an object"),
        ("Parameters: {P: {Type: String}}\nResources: {}", "parameter P: it is required"),
        (
            "Transform: AWS::Serverless-2016-10-31\nResources: {F: {Type: AWS::Serverless::Function}}",
            "template: .*Resource with id \\[F\\] is invalid",
        ),
        ("Rules: {R: {Assertions: [{Assert: !Equals [a, b]}]}}\nResources: {A: {Type: X}}", "rule R is not met"),
        (
            "Rules: {R: {Assertions: [{Assert: !Equals [a, b], AssertDescription: a is b}]}}\nResources: {}",
            "parameters: a is b",
        ),
    ],
)
def test_broken_template(tmp_path: Path, text: str, words: str) -> None:
    """The error is one line."""
    template = tmp_path / "template.yaml"
    template.write_text(text)
    with pytest.raises(UserError, match=words) as told:
        load_template(template, {}, PSEUDO)
    assert "\n" not in str(told.value)


def test_missing_template(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="No such file"):
        read_template(tmp_path / "template.yaml")


def test_rule_without_its_condition(tmp_path: Path) -> None:
    """A rule whose condition is false is not checked."""
    template = tmp_path / "template.yaml"
    rule = {"RuleCondition": {"Fn::Equals": ["a", "b"]}, "Assertions": [{"Assert": {"Fn::Equals": ["a", "b"]}}]}
    resources = {"On": {"Type": "A::B::C"}, "Off": {"Type": "A::B::C", "Condition": "No"}}
    conditions = {"No": {"Fn::Equals": ["a", "b"]}}
    template.write_text(yaml.safe_dump({"Rules": {"R": rule}, "Resources": resources, "Conditions": conditions}))
    assert list(load_template(template, {}, PSEUDO).resources) == ["On"]
