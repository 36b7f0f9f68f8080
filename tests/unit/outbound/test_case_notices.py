"""The exact bytes of alerts, acknowledgements and sender's copies, as shipped and as admins replaced them."""

from __future__ import annotations

import logging
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from email_channels.cases.case import Case, EmployeeSnapshot
from email_channels.cases.templates import SystemText, Template
from email_channels.mail.message import Address
from email_channels.outbound.case_notices import acknowledgement, group_alert, sender_copy
from email_channels.outbound.composing import compose
from email_channels.outbound.replaced_texts import MailboxTexts
from email_channels.settings import Language

from tests.support.blank_records import AT, blank_case, email_of_jo

FROM = Address("Email Channels", "cases@acme.example")
LINK = "https://api.example/#/cases/7K3F92QDX0"
ENGLISH = MailboxTexts(Language.ENGLISH)
CONTACT = "HR Service Desk, +44 20 7946 0000"
EMAIL = email_of_jo()
CASE = blank_case(
    case_id="7K3F92QDX0",
    subject="Ürlaub",
    issue="How many days are left?",
    topic="Payroll",
    service_group="payroll",
    employee=EmployeeSnapshot("543457", "Jo Döe", "jo@elsewhere.example"),
    show_to_employee=True,
    mailbox="payroll@acme.example",
    email=EMAIL,
)


def alert(case: Case = CASE, texts: MailboxTexts = ENGLISH, link: str | None = LINK) -> bytes:
    return group_alert(
        case,
        texts=texts,
        from_=FROM,
        to="group@acme.example",
        group="Payroll & Tax",
        link=link,
        loop_mark="alert 7K3F92QDX0 abcdef",
    )


def acknowledged(
    case: Case = CASE,
    texts: MailboxTexts = ENGLISH,
    reply_to: str | None = "answers@acme.example",
    *,
    neutral: bool = False,
) -> bytes:
    email = acknowledgement(
        case,
        texts=texts,
        from_=Address("Acme, Service Centre", "service@acme.example"),
        to=Address("Call 555 now", "jo@elsewhere.example"),
        reply_to=reply_to,
        subject="Re: Ürlaub",
        reference="[#7K3F92QDX0-abcdef]" if reply_to else None,
        neutral=neutral,
    )
    return compose(email)


def copied(texts: MailboxTexts = ENGLISH, mailbox: str | None = "payroll@acme.example") -> bytes:
    to = Address("Jo Döe", "jo@elsewhere.example")
    return sender_copy(texts=texts, from_=FROM, to=to, mailbox=mailbox, received_at=AT)


def replacing(text: SystemText, /, **parts: str) -> MailboxTexts:
    """Texts of which an admin has replaced one."""
    return replace(ENGLISH, replaced={text: Template(text.value, "Ours", **parts)})


def parsed(message: bytes) -> EmailMessage:
    return message_from_bytes(message, policy=default)


def part(message: EmailMessage, subtype: str) -> str:
    body = message.get_body((subtype,))
    assert isinstance(body, EmailMessage)
    return str(body.get_content()).replace("\r\n", "\n")


def headers_of(message: EmailMessage) -> dict[str, str]:
    """All header fields except those of MIME, as a mail program reads them. No field may occur twice."""
    fields = [(name, " ".join(str(value).split())) for name, value in message.items()]
    assert len(dict(fields)) == len(fields)
    return {name: value for name, value in fields if name not in {"Content-Type", "MIME-Version"}}


def lines_of(message: EmailMessage) -> list[str]:
    return part(message, "plain").splitlines()


