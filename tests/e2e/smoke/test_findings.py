"""`make smoke` names what is wrong: each condition that only looks is broken once."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.system.smoke_program import RECEIVING, SmokeProgram
from tests.support.system.web_server import web

Change = Callable[[Any], Any]


def test_stack(smoke: SmokeProgram) -> None:
    """The stack is not deployed completely. After a rollback that succeeded, it is: in the version before."""
    smoke.alter("DescribeStacks", lambda answer: answer["Stacks"][0].update(StackStatus="UPDATE_ROLLBACK_FAILED"))
    assert smoke.only("stack") == ["The stack is in the state UPDATE_ROLLBACK_FAILED."]
    smoke.alter("DescribeStacks", lambda answer: answer["Stacks"][0].update(StackStatus="UPDATE_ROLLBACK_COMPLETE"))
    assert smoke.only("stack") == []


def test_inactive_rule_set(smoke: SmokeProgram) -> None:
    """No rule set is active."""
    ses = smoke.system.client("ses")
    name = ses.describe_active_receipt_rule_set()["Metadata"]["Name"]
    ses.set_active_receipt_rule_set()
    try:
        (what,) = smoke.only("rule-set")
    finally:
        ses.set_active_receipt_rule_set(RuleSetName=name)
    assert what == f"The receipt rule set {name} is not active: none is. The stack receives no email."


def test_other_rule_set(smoke: SmokeProgram) -> None:
    """Somebody else's rule set is active."""
    smoke.alter("DescribeActiveReceiptRuleSet", lambda answer: answer["Metadata"].update(Name="theirs"))
    (what,) = smoke.only("rule-set")
    assert "is not active: theirs is" in what


def _before(rules: list[Any], **rule: Any) -> None:
    rules.insert(0, {"Name": "theirs", "Enabled": True, "Actions": [{"StopAction": {"Scope": "RuleSet"}}], **rule})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda rules: rules.pop(), "has no rule email-channels-"),
        (lambda rules: rules[0].update(Enabled=False), "is disabled"),
        (lambda rules: rules[0].update(TlsPolicy="Optional"), "takes emails without TLS"),
        (lambda rules: rules[1].update(ScanEnabled=False), "does not scan"),
        (lambda rules: rules[1]["Recipients"].append("more@in.acme-cases.example"), "has other recipients"),
        (lambda rules: rules[0]["Actions"][0]["S3Action"].update(BucketName="theirs"), "does not store emails in"),
        (lambda rules: rules[0]["Actions"].append({"BounceAction": {}}), "or does something else"),
    ],
)
def test_changed_rule(smoke: SmokeProgram, change: Change, words: str) -> None:
    """A rule is missing, or another one than the stack made."""
    smoke.alter("DescribeActiveReceiptRuleSet", lambda answer: change(answer["Rules"]))
    (what,) = smoke.only("rule-set")
    assert words in what


@pytest.mark.parametrize(
    ("recipients", "found"),
    [
        ([], 2),
        (["payroll@in.acme-cases.example"], 1),
        (["in.acme-cases.example"], 2),
        ([".acme-cases.example"], 2),
        (["other@in.acme-cases.example", "elsewhere.example"], 0),
    ],
)
def test_rule_in_front(smoke: SmokeProgram, recipients: list[str], found: int) -> None:
    """A rule before those of the stack stops their emails; one for other recipients does not."""
    smoke.alter("DescribeActiveReceiptRuleSet", lambda answer: _before(answer["Rules"], Recipients=recipients))
    assert ["The rule theirs comes before" in what for what in smoke.only("rule-set")] == [True] * found


def _filter(name: str, policy: str, cidr: str) -> dict[str, Any]:
    ipaddress.ip_network(cidr)
    return {"Name": name, "IpFilter": {"Policy": policy, "Cidr": cidr}}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda there: [one for one in there if one["IpFilter"]["Policy"] == "Allow"], "anybody may deliver"),
        (lambda there: [one for one in there if one["IpFilter"]["Policy"] == "Block"], "No receipt filter allows 127."),
        (lambda there: [*there, _filter("theirs", "Allow", "192.0.2.7/32")], "theirs allows 192.0.2.7/32"),
        (lambda there: [*there, _filter("theirs", "Block", "127.1.0.0/16")], "theirs blocks 127.1.0.0/16"),
    ],
)
def test_filters(smoke: SmokeProgram, change: Change, words: str) -> None:
    """A filter is missing, or there is another one."""
    smoke.alter("ListReceiptFilters", lambda answer: answer.update(Filters=change(answer["Filters"])))
    (what,) = smoke.only("receipt-filters")
    assert words in what


