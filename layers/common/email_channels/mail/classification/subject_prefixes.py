"""What the prefixes of a message's subject say. `mail/subjects.py` has the table of them."""

from __future__ import annotations

from email_channels.mail.caseless import caseless, composed
from email_channels.mail.message import InboundMessage
from email_channels.mail.subjects import FORWARD_PREFIX, GATEWAY_TAG, REPLY_PREFIX


def has_reply_prefix(message: InboundMessage) -> bool:
    """Whether the subject begins, after the tags of gateways, with `Re:` or the same in another language."""
    return REPLY_PREFIX.match(subject_without_gateway_tags(message)) is not None


def has_forward_prefix(message: InboundMessage) -> bool:
    """Whether the subject begins, after the tags of gateways, with `Fwd:` or the same in another language."""
    return FORWARD_PREFIX.match(subject_without_gateway_tags(message)) is not None


def is_reply_or_forward(message: InboundMessage) -> bool:
    """Whether the subject says that the email is a reply or a forward."""
    return has_reply_prefix(message) or has_forward_prefix(message)


def subject_without_prefixes(message: InboundMessage) -> str:
    """The caseless subject, without tags of gateways and reply prefixes."""
    return caseless(REPLY_PREFIX.sub("", subject_without_gateway_tags(message)).strip())


def subject_without_gateway_tags(message: InboundMessage) -> str:
    """The subject with composed letters, without the tags of gateways (`[EXTERNAL]`)."""
    return GATEWAY_TAG.sub("", composed(message.subject))
