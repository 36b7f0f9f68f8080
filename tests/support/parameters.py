"""A deployment's parameters, as `inbound` gets them."""

from email_channels.settings import InboundSettings, load

INBOUND = {
    "TABLE_NAME": "email-channels",
    "BUCKET_NAME": "email-channels-test",
    "TAG_KEY_SECRET": "tag-key",
    "CASE_CREATION_ENABLED": "true",
    "AD_HOC_ENABLED": "true",
    "CASE_CREATION_RECIPIENTS": "payroll@in.acme-cases.example,in.acme-cases.example",
    "AD_HOC_RECIPIENTS": "answers@in.acme-cases.example",
    "NOTIFICATION_FROM_ADDRESS": "cases@acme-cases.example",
    "AD_HOC_FROM_ADDRESS": "service@acme-cases.example",
    "AD_HOC_REPLY_TO": "answers@acme.example",
    "PLUS_ADDRESSING": "true",
    "ACCEPT_EMAILS_FOR_CLOSED_CASES": "true",
    "MAILBOX_ADDRESS": "payroll@acme.example",
    "DEFAULT_TOPIC": "General",
    "DEFAULT_SUBJECT": "(no subject)",
    "IDENTIFY_SENDER": "from_address",
    "VARIABLE_TOPIC": "false",
    "VARIABLE_SHOW": "false",
    "DEFAULT_SHOW": "false",
    "TRUSTED_SENDERS": "",
    "TRUST_WITHOUT_AUTHENTICATION": "false",
    "ACKNOWLEDGE_SENDER": "true",
    "DEFAULT_SERVICE_GROUP": "default",
    "SPAM_ACTION": "reject",
    "VIRUS_ACTION": "reject",
    "AUTHENTICATION_ACTION": "flag",
    "MAX_CASES_PER_SENDER_PER_HOUR": "20",
}


def inbound_settings(**changes: str) -> InboundSettings:
    """The settings with some parameters changed, by the names of the settings."""
    return load(InboundSettings, INBOUND | {name.upper(): value for name, value in changes.items()})