def test_filter_of_others(smoke: SmokeProgram) -> None:
    """A filter that does not concern the client's servers is no finding."""
    added = _filter("theirs", "Block", "192.0.2.0/24")
    smoke.alter("ListReceiptFilters", lambda answer: answer["Filters"].append(added))
    assert smoke.only("receipt-filters") == []


def test_no_filters(smoke: SmokeProgram) -> None:
    """A stack that manages no filters must have none, and IPv6 does not matter."""
    added = {"ParameterKey": "ManageReceiptFilters", "ParameterValue": "false"}

    def unmanaged(answer: Any) -> None:
        given = answer["Stacks"][0]["Parameters"]
        given[:] = [one for one in given if one["ParameterKey"] != "ManageReceiptFilters"] + [added]

    smoke.alter("DescribeStacks", unmanaged)
    outcome = smoke.run("--only", "receipt-filters", "--only", "ipv6")
    assert outcome.states() == {"receipt-filters": "wrong", "ipv6": "not_checked"}
    names = [one["Name"] for one in smoke.system.client("ses").list_receipt_filters()["Filters"]]
    assert [name in what for name, what in zip(names, outcome.findings(), strict=True)] == [True] * len(names)
    theirs = [_filter("theirs", "Block", "0.0.0.0/0")]
    smoke.alter("ListReceiptFilters", lambda answer: answer.update(Filters=theirs))
    assert smoke.run("--only", "receipt-filters").states() == {"receipt-filters": "passed"}


def test_ipv6(smoke: SmokeProgram) -> None:
    """SES can be reached by IPv6, and no filter blocks that."""
    smoke.records.ipv6 = ["2001:db8::25"]
    blocks: list[Any] = []
    smoke.alter(
        "ListReceiptFilters",
        lambda answer: answer.update(
            Filters=[one for one in answer["Filters"] if ":" not in one["IpFilter"]["Cidr"]] + blocks
        ),
    )
    (what,) = smoke.only("ipv6")
    assert what == f"{RECEIVING} has IPv6 addresses, and no receipt filter blocks ::/0: any server may deliver by IPv6."
    blocks.append(_filter("block-ipv6", "Block", "::/0"))
    assert smoke.only("ipv6") == []


def test_ipv6_unknown(smoke: SmokeProgram) -> None:
    """Without an answer of a name server, it is not known."""
    smoke.records.answers = False
    assert smoke.run("--only", "ipv6").states() == {"ipv6": "not_checked"}


def test_no_identity(smoke: SmokeProgram) -> None:
    """SES does not know the domains."""
    ses = smoke.system.client("sesv2")
    there = [one["IdentityName"] for one in ses.list_email_identities()["EmailIdentities"]]
    for name in there:
        ses.delete_email_identity(EmailIdentity=name)
    try:
        found = smoke.only("identities")
    finally:
        for name in there:
            ses.create_email_identity(EmailIdentity=name)
            ses.put_email_identity_feedback_attributes(EmailIdentity=name, EmailForwardingEnabled=False)
    assert found == [
        "SES has no identity for cases@acme-cases.example: it refuses emails from there.",
        "SES has no identity for service@acme-cases.example: it refuses emails from there.",
        "SES has no identity for the receiving domain in.acme-cases.example: it refuses its emails.",
    ]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda identity: identity.update(VerifiedForSendingStatus=False), "is not verified"),
        (
            lambda identity: identity["DkimAttributes"].update(Status="PENDING"),
            "DKIM of the identity acme-cases.example",
        ),
        (lambda identity: identity["DkimAttributes"].update(SigningEnabled=False), "SES does not sign emails"),
        (lambda identity: identity.update(FeedbackForwardingStatus=True), "sends bounces of the identity"),
    ],
)
def test_identity(smoke: SmokeProgram, change: Change, words: str) -> None:
    """The identity of the senders is not ready."""
    smoke.alter("GetEmailIdentity", change)
    senders = [what for what in smoke.only("identities") if "receiving domain" not in what]
    assert [words in what for what in senders] == [True, True]


def test_receiving_domain(smoke: SmokeProgram) -> None:
    """The receiving domain is not verified. That of the senders is another one."""

    def unverified(parameters: Any, call: Any) -> Any:
        answer = call()
        return answer | {"VerifiedForSendingStatus": parameters["EmailIdentity"] != "in.acme-cases.example"}

    smoke.replace("GetEmailIdentity", unverified)
    assert smoke.only("identities") == [
        "The receiving domain in.acme-cases.example (in.acme-cases.example) is not verified: SES refuses its emails."
    ]


