"""The alarms: what each watches, when it rings, and who hears it."""

from tests.support.safety.rows import ABSENT, ANY_TEXT, Row

ALARM = "every AWS::CloudWatch::Alarm"

FUNCTIONS = (
    "AgentApi",
    "AdhocSend",
    "Notify",
    "Events",
    "Delivery",
    "Purge",
    "Reconcile",
    "Jobs",
    "Console",
    "PublicApi",
)
"""The functions whose failures ring together if they repeat within minutes. `inbound` has an alarm of its own, and
`setup` looks only four times an hour."""

DEAD_LETTERS = {
    "DeadLetterAlarm": "DeadLetterQueue",
    "ArrivalsDeadLetterAlarm": "ArrivalsDeadLetterQueue",
    "JobsDeadLetterAlarm": "JobsDeadLetterQueue",
    "FailureAlarm": "FailureQueue",
    "EventsFailureAlarm": "EventsFailureQueue",
}
WAITING = {
    "WaitingAlarm": ("InboundQueue", 1800, "a failing email is tried every 12 minutes, and may fail twice"),
    "JobsWaitingAlarm": ("JobsQueue", 3600, "a job that failed once is received again after 18 minutes"),
    "ArrivalsWaitingAlarm": ("ArrivalsQueue", 14_400, "15 minutes of delay, then 90 minutes between two looks"),
}
NAMESPACE = "!Sub EmailChannels/${AWS::StackName}"
"""Of the metrics that filters make of logs. A filter cannot add a dimension, so the name tells two stacks apart."""

AT_ONCE: dict[str, object] = {}
REPEATED: dict[str, object] = {"EvaluationPeriods": 3, "DatapointsToAlarm": 2}
FROM_LOGS = {
    "FunctionFailed": (REPEATED, "failures that repeat; one that a retry repairs needs nobody"),
    "EmailNotTakenIn": (
        AT_ONCE,
        "the filter counts what failed twice, twelve minutes apart, and what no retry repairs",
    ),
    "OriginalNotChecked": ({**REPEATED, "Period": 3600}, "an original is looked at again 90 minutes after a failure"),
    "DomainEventsFailed": (REPEATED, "the stream retries for six hours; one failure that a retry repairs needs nobody"),
    "FollowUpFailed": (REPEATED, "the stream retries for six minutes; one failure that a retry repairs needs nobody"),
    "NotificationReachedNobody": (AT_ONCE, "nobody but an operator can tell the admins"),
    "RequestFailed": (AT_ONCE, "a mistake in the program, which no retry repairs"),
    "SendingFailed": (AT_ONCE, "SES refused for good, or nobody knows whether it sent"),
    "SendingPaused": (AT_ONCE, "nothing is sent until a person has answered SES"),
    "JobFailed": (AT_ONCE, "the job has ended, or failed three times, or no retry repairs it"),
    "AutomaticEmailsNotSent": (AT_ONCE, "senders did not hear of their email"),
}
"""Alarms on metrics that filters make of logs."""


SUM = {"Expression": "SUM(FILL(METRICS(), 0))", "ReturnData": True}
Metric = tuple[str, str, str, str]
"""Namespace, name, name of the dimension, and its value."""


def _added_up(metrics: dict[str, Metric], conditions: dict[str, str]) -> object:
    """The metrics that an alarm adds up, by their id. A metric with a condition is there only if that holds."""

    def metric(namespace: str, name: str, dimension: str, value: str) -> dict[str, object]:
        about = {"Namespace": namespace, "MetricName": name, "Dimensions": {dimension: value}}
        return {"ReturnData": False, "MetricStat": {"Metric": about, "Period": 300, "Stat": "Sum"}}

    found: dict[str, object] = {"[sum]": SUM}
    for id_, each in metrics.items():
        found[f"[{id_}]"] = {f"if {conditions[id_]}": metric(*each)} if id_ in conditions else metric(*each)
    return found


def _of_lambda(function: str, name: str = "Throttles") -> Metric:
    return ("AWS/Lambda", name, "FunctionName", f"!Ref {function}Function")


def _of_rule(rule: str) -> Metric:
    return ("AWS/Events", "InvocationsFailedToBeSentToDlq", "RuleName", f"!Ref {rule}")


def _of_receiving(name: str) -> object:
    rules = {"caseCreation": "case-creation", "adHoc": "ad-hoc"}
    conditions = {"caseCreation": "CaseCreationOn", "adHoc": "AdHocOn"}
    return _added_up(
        {id_: ("AWS/SES", name, "RuleName", f"!Sub ${{ConfigurationSet}}-{rule}") for id_, rule in rules.items()},
        conditions,
    )