def test_whole_alert() -> None:
    message = parsed(alert())
    assert headers_of(message) == {
        "From": "Email Channels <cases@acme.example>",
        "To": "group@acme.example",
        "Subject": "New case 7K3F-92QD-X0: Ürlaub",
        "X-Email-Channels": "alert 7K3F92QDX0 abcdef",
        "X-Auto-Response-Suppress": "All",
        "Auto-Submitted": "auto-generated",
        "Content-Language": "en",
    }
    assert lines_of(message) == [
        "There is a new case for the service group “Payroll & Tax”.",
        "",
        "Case number: 7K3F-92QD-X0",
        "Subject: Ürlaub",
        "Topic: Payroll",
        "Employee: Jo Döe (543457)",
        "Sent to: payroll@acme.example",
        "Received on: 23 November 2026, 10:00 UTC",
        "",
        f"Open the case: {LINK}",
        "",
        "This email was sent automatically. Please do not reply to it.",
    ]
    assert b"How many days" not in alert()


def test_whole_html() -> None:
    """HTML says the same as the text, with the words of strangers escaped."""
    hostile = replace(CASE, subject='<img src=x onerror="alert(1)">\r\nBcc: a@b.example')
    assert part(parsed(alert(hostile)), "html").splitlines() == [
        "<!DOCTYPE html>",
        '<html lang="en">',
        '<head><meta charset="utf-8"></head>',
        '<body style="font-family: Arial, Helvetica, sans-serif">',
        "<p>There is a new case for the service group “Payroll &amp; Tax”.</p>",
        "<p>Case number: <strong>7K3F-92QD-X0</strong><br>",
        "Subject: <strong>&lt;img src=x onerror=&quot;alert(1)&quot;&gt; Bcc: a@b.example</strong><br>",
        "Topic: <strong>Payroll</strong><br>",
        "Employee: <strong>Jo Döe (543457)</strong><br>",
        "Sent to: <strong>payroll@acme.example</strong><br>",
        "Received on: <strong>23 November 2026, 10:00 UTC</strong></p>",
        f'<p><a href="{LINK}">Open the case</a></p>',
        "<p>This email was sent automatically. Please do not reply to it.</p>",
        "</body>",
        "</html>",
    ]


def test_alert_without_console() -> None:
    """There is no link: the number says which case is meant."""
    message = alert(link=None)
    assert b"http" not in message
    assert "Case number: 7K3F-92QD-X0" in lines_of(parsed(message))


@pytest.mark.parametrize("contact", [None, CONTACT])
@pytest.mark.parametrize(
    ("reply_to", "last_line"),
    [
        ("answers@acme.example", "If you would like to add anything, please reply to this email."),
        (None, "This email was sent automatically. Please do not reply to it."),
    ],
)
def test_whole_acknowledgement(reply_to: str | None, last_line: str, contact: str | None) -> None:
    message = parsed(acknowledged(texts=replace(ENGLISH, contact=contact), reply_to=reply_to))
    assert headers_of(message) == {
        "From": '"Acme, Service Centre" <service@acme.example>',
        "To": "jo@elsewhere.example",
        "Subject": "Re: Ürlaub" + (" [#7K3F92QDX0-abcdef]" if reply_to else ""),
        "In-Reply-To": f"<{EMAIL.message_id}>",
        "References": f"<first@elsewhere.example> <{EMAIL.message_id}>",
        "X-Auto-Response-Suppress": "All",
        "Auto-Submitted": "auto-replied",
        "Content-Language": "en",
    } | ({"Reply-To": reply_to} if reply_to else {})
    assert lines_of(message) == [
        "Thank you for your email. We have received it and opened a case.",
        "",
        "Case number: 7K3F-92QD-X0",
        "Subject: Ürlaub",
        "Sent to: payroll@acme.example",
        "Received on: 23 November 2026, 10:00 UTC",
        "",
        *(["If you have any questions, please contact:", CONTACT, ""] if contact else []),
        last_line,
    ]