@pytest.mark.parametrize(
    ("records", "words"),
    [
        ([], "do not lead to inbound-smtp.eu-west-1.amazonaws.com. They are: none."),
        ([(10, "inbound-smtp.us-east-1.amazonaws.com")], "They are: 10 inbound-smtp.us-east-1.amazonaws.com."),
        ([(5, "mail.acme.example"), (10, RECEIVING)], "also has other MX records: 5 mail.acme.example"),
    ],
)
def test_mx(smoke: SmokeProgram, records: list[tuple[int, str]], words: str) -> None:
    """The domain leads elsewhere."""
    smoke.records.mail = records
    (what,) = smoke.only("mx")
    assert words in what


def test_mx_unknown(smoke: SmokeProgram) -> None:
    """No name server answers."""
    smoke.records.answers = False
    assert smoke.only("mx") == ["No name server answered. in.acme-cases.example: timed out"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"ProductionAccessEnabled": False}, "The account is in the sandbox of SES in eu-west-1"),
        ({"SendingEnabled": False}, "Sending is paused"),
        ({"EnforcementStatus": "PROBATION"}, "under PROBATION"),
        ({"SendQuota": {"Max24HourSend": 200.0, "SentLast24Hours": 180.0}}, "180 of the 200 emails of a day"),
    ],
)
def test_account(smoke: SmokeProgram, change: dict[str, Any], words: str) -> None:
    """SES does not let the account send to everybody."""
    smoke.alter("GetAccount", lambda answer: answer.update(change))
    (what,) = smoke.only("account")
    assert words in what


def test_alarm_without_actions(smoke: SmokeProgram) -> None:
    """The actions of an alarm were disabled by hand."""
    cloudwatch, name = smoke.system.client("cloudwatch"), "email-channels-DeadLetterAlarm"
    cloudwatch.disable_alarm_actions(AlarmNames=[name])
    try:
        (what,) = smoke.only("alarms")
    finally:
        cloudwatch.enable_alarm_actions(AlarmNames=[name])
    assert what == "The actions of the alarm DeadLetterAlarm are disabled: nobody is told."


def test_ringing_alarm(smoke: SmokeProgram) -> None:
    """An alarm rings."""
    cloudwatch, name = smoke.system.client("cloudwatch"), "email-channels-DeadLetterAlarm"
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="3 messages")
    try:
        (what,) = smoke.only("alarms")
    finally:
        cloudwatch.set_alarm_state(AlarmName=name, StateValue="OK", StateReason="over")
    assert what == "The alarm DeadLetterAlarm rings: 3 messages"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda alarms: alarms.pop(), " does not exist."),
        (lambda alarms: alarms[0].update(AlarmActions=[]), "does not tell the topic of the alarms"),
    ],
)
def test_alarms(smoke: SmokeProgram, change: Change, words: str) -> None:
    """An alarm is missing, or tells nobody."""
    smoke.alter("DescribeAlarms", lambda answer: change(answer["MetricAlarms"]))
    (what,) = smoke.only("alarms")
    assert words in what


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda there: there.clear(), "Nobody gets the alarms"),
        (
            lambda there: there[0].update(SubscriptionArn="PendingConfirmation"),
            "1 of 1 subscriptions to the alarms are not confirmed.",
        ),
    ],
)
def test_subscription(smoke: SmokeProgram, change: Change, words: str) -> None:
    """Nobody gets the alarms, or somebody has not confirmed it."""
    smoke.alter("ListSubscriptionsByTopic", lambda answer: change(answer["Subscriptions"]))
    (what,) = smoke.only("subscription")
    assert words in what


@pytest.mark.parametrize("queue", ["Dead", "ArrivalsDead", "JobsDead", "Failure"])
def test_dead_letters(smoke: SmokeProgram, queue: str) -> None:
    """Something was given up."""
    sqs = smoke.system.client("sqs")
    name = f"email-channels-{queue.replace('Dead', 'DeadLetter')}Queue"
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="given up")
    try:
        (what,) = smoke.only("dead-letters")
    finally:
        sqs.purge_queue(QueueUrl=url)
    assert what == f"The queue {name} holds 1 messages that were given up."


def test_web(smoke: SmokeProgram) -> None:
    """API and console do not answer as they should; the API is open."""
    with web("200 OK", b"hello") as url:
        answers = {"ApiUrl": url, "ConsoleUrl": f"{url}/"}

        def moved(answer: Any) -> None:
            for output in answer["Stacks"][0]["Outputs"]:
                output["OutputValue"] = answers.get(output["OutputKey"], output["OutputValue"])

        smoke.alter("DescribeStacks", moved)
        assert smoke.only("web") == [f"GET {url}{path} answered 200: hello" for path in ("/health", "/cases", "/")]
    assert [what.partition(": ")[0] for what in smoke.only("web")] == [
        f"GET {url}{path}" for path in ("/health", "/cases", "/")
    ]
