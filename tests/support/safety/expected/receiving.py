"""Receiving: from which servers, over TLS, checked for spam and viruses, in which order."""

from typing import Any

from tests.support.safety.dependencies import last_of_processing
from tests.support.safety.rows import ABSENT, ANY_TEXT, Row

RULE_SET = "!If [OwnRuleSet, !Ref ReceiptRuleSet, !Ref ReceiptRuleSetName]"


def receipt_rule(resource: str, channel: str, name: str, recipients: str, prefix: str) -> list[Row]:
    """The rows of a channel's rule. The channels differ in nothing but name, recipients and prefix."""
    expected: list[tuple[str, Any, str]] = [
        ("Condition", channel, "nothing is received for a channel that is off"),
        (
            "DependsOn",
            ["BucketPolicy", "ReceiptFilters", "TagKeyValue"],
            "SES tests the bucket; no other server may deliver, and no reply is known, before filters and key exist",
        ),
        ("RuleSetName", RULE_SET, "the set that is activated"),
        (
            "Rule.Name",
            f"!Sub ${{ConfigurationSet}}-{name}",
            "the bucket's policy allows the rule of this name to write",
        ),
        ("Rule.Enabled", True, "a rule is disabled by default"),
        (
            "Rule.Recipients",
            f"!Split [',', !Join ['', !Split [' ', !Ref {recipients}]]]",
            "a rule without recipients takes the emails of all verified domains",
        ),
        ("Rule.TlsPolicy", "Require", "emails are received only over TLS"),
        ("Rule.ScanEnabled", True, "SpamAction and VirusAction decide by the scan's verdicts"),
        (
            "Rule.Actions",
            [{"S3Action": {"BucketName": "!Ref Bucket", "ObjectKeyPrefix": prefix}}],
            "the prefix names the channel; another action could forward, bounce or stop an email",
        ),
        ("After", ABSENT, "the recipients of the rules are distinct, so their order does not matter"),
    ]
    return [Row(resource, path, value, why) for path, value, why in expected]


_WATCH = (
    '!Sub {"Watch": {"RuleSetName": "${' + RULE_SET + '}", "Prefix": "${ConfigurationSet}", "Rules": ['
    "${{'!Join': [', ', [{'if CaseCreationOn': '!Sub \"${CaseCreationRule}\"'}, "
    "{'if AdHocOn': '!Sub \"${AdHocRule}\"'}]]}}], "
    '"ManageReceiptFilters": "${ManageReceiptFilters}"}}'
)

ROWS = [
    Row("ReceiptFilters", "DependsOn", last_of_processing(), "no email is received before what processes it exists"),
    Row(
        "ReceiptFilters",
        "AlsoAfter",
        [
            {"if AlarmsByEmail": "!Ref AlarmSubscription"},
            {"if EventsOn": "!Ref EventsFunctionRecords"},
            {"if EventsOn": "!Ref EventsWaitingAlarm"},
            {"if EventsOn": "!Ref DomainEventsFailedAlarm"},
            {"if EventsOn": "!Ref DomainEventsFailedFilter"},
            {"if EventsOn": "!Ref EventsFailureAlarm"},
            {"if ConsoleOn": "!Ref ConsoleRequestFailedFilter"},
        ],
        "as DependsOn, for resources with a condition",
    ),
    Row(
        "ReceiptFilters", "ManageReceiptFilters", "!Ref ManageReceiptFilters", "an operator of a shared account decides"
    ),
    Row("ReceiptFilters", "FilterPrefix", "!Ref ConfigurationSet", "only the stack's own filters are changed"),
    Row("ReceiptFilters", "AllowedIpRanges", "!Ref AllowedIpRanges", "only the client's mail servers may deliver"),
    Row("ReceiptRuleSet", "Condition", "OwnRuleSet", "the rules of ReceiptRuleSetName belong to somebody else's set"),
    Row("ReceiptRuleSet", "RuleSetName", "!Ref ConfigurationSet", "unique in the account"),
    *receipt_rule(
        "CaseCreationRule", "CaseCreationOn", "case-creation", "CaseCreationRecipients", "raw/case_creation/"
    ),
    *receipt_rule("AdHocRule", "AdHocOn", "ad-hoc", "AdHocRecipients", "raw/ad_hoc/"),
    Row("ActiveReceiptRuleSet", "RuleSetName", RULE_SET, "the set that holds the rules"),
    Row("ActiveReceiptRuleSet", "RulePrefix", "!Ref ConfigurationSet", "all other rules of a set belong to others"),
    Row("ActiveReceiptRuleSet", "OwnRuleSet", "!If [OwnRuleSet, true, false]", "another's set is never deactivated"),
    Row(
        "ActiveReceiptRuleSet",
        "ReplaceActiveRuleSet",
        "!Ref ReplaceActiveRuleSet",
        "activating a set stops the emails of another active set, so an operator decides it",
    ),
    Row(
        "ActiveReceiptRuleSet",
        "Rules",
        [{"if CaseCreationOn": "!Ref CaseCreationRule"}, {"if AdHocOn": "!Ref AdHocRule"}],
        "the set is activated after its rules exist, so no email is refused in between",
    ),
    Row("ReceivingWatch", "DependsOn", "ActiveReceiptRuleSet", "before, it would find that nothing is received"),
    Row("ReceivingWatch", "Description", ANY_TEXT, "says in the AWS console what the rule is for"),
    Row("ReceivingWatch", "ScheduleExpression", "rate(15 minutes)", "the alarm looks at half an hour"),
    Row(
        "ReceivingWatch",
        "Targets",
        {"[setup]": {"Arn": "!GetAtt SetupFunction.Arn", "Input": _WATCH}},
        "what is looked for is what the stack has made",
    ),
    Row(
        "ReceivingWatchPermission",
        "",
        {
            "FunctionName": "!Ref SetupFunction",
            "Action": "lambda:InvokeFunction",
            "Principal": "events.amazonaws.com",
            "SourceArn": "!GetAtt ReceivingWatch.Arn",
        },
        "only this rule starts the watch",
    ),
]
