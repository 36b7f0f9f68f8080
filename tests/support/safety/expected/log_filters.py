"""Filters of the logs: which lines of which log are counted for an alarm."""

from tests.support.safety.expected.alarms import FROM_LOGS, FUNCTIONS, NAMESPACE
from tests.support.safety.rows import Row


def logged(*messages: str) -> str:
    return "{ " + " || ".join(f'$.message = "{message}"' for message in messages) + " }"


_REFUSED = ("group alert refused", "acknowledgement refused", "sender's copy failed")
_ORIGINAL = "without outcome not given to inbound"
_MISTAKE = '{ $.message = "request failed" && $.status = 500 }'
_FAILED = (
    '{ ($.type = "platform.report" && ($.record.status = "error" || $.record.status = "failure" '
    '|| $.record.status = "timeout")) || $.errorType = "*" }'
)
_PAUSED = '{ $.code = "AccountSuspendedException" || $.code = "SendingPausedException" }'
FILTERS = {
    ("Inbound", "EmailNotTakenIn"): (
        '{ $.message = "email failed" && ($.mistake IS TRUE || ($.receives >= 2 && $.retry IS TRUE)) }'
    ),
    **{(function, "FunctionFailed"): _FAILED for function in FUNCTIONS},
    ("Reconcile", "OriginalNotChecked"): logged(
        "arrival not looked at", f"original {_ORIGINAL}", f"originals {_ORIGINAL}"
    ),
    ("Events", "DomainEventsFailed"): logged("domain events failed"),
    ("Notify", "FollowUpFailed"): logged("follow-up failed", "follow-up left to reconcile"),
    ("Delivery", "NotificationReachedNobody"): logged("notification reached nobody"),
    **{(function, "RequestFailed"): _MISTAKE for function in ("AgentApi", "AdhocSend", "Console", "PublicApi")},
    ("AdhocSend", "SendingFailed"): logged(
        "SES refused an agent's email",
        "outcome of sending an agent's email unknown",
        "outcome of a send was not recorded",
    ),
    ("Notify", "SendingFailed"): logged(*_REFUSED),
    ("Reconcile", "SendingFailed"): logged(*_REFUSED, "probe refused", "send without confirmation closed"),
    **{(function, "SendingPaused"): _PAUSED for function in ("AdhocSend", "Notify", "Reconcile")},
    ("Jobs", "JobFailed"): (
        '{ $.message = "job failed" || ($.message = "step failed" && $.mistake IS TRUE) '
        '|| ($.message = "job not worked on" && $.receives >= 3) }'
    ),
    **{
        (function, "AutomaticEmailsNotSent"): logged("automatic email not sent: too many in this hour")
        for function in ("Notify", "Reconcile")
    },
}
"""What a metric counts in the log of a function."""

_SEVERAL = {"FunctionFailed", "RequestFailed", "SendingFailed", "SendingPaused"}
FILTER_NAMES = {
    (function, metric): f"{function}{metric}Filter" for function, metric in FILTERS if metric in _SEVERAL
} | {(function, "AutomaticEmailsNotSent"): f"{function}AutomaticEmailsFilter" for function in ("Notify", "Reconcile")}
"""The names of filters of metrics that come from several logs. Others are named after their metric."""

ROWS = [
    *(
        Row(FILTER_NAMES.get((function, metric), f"{metric}Filter"), path, expected, why)
        for (function, metric), pattern in FILTERS.items()
        for path, expected, why in (
            ("LogGroupName", f"!Ref {function}LogGroup", "the log of the function that writes the lines"),
            ("FilterPattern", pattern, FROM_LOGS[metric][1]),
            (
                "MetricTransformations",
                [{"MetricNamespace": NAMESPACE, "MetricName": metric, "MetricValue": "1"}],
                "each line counts as one; without a default value, the metric costs nothing while nothing fails",
            ),
        )
    ),
    *(
        Row(f"{name}Filter", "Condition", condition, "made with its function")
        for name, condition in (
            ("ConsoleFunctionFailed", "ConsoleOn"),
            ("ConsoleRequestFailed", "ConsoleOn"),
            ("EventsFunctionFailed", "EventsOn"),
            ("DomainEventsFailed", "EventsOn"),
        )
    ),
]
