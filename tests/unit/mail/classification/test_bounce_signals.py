"""Each signal of a bounce: an email for which it decides, and the same email where it is absent or almost there."""

from __future__ import annotations

import pytest
from email_channels.mail.classification import Kind

from tests.support.bounce_parts import (
    ADMIN,
    BOTH,
    CLIENT,
    CODE,
    DAEMON,
    DSN,
    GENERATED,
    KIM,
    MIXED,
    NOTE,
    OPENING,
    ORIGINAL,
    POSTMASTER,
    REPORT,
    SENTENCE,
    STATUS,
    TEMPLATE,
    UNDELIVERABLE,
    WORDS,
    read,
)

# What is written first -> head, text, parts, envelope sender, kind
WEIGHED = {
    "mailer-daemon": ((DAEMON, NOTE), "Hello", (), "x@example.org", Kind.BOUNCE),
    "mailer-daemon in mixed case": (("From: Mailer_Daemon@example.org", NOTE), "", (), "x@example.org", Kind.BOUNCE),
    "almost mailer-daemon": (("From: mailer-daemons@example.org", NOTE), "", (), "x@example.org", Kind.NORMAL),
    "mailer-daemon answers": ((DAEMON, "Subject: Fwd: Note"), "", (), "x@example.org", Kind.BOUNCE),
    "mailer-daemon lists held mail": ((DAEMON, "Subject: Quarantine"), CODE, (), "x@example.org", Kind.NORMAL),
    "mailer-daemon returns under such a subject": (
        (DAEMON, "Subject: Quarantine"),
        f"{WORDS} {TEMPLATE}",
        (),
        "x@example.org",
        Kind.BOUNCE,
    ),
    "no sender, null": ((NOTE,), CODE, (), "", Kind.BOUNCE),
    "no sender, null, without a code": ((NOTE,), "Hello", (), "", Kind.NORMAL),
    "no sender, not null": ((UNDELIVERABLE,), f"{WORDS} {BOTH}", (), "x@example.org", Kind.NORMAL),
    "administrator, subject, code": ((ADMIN, UNDELIVERABLE), CODE, (), "x@example.org", Kind.BOUNCE),
    "administrator, subject": ((ADMIN, UNDELIVERABLE), "Hello", (), "x@example.org", Kind.NORMAL),
    "administrator, code": ((ADMIN, NOTE), BOTH, (), "x@example.org", Kind.NORMAL),
    "person, subject, code": ((KIM, UNDELIVERABLE), f"{WORDS} {BOTH}", (), "x@example.org", Kind.NORMAL),
    "name, sentence, code": (
        ("From: Mail Delivery Subsystem <a@example.org>", NOTE),
        BOTH,
        (),
        "x@example.org",
        Kind.BOUNCE,
    ),
    "name, code": (("From: Mail Delivery Subsystem <a@example.org>", NOTE), CODE, (), "x@example.org", Kind.NORMAL),
    "postmaster, sentence, code": ((POSTMASTER, NOTE), BOTH, (), "x@example.org", Kind.BOUNCE),
    "postmaster in capitals": (("From: POSTMASTER@example.org", NOTE), BOTH, (), "x@example.org", Kind.BOUNCE),
    "postmaster, sentence": ((POSTMASTER, NOTE), SENTENCE, (), "x@example.org", Kind.NORMAL),
    "postmaster, template": ((POSTMASTER, NOTE), f"{WORDS} {TEMPLATE}", (), "x@example.org", Kind.BOUNCE),
    "postmaster, message not delivered": (
        (POSTMASTER, NOTE),
        "Your message has not been delivered.",
        (),
        "x@example.org",
        Kind.NORMAL,
    ),
    "postmaster, null": ((POSTMASTER, NOTE), "Hello", (), "", Kind.BOUNCE),
    "postmaster, null, a list of held mail": ((POSTMASTER, "Subject: Spam report"), "Hello", (), "", Kind.NORMAL),
    "postmaster, phrase of 14 in the middle": (
        (POSTMASTER, "Subject: Note: delivery error"),
        "Hello",
        (),
        "x@example.org",
        Kind.BOUNCE,
    ),
    "postmaster, phrase of 13 in the middle": (
        (POSTMASTER, "Subject: Note: address error"),
        "Hello",
        (),
        "x@example.org",
        Kind.NORMAL,
    ),
    "person, phrase of 14 in the middle": (
        (KIM, "Subject: Note: delivery error"),
        f"{TEMPLATE} {BOTH}",
        (),
        "x@example.org",
        Kind.NORMAL,
    ),
    "generated, subject, code": ((KIM, UNDELIVERABLE, GENERATED), CODE, (), "x@example.org", Kind.BOUNCE),
    "generated, subject": ((KIM, UNDELIVERABLE, GENERATED), "Hello", (), "x@example.org", Kind.NORMAL),
    "generated, sentence, code": ((KIM, NOTE, GENERATED), f"{WORDS} {BOTH}", (), "x@example.org", Kind.NORMAL),
    "generated, subject, original": ((KIM, UNDELIVERABLE, GENERATED), "", (ORIGINAL,), "x@example.org", Kind.BOUNCE),
    "null, code": ((KIM, NOTE), CODE, (), "", Kind.NORMAL),
    "null, sentence": ((KIM, NOTE), SENTENCE, (), "", Kind.NORMAL),
    "null, sentence, code": ((KIM, NOTE), BOTH, (), "", Kind.BOUNCE),
    "null, sentence, code, a mail program": ((KIM, NOTE, CLIENT), BOTH, (), "", Kind.NORMAL),
    "null, sentence, original": ((KIM, NOTE), SENTENCE, (ORIGINAL,), "", Kind.BOUNCE),
    "null, original": ((KIM, NOTE), "Hello", (ORIGINAL,), "", Kind.NORMAL),
    "null, subject, code": ((KIM, UNDELIVERABLE), CODE, (), "", Kind.BOUNCE),
    "null, subject": ((KIM, UNDELIVERABLE), "Hello", (), "", Kind.BOUNCE),
    "report, sentence, code": ((KIM, NOTE, REPORT), f"{WORDS} {BOTH}", (), "x@example.org", Kind.BOUNCE),
    "report, template": ((KIM, NOTE, REPORT), f"{WORDS} {TEMPLATE}", (), "x@example.org", Kind.NORMAL),
    "report, code": ((KIM, NOTE, REPORT), CODE, (), "x@example.org", Kind.NORMAL),
    "report of another type": (
        (KIM, NOTE, "Content-Type: multipart/report; report-type=tlsrpt; boundary=b"),
        f"{WORDS} {BOTH}",
        (),
        "x@example.org",
        Kind.NORMAL,
    ),
    "subject, sentence, original": (
        (KIM, UNDELIVERABLE),
        f"{WORDS} {SENTENCE}",
        (ORIGINAL,),
        "x@example.org",
        Kind.BOUNCE,
    ),
    "subject, code, original": ((KIM, UNDELIVERABLE), f"{WORDS} {CODE}", (ORIGINAL,), "x@example.org", Kind.NORMAL),
    "subject, sentence": ((KIM, UNDELIVERABLE), f"{WORDS} {SENTENCE}", (), "x@example.org", Kind.NORMAL),
    "answer, sentence, original": (
        (KIM, "Subject: Re: Undeliverable"),
        f"{WORDS} {SENTENCE}",
        (ORIGINAL,),
        "x@example.org",
        Kind.NORMAL,
    ),
    "forward by a postmaster": ((POSTMASTER, "Subject: Fwd: Undeliverable"), BOTH, (), "x@example.org", Kind.NORMAL),
    "template at the top": ((KIM, UNDELIVERABLE), f"Sorry: {TEMPLATE}", (), "x@example.org", Kind.BOUNCE),
    "template at the top, a mail program": (
        (KIM, UNDELIVERABLE, CLIENT),
        f"Sorry: {TEMPLATE}",
        (),
        "x@example.org",
        Kind.NORMAL,
    ),
    "template up to character 200": (
        (KIM, UNDELIVERABLE),
        ("word " * 40)[: 200 - len(TEMPLATE)] + TEMPLATE,
        (),
        "x@example.org",
        Kind.BOUNCE,
    ),
    "template up to character 201": (
        (KIM, UNDELIVERABLE),
        ("word " * 40)[: 201 - len(TEMPLATE)] + TEMPLATE,
        (),
        "x@example.org",
        Kind.NORMAL,
    ),
    "template below a quote": (
        (KIM, UNDELIVERABLE),
        f"Look.\n\n-----Original Message-----\nFrom: Robot\nSent: Monday\nTo: Kim\nSubject: x\n\n{TEMPLATE}",
        (),
        "x@example.org",
        Kind.NORMAL,
    ),
    "a server's subject": (
        (KIM, "Subject: Undelivered Mail Returned to Sender"),
        f"{WORDS} {SENTENCE}",
        (),
        "x@example.org",
        Kind.BOUNCE,
    ),
    "a server's subject and more": (
        (KIM, "Subject: Undelivered Mail Returned to Sender again"),
        f"{WORDS} {SENTENCE}",
        (),
        "x@example.org",
        Kind.NORMAL,
    ),
    "a server's subject above a question": (
        (KIM, "Subject: Undelivered Mail Returned to Sender"),
        f"{WORDS} {SENTENCE} Why?",
        (),
        "x@example.org",
        Kind.NORMAL,
    ),
    "a server's subject in a mail program": (
        (KIM, "Subject: Undelivered Mail Returned to Sender", CLIENT),
        f"{WORDS} {SENTENCE}",
        (),
        "x@example.org",
        Kind.NORMAL,
    ),
    "absence of a postmaster": (
        (POSTMASTER, "Subject: Automatic reply: delivery failure of x", "Auto-Submitted: auto-replied"),
        "Hello",
        (),
        "x@example.org",
        Kind.AUTOMATIC_REPLY,
    ),
    "failure under an automatic subject": (
        (POSTMASTER, "Subject: Automatic reply: delivery failure of x"),
        "Hello",
        (),
        "x@example.org",
        Kind.BOUNCE,
    ),
    "header of an automatic reply": (
        (POSTMASTER, NOTE, "X-Autoreply: yes"),
        BOTH,
        (),
        "x@example.org",
        Kind.AUTOMATIC_REPLY,
    ),
    "the same below a bounce's subject": (
        (POSTMASTER, UNDELIVERABLE, "X-Autoreply: yes"),
        BOTH,
        (),
        "x@example.org",
        Kind.BOUNCE,
    ),
    "X-Failed-Recipients": ((KIM, NOTE, "X-Failed-Recipients: a@b.example"), "", (), "x@example.org", Kind.BOUNCE),
    "X-Failed-Recipients, empty": ((KIM, NOTE, "X-Failed-Recipients:"), "", (), "x@example.org", Kind.NORMAL),
    "declared as a report": ((KIM, NOTE, DSN), "Hello", (), "x@example.org", Kind.BOUNCE),
    "not a report, but its type": (
        (KIM, NOTE, "Content-Type: multipart/mixed; report-type=delivery-status; boundary=b"),
        "Hello",
        (),
        "x@example.org",
        Kind.NORMAL,
    ),
    "opening, generated": ((KIM, NOTE, GENERATED), OPENING, (), "x@example.org", Kind.BOUNCE),
    "opening below stars": ((KIM, NOTE, GENERATED), f"*****\n\n{OPENING}", (), "x@example.org", Kind.BOUNCE),
    "opening below words": ((KIM, NOTE, GENERATED), f"Hello!\n\n{OPENING}", (), "x@example.org", Kind.NORMAL),
    "opening of a person": ((KIM, NOTE), OPENING, (), "x@example.org", Kind.NORMAL),
    "opening without a sender": ((NOTE,), OPENING, (), "x@example.org", Kind.BOUNCE),
    "opening in an answer": ((KIM, "Subject: Re: Note", GENERATED), OPENING, (), "x@example.org", Kind.NORMAL),
    "opening in a mail program": ((KIM, NOTE, GENERATED, CLIENT), OPENING, (), "x@example.org", Kind.NORMAL),
    "opening of a challenge": (
        (KIM, NOTE, GENERATED),
        f"{OPENING} Please confirm that you are a person.",
        (),
        "x@example.org",
        Kind.AUTOMATIC_REPLY,
    ),
    "message blocked": ((KIM, NOTE), "Your message was blocked.", (), "", Kind.BOUNCE),
    "list of blocked messages": ((KIM, "Subject: Quarantine"), "Your message was blocked.", (), "", Kind.NORMAL),
    "an amount": ((POSTMASTER, NOTE), "The user unknown paid 550 EUR.", (), "x@example.org", Kind.NORMAL),
    "a quoted code": ((POSTMASTER, NOTE), f"> {BOTH}", (), "x@example.org", Kind.BOUNCE),
}  # fmt: skip


