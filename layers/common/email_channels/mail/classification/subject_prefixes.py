"""What stands before the words of a subject: `Re:`, `Fwd:`, and the tags of mail gateways."""

from __future__ import annotations

import re
from typing import Final

from email_channels.mail.message import InboundMessage

_REPLY: Final = re.compile(
    r"^\s*(?:\[[^\]]{1,40}\]\s*)?"
    r"(?:(?:re|aw|sv|vs|antw|antwort|rif|r|réf|ref|odp|ynt|atb|vast|ang|risposta|réponse|respuesta"
    r"|回复|答复|回覆|答覆|返信|回信|답장|회신)\s?(?:\[\d+\])?\s?[:：]\s*)+",
    re.IGNORECASE,
)
_FORWARD: Final = re.compile(r"^\s*(?:fwd?|wg|tr|rv|i|enc|doorst|vb|vs|pd|转发|轉寄|転送)\s?[:：]", re.IGNORECASE)
_GATEWAY_TAG: Final = re.compile(r"^\s*\[(?:external|extern|ext|spam\??|caution|sec=[^\]]{1,30})\]\s*", re.IGNORECASE)


def has_reply_prefix(message: InboundMessage) -> bool:
    """Whether the subject begins with `Re:` or its like in another language."""
    return _REPLY.match(message.subject) is not None


def has_forward_prefix(message: InboundMessage) -> bool:
    """Whether the subject begins with `Fwd:` or its like in another language."""
    return _FORWARD.match(message.subject) is not None


def is_reply_or_forward(message: InboundMessage) -> bool:
    """Whether the subject says, behind the tags of gateways, that somebody replies to or forwards a mail."""
    subject = _GATEWAY_TAG.sub("", message.subject)
    return _REPLY.match(subject) is not None or _FORWARD.match(subject) is not None


def subject_without_prefixes(message: InboundMessage) -> str:
    """The subject without tags of gateways and `Re:`, casefolded."""
    return _REPLY.sub("", _GATEWAY_TAG.sub("", message.subject)).strip().casefold()
