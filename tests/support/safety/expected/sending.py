"""Sending: TLS, suppression, and the events that tell what became of an email."""

from tests.support.safety.expected.storage import NOT_ON_CREATE, STACK_PART
from tests.support.safety.rows import ABSENT, Row

ROWS = [
    Row(
        "ConfigurationSet",
        "Name",
        f"!Sub email-channels-{STACK_PART}",
        "rules, filters and policies are named after it",
    ),
    Row(
        "ConfigurationSet",
        "DeliveryOptions",
        {"TlsPolicy": "!If [OutboundTlsOnly, REQUIRE, OPTIONAL]"},
        "emails are sent only over TLS, unless an operator chose otherwise",
    ),
    Row(
        "ConfigurationSet",
        "ReputationOptions",
        {"ReputationMetricsEnabled": True},
        "AWS pauses accounts with many bounces and complaints; the metrics show it before",
    ),
    Row("ConfigurationSet", "SendingOptions", {"SendingEnabled": True}, "otherwise SES rejects every email"),
    Row(
        "ConfigurationSet",
        "SuppressionOptions",
        {"SuppressedReasons": ["BOUNCE", "COMPLAINT"]},
        "nobody gets another email who complained, and no address that does not exist",
    ),
    Row("ConfigurationSet", "TrackingOptions", ABSENT, "opens and clicks of recipients are not tracked"),
    Row("SendingEvents", "ConfigurationSetName", "!Ref ConfigurationSet", "all emails are sent with this set"),
    Row(
        "SendingEvents",
        "EventDestination",
        {
            "Name": "events",
            "Enabled": True,
            "MatchingEventTypes": [
                "send",
                "reject",
                "bounce",
                "complaint",
                "delivery",
                "deliveryDelay",
                "renderingFailure",
            ],
            "EventBridgeDestination": {
                "EventBusArn": "!Sub arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/default"
            },
        },
        "a failure of a type that is missing stays unknown to the agent; open and click are not asked for, because "
        "they track people",
    ),
    Row("Identity", "Condition", "OwnIdentity", "only if a domain is given"),
    Row("Identity", "", NOT_ON_CREATE, "other systems may send from the domain by now"),
    Row("Identity", "EmailIdentity", "!Ref SesIdentityDomain", "the domain that is given"),
    Row(
        "Identity",
        "DkimSigningAttributes",
        {"NextSigningKeyLength": "RSA_2048_BIT"},
        "a signature by 1024 bits is not believed everywhere",
    ),
    Row(
        "Identity",
        "FeedbackAttributes",
        {"EmailForwardingEnabled": False},
        "bounces come as events; forwarded as emails, they would arrive in the ad hoc mailbox",
    ),
]
