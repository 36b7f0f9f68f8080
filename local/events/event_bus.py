"""EventBridge: gives each event to the functions whose rules match it, and fires schedules when their time comes."""

import json
import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from local.cloudformation.deployment import DeployedResource, Deployment
from local.cloudformation.resources.rules import is_queue
from local.embedded_aws import EmbeddedAws
from local.errors import UserError
from local.events.asynchronous_invocations import AsynchronousInvocations
from local.events.event_patterns import Predicate, matcher
from local.events.schedule_expressions import next_time
from local.lambda_.deployed_function import DeployedFunction

_LONGEST_SLEEP = 60.0


@dataclass(frozen=True)
class _Rule:
    resource: DeployedResource
    functions: list[DeployedFunction]
    input: Any  # what the functions get in place of the event; None: the event
    matches: Predicate | None
    next_time: Callable[[datetime], datetime] | None

    @property
    def enabled(self) -> bool:
        return bool(self.resource.properties.get("State", "ENABLED") == "ENABLED")


class EventBus:
    """The default event bus, and the schedules.

    Raises UserError for a rule, a target or a failure destination that the local stack does not support.
    """

    def __init__(self, deployment: Deployment, aws: EmbeddedAws, invoke: Callable[[str, object], Any]) -> None:
        self._aws = aws
        self._invoke = invoke
        self._rules = [
            _rule(deployment, resource)
            for resource in deployment.of_type("AWS::Events::Rule")
            # The embedded AWS serves rules with queues as targets.
            if not any(is_queue(target["Arn"]) for target in resource.properties.get("Targets", []))
        ]
        self._invocations = AsynchronousInvocations(deployment, aws, invoke)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run_schedules, name="schedules", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, deadline: float) -> None:
        """Waits until `deadline` (monotonic clock) for invocations that are under way. They are not retried."""
        self._stopping.set()
        self._thread.join()
        self._invocations.stop(deadline)

    def idle(self) -> bool:
        return self._invocations.idle()

    def put_event(self, event: Mapping[str, Any]) -> None:
        """Invokes the functions whose rules match the event. Does not wait for them."""
        for rule in self._rules:
            if rule.enabled and rule.matches is not None and rule.matches(event):
                for function in rule.functions:
                    self._invocations.submit(function, event if rule.input is None else rule.input)

    def fire_schedule(self, function: str, at: str) -> Any:
        """Fires the function's schedule as if the time were `at`, and returns what the function returns.

        Raises KeyError if the function has no schedule, FunctionFailed if it failed.
        """
        for rule in self._rules:
            if rule.next_time is not None and function in {target.name for target in rule.functions}:
                return self._invoke(function, self._scheduled_event(rule, at))
        raise KeyError(function)

    def _run_schedules(self) -> None:
        now = datetime.now(UTC)
        due = {
            number: rule.next_time(now)
            for number, rule in enumerate(self._rules)
            if rule.next_time is not None and rule.enabled
        }
        while not self._stopping.is_set():
            now = datetime.now(UTC)
            for number, at in due.items():
                rule = self._rules[number]
                if at <= now and rule.next_time is not None:
                    for function in rule.functions:
                        event = self._scheduled_event(rule, at.strftime("%Y-%m-%dT%H:%M:%SZ"))
                        self._invocations.submit(function, event)
                    # Counted from now, not from `at`: times that passed while the machine slept are skipped.
                    due[number] = rule.next_time(now)
            waits = [(at - now).total_seconds() for at in due.values()]
            self._stopping.wait(max(0.0, min([*waits, _LONGEST_SLEEP])))

    def _scheduled_event(self, rule: _Rule, at: str) -> Any:
        if rule.input is not None:
            return rule.input
        return {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": "Scheduled Event",
            "source": "aws.events",
            "account": self._aws.account_id,
            "time": at,
            "region": self._aws.region,
            "resources": [rule.resource.attributes["Arn"]],
            "detail": {},
        }


def _rule(deployment: Deployment, resource: DeployedResource) -> _Rule:
    properties = resource.properties
    functions = []
    inputs = [json.loads(target["Input"]) for target in properties.get("Targets", []) if "Input" in target]
    if inputs and len(properties["Targets"]) > 1:
        raise UserError(f"template: {resource.logical_id}: the local stack supports Input for a single target only")
    for target in properties.get("Targets", []):
        for key in target:
            # A target's retries and dead-letter queue are for functions that cannot be reached. Here, all can be.
            if key not in {"Arn", "Id", "Input", "RetryPolicy", "DeadLetterConfig"}:
                raise UserError(f"template: {resource.logical_id}: the local stack does not support {key} of a target")
        functions.append(deployment.function_of(target["Arn"]))
    pattern, expression = properties.get("EventPattern"), properties.get("ScheduleExpression")
    return _Rule(
        resource,
        functions,
        inputs[0] if inputs else None,
        matcher(pattern) if pattern is not None else None,
        next_time(expression) if expression is not None else None,
    )
