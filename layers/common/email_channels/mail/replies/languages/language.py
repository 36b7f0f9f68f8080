"""What is known of one language: how mail programs introduce what they quote, and what phones put below a mail.

To add a line that a mail program writes above a quote:

1. Find the language's block in `western_european`, `northern_european`, `eastern_european`, `african_and_west_asian` or
   `asian`. If there is none, copy a neighbour's block. Fields that are not known are left out.
2. Write the words in lower case and with accents into the field that the class below names. Write labels without their
   colon. Upper case in the email does not matter, nor do dashes and stars around the words.
3. Add the mail program's whole line, or its block of headers, to `ATTRIBUTIONS` in
   `tests/unit/mail/test_replies_attributions.py`. A line of another kind (a phone's, a help desk's) needs an email in
   `tests/emails/replies`, and an entry in the `manifest.json` there that says what is `visible`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Language:
    """The words of one language, in lower case. All fields but the code may be left out."""

    code: str
    """ISO 639-1."""

    attribution_words: tuple[str, ...] = ()
    """What an attribution line says: "wrote" in "On Tuesday, Ann wrote:"."""
    attribution_starts: tuple[str, ...] = ()
    """The word with which an attribution line begins: "on". A line that begins so may continue on the next one."""

    from_labels: tuple[str, ...] = ()
    """Names of the fields in the block of headers that Outlook and others put above a quote: "from"."""
    date_labels: tuple[str, ...] = ()
    """In the same block: "sent", "date"."""
    to_labels: tuple[str, ...] = ()
    """In the same block: "to"."""
    other_labels: tuple[str, ...] = ()
    """In the same block, but not enough to tell one: "cc", "bcc", "importance", "attachments"."""
    subject_labels: tuple[str, ...] = ()
    """In the same block: "subject"."""

    original_message: tuple[str, ...] = ()
    """How the line between dashes above a quote begins: "original message"."""
    forwarded_message: tuple[str, ...] = ()
    """How the line above a forwarded mail begins: "forwarded message"."""

    sent_from: tuple[str, ...] = ()
    """How the line begins that phones and apps put below a mail: "sent from", "get outlook for"."""

    reply_above: tuple[str, ...] = ()
    """Words of the line above which a help desk asks for the reply: "reply above this line"."""
