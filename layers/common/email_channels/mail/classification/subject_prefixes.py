"""Prefixes of subjects: `Re:`, `Fwd:`, and the tags that mail gateways add."""

from __future__ import annotations

import re
from typing import Final

from email_channels.mail.caseless import caseless, composed
from email_channels.mail.classification.patterns import joined
from email_channels.mail.message import InboundMessage
from email_channels.mail.subjects import REPLY_PREFIX

_FORWARD_WORDS: Final = (
    # English
    "fwd?",
    # German
    "wg",
    # French
    "tr",
    # Spanish
    "rv",
    # Italian
    "i",
    # Portuguese
    "enc",
    # Dutch
    "doorst",
    # Swedish
    "vb",
    # Danish and Norwegian
    "vs",
    # Polish
    "pd",
    # Chinese, simplified and traditional
    "转发",
    "轉寄",
    # Japanese
    "転送",
)
_FORWARD: Final = re.compile(rf"^\s*(?:{joined(_FORWARD_WORDS)})\s?[:：]", re.IGNORECASE)
_GATEWAY_TAG: Final = re.compile(r"^\s*\[(?:external|extern|ext|spam\??|caution|sec=[^\]]{1,30})\]\s*", re.IGNORECASE)


def has_reply_prefix(message: InboundMessage) -> bool:
    """Whether the subject begins with `Re:` or the same in another language."""
    return REPLY_PREFIX.match(composed(message.subject)) is not None


def has_forward_prefix(message: InboundMessage) -> bool:
    """Whether the subject begins with `Fwd:` or the same in another language."""
    return _FORWARD.match(message.subject) is not None


def subject_without_gateway_tag(message: InboundMessage) -> str:
    """The subject with composed letters, without a tag of a gateway (`[EXTERNAL]`)."""
    return _GATEWAY_TAG.sub("", composed(message.subject))


def is_reply_or_forward(message: InboundMessage) -> bool:
    """Whether the subject says, after the tags of gateways, that the email is a reply or a forward."""
    subject = subject_without_gateway_tag(message)
    return REPLY_PREFIX.match(subject) is not None or _FORWARD.match(subject) is not None


def subject_without_prefixes(message: InboundMessage) -> str:
    """The caseless subject, without tags of gateways and reply prefixes."""
    return caseless(REPLY_PREFIX.sub("", subject_without_gateway_tag(message)).strip())