@pytest.mark.parametrize("reply_to", ["answers@acme.example", None])
def test_neutral_acknowledgement(reply_to: str | None) -> None:
    """To an unproven sender: nothing of what the email said."""
    raw = acknowledged(reply_to=reply_to, neutral=True)
    message = parsed(raw)
    assert headers_of(message) == {
        "From": '"Acme, Service Centre" <service@acme.example>',
        "To": "jo@elsewhere.example",
        "Subject": "We have received your email" + (" [#7K3F92QDX0-abcdef]" if reply_to else ""),
        "X-Auto-Response-Suppress": "All",
        "Auto-Submitted": "auto-replied",
        "Content-Language": "en",
    } | ({"Reply-To": reply_to} if reply_to else {})
    assert lines_of(message)[:6] == [
        "Thank you for your email. We have received it and opened a case.",
        "",
        "Case number: 7K3F-92QD-X0",
        "Sent to: payroll@acme.example",
        "Received on: 23 November 2026, 10:00 UTC",
        "",
    ]
    assert all(word not in raw for word in (b"rlaub", b"555", b"Payroll", b"elsewhere.example>"))


def test_acknowledgement_thread() -> None:
    """A long Message-ID stays whole; a case without an email is not acknowledged."""
    assert f"<{EMAIL.message_id}>".encode() in acknowledged()
    with pytest.raises(ValueError, match="acknowledged"):
        acknowledged(replace(CASE, email=None))


@pytest.mark.parametrize("contact", [None, CONTACT])
@pytest.mark.parametrize("mailbox", ["payroll@acme.example", None])
def test_whole_sender_copy(mailbox: str | None, contact: str | None) -> None:
    """For outsiders: no reason, no admins, no attachment, no loop mark, nothing of the email."""
    message = parsed(copied(replace(ENGLISH, contact=contact), mailbox))
    assert headers_of(message) == {
        "From": "Email Channels <cases@acme.example>",
        "To": "jo@elsewhere.example",
        "Subject": "Your email could not be processed",
        "X-Auto-Response-Suppress": "All",
        "Auto-Submitted": "auto-replied",
        "Content-Language": "en",
    }
    assert message.get_content_type() == "multipart/alternative"
    assert lines_of(message) == [
        "We received an email from you, but we were unable to process it. No case was opened.",
        "",
        *([f"Sent to: {mailbox}"] if mailbox else []),
        "Received on: 23 November 2026, 10:00 UTC",
        "",
        *(["If you have any questions, please contact:", CONTACT, ""] if contact else []),
        "This email was sent automatically. Please do not reply to it.",
    ]


def test_german() -> None:
    message = parsed(acknowledged(texts=MailboxTexts(Language.GERMAN, "Lohnbüro, +49 30 5550")))
    assert message["Content-Language"] == "de"
    assert lines_of(message) == [
        "Vielen Dank für Ihre E-Mail. Wir haben sie erhalten und einen Vorgang dazu angelegt.",
        "",
        "Vorgangsnummer: 7K3F-92QD-X0",
        "Betreff: Ürlaub",
        "Gesendet an: payroll@acme.example",
        "Eingegangen am: 23. November 2026, 10:00 Uhr (UTC)",
        "",
        "Bei Fragen wenden Sie sich bitte an:",
        "Lohnbüro, +49 30 5550",
        "",
        "Wenn Sie etwas ergänzen möchten, antworten Sie bitte auf diese E-Mail.",
    ]


def test_replaced_acknowledgement() -> None:
    """An admin's text, with values inserted once. The reference follows the subject."""
    texts = replacing(
        SystemText.ACKNOWLEDGEMENT,
        subject="Case {{ case.number }}",
        text="Dear {{employee.name}},\n{{ case.subject }} is in {{ case.topic }}.\n",
        html="<p>Dear {{&nbsp;employee.name&nbsp;}}: {{ case.subject }}</p>",
    )
    message = parsed(acknowledged(replace(CASE, subject="<b>{{ case.topic }}</b>"), texts))
    assert message["Subject"] == "Case 7K3F-92QD-X0 [#7K3F92QDX0-abcdef]"
    assert part(message, "plain") == "Dear Jo Döe,\n<b>{{ case.topic }}</b> is in Payroll.\n"
    assert "<p>Dear Jo Döe: &lt;b&gt;{{ case.topic }}&lt;/b&gt;</p>" in part(message, "html")


