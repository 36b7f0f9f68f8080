"""The local stack does what AWS would do, for a template with one resource of each kind."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import unquote_plus

import pytest

from local.lambda_.deployed_function import FunctionFailed
from local.stack import Stack

Put = Callable[[str], None]
Items = Callable[[str], list[dict[str, Any]]]
Messages = Callable[[str], list[str]]


def test_object(stack: Stack, put: Put, items: Items) -> None:
    """An object becomes an item, and the stream is followed."""
    put("in/straße & co.eml")
    assert stack.event_sources.settle(20)
    assert items("straße") == [
        {"pk": {"S": "followed in/straße & co.eml"}, "kind": {"S": "followed"}},
        {"pk": {"S": "in/straße & co.eml"}, "kind": {"S": "email"}, "days": {"N": "7"}},
    ]


def test_other_prefix(stack: Stack, put: Put, items: Items) -> None:
    """An object with another prefix is ignored."""
    put("out/elsewhere")
    assert stack.event_sources.settle(20)
    assert items("elsewhere") == []


def test_rule_with_a_queue(stack: Stack, put: Put, messages: Messages) -> None:
    """The bucket's events reach the queue of a rule, and are delayed there."""
    put("in/later & lä+ter")
    put("in/now")
    (told,) = messages("Later")
    event = json.loads(told)
    assert (event["source"], event["detail-type"]) == ("aws.s3", "Object Created")
    assert event["detail"]["object"]["key"] == "in/later & lä+ter"
    sqs, url = stack.aws.client("sqs"), stack.deployment.resources["Later"].physical_id
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    assert sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]["DelaySeconds"] == "20"


def test_lost_notification(stack: Stack, put: Put, items: Items, messages: Messages) -> None:
    """If a notification to a queue is lost, the event still reaches the queue of the rule."""
    before = len(messages("Later"))
    lost = stack.aws.lost_notifications
    lost.share = 1.0
    put("in/later lost")
    lost.share = 0.0
    assert lost.count == 1
    assert stack.event_sources.settle(20)
    assert items("lost") == []
    assert len(messages("Later")) == before + 1


def test_poison(stack: Stack, put: Put, items: Items, messages: Messages) -> None:
    """A message that keeps failing becomes a dead letter, and blocks no other."""
    for number in range(12):
        put(f"in/{'poison' if number == 5 else 'sound'} {number}")
    assert stack.event_sources.settle(30)
    assert len(items("followed in/sound")) == 11
    assert items("poison") == []
    (dead,) = messages("DeadLetters")
    assert unquote_plus(json.loads(dead)["Records"][0]["s3"]["object"]["key"]) == "in/poison 5"
    assert messages("Queue") == []


def test_killed_worker(stack: Stack, put: Put, items: Items) -> None:
    """A worker that dies is replaced, and its message is retried."""
    put("in/crash")
    assert stack.event_sources.settle(30)
    assert len(items("in/crash")) == 2


def test_failing_record(stack: Stack, put: Put, items: Items, messages: Messages) -> None:
    """A record that keeps failing is given up, and goes to the failure queue."""
    for name in ("in/first", "in/unfollowed", "in/last"):
        put(name)
    assert stack.event_sources.settle(30)
    assert [len(items(f"followed in/{name}")) for name in ("first", "unfollowed", "last")] == [1, 0, 1]
    (told,) = [json.loads(body) for body in messages("Failures") if "DDBStreamBatchInfo" in body]
    assert told["requestContext"] == {
        "functionArn": stack.deployment.functions["follower"].arn + ":$LATEST",
        "condition": "RetryAttemptsExhausted",
        "approximateInvokeCount": 2,
    }
    assert told["DDBStreamBatchInfo"]["batchSize"] == 1


def test_event_rules(stack: Stack, items: Items) -> None:
    """Events go to the rules that match."""
    event = {"source": "aws.ses", "detail-type": "Email Sent", "time": "2026-01-01T00:00:00Z", "resources": []}
    stack.event_sources.put_event({**event, "detail": {"eventType": "Send"}})
    stack.event_sources.put_event({**event, "time": "2026-01-02T00:00:00Z", "detail": {"eventType": "Delivery"}})
    assert stack.event_sources.settle(20)
    assert [item["pk"]["S"] for item in items("aws.ses")] == ["aws.ses 2026-01-01T00:00:00Z"]


