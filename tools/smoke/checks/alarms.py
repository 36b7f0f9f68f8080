"""The alarms must exist, be able to act, and reach somebody."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tools.smoke.findings import Finding, NotChecked
from tools.smoke.run import Run

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch.type_defs import AlarmHistoryItemTypeDef, MetricAlarmTypeDef

_AGAIN = "Deploy the stack again; `aws cloudformation detect-stack-drift` shows what was changed by hand."
_FIRST = ("JobsWaitingAlarm", "WaitingAlarm")
"""The alarms to ring, the least frightening first; then any other."""

_REASON = "A smoke test rings this alarm. Nothing is wrong."
_PAGE = 100


def look(run: Run) -> Iterator[Finding]:
    """Whether all alarms exist, and are quiet."""
    expected, topic = run.stack.of_type("AWS::CloudWatch::Alarm"), run.stack.physical_id("AlarmTopic")
    found = _alarms(run)
    for logical_id, name in expected.items():
        alarm = found.get(name)
        if alarm is None:
            yield Finding(f"The alarm {logical_id} ({name}) does not exist.", _AGAIN)
            continue
        if not alarm.get("ActionsEnabled"):
            yield Finding(
                f"The actions of the alarm {logical_id} are disabled: nobody is told.",
                f"aws cloudwatch enable-alarm-actions --alarm-names {name}",
            )
        if topic not in alarm.get("AlarmActions", []):
            yield Finding(f"The alarm {logical_id} does not tell the topic of the alarms.", _AGAIN)
        if alarm.get("StateValue") == "ALARM":
            yield Finding(
                f"The alarm {logical_id} rings: {alarm.get('StateReason', 'no reason given')}",
                "docs/runbooks.md says what it means and what to do.",
            )


def look_at_subscription(run: Run) -> Iterator[Finding]:
    """Whether somebody has confirmed that they get the alarms."""
    topic = run.stack.physical_id("AlarmTopic")
    if topic is None:
        raise NotChecked("The stack has no topic for its alarms.")
    pages = run.clients.sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
    subscriptions = [each for page in pages for each in page["Subscriptions"]]
    if not subscriptions:
        yield Finding("Nobody gets the alarms: the topic has no subscription.", "Set AlarmEmailAddress, and deploy.")
    waiting = [each for each in subscriptions if not each.get("SubscriptionArn", "").startswith("arn:")]
    if waiting:
        yield Finding(
            f"{len(waiting)} of {len(subscriptions)} subscriptions to the alarms are not confirmed.",
            'Open the email "AWS Notification - Subscription Confirmation" and confirm it. It is valid for two days; '
            f"after that: aws sns subscribe --topic-arn {topic} --protocol email --notification-endpoint ADDRESS",
        )


def ring(run: Run) -> Iterator[Finding]:
    """Whether an alarm that is set to ALARM reaches the topic: the key of the topic may refuse CloudWatch."""
    if run.stack.status.endswith("_IN_PROGRESS"):
        raise NotChecked("The stack is being changed. An alarm that rings now could roll the change back.")
    topic = run.stack.physical_id("AlarmTopic")
    named = {name: logical_id for logical_id, name in run.stack.of_type("AWS::CloudWatch::Alarm").items()}
    quiet = [alarm for alarm in _alarms(run).values() if alarm.get("StateValue") != "ALARM"]
    if not quiet:
        raise NotChecked("No alarm is quiet, so none can be rung.")
    order = {logical_id: number for number, logical_id in enumerate(_FIRST)}
    alarm = min(quiet, key=lambda each: order.get(named[each["AlarmName"]], len(order)))
    name = alarm["AlarmName"]
    before = {_id(item) for item in _history(run, name)}

    def silence() -> None:
        # CloudWatch may have measured again since, and then its state is the true one.
        now = _alarms(run)[name]
        if now.get("StateReason") == _REASON:
            _set(run, name, alarm.get("StateValue", "OK"), "The smoke test has ended.")

    run.cleanup.later(f"the state of the alarm {name}", silence)
    _set(run, name, "ALARM", _REASON)

    def acted() -> list[AlarmHistoryItemTypeDef] | None:
        new = [item for item in _history(run, name) if _id(item) not in before]
        actions = [item for item in new if item.get("HistoryItemType") == "Action" and str(topic) in _text(item)]
        return actions or None

    actions = run.waiting.until(acted)
    if actions is None:
        yield Finding(
            f"The alarm {name} was set to ALARM. {run.waiting.seconds:.0f} seconds later, CloudWatch has told nobody.",
            f"aws cloudwatch describe-alarm-history --alarm-name {name} shows what became of it.",
        )
    elif failed := [item for item in actions if not item.get("HistorySummary", "").startswith("Successfully")]:
        yield Finding(
            f"CloudWatch could not tell the topic of the alarms: {failed[0].get('HistorySummary')}",
            "The key of the stack must let cloudwatch.amazonaws.com use it (statement AlarmsAreSentToTheirTopic), and "
            "the topic must exist.",
        )


def _alarms(run: Run) -> dict[str, MetricAlarmTypeDef]:
    """The stack's alarms that exist, by name."""
    names = list(run.stack.of_type("AWS::CloudWatch::Alarm").values())
    return {
        alarm["AlarmName"]: alarm
        for start in range(0, len(names), _PAGE)
        for alarm in run.clients.cloudwatch.describe_alarms(AlarmNames=names[start : start + _PAGE], MaxRecords=_PAGE)[
            "MetricAlarms"
        ]
    }


def _history(run: Run, name: str) -> list[AlarmHistoryItemTypeDef]:
    return run.clients.cloudwatch.describe_alarm_history(AlarmName=name, MaxRecords=_PAGE)["AlarmHistoryItems"]


def _set(run: Run, name: str, state: str, reason: str) -> None:
    run.clients.cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason=reason)  # type: ignore[arg-type]  # one of CloudWatch's own


def _id(item: AlarmHistoryItemTypeDef) -> tuple[str, str]:
    return str(item.get("Timestamp")), item.get("HistorySummary", "")


def _text(item: AlarmHistoryItemTypeDef) -> str:
    return item.get("HistorySummary", "") + json.dumps(item.get("HistoryData", ""))
