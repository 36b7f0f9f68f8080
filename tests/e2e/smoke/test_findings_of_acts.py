"""`make smoke` names what is wrong: each condition that needs an act is broken once. The act is taken back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.in_process.aws_calls import Call
from tests.support.system.smoke_program import SmokeProgram
from tests.support.system.web_server import web

pytestmark = pytest.mark.usefixtures("nothing_left")


def test_alarm_fails(smoke: SmokeProgram) -> None:
    """CloudWatch cannot tell the topic. The alarm then has its state again."""
    sns = smoke.system.client("sns")
    (topic,) = [one["TopicArn"] for one in sns.list_topics()["Topics"]]
    (subscription,) = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    sns.delete_topic(TopicArn=topic)
    try:
        (what,) = smoke.only("alarm-rings")
    finally:
        sns.create_topic(Name=topic.rpartition(":")[2])
        sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=subscription["Endpoint"])
    assert what.startswith(f"CloudWatch could not tell the topic of the alarms: Failed to execute action {topic}")
    states = [one["StateValue"] for one in smoke.system.client("cloudwatch").describe_alarms()["MetricAlarms"]]
    assert set(states) == {"OK"}


def test_alarm_is_silent(smoke: SmokeProgram) -> None:
    """CloudWatch does nothing in time."""
    smoke.alter("DescribeAlarmHistory", lambda answer: answer["AlarmHistoryItems"].clear())
    (what,) = smoke.only("alarm-rings", wait=1)
    assert what.endswith("was set to ALARM. 1 seconds later, CloudWatch has told nobody.")


def test_alarm_rings_in_earnest(smoke: SmokeProgram) -> None:
    """If the alarm rings in earnest meanwhile, it is not silenced."""
    cloudwatch, rung = smoke.system.client("cloudwatch"), []

    def measured(parameters: Any, call: Call) -> Any:
        answer = call()
        rung.append(parameters["AlarmName"])
        cloudwatch.set_alarm_state(AlarmName=rung[0], StateValue="ALARM", StateReason="measured")
        return answer

    smoke.replace("SetAlarmState", lambda parameters, call: call() if rung else measured(parameters, call))
    try:
        assert smoke.only("alarm-rings") == []
        (alarm,) = cloudwatch.describe_alarms(AlarmNames=rung[:1])["MetricAlarms"]
        assert (alarm["StateValue"], alarm["StateReason"]) == ("ALARM", "measured")
    finally:
        cloudwatch.set_alarm_state(AlarmName=rung[0], StateValue="OK", StateReason="over")


def test_all_alarms_ring(smoke: SmokeProgram) -> None:
    """An alarm that rings is not disturbed."""

    def ringing(answer: Any) -> None:
        for alarm in answer["MetricAlarms"]:
            alarm["StateValue"] = "ALARM"

    smoke.alter("DescribeAlarms", ringing)
    smoke.refuse("SetAlarmState", "AccessDenied")
    assert smoke.run("--only", "alarm-rings").states() == {"alarm-rings": "not_checked"}


def test_no_alarm_while_deploying(smoke: SmokeProgram) -> None:
    """No alarm is rung while the stack is being changed: it could roll the change back."""
    smoke.alter("DescribeStacks", lambda answer: answer["Stacks"][0].update(StackStatus="UPDATE_IN_PROGRESS"))
    smoke.refuse("SetAlarmState", "AccessDenied")
    assert smoke.run("--only", "alarm-rings").states() == {"alarm-rings": "not_checked"}


def test_lost_original(smoke: SmokeProgram) -> None:
    """Nothing becomes of the original. What needs the case is not checked."""
    smoke.lose_notifications()
    try:
        outcome = smoke.run("--only", "original", "--only", "links", wait=2)
    finally:
        smoke.keep_notifications()
    assert (outcome.status, outcome.states()) == (1, {"original": "wrong", "links": "not_checked"})
    (what,) = outcome.findings()
    assert what.endswith("has no outcome after 2 seconds.")


def test_refused_original(smoke: SmokeProgram) -> None:
    """The original becomes an unprocessed email."""

    def infected(parameters: Any, call: Call) -> Any:
        parameters["Body"] = parameters["Body"].replace(b"Virus-Verdict: PASS", b"Virus-Verdict: FAIL")
        return call()

    smoke.replace("PutObject", infected)
    (what,) = smoke.only("original", wait=5)
    assert " made no case: virus" in what


def test_wrong_case(smoke: SmokeProgram) -> None:
    """The case is not what it should be."""
    smoke.alter_api("GET", "/cases/", lambda document: {**document, "service_group": "default"})
    (what,) = smoke.only("original")
    assert what.startswith("The case of the original has subject, employee and service group ('Smoke test smoke-")


def test_no_events(smoke: SmokeProgram) -> None:
    """SES publishes no events."""
    ses = smoke.system.client("sesv2")
    (name,) = ses.list_configuration_sets()["ConfigurationSets"]
    (events,) = ses.get_configuration_set_event_destinations(ConfigurationSetName=name)["EventDestinations"]
    ses.delete_configuration_set_event_destination(ConfigurationSetName=name, EventDestinationName=events["Name"])
    try:
        found = smoke.only("sending", wait=3)
    finally:
        kept = {key: events[key] for key in ("Enabled", "MatchingEventTypes", "EventBridgeDestination")}
        ses.create_configuration_set_event_destination(
            ConfigurationSetName=name, EventDestinationName=events["Name"], EventDestination=kept
        )
    assert [what.partition("simulator.amazonses.com is ")[2] for what in found] == [
        "after 3 seconds sent, not delivered.",
        "after 3 seconds sent, not bounced.",
    ]


def test_failed_email(smoke: SmokeProgram) -> None:
    """SES refuses the email: the check waits no longer."""

    def failed(document: Any) -> Any:
        for recipient in document.get("recipients", []):
            recipient |= {"state": "failed", "detail": "SES refused it."}
        return document

    smoke.alter_api("GET", "/emails/", failed)
    found = smoke.only("sending")
    assert [what.partition("simulator.amazonses.com is ")[2] for what in found] == [
        "failed, not delivered. SES refused it.",
        "failed, not bounced. SES refused it.",
    ]


@pytest.mark.parametrize(
    ("status", "content", "words"),
    [
        ("307 Temporary Redirect", b"", "is redirected to nowhere (307): its signature breaks."),
        ("403 Forbidden", b"AccessDenied", "answered 403: AccessDenied"),
    ],
)
@pytest.mark.parametrize(("method", "path"), [("PUT", "/attachments"), ("GET", "/original")])
def test_links(smoke: SmokeProgram, status: str, content: bytes, words: str, method: str, path: str) -> None:
    """A link leads to another host than that of the region, which redirects or refuses."""
    with web(status, content) as url:
        host = url.removeprefix("http://")
        asked = "POST" if method == "PUT" else "GET"
        smoke.alter_api(asked, path, lambda document: {**document, "url": f"{url}/key?signature"})
        found = smoke.only("links")
    assert found[0].startswith(f"The link for {method} leads to {host}, not to 127.0.0.1:")
    assert found[1:] == [f"The link for {method} {words}"]


def test_other_bytes(smoke: SmokeProgram) -> None:
    """A link returns something else."""
    with web("200 OK", b"something else") as url:
        smoke.alter_api("GET", "/original", lambda document: {**document, "url": f"{url}/key"})
        assert smoke.only("links")[1:] == ["The link for GET returned 14 other bytes than those of the object."]
    assert smoke.only("links")[1].startswith("The link for GET does not work: ")


def test_original_is_left(smoke: SmokeProgram) -> None:
    """The erased case leaves its original in the bucket."""
    stored: dict[str, Any] = {}

    def note(parameters: Any, call: Call) -> Any:
        stored.update(parameters)
        return call()

    def erased_in_part(parameters: Any, call: Call) -> Any:
        answer = call()
        event = json.loads(parameters["Payload"])
        if event["requestContext"]["http"]["method"] == "DELETE" and "/cases/" in event["rawPath"] and stored:
            put = {"Bucket": stored["Bucket"], "Key": stored.pop("Key"), "Body": b""}
            smoke.lose_notifications()
            smoke.system.client("s3").put_object(**put)
            smoke.keep_notifications()
        return answer

    smoke.replace("PutObject", note)
    smoke.replace("Invoke", erased_in_part)
    (what,) = smoke.only("erasure")
    assert what.endswith("was erased, but the bucket still has 1 version(s) of its original.")


def test_case_is_left(smoke: SmokeProgram) -> None:
    """The case is still there after it was erased."""
    refused: list[str] = []

    def not_erased(parameters: Any, call: Call) -> Any:
        event = json.loads(parameters["Payload"])
        if event["requestContext"]["http"]["method"] == "DELETE" and "/cases/" in event["rawPath"] and not refused:
            refused.append(event["rawPath"])
            return smoke.api_answer(204, None)
        return call()

    smoke.replace("Invoke", not_erased)
    found = smoke.only("erasure")
    case_id = refused[0].rpartition("/")[2]
    assert found == [
        f"The case {case_id} was erased, and is still there.",
        f"The case {case_id} was erased, but the bucket still has 1 version(s) of its original.",
    ]


def test_function_fails(smoke: SmokeProgram) -> None:
    """A function fails, or answers with an error."""
    smoke.replace("Invoke", lambda _, __: smoke.api_answer(500, {"detail": "no settings"}))
    outcome = smoke.run("--only", "original", wait=0.5)
    (what,) = outcome.findings()
    assert what.startswith("PUT /service-groups/smoke-")
    assert what.endswith("answered 500: no settings")
