"""In which language, and with which texts, people are written to."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage

import pytest
from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.rows.configuration_rows import mailbox_row
from email_channels.aws.rows.template_rows import template_row
from email_channels.aws.stores.follow_up_store import FollowUpStore
from email_channels.aws.stores.notification_store import NotificationStore
from email_channels.cases.mailboxes import Mailbox
from email_channels.cases.references import SigningKeys
from email_channels.cases.templates import SystemText, Template
from email_channels.followup.case_followup import CaseFollowUp
from email_channels.followup.notice_texts import texts_of
from email_channels.followup.notifications import Notifier
from email_channels.settings import Language, NotifySettings

from tests.support.in_process.api_client import counted_calls
from tests.support.in_process.notify_settings import SETTINGS
from tests.support.in_process.ses_stand_in import SentMessage, SesStandIn
from tests.support.in_process.stored_emails import RECEIVED, record_case, record_unprocessed

KEYS = SigningKeys("key")
ALERT, ACKNOWLEDGEMENT, COPY = SystemText.GROUP_ALERT, SystemText.ACKNOWLEDGEMENT, SystemText.SENDER_COPY
FIRST = replace(SETTINGS, contact="Ask Jo", language=Language.FRENCH)


def configure(address: str, language: Language | None = None, contact: str | None = None) -> None:
    receiving = address.replace("@acme", "@in")
    mailbox_row(Mailbox(address=address, receiving_address=receiving, language=language, contact=contact)).save()


def store(template_id: str, text: str, language: str | None = None) -> None:
    template_row(Template(template_id, "Ours", language, text=text)).save()


def follow(mail: MailBucket, settings: NotifySettings = SETTINGS, mailbox: str | None = None) -> list[SentMessage]:
    """What is sent after a case was made."""
    ses = SesStandIn()
    case = record_case(mail, 1, acknowledge=True, mailbox=mailbox)
    store_, now = FollowUpStore(mail), RECEIVED + timedelta(minutes=1)
    follow_up = CaseFollowUp(
        settings, store_, mail, ses, lambda: KEYS, lambda: now, "https://api.example/", "eu-west-1"
    )
    follow_up.follow(case.case_id, None)
    return ses.sent


def text_of(sent: SentMessage) -> str:
    body = sent.message.get_body(("plain",))
    assert isinstance(body, EmailMessage)
    return str(body.get_content())


@pytest.mark.parametrize(
    ("configured", "mailbox", "expected"),
    [
        (None, "payroll@acme.example", (Language.FRENCH, "Ask Jo")),
        (None, "gone@acme.example", (Language.FRENCH, None)),
        (None, None, (Language.FRENCH, None)),
        ((Language.POLISH, "Ask Ada"), "payroll@acme.example", (Language.POLISH, "Ask Ada")),
        ((None, None), "payroll@acme.example", (Language.FRENCH, None)),
        ((None, "Ask Ada"), "payroll@acme.example", (Language.FRENCH, "Ask Ada")),
    ],
)
def test_language_and_contact(
    mail: MailBucket,
    configured: tuple[Language | None, str | None] | None,
    mailbox: str | None,
    expected: tuple[Language, str | None],
) -> None:
    """The mailbox's, else the deployment's; the contact line of the parameters is that of the first mailbox."""
    if configured:
        configure("payroll@acme.example", *configured)
    texts = texts_of(mailbox, FIRST, COPY)
    assert (texts.language, texts.contact, dict(texts.replaced)) == (*expected, {})


def test_which_template(mail: MailBucket) -> None:
    """The one of the language, else the one for all, if it is not for another language."""
    configure("a@acme.example", Language.DUTCH)

    def found() -> list[str | None]:
        texts = [texts_of(mailbox, FIRST, COPY, ALERT) for mailbox in ("a@acme.example", None)]
        return [one.replaced[COPY].text if COPY in one.replaced else None for one in texts]

    assert found() == [None, None]
    store("system.sender_copy", "all")
    store("system.group_alert.nl", "another text")
    assert found() == ["all", "all"]
    store("system.sender_copy.nl", "nl", "nl")
    assert found() == ["nl", "all"]
    store("system.sender_copy", "French", "fr")
    assert found() == ["nl", "French"]
    store("system.sender_copy", "Dutch", "nl")
    assert found() == ["nl", None]


def test_calls(mail: MailBucket) -> None:
    """One call, and a second one if the mailbox has another language than the deployment."""
    configure("a@acme.example", Language.DUTCH)
    configure("b@acme.example", Language.FRENCH)
    for mailbox, calls in (("a@acme.example", 2), ("b@acme.example", 1), (None, 1)):
        with counted_calls() as counted:
            texts_of(mailbox, FIRST, ALERT, ACKNOWLEDGEMENT)
        assert counted == ["BatchGetItem"] * calls


def test_damaged_template(mail: MailBucket, caplog: pytest.LogCaptureFixture) -> None:
    """A template that cannot be read stops no notice."""
    row = template_row(Template("system.acknowledgement.en", "Ours", text="x"))
    row.content = b"damaged"
    row.save()
    alert, acknowledgement = follow(mail)
    assert text_of(acknowledgement).startswith("Thank you")
    assert [line.template for line in caplog.records if hasattr(line, "template")] == ["system.acknowledgement.en"]
    assert alert.destinations == ["group@acme.example"]


def test_case_in_german(mail: MailBucket) -> None:
    """Alert and acknowledgement are in the mailbox's language, and an admin's text is used."""
    configure("payroll@acme.example", Language.GERMAN)
    store("system.acknowledgement.de", "Danke, {{ employee.name }}")
    alert, acknowledgement = follow(mail, mailbox="payroll@acme.example")
    assert alert.message["Subject"].startswith("Neuer Vorgang ")
    assert "/#/cases/" in text_of(alert)
    assert text_of(acknowledgement).strip() == "Danke, Jo Doe"


def test_no_console(mail: MailBucket) -> None:
    """With ConsoleEnabled=false, notices name the id only."""
    settings = replace(SETTINGS, console_enabled=False, cc_sender_on_error=False)
    alert, _ = follow(mail, settings)
    ses, now = SesStandIn(), RECEIVED + timedelta(minutes=1)
    item = record_unprocessed(mail, 2)
    Notifier(settings, NotificationStore(mail), mail, ses, lambda: KEYS, lambda: now, "https://api.example").notify(
        item.id
    )
    assert b"api.example" not in alert.raw + ses.sent[0].raw
    assert item.id.encode() in ses.sent[0].raw
