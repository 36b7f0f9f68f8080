"""The resources of the template: receiving, retention, alarms, and numbers that depend on each other."""

import pytest
from email_channels.jobs.runner import MOST_TRIES

from tests.support.template import expanded, functions, source


@pytest.mark.parametrize(
    ("parameters", "rule_set"),
    [({}, "email-channels-1a2b3c4d"), ({"ReceiptRuleSetName": "theirs"}, "theirs")],
)
def test_bucket_policy(parameters: dict[str, str], rule_set: str) -> None:
    """Only our receipt rules may write to the bucket: in any rule set, because they can move to another one."""
    template = expanded(**parameters)
    resolver = template.resolver
    resolver.add_resource("ConfigurationSet", "email-channels-1a2b3c4d", {})
    resolver.add_resource("ReceiptRuleSet", "email-channels-1a2b3c4d", {})
    resolver.add_resource("Bucket", "bucket", {"Arn": "arn:aws:s3:::bucket"})
    allowed = {
        (statement["Resource"], statement["Condition"]["StringLike"]["aws:SourceArn"])
        for statement in resolver.resolve(template.resources["BucketPolicy"]["Properties"])["PolicyDocument"][
            "Statement"
        ]
        if statement["Effect"] == "Allow"
    }
    rules = {}
    for name in ("CaseCreationRule", "AdHocRule"):
        properties = resolver.resolve(template.resources[name]["Properties"])
        assert properties["RuleSetName"] == rule_set
        rules[name] = properties["Rule"]
    prefix = "arn:aws:ses:eu-west-1:123456789012:receipt-rule-set/*:receipt-rule/"
    assert allowed == {
        (
            f"arn:aws:s3:::bucket/{rule['Actions'][0]['S3Action']['ObjectKeyPrefix']}*",
            prefix + rule["Name"],
        )
        for rule in rules.values()
    }
    assert rules["CaseCreationRule"] == {
        "Name": "email-channels-1a2b3c4d-case-creation",
        "Enabled": True,
        "Recipients": ["payroll@in.acme.example", "benefits@in.acme.example"],
        "TlsPolicy": "Require",
        "ScanEnabled": True,
        "Actions": [{"S3Action": {"BucketName": "bucket", "ObjectKeyPrefix": "raw/case_creation/"}}],
    }


def test_retention() -> None:
    """Originals expire only if a parameter says so."""

    def lifecycle(**changes: str) -> list[str]:
        template = expanded(**changes)
        rules = template.resources["Bucket"]["Properties"]["LifecycleConfiguration"]["Rules"]
        return [rule["Id"] for rule in template.resolver.resolve(rules)]

    always = [
        *("uploads", "large-objects", "middle-sized-objects"),
        *("unfinished-uploads", "further-copies-of-emails", "old-versions"),
    ]
    assert lifecycle() == always
    assert lifecycle(ProcessedRetentionDays="90") == [
        *always,
        "originals-of-processed-emails",
        "originals-of-sent-emails",
    ]


@pytest.mark.parametrize(("name", "function"), [("InboundQueue", "inbound"), ("JobsQueue", "jobs")])
def test_visibility(name: str, function: str) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html asks for six times the timeout."""
    queue = source()["Resources"][name]["Properties"]
    assert queue["VisibilityTimeout"] >= 6 * functions()[function]["Timeout"]


def test_most_tries_of_jobs() -> None:
    """A job ends as failed before its message becomes a dead letter, because unused receives count, too."""
    redrive = source()["Resources"]["JobsQueue"]["Properties"]["RedrivePolicy"]
    assert redrive["maxReceiveCount"] >= 2 * MOST_TRIES


def test_give_up_at_receive() -> None:
    """`inbound` gives an email up before its message becomes a dead letter, because unused receives count, too."""
    redrive = source()["Resources"]["InboundQueue"]["Properties"]["RedrivePolicy"]
    variables = functions()["inbound"]["Environment"]["Variables"]
    assert int(variables["GIVE_UP_AT_RECEIVE"]) == 5
    assert redrive["maxReceiveCount"] >= 2 * int(variables["GIVE_UP_AT_RECEIVE"])


def test_batch_size() -> None:
    """Each email has an invocation of its own."""
    [source] = [event["Properties"] for event in functions()["inbound"]["Events"].values() if event["Type"] == "SQS"]
    assert source["BatchSize"] == 1
    assert "MaximumBatchingWindowInSeconds" not in source
