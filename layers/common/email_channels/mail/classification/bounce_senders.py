"""Senders of bounces: how much the From header looks like that of a mail server."""

from __future__ import annotations

import re
from typing import Final

from email_channels.expressions import expression
from email_channels.mail.classification.bounce_subjects import RETURNS_NOTHING
from email_channels.mail.classification.patterns import any_of, joined
from email_channels.mail.message import InboundMessage

# Local parts that are never the mailbox of a person, in any language.
_NOBODY: Final = expression(r"^(?:mailer[-_.]?daemon|microsoftexchange[0-9a-f]{10,40})$", re.IGNORECASE)
_NO_REPLY: Final = expression(r"^(?:no|do-?not|dont|donot)[-_.]?reply$", re.IGNORECASE)
_SYSTEM_ADDRESSES: Final = (
    r"mailer[-_.]?daemon",
    r"mail[-_.]?daemon",
    r"mailerdaemon",
    r"post[-_.]?master",
    r"mdaemon",
    r"mmdf",
    r"pmdf",
    r"maildeliverysystem",
    r"mail[-_.]?delivery",
    r"mailsystem",
    r"mail[-_.]?server",
    r"mail[-_.]?gateway",
    r"mta",
    r"mail[-_.]?system",
    r"microsoftexchange[0-9a-f]{10,40}",
    r"bounces?",
    r"bounce[-_+].*",
    r"[a-z0-9._-]{1,60}-bounces?",
    r"mmsprocess",
    r"root-?mailer",
    r"smtp",
    r"exchange[-_]?system",
    r"system[-_.]?administrator",
)
_SYSTEM_ADDRESS: Final = expression(f"^(?:{joined(_SYSTEM_ADDRESSES)})$", re.IGNORECASE)

# Display names
_SYSTEM_NAME: Final = any_of((
    r"mail(?:er)?[ -]?(?:delivery )?(?:daemon|subsystem)",
    r"mail deliver(?:y|er)? (?:sub)?system",
    r"postmaster",
    r"microsoft exchange",
    r"internet mail (?:delivery|gateway)",
    r"delivery subsystem",
    r"mail transport",
    r"mail router",
    r"memo service",
    r"mail(?:er)? robot",
    r"mail delivery (?:agent|service)",
    r"undeliverable",
    r"(?:cc:mail|smtp|x\.?400) (?:link|gateway)",
    r"(?:pmdf|e-?mail) interconnect",
))  # fmt: skip
# People write under these names too.
_ADMINISTRATOR: Final = any_of((
    # English
    r"(?:mail|system) ?administrator",
    # French
    r"administrateur système",
    # Italian
    r"amministratore (?:di )?sistema",
    # Spanish
    r"administrador del? sistema",
    # Dutch
    r"systembeheerder",
    # Russian
    r"системный администратор",
    # Japanese
    r"システム管理者",
    # any language
    r"microsoft outlook",
    r"mail ?system",
    r"mail (?:agent|service)",
))  # fmt: skip


def mail_system_points(message: InboundMessage, *, null_sender: bool) -> int:
    """How much From looks like a mail server: 4 (no person uses it), 2 (a mail server), 1 (perhaps one), 0 (not)."""
    if message.from_ is None:
        return 2 if null_sender else 0
    if is_nobody(message):
        return 2 if RETURNS_NOTHING.search(message.subject) else 4
    if has_system_address(message) or _SYSTEM_NAME.search(message.from_.name):
        return 2
    return 1 if _ADMINISTRATOR.search(message.from_.name) else 0


def is_nobody(message: InboundMessage) -> bool:
    """Whether no person reads or writes email at the From address (MAILER-DAEMON, Exchange's own mailbox)."""
    return _NOBODY.match(_local_part(message)) is not None


def is_no_reply(message: InboundMessage) -> bool:
    """Whether the From address is `noreply@` or similar (`do-not-reply@`)."""
    return _NO_REPLY.match(_local_part(message)) is not None


def has_system_address(message: InboundMessage) -> bool:
    """Whether the From address is one of those that mail servers use (postmaster@, bounces@)."""
    return _SYSTEM_ADDRESS.match(_local_part(message)) is not None


def _local_part(message: InboundMessage) -> str:
    return message.from_.address.split("@")[0] if message.from_ else ""
