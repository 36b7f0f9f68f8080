"""The words of one language: what mail programs write above quoted text, and what phones add below an email.

To add a line that a mail program writes above a quote:

1. Find the language's block in `western_european`, `northern_european`, `eastern_european`, `african_and_west_asian` or
   `asian`. If there is none, copy the block of another language. Leave out fields that you do not know.
2. Write the words in lower case and with accents into the field that the class below names. Write labels without their
   colon. Upper case in the email does not matter, nor do dashes and stars around the words.
3. Add the mail program's whole line, or its block of headers, to `ATTRIBUTIONS` in
   `tests/unit/mail/test_replies_attributions.py`. A line of another kind (a phone's, a help desk's) needs an email in
   `tests/emails/replies`, and an entry in the `manifest.json` there that says what is `visible`.
"""

from __future__ import annotations

from email_channels.values import dataclass


@dataclass(frozen=True, slots=True)
class Language:
    """The words of one language, in lower case. All fields but the code may be left out."""

    code: str
    """ISO 639-1."""

    attribution_words: tuple[str, ...] = ()
    """What an attribution line says: "wrote" in "On Tuesday, Ann wrote:"."""
    attribution_starts: tuple[str, ...] = ()
    """The first word of an attribution line: "on". A line that begins with it may continue on the next line."""

    from_labels: tuple[str, ...] = ()
    """Names of the fields in the block of headers that Outlook and others put above a quote: "from"."""
    date_labels: tuple[str, ...] = ()
    """In the same block: "sent", "date"."""
    to_labels: tuple[str, ...] = ()
    """In the same block: "to"."""
    other_labels: tuple[str, ...] = ()
    """In the same block, but they do not prove that it is one: "cc", "bcc", "importance", "attachments"."""
    subject_labels: tuple[str, ...] = ()
    """In the same block: "subject"."""

    original_message: tuple[str, ...] = ()
    """The first words of the line between dashes above a quote: "original message"."""
    forwarded_message: tuple[str, ...] = ()
    """The first words of the line above a forwarded email: "forwarded message"."""

    sent_from: tuple[str, ...] = ()
    """The first words of the line that phones and apps add below an email: "sent from", "get outlook for"."""

    reply_above: tuple[str, ...] = ()
    """Words of the line with which a help desk asks for replies above it: "reply above this line"."""
