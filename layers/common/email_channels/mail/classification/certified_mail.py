"""Notifications of Italian certified mail (posta elettronica certificata, RFC 6109).

Certified mail systems tell the sender of an email that it was accepted, delivered, or not delivered. The header
X-Ricevuta says which, and the attachment `daticert.xml` names the recipient (RFC 6109, section 4.4 and appendix A).
Emails in transport envelopes (X-Trasporto) were written by people. They have no X-Ricevuta.
"""

from __future__ import annotations

import html
import re
from typing import Final

from email_channels.expressions import expression
from email_channels.mail.classification.delivery_reports import ADDRESS, STATUS, FailedRecipient
from email_channels.mail.limits import MAX_REPORT_BYTES, MAX_REPORT_RECIPIENTS
from email_channels.mail.message import InboundMessage
from email_channels.mail.message_ids import message_id

_TELLS: Final = ("accettazione", "presa-in-carico", "avvenuta-consegna")
"""Values of X-Ricevuta that say that an email was accepted or delivered."""

_ACTIONS: Final = {
    "non-accettazione": "failed",
    "errore-consegna": "failed",
    "mancata-consegna": "failed",  # not in the RFC, but in the subject of such notifications
    "rilevazione-virus": "failed",
    "preavviso-errore-consegna": "delayed",
}
"""Values of X-Ricevuta that say that an email was not delivered, and the action that RFC 3464 has for it."""

_SENDER: Final = "posta-certificata"
"""The local part of From in notifications."""

_DATA_FILE: Final = "daticert.xml"
_RECIPIENT: Final = expression(r"<consegna>([^<]{1,400})</consegna>", re.IGNORECASE)
_RECIPIENTS: Final = expression(r"<destinatari\b[^>]{0,100}>([^<]{1,400})</destinatari>", re.IGNORECASE)
_IN_TEXT: Final = expression(r"(?:destinat[oa]|indirizzat[oa]) a(?:ll['’]utente)?\s{1,4}([^\n]{3,320})", re.IGNORECASE)
_TOP: Final = 2_000
_ERROR: Final = expression(r"<errore-esteso>([^<]{1,2000})</errore-esteso>", re.IGNORECASE)


def certified_mail_receipt(message: InboundMessage) -> tuple[str, ...]:
    """The evidence that `message` says that an email was accepted or delivered; empty if it does not."""
    said = _notification(message)
    return (f"X-Ricevuta: {said}",) if said in _TELLS else ()


def certified_mail_failure(message: InboundMessage) -> tuple[str, ...]:
    """The evidence that `message` says that an email was not delivered; empty if it does not."""
    said = _notification(message)
    return (f"X-Ricevuta: {said}",) if said in _ACTIONS else ()


def undelivered_certified_mail(message: InboundMessage) -> tuple[tuple[FailedRecipient, ...], str | None]:
    """The recipients to whom an email was not delivered, and its Message-ID (None if the notification has none).

    If the notification has no readable `daticert.xml`, the recipient is that in the text.
    """
    action = _ACTIONS.get(_notification(message), "failed")
    data = next((part for part in message.attachments if part.filename.lower() == _DATA_FILE), None)
    text = data.content[:MAX_REPORT_BYTES].decode("utf-8", "replace") if data is not None else ""
    named = _RECIPIENT.findall(text) or _RECIPIENTS.findall(text) or _IN_TEXT.findall((message.text or "")[:_TOP])
    found = [match[0] for value in named if (match := ADDRESS.search(html.unescape(value))) is not None]
    error = _ERROR.search(text)
    diagnostic = " ".join(html.unescape(error[1]).split())[:500] if error is not None else ""
    status = match[1] if (match := STATUS.search(diagnostic)) is not None else ""
    addresses = list(dict.fromkeys(found))[:MAX_REPORT_RECIPIENTS]
    recipients = tuple(FailedRecipient(address, action, status, diagnostic) for address in addresses)
    return recipients, message_id((message.header("x-riferimento-message-id") or "").encode())


def _notification(message: InboundMessage) -> str:
    """The value of X-Ricevuta; "" if the email is not from the address that certified mail systems use."""
    local_part = message.from_.address.lower().partition("@")[0] if message.from_ is not None else ""
    return (message.header("x-ricevuta") or "").strip().lower() if local_part == _SENDER else ""
