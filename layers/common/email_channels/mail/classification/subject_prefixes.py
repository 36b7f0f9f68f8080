"""What stands before the words of a subject: `Re:`, `Fwd:`, and the tags of mail gateways."""

from __future__ import annotations

import re
from typing import Final

from email_channels.mail.caseless import caseless
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
    """Whether the subject begins with `Re:` or its like in another language."""
    return REPLY_PREFIX.match(message.subject) is not None


def has_forward_prefix(message: InboundMessage) -> bool:
    """Whether the subject begins with `Fwd:` or its like in another language."""
    return _FORWARD.match(message.subject) is not None


def is_reply_or_forward(message: InboundMessage) -> bool:
    """Whether the subject says, behind the tags of gateways, that somebody replies to or forwards a mail."""
    subject = _GATEWAY_TAG.sub("", message.subject)
    return REPLY_PREFIX.match(subject) is not None or _FORWARD.match(subject) is not None


def subject_without_prefixes(message: InboundMessage) -> str:
    """The subject without tags of gateways and `Re:`, caseless."""
    return caseless(REPLY_PREFIX.sub("", _GATEWAY_TAG.sub("", message.subject)).strip())
