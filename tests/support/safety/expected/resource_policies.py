"""Who else may use the key, the bucket and the queues: the only resource policies, and their principals."""

from typing import Any

from tests.support.safety.expected.storage import NOT_ON_CREATE, SUFFIX
from tests.support.safety.rows import ANY_TEXT, Row

OUR_ACCOUNT = {"StringEquals": {"aws:SourceAccount": "!Ref AWS::AccountId"}}


def of_the_account(service: str) -> dict[str, Any]:
    """The key for a service that acts for this account."""
    return {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": ["kms:GenerateDataKey*", "kms:Decrypt"],
        "Resource": "*",
        "Condition": OUR_ACCOUNT,
    }


def written_by(rule: str, prefix: str) -> dict[str, Any]:
    """A part of the bucket for one of our receipt rules, in whatever rule set: it can move to another one."""
    ses = "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}"
    return {
        "Effect": "Allow",
        "Principal": {"Service": "ses.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"!Sub ${{Bucket.Arn}}/{prefix}*",
        "Condition": {
            **OUR_ACCOUNT,
            "StringLike": {"aws:SourceArn": f"!Sub {ses}:receipt-rule-set/*:receipt-rule/${{ConfigurationSet}}-{rule}"},
        },
    }


def sent_by(service: str, queue: str, condition: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "Effect": "Allow",
            "Principal": {"Service": service},
            "Action": "sqs:SendMessage",
            "Resource": f"!GetAtt {queue}.Arn",
            "Condition": condition,
        }
    ]


ROWS = [
    Row("Key", "", NOT_ON_CREATE, "nobody can read the emails in the bucket without it"),
    Row("Key", "Description", ANY_TEXT, "says in the AWS console what the key is for"),
    Row(
        "Key",
        "PendingWindowInDays",
        30,
        "the most there is: for a month, a deletion can be cancelled",
    ),
    Row("Key", "EnableKeyRotation", True, "a key that leaked does not open what comes later"),
    Row("Key", "KeyPolicy.Version", "2012-10-17", "the language of the policy"),
    Row(
        "Key",
        "KeyPolicy.Statement[TheAccountDecides]",
        {
            "Effect": "Allow",
            "Principal": {"AWS": "!Sub arn:${AWS::Partition}:iam::${AWS::AccountId}:root"},
            "Action": "kms:*",
            "Resource": "*",
        },
        "roles of this account can be given the key, and no other account can; without it, nobody can ever change "
        "the policy again",
    ),
    Row(
        "Key",
        "KeyPolicy.Statement[SesWritesEmails]",
        of_the_account("ses.amazonaws.com"),
        "SES encrypts emails for the bucket; without it SES loses them after four hours; not for other accounts",
    ),
    Row("AlarmKey", "Description", ANY_TEXT, "says in the AWS console what the key is for"),
    Row("AlarmKey", "PendingWindowInDays", 30, "as the deployer may delete keys: for a month, it can be cancelled"),
    Row("AlarmKey", "EnableKeyRotation", True, "as AWS advises; it costs nothing in the first year"),
    Row("AlarmKey", "KeyPolicy.Version", "2012-10-17", "the language of the policy"),
    Row(
        "AlarmKey",
        "KeyPolicy.Statement[TheAccountDecides]",
        {
            "Effect": "Allow",
            "Principal": {"AWS": "!Sub arn:${AWS::Partition}:iam::${AWS::AccountId}:root"},
            "Action": "kms:*",
            "Resource": "*",
        },
        "without it, nobody can ever change the policy again",
    ),
    Row(
        "AlarmKey",
        "KeyPolicy.Statement[AlarmsAreSentToTheirTopic]",
        of_the_account("cloudwatch.amazonaws.com"),
        "the topic is encrypted: without it, alarms ring where nobody hears them",
    ),
    Row("BucketPolicy", "Bucket", "!Ref Bucket", "the bucket of emails"),
    Row("BucketPolicy", "PolicyDocument.Version", "2012-10-17", "the language of the policy"),
    Row(
        "BucketPolicy",
        "PolicyDocument.Statement[TlsOnly]",
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": ["!GetAtt Bucket.Arn", "!Sub ${Bucket.Arn}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
        "nobody reads or writes emails over an open connection; without the condition, nobody does at all",
    ),
    Row(
        "BucketPolicy",
        "PolicyDocument.Statement[SesWritesCaseCreation]",
        {"if CaseCreationOn": written_by("case-creation", "raw/case_creation/")},
        "only our rule in our account may write: what lies there is believed to have come through SES",
    ),
    Row(
        "BucketPolicy",
        "PolicyDocument.Statement[SesWritesAdHoc]",
        {"if AdHocOn": written_by("ad-hoc", "raw/ad_hoc/")},
        "only our rule in our account may write: what lies there is believed to have come through SES",
    ),
    Row(
        "every AWS::SQS::QueuePolicy",
        "PolicyDocument.Version",
        "2012-10-17",
        "the language of the policy",
    ),
    Row("InboundQueuePolicy", "Queues", ["!Ref InboundQueue"], "the queue of emails"),
    Row(
        "InboundQueuePolicy",
        "PolicyDocument.Statement",
        sent_by(
            "s3.amazonaws.com",
            "InboundQueue",
            {
                **OUR_ACCOUNT,
                "ArnEquals": {
                    "aws:SourceArn": "!Sub arn:${AWS::Partition}:s3:::"
                    f"email-channels-${{AWS::AccountId}}-${{AWS::Region}}-{SUFFIX}"
                },
            },
        ),
        "only our bucket names emails to process; a bucket's name alone could be another account's one day",
    ),
    Row("ArrivalsQueuePolicy", "Queues", ["!Ref ArrivalsQueue"], "the queue of the second look"),
    Row(
        "ArrivalsQueuePolicy",
        "PolicyDocument.Statement",
        sent_by("events.amazonaws.com", "ArrivalsQueue", {"ArnEquals": {"aws:SourceArn": "!GetAtt ArrivalsRule.Arn"}}),
        "only our rule names originals",
    ),
    Row("FailureQueuePolicy", "Queues", ["!Ref FailureQueue"], "the queue of events that failed"),
    Row(
        "FailureQueuePolicy",
        "PolicyDocument.Statement",
        sent_by(
            "events.amazonaws.com",
            "FailureQueue",
            {
                "ArnEquals": {
                    "aws:SourceArn": [
                        "!GetAtt DeliveryFunctionSesEvents.Arn",
                        "!GetAtt PurgeFunctionDaily.Arn",
                        "!GetAtt NotifyFunctionMinutely.Arn",
                        "!GetAtt ReconcileFunctionQuarterHourly.Arn",
                        "!GetAtt ArrivalsRule.Arn",
                    ]
                }
            },
        ),
        "each rule and schedule must be named, or what it could not deliver is lost without an alarm",
    ),
]
