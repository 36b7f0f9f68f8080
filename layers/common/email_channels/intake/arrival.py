"""An email as it came in: what its object in the bucket tells. Pure; only parts of a second may differ next time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from email_channels.cases.channels import ORIGINALS, SETUP_NOTIFICATION, Channel
from email_channels.cases.identity import EmailIdentity, identify
from email_channels.mail.classification import Classification, Kind, classify
from email_channels.mail.form_lines import FormLines, read_form_lines
from email_channels.mail.message import InboundMessage
from email_channels.mail.parsing import parse_message
from email_channels.mail.ses_headers import SesHeaders, read_ses_headers
from email_channels.times import to_milliseconds

_MOST_HEADER_BYTES = 65_536
# An email that is looked at so soon gets a finer time than SES gives it.
_SOON = timedelta(seconds=10)
_WITHIN_A_SECOND = timedelta(milliseconds=999)


@dataclass(frozen=True, slots=True)
class Arrival:
    """`size` is that of what the sender sent, in bytes; `received_at` SES's time, made finer where we looked soon."""

    object_key: str
    channel: Channel
    ses_headers: SesHeaders
    message: InboundMessage
    classification: Classification
    form_lines: FormLines
    identity: EmailIdentity
    size: int
    received_at: datetime


def channel_of(object_key: str) -> Channel | None:
    """The channel through which an original came; None if the object is no email."""
    if not object_key.startswith(ORIGINALS) or object_key.endswith(SETUP_NOTIFICATION):
        return None
    folder, _, name = object_key[len(ORIGINALS) :].partition("/")
    return Channel(folder) if name and folder in set(Channel) else None


def read_arrival(raw: bytes, object_key: str, channel: Channel, now: datetime) -> Arrival:
    """All that the bytes of an original tell."""
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
    """What the headers alone tell: for an email that cannot be read. The identity is that of `read_arrival`."""
    nothing = read_nothing(raw, object_key, channel, now)
    sent = raw[len(raw) - nothing.size :]
    ends = [at for mark in (b"\r\n\r\n", b"\n\n") if (at := sent.find(mark, 0, _MOST_HEADER_BYTES)) >= 0]
    message = parse_message(sent[: min(ends, default=_MOST_HEADER_BYTES)] + b"\r\n\r\n")
    message = replace(message, text=None, html=None, attachments=())
    return replace(nothing, message=message)


def read_nothing(raw: bytes, object_key: str, channel: Channel, now: datetime) -> Arrival:
    """What is known of an email of which not even the headers can be read. Nobody answers such a one."""
    ses_headers, offset = read_ses_headers(raw)
    sent = raw[offset:]
    return Arrival(
        object_key=object_key,
        channel=channel,
        ses_headers=ses_headers,
        message=_NOTHING,
        classification=Classification(Kind.NORMAL, (), (), None, automatic=True),
        form_lines=FormLines(None, ""),
        identity=identify(sent, ses_headers.recipient, object_key),
        size=len(sent),
        received_at=to_milliseconds(_received_at(ses_headers, now)),
    )


def _received_at(ses_headers: SesHeaders, now: datetime) -> datetime:
    """When the email came in: SES's time, else `now`.

    SES gives whole seconds. An answer that comes within a second would so stand before the email that it answers, and
    two emails of one second in any order. Where we look soon enough, the time is as late within SES's second as it can
    be: what is processed first comes first.
    """
    at = ses_headers.received_at
    if at is None:
        return now
    return max(at, min(now, at + _WITHIN_A_SECOND)) if now - at < _SOON else at


_NOTHING = InboundMessage(None, (), (), (), (), "", None, None, (), (), None, None, (), (), ("could not be read",))