def test_replaced_subject_only() -> None:
    """Parts that the template does not have stay as shipped."""
    message = parsed(acknowledged(texts=replacing(SystemText.ACKNOWLEDGEMENT, subject="Thanks")))
    assert message["Subject"] == "Thanks [#7K3F92QDX0-abcdef]"
    assert lines_of(message)[0].startswith("Thank you for your email")


def test_replaced_html_only() -> None:
    """The text is made from the HTML."""
    message = parsed(copied(replacing(SystemText.SENDER_COPY, html="<p>Sorry, {{ mailbox.address }}</p>")))
    assert lines_of(message) == ["Sorry, payroll@acme.example"]


def test_replaced_text_only() -> None:
    message = parsed(copied(replacing(SystemText.SENDER_COPY, text="Sorry")))
    assert (message.get_content_type(), lines_of(message)) == ("text/plain", ["Sorry"])


def test_replaced_neutral_acknowledgement(caplog: pytest.LogCaptureFixture) -> None:
    """A part that repeats the email is not used; the shipped one is, and the log says so."""
    texts = replacing(
        SystemText.ACKNOWLEDGEMENT, subject="Re: {{ case.subject }}", text="Case {{ case.number }} is open.", html=""
    )
    with caplog.at_level(logging.ERROR):
        message = parsed(acknowledged(texts=texts, neutral=True))
    assert message["Subject"] == "We have received your email [#7K3F92QDX0-abcdef]"
    assert lines_of(message) == ["Case 7K3F-92QD-X0 is open."]
    assert [(line.template, line.why) for line in caplog.records] == [  # type: ignore[attr-defined]  # `extra`
        ("system.acknowledgement", "no value for case.subject")
    ]


@pytest.mark.parametrize("link", [LINK, None])
def test_replaced_alert(link: str | None) -> None:
    """The link to the case stands below an admin's text."""
    texts = replacing(SystemText.GROUP_ALERT, text="{{ employee.name }} wrote.", html="<p>New</p>")
    message = parsed(alert(texts=texts, link=link))
    assert lines_of(message) == ["Jo Döe wrote.", *(["", f"Open the case: {LINK}"] if link else [])]
    assert (f'<p>New</p>\n<p><a href="{LINK}">' in part(message, "html")) is (link is not None)


@pytest.mark.parametrize(
    "parts",
    [
        {"text": "Dear {{ employee.name }}", "html": "<p>x</p>"},
        {"text": "{{ mailbox.address }} {{ nothing }}"},
        {"text": "  "},
        {"html": "<script>x</script>"},
        {"subject": "{{ agent.name }}"},
    ],
)
def test_unusable_text(parts: dict[str, str]) -> None:
    """A text that cannot be rendered never stops a notice: the shipped one is used."""
    case = replace(CASE, employee=None, mailbox=None)
    shipped, sent = alert(case), alert(case, replacing(SystemText.GROUP_ALERT, **parts))
    assert lines_of(parsed(sent)) == lines_of(parsed(shipped))
    assert parsed(sent)["Subject"] == parsed(shipped)["Subject"]


def test_script_in_a_link() -> None:
    """A value that makes a link dangerous is removed: HTML is sanitised after the values are in it."""
    texts = replacing(SystemText.GROUP_ALERT, html='<a href="{{ case.subject }}">x</a>')
    assert b"javascript" not in alert(replace(CASE, subject="javascript:alert(1)"), texts).partition(b"text/html")[2]


def test_failing_html(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    def fail(_html: str) -> str:
        raise RuntimeError("Ürlaub")

    monkeypatch.setattr("email_channels.outbound.outgoing_html.outgoing_html", fail)
    message = parsed(alert(texts=replacing(SystemText.GROUP_ALERT, html="<p>New</p>")))
    assert lines_of(message)[0].startswith("There is a new case")
    assert "Ürlaub" not in caplog.text
