"""Makes a text for emails that have no body, because only programs read what they contain.

These are answers to invitations, and Outlook's recalls. Without a text, a person would see an empty email.
"""

from __future__ import annotations

from email_channels.mail.message import Address, Attachment
from email_channels.mail.office.calendar_answers import calendar_answer, calendar_answer_text
from email_channels.mail.office.outlook_items import outlook_item, outlook_item_text


def text_without_body(
    sender: Address | None, subject: str, attachments: tuple[Attachment, ...], content_class: str | None
) -> str | None:
    """The text of an email that has no body; None if its attachments and its Content-Class say nothing."""
    name = (sender.name or sender.address) if sender else "Somebody"
    if (answer := calendar_answer(attachments)) is not None:
        return calendar_answer_text(answer, name)
    if (item := outlook_item(attachments, content_class)) is not None:
        return outlook_item_text(item, name, subject)
    return None
