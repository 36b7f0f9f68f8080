"""What an operator asks AWS about a stack, the local stack answers, too."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.stack import Stack


def test_described_stack(stack: Stack) -> None:
    """CloudFormation knows the stack: its parameters, outputs and resources."""
    cloudformation = stack.aws.client("cloudformation")
    (found,) = cloudformation.describe_stacks(StackName="email-channels")["Stacks"]
    assert (found["StackName"], found["StackStatus"]) == ("email-channels", "CREATE_COMPLETE")
    assert {"ParameterKey": "Days", "ParameterValue": "7"} in found["Parameters"]
    dead = stack.deployment.resources["DeadLetters"].attributes["QueueName"]
    assert found["Outputs"] == [{"OutputKey": "Dead", "OutputValue": dead}]
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName="email-channels")
    listed = [each for page in pages for each in page["StackResourceSummaries"]]
    assert {each["LogicalResourceId"]: (each["ResourceType"], each["PhysicalResourceId"]) for each in listed} == {
        name: (resource.type, resource.physical_id) for name, resource in stack.deployment.resources.items()
    }
    detail = cloudformation.describe_stack_resource(StackName="email-channels", LogicalResourceId="DeadLetters")
    assert detail["StackResourceDetail"]["PhysicalResourceId"].endswith(dead)


def test_other_stack(stack: Stack) -> None:
    """Another stack is not found."""
    with pytest.raises(ClientError, match="does not exist"):
        stack.aws.client("cloudformation").describe_stacks(StackName="other")


def invoke(stack: Stack, name: str, event: Any) -> tuple[Any, str | None]:
    """What a function answers, and the kind of its failure."""
    answer = stack.aws.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event).encode())
    return json.loads(answer["Payload"].read()), answer.get("FunctionError")


@pytest.mark.parametrize("qualifier", ["", ":live"])
def test_invoke(stack: Stack, qualifier: str) -> None:
    """A function is invoked by its name, its ARN or an alias."""
    function = stack.deployment.functions["listener"]
    event = {"source": "test", "time": "now", "detail-type": "Hello", "detail": {}, "resources": []}
    answer = {"time": "now", "type": "Hello", "resources": []}
    for name in (function.arn, function.arn.rpartition(":")[2]):
        assert invoke(stack, name + qualifier, event) == (answer, None)


def test_invoke_fails(stack: Stack) -> None:
    """The answer says that a function failed; a function that does not exist is an error."""
    name = stack.deployment.functions["listener"].arn
    failed = {"errorType": "RuntimeError", "errorMessage": "as asked"}
    assert invoke(stack, name, {"detail": {"fails": True}}) == (failed, "Unhandled")
    with pytest.raises(ClientError, match="Function not found"):
        invoke(stack, "no-such-function", {})


def test_alarm(stack: Stack) -> None:
    """An alarm that is set acts, and CloudWatch remembers what became of it."""
    cloudwatch = stack.aws.client("cloudwatch")
    name = stack.deployment.resources["Alarm"].physical_id
    topic = stack.deployment.resources["Topic"].physical_id
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="a test")
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    assert (alarm["StateValue"], alarm["StateReason"], alarm["Threshold"]) == ("ALARM", "a test", 0.0)
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="OK", StateReason="over")
    told = cloudwatch.describe_alarm_history(AlarmName=name)["AlarmHistoryItems"]
    assert [item["HistorySummary"] for item in told] == [
        f"Successfully executed action {topic}",
        "Alarm updated from ALARM to OK",
        "Failed to execute action arn:aws:sns:eu-west-1:123456789012:gone. Received error: Resource does not exist.",
        f"Successfully executed action {topic}",
        "Alarm updated from OK to ALARM",
    ]
    actions = cloudwatch.describe_alarm_history(AlarmName=name, HistoryItemType="Action", MaxRecords=1)
    assert [json.loads(item["HistoryData"])["actionState"] for item in actions["AlarmHistoryItems"]] == ["Succeeded"]
    (subscription,) = stack.aws.client("sns").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert subscription["SubscriptionArn"] == stack.deployment.resources["Subscription"].physical_id


def test_ses_account(stack: Stack) -> None:
    """The account is out of the sandbox; an identity is verified as soon as it is made."""
    ses = stack.aws.client("sesv2")
    assert ses.get_account()["ProductionAccessEnabled"] is True
    ses.create_email_identity(EmailIdentity="acme.example")
    made = ses.get_email_identity(EmailIdentity="acme.example")
    assert (made["VerifiedForSendingStatus"], made["DkimAttributes"]["Status"]) == (True, "SUCCESS")
    assert made["FeedbackForwardingStatus"] is True
    ses.put_email_identity_feedback_attributes(EmailIdentity="acme.example", EmailForwardingEnabled=False)
    assert ses.get_email_identity(EmailIdentity="acme.example")["FeedbackForwardingStatus"] is False
    with pytest.raises(ClientError, match="already exists"):
        ses.create_email_identity(EmailIdentity="acme.example")
    ses.delete_email_identity(EmailIdentity="acme.example")
    with pytest.raises(ClientError, match="does not exist"):
        ses.get_email_identity(EmailIdentity="acme.example")
