"""The mark that every email of ours carries, and by which it is known if it comes back.

A mark that nobody signed is enough to take an email for one of ours and make no case of it. That nobody needs to be
told of it takes more: a signature that only we can make, or strangers could keep the admins from hearing of theirs.

Some gateways let no header through that they do not know. So a notification, the one email of ours that would cause
another by coming back, has its mark in References, too, where it looks like the id of an email.

A bounce of our email holds its mark inside, in the returned copy, and an answer may quote it: only a mark in the header
of the email itself counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum

from email_channels.cases.references import SignedReference, SigningKeys, signature, verify

MARK_HEADER = "X-Email-Channels"

_SIGNED = re.compile(r"(?P<said>[a-z_]{1,20} [A-Za-z0-9]{1,20}) (?P<signature>[0-9a-z]{6})")


class Mark(StrEnum):
    """What an email of ours is."""

    AD_HOC = "ad_hoc"
    NOTIFICATION = "notification"
    ALERT = "alert"
    ACKNOWLEDGEMENT = "acknowledgement"


def signed_mark(mark: Mark, record_id: str, keys: SigningKeys) -> str:
    """The value of MARK_HEADER for an email about a record: what it is, which record, and a signature of both."""
    said = f"{mark.value} {record_id}"
    return f"{said} {signature(said, keys.current)}"


def mark_as_reference(value: str, domain: str) -> str:
    """A value of MARK_HEADER in the form of a message id, with the angle brackets (RFC 5322, section 3.6.4)."""
    return f"<{value.replace(' ', '.')}@{domain}>"


def marks_in_references(references: Iterable[str]) -> list[str]:
    """The values of MARK_HEADER that message ids may have been made of; whether we made them, `genuine_mark` tells."""
    return [reference.strip("<>").rpartition("@")[0].replace(".", " ") for reference in references]


def claimed_mark(value: str | None) -> Mark | None:
    """What an email with this value of MARK_HEADER says that it is, signed or not; None if it is nothing we write."""
    words = (value or "").split()
    return Mark(words[0]) if words and words[0] in frozenset(Mark) else None


def genuine_mark(value: str | None, keys: SigningKeys) -> Mark | None:
    """What an email with this value of MARK_HEADER is, if we wrote the value; else None."""
    read = _SIGNED.fullmatch((value or "").strip())
    if read is None or not verify(SignedReference(read["said"], read["signature"]), keys):
        return None
    return claimed_mark(value)
