"""Settings are read from the environment variables of a function."""

from __future__ import annotations

import pytest
from email_channels.cases.mailboxes import Mailbox, first_mailbox
from email_channels.errors import SettingsError
from email_channels.parameters import optional_domain, optional_number, parameter_name
from email_channels.settings import (
    Action,
    IdentifySender,
    InboundSettings,
    NotifySettings,
    PurgeSettings,
)
from email_channels.settings_loading import load

from tests.support.parameters import DEPLOYMENT

INBOUND = DEPLOYMENT | {
    "TABLE_NAME": "table",
    "BUCKET_NAME": "bucket",
    "AD_HOC_ENABLED": "false",
    "CASE_CREATION_RECIPIENTS": "payroll@in.acme.example, benefits@in.acme.example",
    "MAILBOX_ADDRESS": "Payroll@Acme.example",
    "DEFAULT_SHOW": "true",
    "ACKNOWLEDGE_SENDER": "false",
    "AD_HOC_RECIPIENTS": "",
    "AD_HOC_FROM_ADDRESS": "",
    "AD_HOC_REPLY_TO": "",
    "NOTIFICATION_FROM_ADDRESS": "cases@acme.example",
    "TAG_KEY_SECRET": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:tags",
}


NOTIFY = INBOUND | {
    "AD_HOC_ENABLED": "true",
    "AD_HOC_RECIPIENTS": "answers@in.acme.example",
    "AD_HOC_FROM_ADDRESS": "service@acme.example",
    "AD_HOC_REPLY_TO": "answers@acme.example",
    "PROCESSED_RETENTION_DAYS": "0",
    "DEFAULT_SERVICE_GROUP_ADDRESS": "",
    "CONFIGURATION_SET": "set",
    "API_URL": "https://api.example",
}


def test_types() -> None:
    settings = load(InboundSettings, INBOUND)
    assert settings.case_creation_recipients == ("payroll@in.acme.example", "benefits@in.acme.example")
    assert settings.ad_hoc_from_address is None
    assert settings.spam_action is Action.REJECT
    assert settings.max_cases_per_sender_per_hour == 20
    assert first_mailbox(settings) == Mailbox(
        address="payroll@acme.example",
        receiving_address="payroll@in.acme.example",
        identify_sender=IdentifySender.FROM_ADDRESS,
        default_show=True,
    )


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("CASE_CREATION_ENABLED", "yes", "CaseCreationEnabled: must be true or false"),
        ("MAX_CASES_PER_SENDER_PER_HOUR", "0", "MaxCasesPerSenderPerHour: must be a whole number from 1"),
        ("MAX_CASES_PER_SENDER_PER_HOUR", "٣", "MaxCasesPerSenderPerHour: must be a whole number"),
        ("LANGUAGE", "ru", "Language: must be one of en, de, fr, es, it, nl, pt, pl, not 'ru'"),
        ("SPAM_ACTION", "delete", "SpamAction: must be one of accept, flag, reject"),
        ("MAILBOX_ADDRESS", "", "MailboxAddress: required because its channel is on"),
        ("MAILBOX_ADDRESS", "payroll", "MailboxAddress: 'payroll' is not an email address"),
        ("CASE_CREATION_RECIPIENTS", "a@b.c, d e", "CaseCreationRecipients: 'd e' is not an email address or a domain"),
        ("NOTIFICATION_FROM_ADDRESS", "", "NotificationFromAddress: required, but empty"),
        ("DEFAULT_SERVICE_GROUP", "a b", "DefaultServiceGroup: 'a b' is not an id"),
        ("TABLE_NAME", "", "TableName: required, but empty"),
        ("AD_HOC_ENABLED", "true", "AdHocFromAddress: required because its channel is on"),
    ],
)
def test_wrong_parameter(variable: str, value: str, message: str) -> None:
    """The error names the parameter."""
    with pytest.raises(SettingsError) as error:
        load(InboundSettings, INBOUND | {variable: value})
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"NOTIFICATION_FROM_ADDRESS": "PAYROLL@acme.example"},
            "MailboxAddress: cannot be this address: notifications",
        ),
        ({"AD_HOC_FROM_ADDRESS": "payroll@acme.example"}, "(AdHocFromAddress)"),
        ({"AD_HOC_RECIPIENTS": "x@in.acme.example,acme.example"}, "(AdHocRecipients)"),
        ({"AD_HOC_RECIPIENTS": "benefits@in.acme.example"}, "CaseCreationRecipients: cannot be this address"),
        ({"ADMIN_EMAIL_ADDRESSES": "ada@acme.example,payroll@acme.example"}, "(AdminEmailAddresses)"),
        ({"ADMIN_EMAIL_ADDRESSES": "payroll@in.acme.example"}, "AdminEmailAddresses: cannot be this address"),
        ({"ADMIN_EMAIL_ADDRESSES": "answers@acme.example"}, "replies to agents' emails go to it (AdHocReplyTo)"),
        ({"DEFAULT_SERVICE_GROUP_ADDRESS": "payroll@acme.example"}, "it is a mailbox (MailboxAddress)"),
        ({"DEFAULT_SERVICE_GROUP_ADDRESS": "service@acme.example"}, "DefaultServiceGroupAddress: cannot be"),
        ({"DEFAULT_SERVICE_GROUP_ADDRESS": "answers@in.acme.example"}, "DefaultServiceGroupAddress: cannot be"),
        ({"TRUSTED_SENDERS": "forms.example,service@acme.example"}, "TrustedSenders: cannot be this address"),
    ],
    ids=str,
)
def test_addresses_with_two_roles(changes: dict[str, str], message: str) -> None:
    """Emails that this system sends must not come back to it."""
    with pytest.raises(SettingsError) as error:
        load(NotifySettings, NOTIFY | changes)
    assert message in str(error.value)


def test_addresses_of_a_channel_that_is_off() -> None:
    """They have no role."""
    load(NotifySettings, NOTIFY | {"AD_HOC_ENABLED": "false", "AD_HOC_FROM_ADDRESS": "payroll@acme.example"})
    load(NotifySettings, NOTIFY | {"CASE_CREATION_ENABLED": "false", "ADMIN_EMAIL_ADDRESSES": "payroll@acme.example"})


def test_several_wrong_parameters() -> None:
    """The error names all of them."""
    with pytest.raises(SettingsError) as error:
        load(NotifySettings, {})
    assert "AdminEmailAddresses" in str(error.value)
    assert "PurgeAfterDays" in str(error.value)


def test_unused_parameters() -> None:
    """A function needs only the parameters that it uses."""
    assert load(PurgeSettings, {"TABLE_NAME": "t", "BUCKET_NAME": "b"}) == PurgeSettings(
        table_name="t", bucket_name="b"
    )


def test_parameter_name() -> None:
    assert parameter_name("cc_sender_on_error") == "CcSenderOnError"
    assert parameter_name("ad_hoc_reply_to") == "AdHocReplyTo"


def test_optional_number() -> None:
    """An empty value is none. Anything else is a number within its bounds."""
    read = optional_number(1, 1000)
    assert [read(text) for text in ("", " ", "1", "1000")] == [None, None, 1, 1000]
    for wrong in ("0", "1001", "-1", "many"):
        with pytest.raises(ValueError, match="must be a whole number from 1 to 1000"):
            read(wrong)


def test_longest_domain() -> None:
    """RFC 1035, section 2.3.4: at most 255 bytes, which is room for 127 labels."""
    longest = "a." * 126 + "a"
    assert optional_domain(longest) == longest
