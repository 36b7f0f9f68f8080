"""The resources that the function `setup` makes, because CloudFormation cannot."""

from tests.support.safety.rows import Row

NAMES = (
    "ActiveReceiptRuleSet",
    "ConsoleAddresses",
    "ReceiptFilters",
    "TagKeyValue",
    "UserPoolGroups",
)

ROWS = [
    row
    for name in NAMES
    for row in (
        Row(name, "ServiceToken", "!GetAtt SetupFunction.Arn", "no other function makes resources"),
        Row(name, "ServiceTimeout", 900, "the function has 600 seconds; by default, CloudFormation waits for an hour"),
    )
]
