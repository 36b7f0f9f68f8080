"""Where an email that is tried comes in: its channel, and the address that receives it.

SES notes both for an email that it receives. An `.eml` from a mail program does not say them: then they follow from
what the admin asks, or from To and Cc.
"""

from __future__ import annotations

from collections.abc import Callable

from email_channels.addresses import without_tag
from email_channels.aws.rows import keys
from email_channels.aws.stores.intake_lookup import IntakeLookup
from email_channels.cases.channels import Channel
from email_channels.cases.mailboxes import first_mailbox
from email_channels.cases.trials.question import Question
from email_channels.errors import FieldError, Invalid
from email_channels.intake.receiving_channel import channel_at
from email_channels.mail.addresses import parse_addresses
from email_channels.mail.message import InboundMessage
from email_channels.settings import IntakeSettings
from email_channels.values import dataclass

_MAX_ADDRESSES = 12


@dataclass(frozen=True, slots=True)
class WayIn:
    """The channel, and the address that receives the email; None if that is not known."""

    channel: Channel
    recipient: str | None


def find_way_in(
    question: Question,
    recipient: str | None,
    headers: Callable[[], InboundMessage],
    settings: IntakeSettings,
    lookup: IntakeLookup,
) -> WayIn:
    """The way in of an email. `recipient` is the one that SES noted, `headers` reads the headers of the email.

    Raises Invalid if the question names no mailbox.
    """
    if question.mailbox is not None:
        return _of_mailbox(question.mailbox, question.channel, settings, lookup)
    channel = question.channel or channel_at(recipient, settings)
    if channel is not None and recipient is not None:
        return WayIn(channel, recipient)
    named = _addresses(headers())
    if channel is None:
        channel = Channel.AD_HOC if _is_ad_hoc(named, settings) else Channel.CASE_CREATION
    if recipient is not None:
        return WayIn(channel, recipient)
    if channel is Channel.AD_HOC:
        return WayIn(channel, _ad_hoc_recipient(named, settings))
    return WayIn(channel, _receiving_address(named, settings, lookup))


def _of_mailbox(mailbox: str, channel: Channel | None, settings: IntakeSettings, lookup: IntakeLookup) -> WayIn:
    wanted = without_tag(mailbox)
    replies = without_tag(settings.ad_hoc_reply_to) if settings.ad_hoc_reply_to else None
    if channel is Channel.AD_HOC and wanted != replies:
        raise Invalid((FieldError("mailbox", "is not the mailbox of the ad hoc channel (AdHocReplyTo)"),))
    if channel is not Channel.CASE_CREATION and wanted == replies:
        return WayIn(Channel.AD_HOC, _ad_hoc_recipient((), settings))
    receiving = _receiving_address((wanted,), settings, lookup)
    if receiving is None:
        message = "no mailbox has this address; to try one that does not exist yet, set assume.mailbox"
        raise Invalid((FieldError("mailbox", message),))
    return WayIn(Channel.CASE_CREATION, receiving)


def _is_ad_hoc(named: tuple[str, ...], settings: IntakeSettings) -> bool:
    """Whether an email to these addresses comes through the ad hoc channel."""
    if not settings.ad_hoc_enabled or not settings.case_creation_enabled:
        return settings.ad_hoc_enabled
    replies = without_tag(settings.ad_hoc_reply_to) if settings.ad_hoc_reply_to else None
    return any(name == replies or channel_at(name, settings) is Channel.AD_HOC for name in named)


def _receiving_address(addresses: tuple[str, ...], settings: IntakeSettings, lookup: IntakeLookup) -> str | None:
    """The receiving address of the first of these addresses that is a mailbox, or that itself receives email."""
    lookup.fetch(key for address in addresses for key in (keys.mailbox(address), keys.receiving(address)))
    first = first_mailbox(settings)
    for address in addresses:
        mailbox = lookup.mailbox(address) or (first if first and first.address == address else None)
        if mailbox is not None:
            return mailbox.receiving_address
        if lookup.receiving(address) is not None or channel_at(address, settings) is Channel.CASE_CREATION:
            return address
    return None


def _ad_hoc_recipient(named: tuple[str, ...], settings: IntakeSettings) -> str | None:
    received = [name for name in named if channel_at(name, settings) is Channel.AD_HOC]
    return next(iter([*received, *(one for one in settings.ad_hoc_recipients if "@" in one)]), None)


def _addresses(message: InboundMessage) -> tuple[str, ...]:
    """The addresses that the email was sent to, normalised and without tags."""
    written = [address.address for address in (*message.to, *message.cc)]
    for name in ("delivered-to", "x-original-to"):
        written += [one.address for value in message.all_headers(name) for one in parse_addresses(value[:1000])]
    return tuple(dict.fromkeys(without_tag(address) for address in written if "@" in address))[:_MAX_ADDRESSES]
