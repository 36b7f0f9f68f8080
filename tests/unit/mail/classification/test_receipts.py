"""Read receipts and feedback reports, refusals that look like receipts, and emails to which people attach them."""

from __future__ import annotations

import pytest
from email_channels.mail.classification import Kind, classify
from email_channels.mail.parsing import parse_message

AUTOMATIC, NORMAL, BOUNCE = Kind.AUTOMATIC_REPLY, Kind.NORMAL, Kind.BOUNCE
KIM = "From: kim@example.org"
GENERATED = "Auto-Submitted: auto-generated"

RECEIPT = "Content-Type: message/disposition-notification\n\nDisposition: x; displayed\n"
FEEDBACK = "Content-Type: message/feedback-report\n\nFeedback-Type: abuse\n"


def report(
    part: str, *head: str, text: str = "", envelope: str = "kim@example.org", kind: str = "mixed"
) -> tuple[str, ...]:
    """The evidence for an email with this part, if it is an automatic reply."""
    raw = "\n".join((KIM, *head)) + f"\nContent-Type: multipart/{kind}; boundary=b\n\n--b\n\n{text}\n--b\n{part}--b--\n"
    found = classify(parse_message(raw.encode()), envelope)
    assert found.kind is AUTOMATIC or not found.evidence or found.kind is NORMAL
    return found.evidence if found.kind is AUTOMATIC else ()


@pytest.mark.parametrize(("part", "name"), [(RECEIPT, "read receipt"), (FEEDBACK, "feedback report")])
def test_wrapped_receipt(part: str, name: str) -> None:
    """A receipt or feedback report among the parts counts, unless a person attached it."""
    words = "Please look at this."
    assert report(part, text=" ") == (name,)
    assert report(part, text=words) == ()
    assert report(part, text=words, envelope="") == (name,)
    assert report(part, GENERATED, text=words) == (name,)
    assert report(part, text=words, kind="report") == (name,)
    assert report(part, text="Your message was read on Monday.") == (name,)
    assert report(part, text="This is an abuse report for an email.") == (name,)
    assert report(part, text="> Your message was read on Monday.\n\nWhat is this") == ()
    assert report(part, "Subject: Fwd: this", text=" ", envelope="") == ()
    assert report("Content-Type: text/x-other\n\nHello\n", text=" ", envelope="") == ()


@pytest.mark.parametrize(
    ("content_type", "evidence"),
    [
        ("multipart/report; report-type=disposition-notification; boundary=b", ("read receipt",)),
        ('MULTIPART/Report; report-type="Disposition-Notification"; boundary=b', ("read receipt",)),
        ("message/disposition-notification", ("read receipt",)),
        ("multipart/report; report-type=feedback-report; boundary=b", ("feedback report",)),
        ("message/feedback-report", ("feedback report",)),
        ("multipart/mixed; x=message/feedback-report; boundary=b", ()),
        ("multipart/report; report-type=other; boundary=b", ()),
    ],
)
def test_declared_receipt(content_type: str, evidence: tuple[str, ...]) -> None:
    """The type of the whole email is enough, even in an answer."""
    raw = f"{KIM}\nSubject: Re: x\nContent-Type: {content_type}\n\n--b\n\nHello\n--b--\n"

    found = classify(parse_message(raw.encode()), "kim@example.org")

    assert (found.evidence if found.kind is AUTOMATIC else ()) == evidence
    assert found.automatic is bool(evidence)


MAILBOX = "Return-Path: <>\nFrom: postmaster@example.net\nTo: pay@acme.example"
REFUSED = "Your message to <lee@example.net> was automatically rejected:\nQuota exceeded"
BY_ITSELF = "automatic-action/MDN-sent-automatically; deleted"


@pytest.mark.parametrize(
    ("head", "disposition", "kind"),
    [
        ("Subject: Rejected: Pay", BY_ITSELF, BOUNCE),
        ("Subject: Pay\nAuto-Submitted: auto-replied (rejected)", BY_ITSELF, BOUNCE),
        ("Subject: Not read: Pay", BY_ITSELF, AUTOMATIC),
        ("Subject: Rejected: Pay", "manual-action/MDN-sent-manually; deleted", AUTOMATIC),
        ("Subject: Rejected: Pay", "automatic-action/MDN-sent-automatically; displayed", AUTOMATIC),
    ],
)
def test_refusal_as_a_receipt(head: str, disposition: str, kind: Kind) -> None:
    """A mailbox may refuse an email with a receipt that says that it deleted it (RFC 5429). Outlook sends such a
    receipt for an email that was deleted unread."""
    raw = (
        f"{MAILBOX}\n{head}\nContent-Type: multipart/report; report-type=disposition-notification; boundary=b\n\n--b\n"
        f"\n{REFUSED}\n--b\nContent-Type: message/disposition-notification\n\n"
        f"Final-Recipient: rfc822; lee@example.net\nDisposition: {disposition}\n--b--\n"
    )

    found = classify(parse_message(raw.encode()))

    wanted = [("lee@example.net", "failed")] if kind is BOUNCE else []
    assert found.kind is kind
    assert [(one.address, one.action) for one in found.recipients] == wanted
