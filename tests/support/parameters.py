"""The parameters of deployments, as environment variables of the functions."""

from email_channels.settings import InboundSettings
from email_channels.settings_loading import load

DEPLOYMENT = {
    "CASE_CREATION_ENABLED": "true",
    "AD_HOC_ENABLED": "true",
    "RECEIPT_RULE_SET_NAME": "",
    "ALLOWED_IP_RANGES": "192.0.2.0/24",
    "MANAGE_RECEIPT_FILTERS": "true",
    "REPLACE_ACTIVE_RULE_SET": "false",
    "ADMIN_EMAIL_ADDRESSES": "ada@acme.example",
    "NOTIFICATION_FROM_NAME": "Email Channels",
    "CC_SENDER_ON_ERROR": "false",
    "PURGE_AFTER_DAYS": "30",
    "AD_HOC_FROM_NAME": "Acme",
    "PLUS_ADDRESSING": "false",
    "ACCEPT_EMAILS_FOR_CLOSED_CASES": "true",
    "REOPEN_ON_REPLY": "true",
    "DEFAULT_TOPIC": "General",
    "DEFAULT_SUBJECT": "(no subject)",
    "IDENTIFY_SENDER": "from_address",
    "VARIABLE_TOPIC": "false",
    "VARIABLE_SHOW": "false",
    "DEFAULT_SHOW": "false",
    "TRUSTED_SENDERS": "",
    "TRUST_WITHOUT_AUTHENTICATION": "false",
    "LANGUAGE": "en",
    "CONTACT": "",
    "REQUIRE_MFA": "false",
    "CONSOLE_ENABLED": "true",
    "CONSOLE_CLIENT_ID": "",
    "CONSOLE_SCOPES": "openid profile email",
    "TEMPLATE_EDITORS": "admin",
    "DEFAULT_SERVICE_GROUP": "default",
    "SPAM_ACTION": "reject",
    "VIRUS_ACTION": "reject",
    "AUTHENTICATION_ACTION": "flag",
    "MAX_AUTOMATIC_EMAILS_PER_HOUR": "1000",
    "MAX_CASES_PER_SENDER_PER_HOUR": "20",
    "OUTBOUND_TLS": "Require",
    "JWT_ISSUER": "",
    "JWT_AUDIENCE": "",
    "GROUPS_CLAIM": "cognito:groups",
    "SES_IDENTITY_DOMAIN": "",
    "RESOURCE_SUFFIX": "",
    "ALARM_EMAIL_ADDRESS": "",
    "DASHBOARD_ENABLED": "false",
    "LOG_RETENTION_DAYS": "30",
    "AUDIT_RETENTION_DAYS": "730",
    "PROBE_MINUTES": "0",
    "API_RESERVED_CONCURRENCY": "",
    "EVENT_BUS_NAME": "",
    "TABLE_CLASS": "STANDARD",
    "ROLLOUT": "Canary10Percent15Minutes",
    "RELEASE": "",
}
"""Parameters that most tests leave unchanged. Each deployment below adds its addresses."""

ACME_EXAMPLE = DEPLOYMENT | {
    "CASE_CREATION_RECIPIENTS": "payroll@in.example",
    "AD_HOC_RECIPIENTS": "answers@in.example",
    "NOTIFICATION_FROM_ADDRESS": "cases@acme.example",
    "PROCESSED_RETENTION_DAYS": "0",
    "AD_HOC_FROM_ADDRESS": "service@acme.example",
    "AD_HOC_REPLY_TO": "answers@acme.example",
    "MAILBOX_ADDRESS": "payroll@acme.example",
    "DEFAULT_SERVICE_GROUP_ADDRESS": "group@acme.example",
    "CONFIGURATION_SET": "the-set",
    "API_URL": "https://api.example",
}
"""A deployment in which all functions can run: both channels send from acme.example, and receive at in.example."""

INBOUND = DEPLOYMENT | {
    "TABLE_NAME": "email-channels",
    "BUCKET_NAME": "email-channels-test",
    "TAG_KEY_SECRET": "tag-key",
    "CASE_CREATION_RECIPIENTS": "payroll@in.acme-cases.example,in.acme-cases.example",
    "AD_HOC_RECIPIENTS": "answers@in.acme-cases.example",
    "NOTIFICATION_FROM_ADDRESS": "cases@acme-cases.example",
    "AD_HOC_FROM_ADDRESS": "service@acme-cases.example",
    "AD_HOC_REPLY_TO": "answers@acme.example",
    "PLUS_ADDRESSING": "true",
    "MAILBOX_ADDRESS": "payroll@acme.example",
    "DEFAULT_SERVICE_GROUP_ADDRESS": "",
    "ACKNOWLEDGE_SENDER": "true",
}


def inbound_settings(**changes: str) -> InboundSettings:
    """The settings of `inbound`. `changes` holds new texts by the names of settings."""
    return load(InboundSettings, INBOUND | {name.upper(): value for name, value in changes.items()})
