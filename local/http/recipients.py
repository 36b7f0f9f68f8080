"""What the recipients of sent emails do: read them, and reply. Replies come in over SMTP, as from anywhere else.

The console's page **Outbox** uses these routes, so that the whole circle can be tried without a mail program.
"""

import base64
import smtplib
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage, Message
from email.policy import default as modern
from email.utils import getaddresses, localtime, make_msgid, parseaddr
from pathlib import Path
from typing import Any

from local.sample_data import allowed_address

FORGED = "spf=FAIL dkim=FAIL dmarc=FAIL"
"""The verdicts of SES on a reply whose sender nothing proves."""

_TIMEOUT = 35


class ReplyRefused(Exception):
    """The reply cannot be made, or was refused. The message says why."""


@dataclass(frozen=True)
class SmtpIngress:
    """Where emails come in, and which address a mail server must have (AllowedIpRanges)."""

    port: int
    ca_file: Path
    allowed_ranges: str

    def send(self, message: EmailMessage, receiving_address: str) -> None:
        """Delivers over SMTP with STARTTLS. Raises ReplyRefused."""
        context = ssl.create_default_context(cafile=str(self.ca_file))
        client_address = allowed_address(self.allowed_ranges)
        try:
            with smtplib.SMTP("127.0.0.1", self.port, timeout=_TIMEOUT) as client:
                client.starttls(context=context)
                client.ehlo()
                if client_address:
                    client.docmd("XCLIENT", f"ADDR={client_address}")
                client.send_message(message, to_addrs=[receiving_address])
        except (OSError, smtplib.SMTPException) as error:
            raise ReplyRefused(f"sending over SMTP: {error}") from error


def as_seen(raw: bytes) -> dict[str, Any]:
    """An email as a mail program shows it. Inline images are in the HTML, as data: addresses."""
    message = _read(raw)
    html, text = message.get_body(("html",)), message.get_body(("plain",))
    shown = _text(html)
    attachments = []
    for n, part in enumerate(_attachments(message)):
        content = _content(part)
        content_id = str(part.get("Content-ID", "")).strip(" <>")
        if shown is not None and content_id and f"cid:{content_id}" in shown:
            data = base64.b64encode(content).decode("ascii")
            shown = shown.replace(f"cid:{content_id}", f"data:{part.get_content_type()};base64,{data}")
            continue
        attachments.append(
            {
                "n": n,
                "filename": _filename(part),
                "content_type": part.get_content_type(),
                "size": len(content),
            }
        )
    names = ("From", "Reply-To", "To", "Cc", "Subject", "Date", "Message-ID")
    return {
        "headers": [[name, str(message[name])] for name in names if message[name]],
        "text": _text(text),
        "html": shown,
        "attachments": attachments,
    }


def attachment(raw: bytes, n: int) -> tuple[bytes, str, str]:
    """Content, type and file name of an attachment. Raises IndexError."""
    part = _attachments(_read(raw))[n]
    return _content(part), part.get_content_type(), _filename(part)


def reply(raw: bytes, *, recipient: str, text: str, forged: bool) -> tuple[EmailMessage, str]:
    """A recipient's reply, as a mail program makes it, and the address that it goes to. Raises ReplyRefused."""
    message = _read(raw)
    to = replies_go_to(raw)
    if not to:
        raise ReplyRefused("the email names nobody to reply to")
    made = EmailMessage()
    made["From"] = _named(message, recipient)
    made["To"] = to
    subject = str(message["Subject"] or "")
    made["Subject"] = subject if subject.lower().startswith("re:") else f"Re: {subject}"
    made["Date"] = localtime()
    made["Message-ID"] = make_msgid(domain=recipient.rpartition("@")[2])
    made["In-Reply-To"] = str(message["Message-ID"])
    made["References"] = f"{message['References'] or ''} {message['Message-ID']}".strip()
    if forged:
        made["X-Local-Verdicts"] = FORGED
    quoted = "\n".join(f"> {line}" for line in (_text(message.get_body(("plain",))) or "").splitlines())
    written = localtime().strftime("%a, %d %b %Y at %H:%M")
    made.set_content(f"{text.strip()}\n\nOn {written}, {parseaddr(str(message['From']))[0]} wrote:\n{quoted}\n")
    return made, to


def replies_go_to(raw: bytes) -> str:
    """The address that a reply goes to; "" if there is none."""
    message = _read(raw)
    return parseaddr(str(message["Reply-To"] or message["From"] or ""))[1]


def receiving_address(to: str, parameters: Mapping[str, Any], mailboxes: Mapping[str, str]) -> str:
    """Where the client's mail server redirects an address. `mailboxes` has the receiving address of each mailbox.

    Raises ReplyRefused for an address of somebody else.
    """
    plain = to.partition("@")[0].partition("+")[0] + "@" + to.rpartition("@")[2]
    known = {str(parameters.get("AdHocReplyTo", "")).lower(): _first(parameters, "AdHocRecipients")}
    known |= {address.lower(): target for address, target in mailboxes.items()}
    found = known.get(plain.lower())
    if not found:
        raise ReplyRefused(f"{to} is not one of our mailboxes, so the reply would not come back here")
    return found if "@" in found else f"{plain.partition('@')[0]}@{found}"


def _first(parameters: Mapping[str, Any], name: str) -> str:
    return str(parameters.get(name, "")).split(",")[0].strip()


def _read(raw: bytes) -> EmailMessage:
    message = message_from_bytes(raw, policy=modern)
    assert isinstance(message, EmailMessage)
    return message


def _attachments(message: EmailMessage) -> list[EmailMessage]:
    bodies = {id(message.get_body((kind,))) for kind in ("html", "plain")}
    return [part for part in _leaves(message) if id(part) not in bodies]


def _leaves(part: EmailMessage) -> Iterator[EmailMessage]:
    """All parts that hold content. An attached message is one of them."""
    if part.get_content_maintype() == "multipart":
        for inner in part.iter_parts():
            if isinstance(inner, EmailMessage):
                yield from _leaves(inner)
    else:
        yield part


def _content(part: EmailMessage) -> bytes:
    if part.get_content_maintype() == "message":
        inner = part.get_payload()
        return (
            b"".join(each.as_bytes() for each in inner if isinstance(each, Message)) if isinstance(inner, list) else b""
        )
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _filename(part: EmailMessage) -> str:
    return part.get_filename() or ("message.eml" if part.get_content_maintype() == "message" else "attachment")


def _text(part: Any) -> str | None:
    return None if part is None else str(part.get_content())


def _named(message: EmailMessage, recipient: str) -> Address:
    """The recipient, with the name that the email calls them."""
    lines = [str(value) for name in ("To", "Cc") for value in message.get_all(name, [])]
    names = {address.lower(): name for name, address in getaddresses(lines)}
    return Address(names.get(recipient.lower(), ""), addr_spec=recipient)
