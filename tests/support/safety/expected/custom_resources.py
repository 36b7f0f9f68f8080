"""The resources that the function `setup` makes, because CloudFormation cannot."""

from tests.support.safety.rows import Row

NAMES = (
    "ActiveReceiptRuleSet",
    "ConsoleAddresses",
    "LiveVersions",
    "Preflight",
    "ReceiptFilters",
    "TagKeyValue",
    "UserPoolGroups",
)

_PREFLIGHT = {
    "Prefix": "!Sub email-channels-${!Select [0, !Split [-, !Select [2, !Split [/, !Ref AWS::StackId]]]]}",
    "AllowedIpRanges": "!Ref AllowedIpRanges",
    "ManageReceiptFilters": "!Ref ManageReceiptFilters",
    "ReceiptRuleSetName": "!Ref ReceiptRuleSetName",
    "ReplaceActiveRuleSet": "!Ref ReplaceActiveRuleSet",
    "SesIdentityDomain": "!Ref SesIdentityDomain",
    "ApiReservedConcurrency": "!Ref ApiReservedConcurrency",
    "EventBusName": "!Ref EventBusName",
    "FromAddresses": ["!Ref NotificationFromAddress", "!If [AdHocOn, !Ref AdHocFromAddress, '']"],
    "Recipients": [
        "!If [CaseCreationOn, !Ref CaseCreationRecipients, '']",
        "!If [AdHocOn, !Ref AdHocRecipients, '']",
    ],
}

PROTECTED = ("ConfigurationSet", "Identity", "Key", "Table", "TagKey", "UserPool")

ROWS = [
    Row("Preflight", "", _PREFLIGHT, "it refuses what would harm others in the account, before anything is made"),
    *(Row(name, "DependsOn", "Preflight", "others notice it, or it outlives the stack") for name in PROTECTED),
    *(
        Row(name, "DependsOn", "SetupUserPoolPolicy", "setup may not change the user pool without it")
        for name in ("ConsoleAddresses", "UserPoolGroups")
    ),
    *(
        row
        for name in NAMES
        for row in (
            Row(name, "ServiceToken", "!GetAtt SetupFunction.Arn", "no other function makes resources"),
            Row(name, "ServiceTimeout", 900, "the function has 600 seconds; by default, CloudFormation waits an hour"),
        )
    ),
]
