# ruff: noqa: E501  # the lines of emails are not wrapped
"""Which emails are bounces, automatic replies, or neither; and the recipients that a bounce names."""

from __future__ import annotations

import pytest
from email_channels.mail.classification import Classification, FailedRecipient, Kind, classify
from email_channels.mail.parsing import parse_message

DSN = """Return-Path: <>
From: MAILER-DAEMON@mail.example.com (Mail Delivery System)
To: pay@acme.example
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
Message-ID: <bounce1@mail.example.com>
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mail.example.com.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.com
X-Postfix-Queue-ID: 12345

{fields}

--b
Content-Type: message/rfc822

From: pay@acme.example
To: kim@example.org
Subject: Your pay
Message-ID: <original@acme.example>

Hello
--b--
"""

# name -> the per-recipient fields, the recipients read from them
REPORTS = {
    "postfix": (
        "Final-Recipient: rfc822; kim@example.org\nOriginal-Recipient: rfc822;kim@example.org\nAction: failed\nStatus: 5.1.1\nRemote-MTA: dns; mx.example.org\nDiagnostic-Code: smtp; 550 5.1.1 <kim@example.org>: Recipient address\n    rejected: User unknown",
        [FailedRecipient("kim@example.org", "failed", "5.1.1", "550 5.1.1 <kim@example.org>: Recipient address rejected: User unknown")],
    ),
    "forwarded_recipient": (
        "Final-Recipient: rfc822; kim.private@gmail.example\nOriginal-Recipient: rfc822; kim@example.org\nAction: failed\nStatus: 5.2.2",
        [FailedRecipient("kim@example.org", "failed", "5.2.2", "")],
    ),
    "final_is_who_was_written_to": (
        "Original-Recipient: rfc822; list@example.org\nFinal-Recipient: rfc822; kim@example.org\nAction: failed\nStatus: 5.2.2",
        [FailedRecipient("kim@example.org", "failed", "5.2.2", "")],
    ),
    "two": (
        "Final-Recipient: rfc822; kim@example.org\nAction: failed\nStatus: 5.1.1\n\nFinal-Recipient: rfc822;lee@example.org\nAction: delayed\nStatus: 4.4.1",
        [FailedRecipient("kim@example.org", "failed", "5.1.1", ""), FailedRecipient("lee@example.org", "delayed", "4.4.1", "")],
    ),
    "delivered": (
        "Final-Recipient: rfc822; kim@example.org\nAction: delivered\nStatus: 2.0.0",
        [FailedRecipient("kim@example.org", "delivered", "2.0.0", "")],
    ),
    "status_only_in_the_diagnostic": (
        "Final-Recipient: rfc822; kim@example.org\nAction: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 552 5.2.2 Mailbox full",
        [FailedRecipient("kim@example.org", "failed", "5.2.2", "552 5.2.2 Mailbox full")],
    ),
    "brackets_and_odd_type": (
        "Final-Recipient: RFC822; <kim@example.org>\nAction: Failed\nStatus: 5.1.1 (bad destination mailbox address)",
        [FailedRecipient("kim@example.org", "failed", "5.1.1", "")],
    ),
    "no_action": ("Final-Recipient: rfc822; kim@example.org\nStatus: 5.7.1", [FailedRecipient("kim@example.org", "failed", "5.7.1", "")]),
    "internationalised": (
        "Final-Recipient: utf-8; kim@exämple.example\nAction: failed\nStatus: 5.1.1",
        [FailedRecipient("kim@exämple.example", "failed", "5.1.1", "")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_delivery_report(name: str, ends: str) -> None:
    """The recipients of an RFC 3464 report, with both kinds of line end."""
    fields, recipients = REPORTS[name]

    result = classify(parse_message(DSN.format(fields=fields).replace("\n", ends).encode()))

    assert result == Classification(
        Kind.BOUNCE, ("delivery status notification",), tuple(recipients), "original@acme.example", automatic=True
    )


# Bounces without an RFC 3464 report: name -> message, failed addresses, original Message-ID
OTHER_BOUNCES = {
    "qmail": (
        "Return-Path: <>\nFrom: MAILER-DAEMON@mail.example.com\nTo: pay@acme.example\nSubject: failure notice\n\nHi. This is the qmail-send program at mail.example.com.\nI'm afraid I wasn't able to deliver your message to the following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n<kim@example.org>:\n192.0.2.7 does not like recipient.\nRemote host said: 550 5.1.1 unknown user\nGiving up on 192.0.2.7.\n\n--- Below this line is a copy of the message.\n\nReturn-Path: <pay@acme.example>\nFrom: pay@acme.example\nTo: kim@example.org\nMessage-ID: <original@acme.example>\n\nHello\n",
        ["kim@example.org"],
        "original@acme.example",
    ),
    "exim": (
        "From: Mail Delivery System <Mailer-Daemon@mail.example.com>\nTo: pay@acme.example\nX-Failed-Recipients: kim@example.org, lee@example.org\nAuto-Submitted: auto-replied\nSubject: Mail delivery failed: returning message to sender\n\nThis message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n  kim@example.org\n    SMTP error from remote mail server after RCPT TO:<kim@example.org>:\n    host mx.example.org [192.0.2.7]: 550 5.1.1 User unknown\n  lee@example.org\n    mailbox is full\n\n------ This is a copy of the message, including all the headers. ------\n\nFrom: pay@acme.example\nMessage-ID: <original@acme.example>\n\nHello\n",
        ["kim@example.org", "lee@example.org"],
        "original@acme.example",
    ),
    "exchange_55": (
        "From: System Administrator <postmaster@example.org>\nTo: pay@acme.example\nSubject: Undeliverable: Your pay\nIn-Reply-To: <original@acme.example>\n\nYour message\n\n  To:      kim@example.org\n  Subject: Your pay\n  Sent:    Tue, 3 Nov 2026 10:00:00 +0100\n\ndid not reach the following recipient(s):\n\nkim@example.org on Tue, 3 Nov 2026 10:00:05 +0100\n    The recipient name is not recognized\n\tThe MTS-ID of the original message is: c=us;a= ;p=example;l=MAIL\n    MSEXCH:IMS:EXAMPLE:MAIL 0 (000C05A6) Unknown Recipient\n",
        ["kim@example.org"],
        "original@acme.example",
    ),
    "sendmail_transcript": (
        "Return-Path: <>\nFrom: Mail Delivery Subsystem <MAILER-DAEMON@mail.example.com>\nTo: pay@acme.example\nSubject: Returned mail: User unknown\n\nThe original message was received at Tue, 3 Nov 2026 10:00:00 +0100\nfrom localhost\n\n   ----- The following addresses had permanent fatal errors -----\n<kim@example.org>\n\n   ----- Transcript of session follows -----\n... while talking to mx.example.org.:\n>>> RCPT To:<kim@example.org>\n<<< 550 <kim@example.org>... User unknown\n550 <kim@example.org>... User unknown\n\n   ----- Original message follows -----\n\nMessage-ID: <original@acme.example>\nFrom: pay@acme.example\n",
        ["kim@example.org"],
        "original@acme.example",
    ),
    "gmail": (
        "Return-Path: <>\nFrom: Mail Delivery Subsystem <mailer-daemon@googlemail.com>\nTo: pay@acme.example\nSubject: Delivery Status Notification (Failure)\nReferences: <original@acme.example>\nIn-Reply-To: <original@acme.example>\n\n** Address not found **\n\nYour message wasn't delivered to kim@example.org because the address couldn't be found, or is unable to receive mail.\n\nThe response from the remote server was:\n550 5.1.1 The email account that you tried to reach does not exist.\n",
        ["kim@example.org"],
        "original@acme.example",
    ),
    "german": (
        "Return-Path: <>\nFrom: Postmaster <postmaster@firma.example>\nTo: pay@acme.example\nSubject: Unzustellbar: Gehalt\nContent-Type: text/plain; charset=utf-8\n\nIhre Nachricht konnte nicht zugestellt werden.\n\nkim@example.org\nDer Empfänger ist unbekannt. 550 5.1.1\n",
        ["kim@example.org"],
        None,
    ),
    "chinese": (
        "Return-Path: <>\nFrom: PostMaster@qq.example\nTo: pay@acme.example\nSubject: =?utf-8?B?57O757uf6YCA5L+hL1N5c3RlbSBib3VuY2U=?=\nContent-Type: text/plain; charset=utf-8\n\n抱歉，您的邮件被退回来了……\n收件人：kim@example.org\n退信原因：550 Mailbox not found\n",
        ["kim@example.org"],
        None,
    ),
    "no_from_null_sender": (
        "Return-Path: <>\nTo: pay@acme.example\nSubject: Undelivered mail\n\nYour message could not be delivered to <kim@example.org>: 550 user unknown\n",
        ["kim@example.org"],
        None,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", OTHER_BOUNCES)
def test_nonstandard_bounce(name: str) -> None:
    """Bounces without a report are recognised, and name recipients and the original."""
    message, addresses, original = OTHER_BOUNCES[name]

    result = classify(parse_message(message.encode()))

    assert result.kind is Kind.BOUNCE
    assert [recipient.address for recipient in result.recipients] == addresses
    assert {recipient.action for recipient in result.recipients} == {"failed"}
    assert result.original_message_id == original


def test_delay_warning() -> None:
    """A warning of a delay is a bounce whose recipients are delayed, not failed."""
    message = """Return-Path: <>
From: Mail Delivery System <Mailer-Daemon@mail.example.com>
To: pay@acme.example
Subject: Warning: message 1abc delayed 24 hours

This message was created automatically by mail delivery software.
A message that you sent has not yet been delivered to one or more of its
recipients after more than 24 hours on the queue.

The address to which the message has not yet been delivered is:

  kim@example.org
    Delay reason: connection timed out

No action is required on your part. Delivery attempts will continue for
some time.
"""
    result = classify(parse_message(message.encode()))

    assert result.kind is Kind.BOUNCE
    assert [(recipient.address, recipient.action) for recipient in result.recipients] == [
        ("kim@example.org", "delayed")
    ]


# name -> the headers of an automatic reply
AUTOMATIC = {
    "auto_submitted": "Subject: Re: Pay\nAuto-Submitted: auto-replied",
    "auto_submitted_with_parameter": "Subject: Re: Pay\nAuto-Submitted: auto-replied (vacation); owner-email=\"kim@example.org\"",
    "auto_submitted_behind_a_comment": "Subject: Re: Pay\nAuto-Submitted: (vacation) auto-replied",
    "exchange": "Subject: Automatic reply: Pay\nAuto-Submitted: auto-generated\nX-Auto-Response-Suppress: All",
    "exchange_de": "Subject: Automatische Antwort: Gehalt\nX-Auto-Response-Suppress: All\nAuto-Submitted: auto-generated",
    "exchange_fr": "Subject: =?utf-8?Q?R=C3=A9ponse_automatique_:_Paie?=\nX-Auto-Response-Suppress: All",
    "exchange_ja": "Subject: =?utf-8?B?6Ieq5YuV5b+c562UOiDntabkuI4=?=\nX-Auto-Response-Suppress: All",
    "outlook_oof": "Subject: Out of Office: Pay\nX-MS-Exchange-Inbox-Rules-Loop: kim@example.org",
    "vacation_program": "Subject: away from my mail\nPrecedence: bulk\nDelivered-By-The-Graces-Of: The Vacation program",
    "precedence": "Subject: Re: Pay\nPrecedence: auto_reply",
    "x_autoreply": "Subject: Re: Pay\nX-Autoreply: yes",
    "x_autorespond": "Subject: Re: Pay\nX-Autorespond: Pay",
    "cpanel": "Subject: Re: Pay\nX-Autorespond: \nX-Precedence: auto_reply\nPrecedence: auto_reply",
    "null_sender": "Return-Path: <>\nSubject: Abwesenheitsnotiz: Gehalt",
    "gmail_vacation": "Subject: Out until Monday Re: Pay\nAuto-Submitted: auto-replied\nPrecedence: bulk\nX-Autoreply: yes",
    "reply_of_an_oof": "Subject: Re: Out of office\nAuto-Submitted: auto-replied",
    "plain_subject": "Subject: Automatic reply: Pay",
}  # fmt: skip


@pytest.mark.parametrize("name", AUTOMATIC)
def test_automatic_reply(name: str) -> None:
    """Automatic replies of many programs are recognised by their headers or subject."""
    message = f"From: Kim <kim@example.org>\nTo: pay@acme.example\n{AUTOMATIC[name]}\n\nI am away until Monday.\n"

    result = classify(parse_message(message.encode()))

    assert result.kind is Kind.AUTOMATIC_REPLY
    assert result.automatic
    assert result.evidence


@pytest.mark.parametrize(
    ("subject", "phrase"),
    [
        ("ΕΚΤΌΣ ΓΡΑΦΕΊΟΥ", "εκτός γραφείου"),
        ("Αποτυχία παράδοσης", "αποτυχία παράδοσης"),
        ("OTOMATİK YANIT", "otomatik yanıt"),
        ("Kim Lee ist außer Haus", "ist ausser haus"),
    ],
)
def test_phrase_in_evidence(subject: str, phrase: str) -> None:
    """Evidence shows a phrase as its table writes it, not in the form for comparison."""
    result = classify(parse_message(f"From: postmaster@example.org\nSubject: {subject}\n\n550 5.1.1\n".encode()))

    assert f"subject: {phrase}" in result.evidence


# name -> a message of a person, or one that a system sent unasked; whether automatic answers to it are forbidden
NORMAL = {
    "plain": ("From: Kim <kim@example.org>\nSubject: Pay\n\nMy pay is wrong.\n", False),
    "auto_submitted_no": ("From: Kim <kim@example.org>\nSubject: Pay\nAuto-Submitted: no\n\nHi\n", False),
    "forms_server": ("From: forms@acme.example\nSubject: Form\nAuto-Submitted: auto-generated\n\n[543457]\n", True),
    "newsletter": ("From: news@example.org\nSubject: News\nPrecedence: bulk\nList-Unsubscribe: <https://example.org/u>\n\nNews\n", True),
    "mailing_list": ("From: kim@example.org\nSubject: [pay] delivery failed?\nList-Id: <pay.example.org>\nPrecedence: list\n\nHas anybody seen this?\n", True),
    "suppress_is_a_hint": ("From: kim@example.org\nSubject: Pay\nX-Auto-Response-Suppress: DR, OOF, AutoReply\n\nHi\n", True),
    "suppress_none": ("From: kim@example.org\nSubject: Pay\nX-Auto-Response-Suppress: None\n\nHi\n", False),
    "asks_about_vacation": ("From: kim@example.org\nSubject: Vacation request\n\nMay I take Friday off?\n", False),
    "on_leave": ("From: kim@example.org\nSubject: On leave in June, pay?\n\nHow is my pay calculated?\n", False),
    "asks_about_a_bounce": ("From: kim@example.org\nSubject: Undelivered mail to my manager\n\nWhat does '550 5.1.1 user unknown' mean?\n", False),
    "forwards_a_bounce": ("From: kim@example.org\nSubject: Fwd: Undelivered Mail Returned to Sender\n\nSee below.\n\nThis is the mail system at host x. 550 5.1.1 <joe@example.org>: user unknown\n", False),
    "answers_a_bounce": ("From: kim@example.org\nSubject: Re: Mail delivery failed\n\nI wrote again to <joe@example.org>, 550 5.1.1 user unknown again.\n", False),
    "postmaster_writes_himself": ("From: Postmaster <postmaster@example.org>\nSubject: Maintenance on Friday\n\nMail will be down.\n", False),
    "null_sender_alone": ("Return-Path: <>\nFrom: kim@example.org\nSubject: Pay\n\nMy pay is wrong.\n", True),
    "empty": ("", False),
}  # fmt: skip


@pytest.mark.parametrize("name", NORMAL)
def test_normal(name: str) -> None:
    """Emails that people write, and emails that systems send unasked, are normal."""
    message, automatic = NORMAL[name]

    result = classify(parse_message(message.encode()))

    assert (result.kind, result.automatic, result.recipients) == (Kind.NORMAL, automatic, ())


def test_attached_bounce() -> None:
    """An email with an attached bounce is not a bounce."""
    inner = DSN.format(fields="Final-Recipient: rfc822; kim@example.org\nAction: failed\nStatus: 5.1.1")
    message = f"From: kim@example.org\nSubject: FW: Undeliverable\nContent-Type: multipart/mixed; boundary=outer\n\n--outer\n\nWhat is this?\n--outer\nContent-Type: message/rfc822\n\n{inner}\n--outer--\n"

    assert classify(parse_message(message.encode())).kind is Kind.NORMAL


REPORTS_OF_OTHER_KINDS = {
    "read_receipt": "Content-Type: multipart/report; report-type=disposition-notification; boundary=b\nSubject: Read: Pay\n\n--b\n\nRead.\n--b\nContent-Type: message/disposition-notification\n\nFinal-Recipient: rfc822;kim@example.org\nDisposition: manual-action/MDN-sent-manually; displayed\n--b--\n",
    "feedback_report": "Content-Type: multipart/report; report-type=feedback-report; boundary=b\nSubject: complaint\n\n--b\n\nThis is an email abuse report.\n--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nVersion: 1\n--b--\n",
}


@pytest.mark.parametrize("name", REPORTS_OF_OTHER_KINDS)
def test_receipts_and_feedback(name: str) -> None:
    """Read receipts and feedback reports look like bounces, but are automatic replies."""
    message = f"From: kim@example.org\n{REPORTS_OF_OTHER_KINDS[name]}"

    result = classify(parse_message(message.encode()), "")

    assert (result.kind, result.evidence) == (Kind.AUTOMATIC_REPLY, (name.replace("_", " "),))


def test_envelope_sender() -> None:
    """The envelope sender that SES saw counts, not a forged Return-Path."""
    message = parse_message(b"Return-Path: <>\nFrom: kim@example.org\nSubject: Pay\n\nHi\n")

    assert classify(message, "kim@example.org").automatic is False
    assert classify(message, "").evidence == ("null envelope sender",)


# name -> From, envelope sender, and the kind of a text in a language without words in the tables
SENDERS = {
    "nobody's mailbox": ("MAILER-DAEMON@mail.example.org", None, Kind.BOUNCE),
    "Exchange's own mailbox": ("MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@example.org", None, Kind.BOUNCE),
    "a postmaster's report": ("postmaster@example.org", "", Kind.BOUNCE),
    "a postmaster's own words": ("postmaster@example.org", "postmaster@example.org", Kind.NORMAL),
    "an administrator": ("System Administrator <it@example.org>", "it@example.org", Kind.NORMAL),
    "somebody": ("Kim Lee <kim@example.org>", "kim@example.org", Kind.NORMAL),
}


@pytest.mark.parametrize("name", SENDERS)
def test_unknown_language(name: str) -> None:
    """In a language without words in the tables, the sender decides."""
    sender, envelope_sender, kind = SENDERS[name]
    raw = f"From: {sender}\nTo: pay@acme.example\nSubject: Barua haikufika\n\nkim@example.org hayupo.\n"

    assert classify(parse_message(raw.encode()), envelope_sender).kind is kind


def test_domain_report() -> None:
    """A report about a domain is not a bounce, even from a postmaster with a null envelope sender."""
    raw = (
        "From: postmaster@example.org\nTo: tls@acme.example\nSubject: Report Domain: acme.example\n"
        "Content-Type: multipart/report; report-type=tlsrpt; boundary=b\n\n--b\n\nAn aggregate report.\n--b--\n"
    )

    assert classify(parse_message(raw.encode()), "").kind is Kind.NORMAL


QUESTION = "Why does this come back? Kim\n"
RETURNED = (
    "From: Mail Delivery System <MAILER-DAEMON@mail.example.org>\nSent: Tuesday\nTo: Kim\nSubject: Undelivered Mail\n\n"
    "This is the mail system at host mail.example.org. <lee@example.org>: 550 5.1.1 User unknown\n"
)


@pytest.mark.parametrize("text", [QUESTION + "\n" + RETURNED, QUESTION + "\n> " + RETURNED.replace("\n", "\n> ")])
def test_question_about_a_bounce(text: str) -> None:
    """A question above a quoted bounce is normal, even under the bounce's own subject."""
    raw = f"From: Kim Lee <kim@acme.example>\nTo: help@acme.example\nSubject: Undelivered Mail\n\n{text}"

    assert classify(parse_message(raw.encode())).kind is Kind.NORMAL


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("This is an automated response: we have received your request.", Kind.AUTOMATIC_REPLY),
        ('Can you change "This is an automated response"? It names no date.', Kind.NORMAL),
        ('We got "This is an automated response" again. I need a person.', Kind.NORMAL),
        ("Hemos recibido su correo. Este es un mensaje automático.", Kind.AUTOMATIC_REPLY),
        ("Hemos recibido su correo. Lo leeremos hoy.", Kind.NORMAL),
        ("Este es un mensaje automático de la alarma.", Kind.NORMAL),
        ("Vi har mottagit ert meddelande. Detta är ett automatiskt svar.", Kind.AUTOMATIC_REPLY),
        ("Viestisi on vastaanotettu. Tämä on automaattinen viesti.", Kind.AUTOMATIC_REPLY),
        ("Váš požadavek jsme přijali, obdrželi jsme váš e-mail. Toto je automatická zpráva.", Kind.AUTOMATIC_REPLY),
        ("Ваше звернення отримано. Це автоматичне повідомлення.", Kind.AUTOMATIC_REPLY),
        ("Nous avons bien reçu votre demande. Cet e-mail est généré automatiquement.", Kind.AUTOMATIC_REPLY),
        ("Hemos recibido su consulta. Este correo se ha generado automáticamente.", Kind.AUTOMATIC_REPLY),
        ("Αυτό είναι ένα αυτόματο μήνυμα. Λάβαμε το μήνυμά σας.", Kind.AUTOMATIC_REPLY),
        (
            "Still broken.\n\nFrom: Help\nSent: Tuesday\nTo: Kim\nSubject: Door\n\nThis is an automated response.",
            Kind.NORMAL,
        ),
    ],
)
def test_own_words(text: str, kind: Kind) -> None:
    """A reply that says that it is automatic is an automatic reply, unless it asks or quotes.

    If it says only that a program sent the message, it must also say that an email was received.
    """
    raw = f"From: kim@acme.example\nTo: help@acme.example\nSubject: Re: Door\nIn-Reply-To: <a@b.example>\n\n{text}\n"

    assert classify(parse_message(raw.encode())).kind is kind
