"""The identity of an email, which tells whether two objects hold the same email, and the ids derived from it.

The identity includes the address at which SES received the email. That address is read from the object itself, so an
object always has the same identity, even after changes to the mailboxes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime

from email_channels.addresses import without_tag
from email_channels.cases.references import encode
from email_channels.mail.headers import made_readable, read_fields
from email_channels.mail.message_ids import message_id as read_message_id
from email_channels.values import dataclass

# If another email has the same short record id, the id is derived again with the next salt. More emails than this with
# the same short id are too improbable to occur.
MAX_SALTS = 4

_CHUNK_BYTES = 1 << 20

_EMAIL_ID_TIME_LENGTH = 9
# 128 bits. They only lead to emails; `key` tells whether two emails are the same, and keeps its full length.
_SHORT_KEY_LENGTH = 32


@dataclass(frozen=True, slots=True)
class EmailIdentity:
    """Two objects hold the same email if, and only if, their `key` is equal. All three fields are hexadecimal hashes.

    `content` is the same for one email in several mailboxes: cases made from it become siblings. `thread_key` is the
    hash of the Message-ID (`content` if there is none). A reply finds the email that it answers by this key.
    """

    key: str
    content: str
    thread_key: str

    def record_id(self, salt: int = 0) -> str:
        """The id of the record (and of the case) of this email. If another email has that id, try the next salt."""
        return encode(hashlib.sha256(f"record\n{salt}\n{self.key}".encode()).digest())


def identify(sent: bytes, recipient: str | None, object_key: str) -> EmailIdentity:
    """The identity of an email. `sent` is what the sender sent, below the header block of SES. Never raises.

    The digest covers From, Date, Subject and all bytes below the headers, without the carriage returns of line ends.
    (Any other carriage return counts: the parser shows it as a line end.) The headers end where the parser ends them
    (there may be no blank line, or a line of spaces instead): everything that is shown as text is covered. Emails
    without Message-ID and Date cannot be told apart, so the object key becomes a part of their identity.
    """
    buffer = made_readable(sent)
    fields, body_start, _ = read_fields(buffer, 0, len(buffer))
    values: dict[str, list[bytes]] = {}
    for name, value in fields:
        values.setdefault(name.lower(), []).append(value)
    digest = hashlib.sha256()
    covered = [(name, _squeezed(values.get(name, []))) for name in ("from", "date", "subject")]
    if any(len(lines) > 1 for _, lines in covered):
        # Says how many lines follow, or a second subject could not be told from a line of the text.
        digest.update(b"%d %d %d\n" % tuple(len(lines) for _, lines in covered))
    for name, lines in covered:
        for line in lines:
            digest.update(b"%b:%b\n" % (name.encode(), line))
    for chunk in _chunks(buffer, body_start):
        digest.update(plain_line_ends(chunk))
    message_id = next(filter(None, map(read_message_id, values.get("message-id", []))), None) or ""
    content = hashlib.sha256(f"{message_id}\n{digest.hexdigest()}".encode("utf-8", "surrogateescape"))
    if not message_id and not any(_squeezed(values.get("date", []))):
        content.update(object_key.encode())
    mailbox = without_tag(recipient or object_key.rpartition("/")[0])
    return EmailIdentity(
        key=hashlib.sha256(f"{mailbox}\n{content.hexdigest()}".encode()).hexdigest(),
        content=content.hexdigest()[:_SHORT_KEY_LENGTH],
        thread_key=message_id_key(message_id) if message_id else content.hexdigest()[:_SHORT_KEY_LENGTH],
    )


def message_id_key(message_id: str) -> str:
    """The hash under which the Message-ID (without angle brackets) of a received email is stored."""
    return hashlib.sha256(message_id.strip().encode("utf-8", "surrogateescape")).hexdigest()[:_SHORT_KEY_LENGTH]


def sent_message_id_key(message_id: str) -> str:
    """The hash under which the Message-ID of a sent email is stored.

    It covers the local part only, as the domain depends on the region of SES.
    """
    return hashlib.sha256(message_id.strip().partition("@")[0].encode("utf-8", "surrogateescape")).hexdigest()


def email_id(at: datetime, suffix: str) -> str:
    """The id of an email, which sorts by time. The suffix has ten characters: the record id, or random ones."""
    return sortable_id(at, suffix)


def sortable_id(at: datetime, suffix: str) -> str:
    """An id that sorts by time: nine characters of milliseconds, then the suffix, which makes it unique."""
    milliseconds = max(0, int(at.timestamp() * 1000))
    return encode((milliseconds << 3).to_bytes(6, "big"), _EMAIL_ID_TIME_LENGTH) + suffix


def record_id_in(email_id: str) -> str:
    """The record id that ends the id of an inbound email. In the id of an outbound email, that part is random."""
    return email_id[_EMAIL_ID_TIME_LENGTH:]


def time_in(email_id: str) -> str:
    """The characters of the time that begin the id of an email."""
    return email_id[:_EMAIL_ID_TIME_LENGTH]


def split_case_id(case_id: str, email_id: str, salt: int = 0) -> str:
    """The id of the case that an agent makes of an email of another case. A repeated request finds that case by it.

    The email may come back to its case, and be split again: then the next salt gives another id.
    """
    return encode(hashlib.sha256(f"split {case_id} {email_id} {salt}".encode()).digest())


def plain_line_ends(text: bytes) -> bytes:
    """The text without the carriage return of each line end, or both if a relay made CRLF of a CRLF.

    The parser shows both alike. A third carriage return stays: the parser shows it as a line end.
    """
    for _ in range(2):
        if b"\r" in text:  # else the search for CRLF would stop at each line feed
            text = b"\n".join(text.split(b"\r\n"))  # a third faster than `replace`
    return text


def _chunks(buffer: bytes, start: int) -> Iterator[bytes]:
    """The bytes from `start` on in pieces, since an email may have 40 MB. No line end is divided."""
    while start < len(buffer):
        newline = buffer.find(b"\n", start + _CHUNK_BYTES)
        end = len(buffer) if newline < 0 else newline + 1
        yield buffer[start:end]
        start = end


def _squeezed(values: Sequence[bytes]) -> list[bytes]:
    """The values of all fields of one name, at least one. Folding and repeated white space make no difference."""
    return [b" ".join(value.split()) for value in values] or [b""]
