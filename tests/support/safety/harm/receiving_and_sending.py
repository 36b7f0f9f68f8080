"""What harms emails on their way: in, through the queues, and out."""

from tests.support.safety.harm.changes import Harm, add, drop, put

SES_EVENTS = "SendingEvents/EventDestination/MatchingEventTypes"
RECORDS = "NotifyFunction/Events/Records/Properties"
OBJECTS = "InboundFunction/Events/Objects/Properties"

HARMS = [
    # Receipt rules, filters, order.
    Harm("case creation emails are received without TLS", put("CaseCreationRule/Rule/TlsPolicy", "Optional")),
    Harm("ad hoc emails are received without TLS", put("AdHocRule/Rule/TlsPolicy", "Optional")),
    Harm("ad hoc emails are received without TLS by default", drop("AdHocRule/Rule/TlsPolicy")),
    Harm("case creation emails are not scanned", put("CaseCreationRule/Rule/ScanEnabled", False)),
    Harm("ad hoc emails are not scanned", put("AdHocRule/Rule/ScanEnabled", False)),
    Harm("ad hoc emails are not scanned by default", drop("AdHocRule/Rule/ScanEnabled")),
    Harm("the ad hoc rule is off", put("AdHocRule/Rule/Enabled", False)),
    Harm("the case creation rule is off by default", drop("CaseCreationRule/Rule/Enabled")),
    Harm("emails of all verified domains are received", drop("CaseCreationRule/Rule/Recipients")),
    Harm("replies become new cases", put("AdHocRule/Rule/Actions/0/S3Action/ObjectKeyPrefix", "raw/case_creation/")),
    Harm(
        "emails are copied to somebody else",
        add("CaseCreationRule/Rule/Actions", {"SNSAction": {"TopicArn": "arn:aws:sns:eu-west-1:210987654321:theirs"}}),
    ),
    Harm("other rules see nothing", add("AdHocRule/Rule/Actions", {"StopAction": {"Scope": "RuleSet"}})),
    Harm("emails arrive before the filters exist", put("CaseCreationRule/DependsOn", ["BucketPolicy"])),
    Harm("SES may not yet write when the rule is made", put("AdHocRule/DependsOn", ["ReceiptFilters"])),
    Harm("the set is active before it has rules", drop("ActiveReceiptRuleSet/Rules")),
    Harm("the set that another system uses is replaced", put("ActiveReceiptRuleSet/ReplaceActiveRuleSet", "true")),
    Harm("another system's set is switched off at deletion", put("ActiveReceiptRuleSet/OwnRuleSet", "true")),
    Harm("everybody may deliver", put("ReceiptFilters/AllowedIpRanges", "0.0.0.0/1,128.0.0.0/1")),
    Harm(
        "everybody may deliver, if nobody says who may",
        put("Parameters/AllowedIpRanges/Default", "0.0.0.0/1,128.0.0.0/1"),
    ),
    Harm("everybody may be allowed to deliver", put("Parameters/AllowedIpRanges/AllowedPattern", ".*")),
    Harm("viruses are accepted by default", put("Parameters/VirusAction/Default", "accept")),
    Harm("emails are sent in the clear by default", put("Parameters/OutboundTls/Default", "Optional")),
    Harm("a name adds headers", put("Parameters/AdHocFromName/AllowedPattern", "^.*$")),
    Harm("a deployment that fails blocks other systems' emails", drop("ConfigurationSet/DependsOn")),
    Harm("tables are made though the preflight refuses", drop("Table/DependsOn")),
    Harm("emails arrive before inbound's events do", drop("ReceiptFilters/DependsOn/InboundFunctionObjects")),
    Harm("emails arrive before alarms exist", drop("ReceiptFilters/DependsOn/DeadLetterAlarm")),
    Harm("a rollout begins before its failures are counted", drop("NotifyFunction/DependsOn")),
    Harm("the preflight does not look at the addresses", drop("Preflight/FromAddresses")),
    Harm("nobody looks whether receiving is as deployed", put("ReceivingWatch/State", "DISABLED")),
    Harm("every rule may start the watch", drop("ReceivingWatchPermission/SourceArn")),
    Harm("filters of others are deleted", put("ReceiptFilters/FilterPrefix", "")),
    Harm("rules are added to a set of others", put("Conditions/OwnRuleSet", {"Fn::Equals": ["a", "b"]})),
    Harm("a channel that is off receives", drop("AdHocRule/Condition")),
    # Queues and events.
    Harm("dead letters are kept for an hour", put("DeadLetterQueue/MessageRetentionPeriod", 3600)),
    Harm("dead letters are kept for four days", drop("DeadLetterQueue/MessageRetentionPeriod")),
    Harm("failed events are kept for a minute", put("FailureQueue/MessageRetentionPeriod", 60)),
    Harm("emails wait for at most four days", drop("InboundQueue/MessageRetentionPeriod")),
    Harm("an email is given up at its second failure", put("InboundQueue/RedrivePolicy/maxReceiveCount", 1)),
    Harm("a failing email is tried for ever", drop("InboundQueue/RedrivePolicy")),
    Harm("originals without an outcome vanish", drop("ArrivalsQueue/RedrivePolicy")),
    Harm("an email is processed twice at once", put("InboundQueue/VisibilityTimeout", 30)),
    Harm("originals are looked at before inbound could finish", put("ArrivalsQueue/DelaySeconds", 0)),
    Harm("messages are not encrypted", put("InboundQueue/SqsManagedSseEnabled", False)),
    Harm("one failing email fails nine others", put(f"{OBJECTS}/BatchSize", 10)),
    Harm("a failed email counts as done", drop(f"{OBJECTS}/FunctionResponseTypes")),
    Harm("inbound uses all the account's concurrency", drop(f"{OBJECTS}/ScalingConfig")),
    Harm("no email is processed", put(f"{OBJECTS}/Enabled", False)),
    Harm("emails are processed that the rules did not store", drop("Bucket/NotificationConfiguration")),
    Harm(
        "an email that S3 stores as a copy is not noticed",
        put("Bucket/NotificationConfiguration/QueueConfigurations/0/Event", "s3:ObjectCreated:Put"),
    ),
    Harm(
        "no second notification finds lost emails",
        put("Bucket/NotificationConfiguration/EventBridgeConfiguration/EventBridgeEnabled", False),
    ),
    Harm("the second notification is off", put("ArrivalsRule/State", "DISABLED")),
    Harm(
        "only case creation emails get a second look",
        put("ArrivalsRule/EventPattern/detail/object/key/0/prefix", "raw/c"),
    ),
    Harm("a second notification that fails is lost", drop("ArrivalsRule/Targets/0/DeadLetterConfig")),
    Harm("one bad record stops all notices for a day", drop(f"{RECORDS}/MaximumRetryAttempts")),
    Harm("one bad record loses a hundred", put(f"{RECORDS}/BisectBatchOnFunctionError", False)),
    Harm("a record that is given up is lost", drop(f"{RECORDS}/DestinationConfig")),
    Harm("records are missed when the source is made", put(f"{RECORDS}/StartingPosition", "LATEST")),
    Harm("undelivered emails are not noticed", drop(f"{RECORDS}/FilterCriteria/Filters/3")),
    Harm("SES's events are only those of another set", put("DeliveryFunction/Events/SesEvents/Properties/Pattern", {})),
    Harm("an SES event that fails is lost", drop("DeliveryFunction/EventInvokeConfig")),
    Harm(
        "an SES event that cannot be delivered is lost",
        drop("DeliveryFunction/Events/SesEvents/Properties/DeadLetterConfig"),
    ),
    Harm("nothing is purged for a year", put("PurgeFunction/Events/Daily/Properties/Schedule", "rate(365 days)")),
    Harm("nothing is purged", put("PurgeFunction/Events/Daily/Properties/Enabled", False)),
    Harm("a purge that fails is not noticed", drop("PurgeFunction/EventInvokeConfig/DestinationConfig")),
    Harm("nothing finishes what is left", drop("ReconcileFunction/Events/QuarterHourly")),
    Harm("digests come once a day", put("NotifyFunction/Events/Minutely/Properties/Schedule", "rate(1 day)")),
    Harm(
        "a dead letter of a schedule is refused",
        drop("FailureQueuePolicy/PolicyDocument/Statement/0/Condition/ArnEquals/aws:SourceArn/1"),
    ),
    # Sending.
    Harm(
        "OutboundTls is reversed",
        put("ConfigurationSet/DeliveryOptions/TlsPolicy", {"Fn::If": ["OutboundTlsOnly", "OPTIONAL", "REQUIRE"]}),
    ),
    Harm("the condition of OutboundTls is reversed", put("Conditions/OutboundTlsOnly/Fn::Equals/1", "Optional")),
    Harm("emails are sent without TLS by default", drop("ConfigurationSet/DeliveryOptions")),
    Harm("nobody is suppressed", put("ConfigurationSet/SuppressionOptions/SuppressedReasons", [])),
    Harm(
        "people who complained get more emails", drop("ConfigurationSet/SuppressionOptions/SuppressedReasons/COMPLAINT")
    ),
    Harm("sending is off", put("ConfigurationSet/SendingOptions/SendingEnabled", False)),
    Harm("nobody sees bounces rise", put("ConfigurationSet/ReputationOptions/ReputationMetricsEnabled", False)),
    Harm("recipients are tracked", put("ConfigurationSet/TrackingOptions", {"CustomRedirectDomain": "t.acme.example"})),
    Harm("opened emails are reported", add(SES_EVENTS, "open")),
    *(
        Harm(f"{event} is not asked for", drop(f"{SES_EVENTS}/{event}"))
        for event in ("send", "reject", "bounce", "complaint", "delivery", "deliveryDelay", "renderingFailure")
    ),
    Harm("no events come", put("SendingEvents/EventDestination/Enabled", False)),
    Harm("bounces arrive as emails", put("Identity/FeedbackAttributes/EmailForwardingEnabled", True)),
    Harm("signatures are weak", put("Identity/DkimSigningAttributes/NextSigningKeyLength", "RSA_1024_BIT")),
    Harm(
        "notices are sent without the set's options",
        drop("NotifyFunction/Environment/Variables/CONFIGURATION_SET"),
    ),
    Harm(
        "viruses are accepted whatever the parameter says",
        put("InboundFunction/Environment/Variables/VIRUS_ACTION", "accept"),
    ),
    Harm(
        "an email is a dead letter before inbound recorded it",
        put("InboundFunction/Environment/Variables/GIVE_UP_AT_RECEIVE", "10"),
    ),
]
