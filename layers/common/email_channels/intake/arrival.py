"""Reads an arrived email from the bytes of its object in the bucket.

Pure: a retry reads the same values. Only `received_at` can differ, by less than a second.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property

from email_channels.addresses import normalise
from email_channels.cases.channels import ORIGINALS, SETUP_NOTIFICATION, Channel
from email_channels.cases.identity import EmailIdentity, identify
from email_channels.mail.addresses import parse_addresses
from email_channels.mail.classification import Classification, Kind, classify
from email_channels.mail.form_lines import FormLines, read_form_lines
from email_channels.mail.headers import made_readable, read_fields
from email_channels.mail.message import InboundMessage
from email_channels.mail.parsing import parse_message
from email_channels.mail.ses_headers import SesHeaders, read_ses_headers
from email_channels.times import to_milliseconds
from email_channels.values import dataclass

_MAX_HEADER_BYTES = 65_536
# Fields that an email has once (RFC 5322, section 3.6; RFC 2045, section 3), but for From: `authors`.
_ONCE = (
    "sender", "reply-to", "to", "cc", "date", "subject", "message-id", "in-reply-to", "references", "content-type",
    "content-transfer-encoding",
)  # fmt: skip
# SES gives arrival times in whole seconds. An email that is read within this time of its arrival gets a finer one.
_SOON = timedelta(seconds=10)
_WITHIN_A_SECOND = timedelta(milliseconds=999)


@dataclass(frozen=True)
class Arrival:
    """One arrived email. `size` counts the bytes that the sender sent, without the header block of SES.

    `received_at` is the arrival time that SES gives, made finer if the email is read soon after its arrival.
    `stored_at` is when the bucket stored the original; None if that is not known.
    """

    object_key: str
    channel: Channel
    ses_headers: SesHeaders
    message: InboundMessage
    classification: Classification
    form_lines: FormLines
    identity: EmailIdentity
    size: int
    received_at: datetime
    stored_at: datetime | None = None

    @cached_property
    def sender(self) -> str:
        """The normalised From address; "" if there is none."""
        return normalise(self.message.from_.address) if self.message.from_ else ""

    @cached_property
    def authors(self) -> int:
        """How many addresses From names. Of several, it is not known which SES checked (RFC 7489, section 6.6.1).

        A field without a readable address counts as one.
        """
        return sum(max(1, len(parse_addresses(value))) for value in self.message.all_headers("from"))

    @cached_property
    def proven(self) -> bool:
        """Whether SES proved the From address, by an aligned DKIM signature, and this email is what was signed."""
        return self._signed and not self._contradictory

    @property
    def changed_since_signed(self) -> bool:
        """Whether somebody may have put further fields above a signed email.

        A signature covers the last field of a name (RFC 6376, section 5.4.2). Whoever has a signed email can put
        another subject or other recipients above it, and the signature still passes.
        """
        return self._signed and self._contradictory

    @cached_property
    def _signed(self) -> bool:
        from_ = self.message.from_
        return from_ is not None and self.authors == 1 and self.ses_headers.aligned(from_.address)

    @cached_property
    def _contradictory(self) -> bool:
        """Whether a field that an email has once is there with several values."""
        return any(len(set(self.message.all_headers(name))) > 1 for name in _ONCE)


def channel_of(object_key: str) -> Channel | None:
    """The channel through which an original came in; None if the object is not an email."""
    if not object_key.startswith(ORIGINALS) or object_key.endswith(SETUP_NOTIFICATION):
        return None
    folder, _, name = object_key[len(ORIGINALS) :].partition("/")
    return Channel(folder) if name and folder in set(Channel) else None


def read_arrival(raw: bytes, object_key: str, channel: Channel, now: datetime) -> Arrival:
    """Reads the whole email in `raw`, the bytes of an original. `now` is the aware current time."""
    ses_headers, offset = read_ses_headers(raw)
    sent = raw[offset:]
    identity = identify(sent, ses_headers.recipient, object_key)
    message = parse_message(sent)
    return Arrival(
        object_key=object_key,
        channel=channel,
        ses_headers=ses_headers,
        message=message,
        classification=classify(message, ses_headers.envelope_sender),
        form_lines=read_form_lines(message),
        identity=identity,
        size=len(sent),
        received_at=to_milliseconds(_received_at(ses_headers, now)),
    )


def read_headers(raw: bytes, object_key: str, channel: Channel, now: datetime) -> Arrival:
    """Reads only the headers, for an email that cannot be read completely. The identity is that of `read_arrival`."""
    unread = read_ses_headers_only(raw, object_key, channel, now)
    sent = raw[len(raw) - unread.size :]
    buffer = made_readable(sent)
    _, body_start, _ = read_fields(buffer, 0, len(buffer))
    message = parse_message(buffer[: min(body_start, _MAX_HEADER_BYTES)] + b"\r\n\r\n")
    message = replace(message, text=None, html=None, attachments=())
    return replace(unread, message=message)


def read_ses_headers_only(raw: bytes, object_key: str, channel: Channel, now: datetime) -> Arrival:
    """Reads only the header block of SES, for an email whose own headers cannot be read either.

    Such emails are never answered automatically.
    """
    ses_headers, offset = read_ses_headers(raw)
    sent = raw[offset:]
    return Arrival(
        object_key=object_key,
        channel=channel,
        ses_headers=ses_headers,
        message=_UNREAD_MESSAGE,
        classification=Classification(Kind.NORMAL, (), (), None, automatic=True),
        form_lines=FormLines(None, ""),
        identity=identify(sent, ses_headers.recipient, object_key),
        size=len(sent),
        received_at=to_milliseconds(_received_at(ses_headers, now)),
    )


def _received_at(ses_headers: SesHeaders, now: datetime) -> datetime:
    """When the email arrived: the time that SES gives, or `now` if it gives none.

    SES gives whole seconds, so two emails of the same second have no order. A reply within that second could be listed
    before the email that it answers. An email that is read soon after its arrival therefore gets the time `now`, but
    stays within the second that SES gives. Emails are then listed in the order in which they are processed.
    """
    at = ses_headers.received_at
    if at is None:
        return now
    return max(at, min(now, at + _WITHIN_A_SECOND)) if now - at < _SOON else at


_UNREAD_MESSAGE = InboundMessage(
    None, (), (), (), (), "", None, None, (), (), None, None, (), (), ("could not be read",)
)
