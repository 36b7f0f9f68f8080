"""Which parameter decides what: conditions, and rules between parameters."""

from tests.support.safety.rows import Row

ROWS = [
    Row("Conditions", "CaseCreationOn", "!Equals [!Ref CaseCreationEnabled, true]", "the switch of the channel"),
    Row("Conditions", "AdHocOn", "!Equals [!Ref AdHocEnabled, true]", "the switch of the channel"),
    Row("Conditions", "OwnRuleSet", "!Equals [!Ref ReceiptRuleSetName, '']", "a set that is named is somebody else's"),
    Row("Conditions", "OwnUserPool", "!Equals [!Ref JwtIssuer, '']", "an issuer that is given replaces the pool"),
    Row("Conditions", "ConsoleOn", "!Equals [!Ref ConsoleEnabled, true]", "the switch of the console"),
    Row(
        "Conditions",
        "ConsoleOfOwnUserPool",
        "!And [!Condition ConsoleOn, !Condition OwnUserPool]",
        "another issuer has a client of its own",
    ),
    Row("Conditions", "MfaRequired", "!Equals [!Ref RequireMfa, true]", "true requires it"),
    Row("Conditions", "StackIdAsSuffix", "!Equals [!Ref ResourceSuffix, '']", "names are unique unless one is given"),
    Row("Conditions", "OwnIdentity", "!Not [!Equals [!Ref SesIdentityDomain, '']]", "made if a domain is given"),
    Row("Conditions", "OriginalsExpire", "!Not [!Equals [!Ref ProcessedRetentionDays, 0]]", "0 keeps them for ever"),
    Row("Conditions", "OutboundTlsOnly", "!Equals [!Ref OutboundTls, Require]", "reversed, Require would not require"),
    Row(
        "Conditions",
        "ApiConcurrencyReserved",
        "!Not [!Equals [!Ref ApiReservedConcurrency, '']]",
        "without a number, nothing is reserved",
    ),
    Row("Conditions", "RolloutIsWatched", "!Not [!Equals [!Ref Rollout, AllAtOnce]]", "AllAtOnce ignores alarms"),
    Row("Conditions", "AlarmsByEmail", "!Not [!Equals [!Ref AlarmEmailAddress, '']]", "made if an address is given"),
    Row("Conditions", "EventsOn", "!Not [!Equals [!Ref EventBusName, '']]", "events are for those who name a bus"),
    Row("Conditions", "DashboardOn", "!Equals [!Ref DashboardEnabled, true]", "the switch of the dashboard"),
]
