"""The alarms: what each watches, when it rings, and who hears it."""

from tests.support.safety.rows import ABSENT, ANY_TEXT, Row

ALARM = "every AWS::CloudWatch::Alarm"

FUNCTIONS = (
    "Inbound",
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
"""The functions whose errors have an alarm. `setup` runs only during a deployment, which then fails."""

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

ROWS = [
    Row(ALARM, "AlarmDescription", ANY_TEXT, "tells the reader of the email what it means"),
    Row(ALARM, "AlarmActions", ["!Ref AlarmTopic"], "an alarm without an action rings where nobody hears it"),
    Row(ALARM, "ActionsEnabled", ABSENT, "actions are enabled by default"),
    Row(ALARM, "ComparisonOperator", "GreaterThanThreshold", "rings when there is too much of what it counts"),
    Row(ALARM, "Threshold", 0, "one is too many: what is counted needs a person"),
    Row(ALARM, "TreatMissingData", "notBreaching", "no traffic is no failure, and ends an alarm"),
    Row(ALARM, "Period", 300, "as often as SQS measures a queue that is idle"),
    Row(ALARM, "EvaluationPeriods", 1, "rings at the first period"),
    *(
        Row(
            f"{function}ErrorsAlarm",
            "",
            {
                "Namespace": "AWS/Lambda",
                "MetricName": "Errors",
                "Dimensions": {"FunctionName": f"!Ref {function}Function"},
                "Statistic": "Sum",
                "EvaluationPeriods": 3,
                "DatapointsToAlarm": 2,
            },
            "errors that repeat; one that a retry repairs needs nobody",
        )
        for function in FUNCTIONS
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
    Row(
        "AutomaticEmailsNotSentAlarm",
        "",
        {
            "Namespace": "EmailChannels",
            "MetricName": "AutomaticEmailsNotSent",
            "Dimensions": {"Table": "!Ref Table"},
            "Statistic": "Sum",
        },
        "senders did not hear of their email; the metric's dimension tells two stacks apart",
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
            "OKActions": ["!Ref AlarmTopic"],
        },
        "another rule set or a lost filter stops or opens receiving; there are two looks in half an hour",
    ),
    Row("ConsoleErrorsAlarm", "Condition", "ConsoleOn", "made with its function"),
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
        Row(
            f"Events{alarm}Alarm",
            "",
            {
                "Condition": "EventsOn",
                "AlarmName": f"!Sub ${{AWS::StackName}}-Events{alarm}Alarm",
                "OKActions": ["!Ref AlarmTopic"],
            },
            "made with its function; its name tells two stacks apart; people hear, too, when it ends",
        )
        for alarm in ("Errors", "Waiting", "Failure")
    ),
    Row("AlarmTopic", "KmsMasterKeyId", "!Ref Key", "alarms are encrypted at rest; our key lets CloudWatch send to it"),
    Row("AlarmSubscription", "Condition", "AlarmsByEmail", "only if an address is given"),
    Row(
        "AlarmSubscription",
        "",
        {"TopicArn": "!Ref AlarmTopic", "Protocol": "email", "Endpoint": "!Ref AlarmEmailAddress"},
        "the address that an operator gave gets every alarm",
    ),
]
