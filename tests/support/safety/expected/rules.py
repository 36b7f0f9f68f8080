"""The rules between parameters: values that would be harmful together are refused before anything is made."""

from tests.support.safety.rows import ANY_TEXT, Row


def is_(name: str, value: str) -> str:
    return f"!Equals [!Ref {name}, {value}]"


def given(name: str) -> str:
    return f"!Not [{is_(name, chr(39) * 2)}]"


def differ(first: str, second: str) -> str:
    return f"!Not [!Equals [!Ref {first}, !Ref {second}]]"


TOPIC_IN_BODY, SHOW_IN_BODY = is_("VariableTopic", "true"), is_("VariableShow", "true")
CASES_ON, AD_HOC_ON = is_("CaseCreationEnabled", "true"), is_("AdHocEnabled", "true")
NO_ISSUER, NO_AUDIENCE = is_("JwtIssuer", "''"), is_("JwtAudience", "''")

RULES: list[tuple[str, str | None, list[tuple[str, str]]]] = [
    ("Channels", None, [(f"!Or [{CASES_ON}, {AD_HOC_ON}]", "a stack without a channel does nothing")]),
    (
        "CaseCreation",
        CASES_ON,
        [(given("CaseCreationRecipients"), "a receipt rule without recipients takes emails of all verified domains")],
    ),
    (
        "AdHoc",
        AD_HOC_ON,
        [
            (given("AdHocRecipients"), "a receipt rule without recipients takes emails of all verified domains"),
            (given("AdHocFromAddress"), "agents' emails need an address that they come from"),
            (given("AdHocFromName"), "agents' emails need a name that they come from"),
            (given("AdHocReplyTo"), "replies need an address that they go to"),
        ],
    ),
    (
        "OwnAddresses",
        None,
        [(differ("DefaultServiceGroupAddress", "NotificationFromAddress"), "alerts would go to their own sender")],
    ),
    (
        "OwnAddressesAsMailbox",
        CASES_ON,
        [
            (differ("MailboxAddress", "NotificationFromAddress"), "replies to notifications would become cases"),
            (differ("MailboxAddress", "AdminEmailAddresses"), "notifications would come back as new emails, for ever"),
            (differ("MailboxAddress", "DefaultServiceGroupAddress"), "alerts would come back as new emails, for ever"),
            (
                f"!Or [{is_('AdHocEnabled', 'false')}, {differ('MailboxAddress', 'AdHocFromAddress')}]",
                "agents' emails would seem to come from the mailbox",
            ),
        ],
    ),
    (
        "OwnAddressesOfAdHoc",
        AD_HOC_ON,
        [
            (differ("AdHocReplyTo", "AdminEmailAddresses"), "notifications would come back as new emails, for ever"),
            (differ("AdHocReplyTo", "DefaultServiceGroupAddress"), "alerts would come back as new emails, for ever"),
            (differ("AdHocFromAddress", "DefaultServiceGroupAddress"), "alerts would go to the agents' own sender"),
        ],
    ),
    (
        "ValuesInTheBody",
        f"!Or [{is_('IdentifySender', 'user_id_in_body')}, {TOPIC_IN_BODY}, {SHOW_IN_BODY}]",
        [(given("TrustedSenders"), "anybody could open a case in another employee's name")],
    ),
    (
        "Tokens",
        None,
        [
            (
                f"!Or [!And [{NO_ISSUER}, {NO_AUDIENCE}], !And [{given('JwtIssuer')}, {given('JwtAudience')}]]",
                "without an audience, tokens for other applications of the issuer would be accepted",
            )
        ],
    ),
    (
        "Console",
        f"!And [{is_('ConsoleEnabled', 'true')}, {given('JwtIssuer')}]",
        [(given("ConsoleClientId"), "nobody could sign in")],
    ),
    ("Mfa", is_("RequireMfa", "true"), [(NO_ISSUER, "it would have no effect at another issuer")]),
]
"""Each rule: when it applies, what must be true, and why."""

ROWS = [
    row
    for name, condition, assertions in RULES
    for row in [
        *(
            [Row("Rules", f"{name}.RuleCondition", condition, "the rule is for these values only, and always for them")]
            if condition
            else []
        ),
        *(
            Row("Rules", f"{name}.Assertions[{number}].Assert", expression, why)
            for number, (expression, why) in enumerate(assertions)
        ),
        *(
            Row("Rules", f"{name}.Assertions[{number}].AssertDescription", ANY_TEXT, "tells the operator what to do")
            for number in range(len(assertions))
        ),
    ]
]