@pytest.mark.parametrize("name", WEIGHED)
def test_signals(name: str) -> None:
    """The kind follows from the sum of the signals."""
    head, text, parts, envelope, kind = WEIGHED[name]

    assert read(*head, text=text, parts=parts, envelope=envelope).kind is kind


@pytest.mark.parametrize(
    ("head", "envelope", "kind"),
    [
        ((KIM, NOTE, REPORT), "x@example.org", Kind.BOUNCE),
        ((ADMIN, NOTE, MIXED), "x@example.org", Kind.BOUNCE),
        ((KIM, NOTE, MIXED), "", Kind.BOUNCE),
        ((KIM, NOTE, MIXED, GENERATED), "x@example.org", Kind.BOUNCE),
        ((KIM, UNDELIVERABLE, MIXED), "x@example.org", Kind.BOUNCE),
        ((KIM, "Subject: Re: Undeliverable", MIXED), "x@example.org", Kind.NORMAL),
        (("From: do-not-reply@example.org", NOTE, MIXED), "x@example.org", Kind.BOUNCE),
        (("From: do-reply@example.org", NOTE, MIXED), "x@example.org", Kind.NORMAL),
        ((KIM, NOTE, MIXED), "x@example.org", Kind.NORMAL),
    ],
)
def test_attached_report(head: tuple[str, ...], envelope: str, kind: Kind) -> None:
    """A report counts if anything shows that the email is about it, and was not attached by a person."""
    found = read(*head, text="Hello", parts=(STATUS,), envelope=envelope)

    assert found.kind is kind
    assert found.evidence == (("delivery status notification",) if kind is Kind.BOUNCE else found.evidence)


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ("Reporting-MTA: dns; a", Kind.BOUNCE),
        ("X-Other: 1\nORIGINAL-RECIPIENT: rfc822; a", Kind.BOUNCE),
        ("X-Other: 1\nstatus: 5.1.1", Kind.BOUNCE),
        ("action: failed", Kind.BOUNCE),
        ("X-Action: failed", Kind.NORMAL),
        ("Hello", Kind.NORMAL),
    ],
)
def test_fields_of_a_report(fields: str, kind: Kind) -> None:
    """A report has at least one field of a report."""
    part = f"Content-Type: message/delivery-status\n\n{fields}\n"

    assert read(KIM, NOTE, MIXED, GENERATED, text="Hello", parts=(part,)).kind is kind


