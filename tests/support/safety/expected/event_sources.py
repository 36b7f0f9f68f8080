"""What starts the functions: queues, the table's stream, SES, schedules; and where failed events go."""

from typing import Any

from tests.support.safety.rows import ABSENT, Row

TO_FAILURE_QUEUE = {"OnFailure": {"Type": "SQS", "Destination": "!GetAtt FailureQueue.Arn"}}
DEAD_LETTERS = {"Arn": "!GetAtt FailureQueue.Arn"}


def queue(name: str, **properties: Any) -> dict[str, Any]:
    return {
        "Type": "SQS",
        "Properties": {
            "Queue": f"!GetAtt {name}.Arn",
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
            **properties,
        },
    }


def retries(attempts: int) -> dict[str, Any]:
    return {"MaximumRetryAttempts": attempts, "DestinationConfig": TO_FAILURE_QUEUE}


FILTERS = [
    (
        '{"eventName": ["INSERT"], "dynamodb": {"NewImage": {"kind": {"S": ["unprocessed", "case", "entry"]}}}}',
        "a new unprocessed email, case or entry is followed up",
    ),
    (
        (
            '{"eventName": ["MODIFY"], "dynamodb": {"NewImage": {"kind": {"S": ["case"]}, '
            '"words_due": {"S": [{"exists": true}]}}, "OldImage": {"kind": {"S": ["case"]}}}}'
        ),
        "a case whose words for the search must be found anew",
    ),
    (
        (
            '{"eventName": ["MODIFY"], "dynamodb": {"NewImage": {"kind": {"S": ["case", "entry"]}}, '
            '"OldImage": {"kind": {"S": ["unprocessed", "moved"]}}}}'
        ),
        "an unprocessed email that became a case, and an entry that came back to its case",
    ),
    (
        '{"eventName": ["MODIFY"], "dynamodb": {"NewImage": {"gsi2pk": {"S": ["TO_NOTIFY", "TO_NOTICE"]}}}}',
        "an email with a new reason, and an agent's email that was not delivered",
    ),
    (
        '{"eventName": ["MODIFY"], "dynamodb": {"NewImage": {"handed_over_at": {"S": [{"exists": true}]}}}}',
        "a case that was handed over to another group",
    ),
]
RECORDS = "Events.Records.Properties"

