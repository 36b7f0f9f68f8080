"""An email as it arrived: what its object in the bucket says. Pure; a retry may differ only by a part of a second."""

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

_MAX_HEADER_BYTES = 65_536
# An email that is read so soon after it arrived gets a finer time than the one that SES gives.
_SOON = timedelta(seconds=10)
_WITHIN_A_SECOND = timedelta(milliseconds=999)


@dataclass(frozen=True, slots=True)
class Arrival:
    """One arrived email. `size` is what the sender sent, in bytes, without the header block of SES.

    `received_at` is the time that SES gives, made finer if the email is read soon after it arrived.
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


def channel_of(object_key: str) -> Channel | None:
    """The channel through which an original came in; None if the object is not an email."""
    if not object_key.startswith(ORIGINALS) or object_key.endswith(SETUP_NOTIFICATION):
        return None
    folder, _, name = object_key[len(ORIGINALS) :].partition("/")
    return Channel(folder) if name and folder in set(Channel) else None


def read_arrival(raw: bytes, object_key: str, channel: Channel, now: datetime) -> Arrival:
    """All that the bytes of an original say."""
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
    """What the headers alone say, for an email that cannot be read. The identity is the same as in `read_arrival`."""
    nothing = read_nothing(raw, object_key, channel, now)
    sent = raw[len(raw) - nothing.size :]
    ends = [at for blank in (b"\r\n\r\n", b"\n\n") if (at := sent.find(blank, 0, _MAX_HEADER_BYTES)) >= 0]
    message = parse_message(sent[: min(ends, default=_MAX_HEADER_BYTES)] + b"\r\n\r\n")
    message = replace(message, text=None, html=None, attachments=())
    return replace(nothing, message=message)


def read_nothing(raw: bytes, object_key: str, channel: Channel, now: datetime) -> Arrival:
    """What SES says, for an email whose headers cannot be read either. Such emails are never answered automatically."""
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
    """When the email arrived: the time that SES gives, or `now` if it gives none.

    SES gives whole seconds. Two emails of the same second would stand in any order, and a reply that comes within a
    second could stand before the email that it answers. If the email is read soon enough, its time is therefore moved
    within that second, as late as `now` allows: emails then stand in the order in which they are processed.
    """
    at = ses_headers.received_at
    if at is None:
        return now
    return max(at, min(now, at + _WITHIN_A_SECOND)) if now - at < _SOON else at


_NOTHING = InboundMessage(None, (), (), (), (), "", None, None, (), (), None, None, (), (), ("could not be read",))