def test_evidence() -> None:
    """Evidence names what gave points, and nothing else."""
    assert read(KIM, UNDELIVERABLE, text="Hello", envelope="").evidence == (
        "null envelope sender",
        "subject: undeliverable",
    )
    assert read(POSTMASTER, NOTE, text=BOTH, parts=(ORIGINAL,)).evidence == (
        "sent by a mail system",
        "text: user unknown",
        "original returned",
    )
    assert read(KIM, NOTE, REPORT, text=f"{WORDS} {BOTH}").evidence == ("text: user unknown", "multipart/report")
    assert read(ADMIN, UNDELIVERABLE, text=CODE).evidence == (
        "sent by a mail system",
        "subject: undeliverable",
        "text: SMTP code",
    )
    assert read(KIM, NOTE, DSN).evidence == ("multipart/report; report-type=delivery-status",)
    assert read(KIM, NOTE, GENERATED, text=OPENING).evidence == ("text: this is the mail system at",)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("550-5.1.1", Kind.BOUNCE),
        ("421 #4.2.0", Kind.BOUNCE),
        ("x5.7.1 ", Kind.BOUNCE),
        ("4.4.7", Kind.BOUNCE),
        ("452 full", Kind.BOUNCE),
        ("1550 full", Kind.NORMAL),
        ("1.550 full", Kind.NORMAL),
        ("15.7.1", Kind.NORMAL),
        ("6.7.1", Kind.NORMAL),
        ("5.7.1234", Kind.NORMAL),
        ("555 full", Kind.NORMAL),
        ("550full", Kind.NORMAL),
        ("550 kb", Kind.NORMAL),
        ("550 kbx", Kind.BOUNCE),
        ("550 Users", Kind.NORMAL),
        ("453 full", Kind.NORMAL),
    ],
)
def test_code(text: str, kind: Kind) -> None:
    """What counts as a code of SMTP, and which numbers are almost one."""
    assert read(ADMIN, UNDELIVERABLE, text=text).kind is kind
