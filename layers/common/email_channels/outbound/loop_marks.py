"""The loop mark: a header on notifications and alerts, which shows that an arriving email is one of them, come back.

An unsigned mark is enough to reject an arriving email as a mail loop. To suppress the notification of the admins too,
the mark needs a valid signature, which only this system can make, and must name an email that the admins were notified
of. Otherwise strangers could hide their emails from the admins. Whoever gets a marked email can copy its mark. So only
emails to admins and service groups carry one. The other emails of the system are recognised by their From address.

Some gateways remove headers that they do not know. A notification without its mark would cause another notification
when it comes back. So it carries the mark in References too, in the form of a message id.

Only a mark in the header of the email itself counts. A bounce of our email holds the mark in the returned copy, and a
reply may quote it.
"""

from __future__ import annotations

from collections.abc import Iterable

from email_channels.cases.outgoing import OutgoingKind
from email_channels.cases.references import SignedReference, SigningKeys, signature, verify
from email_channels.expressions import expression

LOOP_MARK_HEADER = "X-Email-Channels"

_RECORD_ID_LENGTH = 10
_SIGNED = expression(r"(?P<signed_text>[a-z_]{1,20} [A-Za-z0-9]{1,20}) (?P<signature>[0-9a-z]{6})")


def signed_loop_mark(kind: OutgoingKind, record_id: str, keys: SigningKeys) -> str:
    """The value of LOOP_MARK_HEADER for an email about a record: its kind, the record, and a signature of both."""
    signed_text = f"{kind.value} {record_id}"
    return f"{signed_text} {signature(signed_text, keys.current)}"


def signed_digest_mark(record_id: str, nonce: str, keys: SigningKeys) -> str:
    """The value of LOOP_MARK_HEADER for a digest: it names one email of the digest, and no other digest has the same.

    `nonce` has at most ten letters and digits.
    """
    return signed_loop_mark(OutgoingKind.NOTIFICATION, record_id + nonce, keys)


def loop_mark_as_message_id(loop_mark: str, domain: str) -> str:
    """A loop mark in the form of a message id (RFC 5322, section 3.6.4), without angle brackets."""
    return f"{loop_mark.replace(' ', '.')}@{domain}"


def loop_marks_in_references(references: Iterable[str]) -> list[str]:
    """The text that each message id holds if it is a loop mark. `notified_record` decides whether it is one."""
    return [reference.strip("<>").rpartition("@")[0].replace(".", " ") for reference in references]


def claimed_kind(loop_mark: str | None) -> OutgoingKind | None:
    """The kind of email that a loop mark names. Its signature is not checked. None if the text is not a loop mark."""
    words = (loop_mark or "").split()
    return OutgoingKind(words[0]) if words and words[0] in frozenset(OutgoingKind) else None


def notified_record(loop_mark: str, keys: SigningKeys) -> str | None:
    """The record id of the email that a notification is about, or of one email of a digest, by its loop mark.

    None if the mark is of another kind, or none of `keys` signed it.
    """
    read = _SIGNED.fullmatch(loop_mark.strip())
    if read is None or not verify(SignedReference(read["signed_text"], read["signature"]), keys):
        return None
    kind, record = read["signed_text"].split(" ")
    return record[:_RECORD_ID_LENGTH] if kind == OutgoingKind.NOTIFICATION else None