def _throttled(*functions: str, **conditions: str) -> object:
    return _added_up({name[0].lower() + name[1:]: _of_lambda(name) for name in functions}, conditions)


ADDED_UP = {
    "ThrottlesAlarm": (
        _throttled("Inbound", "Delivery", "Notify", "Events", events="EventsOn"),
        REPEATED,
        "the account runs as many functions as it may; no other alarm tells that the stream's readers are not called",
    ),
    "ApiThrottlesAlarm": (
        _throttled("AgentApi", "AdhocSend"),
        REPEATED,
        "requests are refused; apart, because only these have a reservation",
    ),
    "TableThrottlesAlarm": (
        _added_up(
            {
                "reads": ("AWS/DynamoDB", "ReadThrottleEvents", "TableName", "!Ref Table"),
                "writes": ("AWS/DynamoDB", "WriteThrottleEvents", "TableName", "!Ref Table"),
            },
            {},
        ),
        REPEATED,
        "a table grows by itself, so only what goes on matters",
    ),
    "EventsNotDeliveredAlarm": (
        _added_up(
            {
                "arrivals": _of_rule("ArrivalsRule"),
                "sesEvents": _of_rule("DeliveryFunctionSesEvents"),
                "quarterHourly": _of_rule("ReconcileFunctionQuarterHourly"),
                "daily": _of_rule("PurgeFunctionDaily"),
                "deliveryNotKept": _of_lambda("Delivery", "DestinationDeliveryFailures"),
            },
            {},
        ),
        AT_ONCE,
        "the event is in no queue, so nobody can give it again",
    ),
    "StoringFailedAlarm": (_of_receiving("PublishFailure"), AT_ONCE, "SES tries for hours only"),
    "EmailsLostAlarm": (_of_receiving("PublishExpired"), AT_ONCE, "an email is lost"),
}
"""Alarms that add up metrics of AWS."""

RATES = {"BounceRateAlarm": ("Reputation.BounceRate", 0.05), "ComplaintRateAlarm": ("Reputation.ComplaintRate", 0.001)}

ALARMS = (
    "InboundErrorsAlarm",
    *(f"{metric}Alarm" for metric in FROM_LOGS),
    *(*DEAD_LETTERS, *WAITING, *ADDED_UP, *RATES, "ApiServerErrorsAlarm", "FollowUpLateAlarm", "EventsWaitingAlarm"),
    "ReceivingAlarm",
    "SetupErrorsAlarm",
)

