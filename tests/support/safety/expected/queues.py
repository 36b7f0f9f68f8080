"""The queues: for how long they keep messages, and how often a message is tried."""

from tests.support.safety.rows import ABSENT, ANY_TEXT, Row

ROWS = [
    Row("every AWS::SQS::Queue", "SqsManagedSseEnabled", True, "messages name emails, and are encrypted at rest"),
    Row(
        "every AWS::SQS::Queue",
        "MessageRetentionPeriod",
        1_209_600,
        "14 days, the most there is: nothing is lost while people are on holiday",
    ),
    Row("every AWS::SQS::Queue", "DelaySeconds", ABSENT, "an email is processed at once"),
    Row("every AWS::SQS::Queue", "RedriveAllowPolicy", ABSENT, "an operator can return dead letters to their queue"),
    Row("EventsFailureQueue", "Condition", "EventsOn", "made with the function events"),
    Row("every AWS::SQS::Queue", "FifoQueue", ABSENT, "one failing message would hold up those behind it"),
    Row(
        "InboundQueue",
        "VisibilityTimeout",
        720,
        "six times the function's timeout: an email is not processed a second time while the first attempt runs",
    ),
    Row(
        "InboundQueue",
        "RedrivePolicy",
        {"deadLetterTargetArn": "!GetAtt DeadLetterQueue.Arn", "maxReceiveCount": 10},
        "two hours of attempts; a receive counts even if Lambda is throttled, so it is twice GIVE_UP_AT_RECEIVE",
    ),
    Row("ArrivalsQueue", "DelaySeconds", 900, "by then an email should have its outcome"),
    Row(
        "ArrivalsQueue",
        "VisibilityTimeout",
        5400,
        "six times the function's timeout, and inbound has time for all its attempts before the next look",
    ),
    Row(
        "ArrivalsQueue",
        "RedrivePolicy",
        {"deadLetterTargetArn": "!GetAtt ArrivalsDeadLetterQueue.Arn", "maxReceiveCount": 10},
        "fifteen hours of looks, then an alarm",
    ),
    Row("JobsQueue", "VisibilityTimeout", 1080, "six times the function's timeout"),
    Row(
        "JobsQueue",
        "RedrivePolicy",
        {"deadLetterTargetArn": "!GetAtt JobsDeadLetterQueue.Arn", "maxReceiveCount": 12},
        "a job ends as failed after six tries; receives count also if Lambda is throttled",
    ),
    Row("ArrivalsRule", "Description", ANY_TEXT, "says in the AWS console what the rule is for"),
    Row("ArrivalsRule", "State", ABSENT, "a rule is enabled by default"),
    Row(
        "ArrivalsRule",
        "EventPattern",
        {
            "source": ["aws.s3"],
            "detail-type": ["Object Created"],
            "detail": {"bucket": {"name": ["!Ref Bucket"]}, "object": {"key": [{"prefix": "raw/"}]}},
        },
        "each original of our bucket, and nothing that we write ourselves",
    ),
    Row(
        "ArrivalsRule",
        "Targets",
        {
            "[arrivals]": {
                "Arn": "!GetAtt ArrivalsQueue.Arn",
                "DeadLetterConfig": {"Arn": "!GetAtt FailureQueue.Arn"},
            }
        },
        "an event that cannot be delivered rings the alarm of the failure queue",
    ),
]
