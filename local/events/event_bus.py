"""EventBridge and asynchronous invocation: events to the functions whose rules match, schedules when their time comes.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
"""

import logging
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from local.cloudformation.deployment import DeployedResource, Deployment
from local.embedded_aws import EmbeddedAws
from local.errors import UserError
from local.events.event_patterns import Predicate, matcher
from local.events.failure_destinations import failure_queue, send_failure
from local.events.schedule_expressions import next_time
from local.events.shortened_waits import shortened
from local.lambda_.deployed_function import DeployedFunction, FunctionFailed

_RETRY_WAITS = (60.0, 120.0)
"""Seconds before the first and second try again, in AWS; see `local/events/shortened_waits.py`."""

_AT_ONCE = 4
_LONGEST_SLEEP = 60.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Rule:
    resource: DeployedResource
    functions: list[DeployedFunction]
    matches: Predicate | None
    next_time: Callable[[datetime], datetime] | None

    @property
    def enabled(self) -> bool:
        return bool(self.resource.properties.get("State", "ENABLED") == "ENABLED")


class EventBus:
    """Raises UserError for a rule, a target or a destination with a part that is not known here."""

    def __init__(self, deployment: Deployment, aws: EmbeddedAws, invoke: Callable[[str, object], Any]) -> None:
        self._aws = aws
        self._invoke = invoke
        self._rules = [_rule(deployment, resource) for resource in deployment.of_type("AWS::Events::Rule")]
        self._invocations = _AsynchronousInvocations(deployment, aws, invoke)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run_schedules, name="schedules", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, deadline: float) -> None:
        """Waits for invocations under way until `deadline`, by the monotonic clock; they are not tried again."""
        self._stopping.set()
        self._thread.join()
        self._invocations.stop(deadline)

    def idle(self) -> bool:
        return self._invocations.idle()

    def put_event(self, event: Mapping[str, Any]) -> None:
        """An event as EventBridge has it; invokes what matches, without waiting."""
        for rule in self._rules:
            if rule.enabled and rule.matches is not None and rule.matches(event):
                for function in rule.functions:
                    self._invocations.submit(function, event)

    def fire_schedule(self, function: str, at: str) -> Any:
        """What the function returns for its schedule fired at `at`.

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
                    # From now on, not from then: a machine that slept does not make up for what it missed.
                    due[number] = rule.next_time(now)
            waits = [(at - now).total_seconds() for at in due.values()]
            self._stopping.wait(max(0.0, min([*waits, _LONGEST_SLEEP])))

    def _scheduled_event(self, rule: _Rule, at: str) -> dict[str, Any]:
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


class _AsynchronousInvocations:
    def __init__(self, deployment: Deployment, aws: EmbeddedAws, invoke: Callable[[str, object], Any]) -> None:
        self._aws = aws
        self._invoke = invoke
        self._retries: dict[str, int] = {}
        self._failure_queues: dict[str, str | None] = {}
        for config in deployment.of_type("AWS::Lambda::EventInvokeConfig"):
            name = deployment.function_of(config.properties["FunctionName"]).name
            self._retries[name] = int(config.properties.get("MaximumRetryAttempts", len(_RETRY_WAITS)))
            self._failure_queues[name] = failure_queue(deployment, config.properties)
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="asynchronous")
        self._pending = 0
        self._lock = threading.Lock()
        self._stopping = threading.Event()

    def submit(self, function: DeployedFunction, event: Mapping[str, Any]) -> None:
        with self._lock:
            if self._stopping.is_set():
                _log.warning("%s: an event came while stopping and is lost", function.name)
                return
            self._pending += 1
            self._pool.submit(self._run, function, event)

    def idle(self) -> bool:
        with self._lock:
            return self._pending == 0

    def stop(self, deadline: float) -> None:
        with self._lock:
            self._stopping.set()
        while not self.idle() and time.monotonic() < deadline:
            time.sleep(0.02)
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _run(self, function: DeployedFunction, event: Mapping[str, Any]) -> None:
        try:
            self._try(function, event)
        except Exception:  # noqa: BLE001  (logged, and the thread goes on to the next event)
            _log.exception("%s: an asynchronous invocation is lost", function.name)
        finally:
            with self._lock:
                self._pending -= 1

    def _try(self, function: DeployedFunction, event: Mapping[str, Any]) -> None:
        retries = self._retries.get(function.name, len(_RETRY_WAITS))
        for attempt in range(1, retries + 2):
            try:
                self._invoke(function.name, event)
            except FunctionFailed as error:
                _log.warning("%s: asynchronous try %d failed: %s", function.name, attempt, error.error_type)
                if attempt <= retries:
                    if self._stopping.wait(shortened(_RETRY_WAITS[attempt - 1])):
                        return
                    continue
                queue_url = self._failure_queues.get(function.name)
                if queue_url is not None:
                    what = {
                        "requestPayload": event,
                        "responsePayload": {"errorMessage": error.message, "errorType": error.error_type},
                    }
                    send_failure(self._aws, queue_url, function, "RetriesExhausted", attempt, what)
            return


def _rule(deployment: Deployment, resource: DeployedResource) -> _Rule:
    properties = resource.properties
    functions = []
    for target in properties.get("Targets", []):
        for key in target:
            # Retries and dead letters of a target are for a function that cannot be reached.
            if key not in {"Arn", "Id", "RetryPolicy", "DeadLetterConfig"}:
                raise UserError(f"template: {resource.logical_id}: the local stack does not know {key} of a target")
        functions.append(deployment.function_of(target["Arn"]))
    pattern, expression = properties.get("EventPattern"), properties.get("ScheduleExpression")
    return _Rule(
        resource,
        functions,
        matcher(pattern) if pattern is not None else None,
        next_time(expression) if expression is not None else None,
    )