ROWS = [
    Row(ALARM, "AlarmDescription", ANY_TEXT, "tells the reader of the email what it means, and where its runbook is"),
    Row(ALARM, "AlarmActions", ["!Ref AlarmTopic"], "an alarm without an action rings where nobody hears it"),
    Row(ALARM, "OKActions", ["!Ref AlarmTopic"], "who was called must hear when it is over"),
    *(
        Row(alarm, "AlarmName", f"!Sub ${{AWS::StackName}}-{alarm}", "a name that stays, by which the runbook is found")
        for alarm in ALARMS
    ),
    Row(ALARM, "ActionsEnabled", ABSENT, "actions are enabled by default"),
    Row(ALARM, "ComparisonOperator", "GreaterThanThreshold", "rings when there is too much of what it counts"),
    Row(ALARM, "Threshold", 0, "one is too many: what is counted needs a person"),
    Row(ALARM, "TreatMissingData", "notBreaching", "no traffic is no failure, and ends an alarm"),
    Row(ALARM, "Period", 300, "as often as SQS measures a queue that is idle"),
    Row(ALARM, "EvaluationPeriods", 1, "rings at the first period"),
    Row(
        "InboundErrorsAlarm",
        "",
        {
            "Namespace": "AWS/Lambda",
            "MetricName": "Errors",
            "Dimensions": {"FunctionName": "!Ref InboundFunction"},
            "Statistic": "Sum",
            "EvaluationPeriods": 3,
            "DatapointsToAlarm": 2,
        },
        "errors that repeat; one that a retry repairs needs nobody",
    ),
    *(
        Row(
            alarm,
            "",
            {
                "Namespace": "AWS/SQS",
                "MetricName": "ApproximateNumberOfMessagesVisible",
                "Dimensions": {"QueueName": f"!GetAtt {queue}.QueueName"},
                "Statistic": "Maximum",
            },
            "nothing takes messages out of this queue but a person, so it rings until somebody has done it",
        )
        for alarm, queue in DEAD_LETTERS.items()
    ),
    *(
        Row(
            alarm,
            "",
            {
                "Namespace": "AWS/SQS",
                "MetricName": "ApproximateAgeOfOldestMessage",
                "Dimensions": {"QueueName": f"!GetAtt {queue}.QueueName"},
                "Statistic": "Maximum",
                "Threshold": seconds,
            },
            why,
        )
        for alarm, (queue, seconds, why) in WAITING.items()
    ),
    *(
        Row(
            f"{metric}Alarm",
            "",
            {"Namespace": NAMESPACE, "MetricName": metric, "Statistic": "Sum", **when},
            why,
        )
        for metric, (when, why) in FROM_LOGS.items()
    ),
    *(
        Row(alarm, "", {"Metrics": metrics, "Period": ABSENT, **when}, why)
        for alarm, (metrics, when, why) in ADDED_UP.items()
    ),
    Row(
        "ApiServerErrorsAlarm",
        "",
        {
            "Namespace": "AWS/ApiGateway",
            "MetricName": "5xx",
            "Dimensions": {"ApiId": "!Ref HttpApi"},
            "Statistic": "Sum",
            "Period": 60,
            "EvaluationPeriods": 5,
            "DatapointsToAlarm": 2,
        },
        "two minutes of five: one request that fails for a moment needs nobody",
    ),
    Row(
        "FollowUpLateAlarm",
        "",
        {
            "Namespace": "AWS/Lambda",
            "MetricName": "IteratorAge",
            "Dimensions": {"FunctionName": "!Ref NotifyFunction"},
            "Statistic": "Maximum",
            "Threshold": 900_000,
        },
        "a quarter of an hour, after which reconcile begins to send what is late",
    ),
    *(
        Row(
            alarm,
            "",
            {
                "Namespace": "AWS/SES",
                "MetricName": metric,
                "Statistic": "Average",
                "Period": 3600,
                "ComparisonOperator": "GreaterThanOrEqualToThreshold",
                "Threshold": rate,
                "TreatMissingData": "ignore",
            },
            "from here on, SES reviews the account; the rate has no value while nothing is sent, and still stands",
        )
        for alarm, (metric, rate) in RATES.items()
    ),
    Row(
        "ReceivingAlarm",
        "",
        {
            "Namespace": "EmailChannels",
            "MetricName": "ReceivingProblems",
            "Dimensions": {"Stack": "!Ref ConfigurationSet"},
            "Statistic": "Maximum",
            "Period": 1800,
        },
        "another rule set or a lost filter stops or opens receiving; there are two looks in half an hour",
    ),
    Row(
        "SetupErrorsAlarm",
        "",
        {
            "Namespace": "AWS/Lambda",
            "MetricName": "Errors",
            "Dimensions": {"FunctionName": "!Ref SetupFunction"},
            "Statistic": "Sum",
            "Period": 1800,
            "Threshold": 2,
        },
        "a look that failed three times: without it, ReceivingAlarm is silent for lack of data",
    ),
    Row(
        "EventsWaitingAlarm",
        "",
        {
            "Namespace": "AWS/Lambda",
            "MetricName": "IteratorAge",
            "Dimensions": {"FunctionName": "!Ref EventsFunction"},
            "Statistic": "Maximum",
            "Threshold": 600_000,
        },
        "a bus that takes no events is no error of the function: records only grow old; the unit is milliseconds",
    ),
    *(
        Row(f"Events{alarm}Alarm", "Condition", "EventsOn", "made with its function")
        for alarm in ("Waiting", "Failure")
    ),
    Row("DomainEventsFailedAlarm", "Condition", "EventsOn", "made with its function"),
    Row("Dashboard", "Condition", "DashboardOn", "made if somebody wants it, and pays for it"),
    Row(
        "Dashboard",
        "",
        {"DashboardName": "!Ref AWS::StackName", "DashboardBody": ANY_TEXT},
        "test_dashboard.py reads it",
    ),
    Row(
        "AlarmTopic",
        "KmsMasterKeyId",
        "!Ref AlarmKey",
        "alarms are encrypted at rest; a key of its own, so that a disabled key of the emails does not silence them",
    ),
    Row("AlarmSubscription", "Condition", "AlarmsByEmail", "only if an address is given"),
    Row(
        "AlarmSubscription",
        "",
        {"TopicArn": "!Ref AlarmTopic", "Protocol": "email", "Endpoint": "!Ref AlarmEmailAddress"},
        "the address that an operator gave gets every alarm",
    ),
]
