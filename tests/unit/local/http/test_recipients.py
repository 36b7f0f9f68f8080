"""Sent emails as their recipients see them, and the replies of recipients."""

from email.message import EmailMessage

import pytest

from local.http.recipients import (
    FORGED,
    ReplyRefused,
    as_seen,
    attachment,
    receiving_address,
    replies_go_to,
    reply,
)

PNG = b"\x89PNG..."


def sent() -> bytes:
    """An agent's email: text, HTML with an inline image, a file, and an attached email."""
    message = EmailMessage()
    message["From"] = "Acme Service <service@acme-cases.example>"
    message["Reply-To"] = "answers+7k3f@acme.example"
    message["To"] = "Zoë Hartmann <zoe@acme.example>"
    message["Subject"] = "Ihre Anfrage [#7K3F92QDX0-h4q9w2]"
    message["Message-ID"] = "<0102@eu-west-1.amazonses.com>"
    message["References"] = "<first@acme.example>"
    message.set_content("Guten Tag\nwir prüfen das.\n")
    message.add_alternative('<p>Guten Tag</p><img src="cid:logo@acme">', subtype="html")
    html = message.get_body(("html",))
    assert isinstance(html, EmailMessage)
    html.add_related(PNG, "image", "png", cid="<logo@acme>")
    message.add_attachment(b"a,b", maintype="text", subtype="csv", filename="Liste ü.csv")
    inner = EmailMessage()
    inner["Subject"] = "Inner"
    inner.set_content("Inner text")
    message.add_attachment(inner)
    return message.as_bytes()


def test_as_seen() -> None:
    """Headers, text, HTML with its images, and attachments; an attached email is one of them."""
    seen = as_seen(sent())
    assert seen["headers"][:3] == [
        ["From", "Acme Service <service@acme-cases.example>"],
        ["Reply-To", "answers+7k3f@acme.example"],
        ["To", "Zoë Hartmann <zoe@acme.example>"],
    ]
    assert seen["text"] == "Guten Tag\nwir prüfen das.\n"
    assert '<img src="data:image/png;base64,iVBORy4uLg==">' in seen["html"]
    assert [(one["filename"], one["content_type"]) for one in seen["attachments"]] == [
        ("Liste ü.csv", "text/csv"),
        ("message.eml", "message/rfc822"),
    ]


def test_attachment() -> None:
    first, second = (one["n"] for one in as_seen(sent())["attachments"])
    assert attachment(sent(), first) == (b"a,b", "text/csv", "Liste ü.csv")
    assert b"Inner text" in attachment(sent(), second)[0]
    with pytest.raises(IndexError):
        attachment(sent(), 9)


def test_plain_email() -> None:
    message = EmailMessage()
    message.set_content("Only text")
    assert as_seen(message.as_bytes()) == {"headers": [], "text": "Only text\n", "html": None, "attachments": []}


def test_reply() -> None:
    """A reply goes to Reply-To, names the email that it answers, and quotes it."""
    made, to = reply(sent(), recipient="zoe@acme.example", text="Danke!\n", forged=False)
    assert to == replies_go_to(sent()) == "answers+7k3f@acme.example"
    assert made["From"] == "Zoë Hartmann <zoe@acme.example>"
    assert made["Subject"] == "Re: Ihre Anfrage [#7K3F92QDX0-h4q9w2]"
    assert made["In-Reply-To"] == "<0102@eu-west-1.amazonses.com>"
    assert made["References"] == "<first@acme.example> <0102@eu-west-1.amazonses.com>"
    assert "X-Local-Verdicts" not in made
    text = made.get_content()
    assert text.startswith("Danke!\n\nOn ")
    assert text.endswith("Acme Service wrote:\n> Guten Tag\n> wir prüfen das.\n")


def test_forged_reply() -> None:
    made, _ = reply(sent(), recipient="zoe@acme.example", text="Danke!", forged=True)
    assert made["X-Local-Verdicts"] == FORGED


def test_nobody_to_reply_to() -> None:
    with pytest.raises(ReplyRefused):
        reply(b"Subject: x\n\ntext", recipient="zoe@acme.example", text="Danke!", forged=False)


PARAMETERS = {"AdHocReplyTo": "answers@acme.example", "AdHocRecipients": "answers@in.example, more@in.example"}
MAILBOXES = {"payroll@acme.example": "payroll@in.example"}


@pytest.mark.parametrize(
    ("to", "parameters", "expected"),
    [
        ("answers@acme.example", PARAMETERS, "answers@in.example"),
        ("Answers+7k3f@acme.example", PARAMETERS, "answers@in.example"),
        ("payroll+7k3f@acme.example", PARAMETERS, "payroll@in.example"),
        ("answers@acme.example", PARAMETERS | {"AdHocRecipients": "in.example"}, "answers@in.example"),
    ],
)
def test_receiving_address(to: str, parameters: dict[str, str], expected: str) -> None:
    """The address that the client's mail server would redirect the reply to."""
    assert receiving_address(to, parameters, MAILBOXES) == expected


def test_foreign_address() -> None:
    with pytest.raises(ReplyRefused, match="not one of our mailboxes"):
        receiving_address("cases@acme-cases.example", PARAMETERS, MAILBOXES)