ROWS = [
    Row(
        "InboundFunction",
        "Events.Objects",
        queue("InboundQueue", BatchSize=1, ScalingConfig={"MaximumConcurrency": 20}),
        "one email at a time, so that none waits for another or fails with it; 20 at once leave room for the API",
    ),
    Row(
        "ReconcileFunction",
        "Events.Arrivals",
        queue(
            "ArrivalsQueue", BatchSize=100, MaximumBatchingWindowInSeconds=300, ScalingConfig={"MaximumConcurrency": 2}
        ),
        "most originals have their outcome, so a hundred are looked at together; only failed ones come again",
    ),
    Row(
        "JobsFunction",
        "Events.Jobs",
        queue("JobsQueue", BatchSize=1, ScalingConfig={"MaximumConcurrency": 5}),
        "each message uses the function's whole time; five at once leave room for the API",
    ),
    Row(
        "NotifyFunction",
        "",
        {
            "Events.Records.Type": "DynamoDB",
            f"{RECORDS}.Stream": "!GetAtt Table.StreamArn",
            f"{RECORDS}.StartingPosition": "TRIM_HORIZON",
            f"{RECORDS}.FunctionResponseTypes": ["ReportBatchItemFailures"],
        },
        "all records from the first on; LATEST would miss what is written while the event source is made",
    ),
    Row(
        "NotifyFunction",
        "",
        {
            f"{RECORDS}.BatchSize": 25,
            f"{RECORDS}.BisectBatchOnFunctionError": True,
            f"{RECORDS}.MaximumRetryAttempts": 5,
        },
        "a record that always fails is found and given up; without a limit it holds up all others for a day",
    ),
    Row("NotifyFunction", f"{RECORDS}.DestinationConfig", TO_FAILURE_QUEUE, "a record that is given up rings an alarm"),
    Row("NotifyFunction", f"{RECORDS}.Enabled", ABSENT, "an event source is enabled by default"),
    Row("NotifyFunction", f"{RECORDS}.MaximumRecordAgeInSeconds", ABSENT, "no record is given up because it waited"),
    *(
        Row("NotifyFunction", f"{RECORDS}.FilterCriteria.Filters[{number}]", {"Pattern": pattern}, why)
        for number, (pattern, why) in enumerate(FILTERS)
    ),
    Row(
        "EventsFunction",
        "",
        {
            "Events.Records.Type": "DynamoDB",
            f"{RECORDS}.Stream": "!GetAtt Table.StreamArn",
            f"{RECORDS}.StartingPosition": "TRIM_HORIZON",
            f"{RECORDS}.FunctionResponseTypes": ["ReportBatchItemFailures"],
        },
        "all records from the first on; LATEST would miss what is written while the event source is made",
    ),
    Row(
        "EventsFunction",
        "",
        {
            f"{RECORDS}.BatchSize": 100,
            f"{RECORDS}.BisectBatchOnFunctionError": True,
            f"{RECORDS}.MaximumRecordAgeInSeconds": 21_600,
        },
        "a bus may be out of order for six hours; what is given up then is in the stream for 18 hours more",
    ),
    Row("EventsFunction", f"{RECORDS}.MaximumRetryAttempts", ABSENT, "the age alone decides when a record is given up"),
    Row("EventsFunction", f"{RECORDS}.Enabled", ABSENT, "an event source is enabled by default"),
    Row(
        "EventsFunction",
        f"{RECORDS}.DestinationConfig",
        {"OnFailure": {"Type": "SQS", "Destination": "!GetAtt EventsFailureQueue.Arn"}},
        "a record that is given up rings an alarm of its own",
    ),
    *(
        Row(
            "EventsFunction",
            f"{RECORDS}.FilterCriteria.Filters[{number}]",
            {"Pattern": f'{{"dynamodb": {{"{image}": {{"kind": {{"S": ["case", "entry", "unprocessed"]}}}}}}}}'},
            why,
        )
        for number, (image, why) in enumerate(
            [
                ("NewImage", "whatever happens to a case, an entry or an unprocessed email"),
                ("OldImage", "what takes the place of one, and deletions"),
            ]
        )
    ),
    Row(
        "NotifyFunction",
        "Events.Minutely",
        {
            "Type": "Schedule",
            "Properties": {
                "Description": "Sends the digests of storms",
                "Schedule": "rate(1 minute)",
                "DeadLetterConfig": DEAD_LETTERS,
            },
        },
        "a digest waits for at most a minute",
    ),
    Row("NotifyFunction", "EventInvokeConfig", retries(0), "the next minute tries again; a failure rings an alarm"),
    Row(
        "DeliveryFunction",
        "Events.SesEvents",
        {
            "Type": "EventBridgeRule",
            "Properties": {
                "Pattern": {
                    "source": ["aws.ses"],
                    "detail": {"mail": {"tags": {"ses:configuration-set": ["!Ref ConfigurationSet"]}}},
                },
                "DeadLetterConfig": DEAD_LETTERS,
            },
        },
        "all events of this stack's emails, and of no others; what cannot be delivered rings an alarm",
    ),
    Row("DeliveryFunction", "EventInvokeConfig", retries(2), "an event that fails three times rings an alarm"),
    Row(
        "PurgeFunction",
        "Events.Daily",
        {
            "Type": "Schedule",
            "Properties": {
                "Description": "Purges unprocessed emails that are due",
                "Schedule": "cron(30 2 * * ? *)",
                "DeadLetterConfig": DEAD_LETTERS,
            },
        },
        "personal data that is due is deleted within a day",
    ),
    Row("PurgeFunction", "EventInvokeConfig", retries(2), "a purge that fails three times rings an alarm"),
    Row(
        "ReconcileFunction",
        "Events.QuarterHourly",
        {
            "Type": "Schedule",
            "Properties": {
                "Description": "Finishes what no event will finish",
                "Schedule": "rate(15 minutes)",
                "DeadLetterConfig": DEAD_LETTERS,
            },
        },
        "what is left behind is finished within a quarter of an hour (docs/reliability.md)",
    ),
    Row("ReconcileFunction", "EventInvokeConfig", retries(2), "a run that fails three times rings an alarm"),
]
