"""What all notices share: their header fields, and how they show the words of strangers."""

from __future__ import annotations

from collections.abc import Sequence

from email_channels.addresses import ascii_address
from email_channels.mail.message import Address
from email_channels.mail.shown_text import shown_line, shown_text
from email_channels.outbound.composing import AutoSubmitted, OutgoingEmail

MAX_SUBJECT_CHARACTERS = 200
"""Subjects are cut to this length so that they stay readable. The format of email would allow longer ones."""


def notice(from_: Address, to: Sequence[str], subject: str, text: str) -> OutgoingEmail:
    """An email that a program wrote (RFC 3834, section 5), with the subject cut."""
    return OutgoingEmail(
        from_=Address(one_line(from_.name), ascii_address(from_.address)),
        to=tuple(Address("", ascii_address(address)) for address in to),
        subject=cut(subject),
        text=text,
        auto_submitted=AutoSubmitted.GENERATED,
    )


def cut(text: str) -> str:
    """The text on one line, of at most MAX_SUBJECT_CHARACTERS."""
    return shown_line(text, MAX_SUBJECT_CHARACTERS)


def one_line(text: str) -> str:
    """The text as people are shown it, which is safe for a header. Runs of spaces become one."""
    return " ".join(shown_text(text).split())
