"""Alarms whose state is set do what they are for, and CloudWatch remembers it (`DescribeAlarmHistory`).

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarmHistory.html

moto sets the state, and that is all. No metric is ever evaluated here, so a state lasts until it is set again.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

_ACTIONS = {"ALARM": "alarm_actions", "OK": "ok_actions", "INSUFFICIENT_DATA": "insufficient_data_actions"}


def install() -> Callable[[], None]:
    """Patches this process's moto. Returns a function that removes the patch."""
    from moto.cloudwatch.models import CloudWatchBackend
    from moto.cloudwatch.responses import CloudWatchResponse
    from moto.core.responses import ActionResult

    every: Any = CloudWatchBackend
    response: Any = CloudWatchResponse
    set_state, not_known = every.set_alarm_state, getattr(response, "describe_alarm_history", None)

    def set_alarm_state(backend: Any, name: str, reason: str, data: str, state: str) -> None:
        before = backend.alarms[name].state_value if name in backend.alarms else state
        set_state(backend, name, reason, data, state)
        if state != before:
            _history(backend).extend(_changed(backend, backend.alarms[name], before, state))

    def describe_alarm_history(self: Any) -> Any:
        name, kind = self._get_param("AlarmName"), self._get_param("HistoryItemType")
        items = [
            item
            for item in reversed(_history(self.cloudwatch_backend))
            if name in (None, item["AlarmName"]) and kind in (None, item["HistoryItemType"])
        ]
        return ActionResult({"AlarmHistoryItems": items[: int(self._get_param("MaxRecords") or 50)]})

    def undo() -> None:
        every.set_alarm_state = set_state
        response.describe_alarm_history = not_known

    every.set_alarm_state = set_alarm_state
    response.describe_alarm_history = describe_alarm_history
    return undo


def _history(backend: Any) -> list[dict[str, Any]]:
    """What happened to the alarms of an account and region, oldest first."""
    if not hasattr(backend, "history"):
        backend.history = []
    history: list[dict[str, Any]] = backend.history
    return history


def _changed(backend: Any, alarm: Any, before: str, after: str) -> list[dict[str, Any]]:
    """The history of one change of state, with the actions that it caused."""
    change = {"oldState": {"stateValue": before}, "newState": {"stateValue": after, "stateReason": alarm.state_reason}}
    items = [_item(alarm, "StateUpdate", f"Alarm updated from {before} to {after}", change)]
    if alarm.actions_enabled:
        items += [_acted(backend, alarm, action) for action in getattr(alarm, _ACTIONS[after]) or []]
    return items


def _acted(backend: Any, alarm: Any, action: str) -> dict[str, Any]:
    from moto.sns.models import sns_backends

    topics = sns_backends[backend.account_id][backend.region_name].topics
    if action in topics:
        done = {"actionState": "Succeeded", "notificationResource": action}
        return _item(alarm, "Action", f"Successfully executed action {action}", done)
    failed = {"actionState": "Failed", "notificationResource": action, "error": "Resource does not exist."}
    return _item(alarm, "Action", f"Failed to execute action {action}. Received error: {failed['error']}", failed)


def _item(alarm: Any, kind: str, summary: str, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "AlarmName": alarm.name,
        "AlarmType": "MetricAlarm",
        "Timestamp": datetime.now(UTC),
        "HistoryItemType": kind,
        "HistorySummary": summary,
        "HistoryData": json.dumps({"version": "1.0", **data}),
    }