def test_failing_event(stack: Stack, messages: Messages) -> None:
    """A failing event is retried, and goes to the failure queue."""
    event = {"source": "aws.ses", "time": "2026-01-03T00:00:00Z", "detail": {"eventType": "Bounce", "fails": True}}
    stack.event_sources.put_event(event)
    assert stack.event_sources.settle(20)
    (told,) = [json.loads(body) for body in messages("Failures") if "requestPayload" in body]
    assert told["requestContext"] == {
        "functionArn": stack.deployment.functions["listener"].arn + ":$LATEST",
        "condition": "RetriesExhausted",
        "approximateInvokeCount": 2,
    }
    assert told["requestPayload"] == event
    assert told["responsePayload"] == {"errorMessage": "as asked", "errorType": "RuntimeError"}


def test_schedule(stack: Stack) -> None:
    """A schedule runs as if it were the given time."""
    assert stack.event_sources.fire_schedule("listener", "2026-12-24T00:00:00Z") == {
        "time": "2026-12-24T00:00:00Z",
        "type": "Scheduled Event",
        "resources": [stack.deployment.resources["ListenerDaily"].attributes["Arn"]],
    }


@pytest.mark.parametrize("function", ["taker", "unheard-of"])
def test_unknown_schedule(stack: Stack, function: str) -> None:
    with pytest.raises(KeyError):
        stack.event_sources.fire_schedule(function, "2026-12-24T00:00:00Z")


def test_custom_resource(stack: Stack) -> None:
    """The custom resource is called, and its answer is used."""
    made = stack.deployment.resources["Made"]
    assert made.physical_id == "made"
    assert made.attributes["Request"] == "Create"
    assert json.loads(made.attributes["Given"]) == {
        "ServiceToken": stack.deployment.functions["setup"].arn,
        "Bucket": stack.deployment.resources["Bucket"].physical_id,
        "Fails": "",
        "Count": "3",
    }


def test_secret(stack: Stack) -> None:
    """The secret is generated into its template."""
    arn = stack.deployment.resources["Secret"].physical_id
    secret = json.loads(stack.aws.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"])
    assert secret == {"previous": [], "current": secret["current"]}
    assert len(secret["current"]) == 24


def test_place(stack: Stack) -> None:
    """A function knows its region and account."""
    told = stack.workers.invoke("taker", {"do": "print"})
    assert told == {
        "pid": told["pid"],
        "request_id": told["request_id"],
        "arn": stack.deployment.functions["taker"].arn,
        "name": "email-channels-Taker",
        "memory": "128",
        "remaining": told["remaining"],
    }
    assert 1000 < told["remaining"] <= 2000


def test_variables(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """A function gets its own variables, and none of the local stack."""
    environment = stack.workers.invoke("taker", {"do": "environment"})
    assert environment["DAYS"] == "7"
    assert environment["GREETING"] == "hello"
    assert environment["AWS_ENDPOINT_URL"] == stack.aws.endpoint_url
    assert environment["_HANDLER"] == "functions.taker.app.handler"
    assert "HOME" not in environment
    assert "PYTEST_CURRENT_TEST" not in environment


@pytest.mark.parametrize(
    ("do", "error_type"),
    [
        ("raise", "ValueError"),
        ("sleep", "Sandbox.Timedout"),
        ("exit", "Runtime.ExitError"),
        ("object", "Runtime.MarshalError"),
        ("large", "Function.ResponseSizeTooLarge"),
    ],
)
def test_failing_function(stack: Stack, do: str, error_type: str) -> None:
    """A function that fails affects no other."""
    with pytest.raises(FunctionFailed) as failure:
        stack.workers.invoke("taker", {"do": do})
    assert failure.value.error_type == error_type
    assert stack.workers.invoke("taker", {"do": "tell"})["name"] == "email-channels-Taker"


def test_refused_request(stack: Stack) -> None:
    """A request that Lambda would refuse is refused."""
    with pytest.raises(FunctionFailed, match="RequestEntityTooLargeException"):
        stack.workers.invoke("taker", {"do": "tell", "with": "x" * 7_000_000})


def test_concurrent_invocations(stack: Stack) -> None:
    """Concurrent invocations share two processes."""
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda _: stack.workers.invoke("taker", {"do": "tell"}), range(40)))
    assert 1 <= len({one["pid"] for one in told}) <= 2
    assert len({one["request_id"] for one in told}) == 40
