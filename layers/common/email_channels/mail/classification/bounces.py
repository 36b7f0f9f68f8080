"""Why a mail is a bounce: a delivery report (RFC 3464), or what mail servers wrote before and beside these.

What is no report is weighed: who sent it, under which subject, in which words, with what attached. Words alone make a
bounce only where a mail server's own template is all that stands at the beginning.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from email_channels.mail.classification.automatic_replies import vacation_marks
from email_channels.mail.classification.automatic_subjects import BOUNCE, VACATION
from email_channels.mail.classification.delivery_reports import report_parts
from email_channels.mail.classification.machine_patterns import (
    ADMINISTRATOR,
    ATTACHED_BOUNCE,
    CHALLENGE_TEXT,
    DAEMON_ADDRESS,
    DAEMON_NAME,
    FORWARD_PREFIX,
    MAILER_DAEMON,
    NO_REPLY,
    NO_RETURN,
    REPORT_BEGINS,
    REPORT_TEMPLATE,
    REPORT_TEXT,
    SERVERS_SUBJECT,
    SMTP_CODE,
)
from email_channels.mail.classification.signals import (
    TEXT_SEARCHED,
    auto_submitted,
    bare_subject,
    first_words,
    passed_on,
    persons_program,
    written,
)
from email_channels.mail.message import Attachment, InboundMessage
from email_channels.mail.replies import visible_reply

_ATTACHED_HEADER: Final = 65_536
"""Bytes of an attached mail in which its sender is looked for."""

_OPENING: Final = 200
"""Characters within which a report that nothing else tells from a person's mail has said that it is one."""

_FIRST_WORDS: Final = 1_000
"""Characters within which a program says that it holds a mail back, and a person begins to quote."""

_LONG_PHRASE: Final = 14
"""Characters of a bounce's phrase that means one in the middle of a mail server's subject too."""

_DSN: Final = "delivery-status"

_REPORT_FIELD: Final = re.compile(
    rb"^(?:final-recipient|original-recipient|action|reporting-mta|status):", re.IGNORECASE | re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class _Signs:
    """What is seen of a message before it is weighed."""

    sender: int
    """How much the sender tells of a mail server, 0 to 4."""
    nobody: bool
    """Whether it comes from a mailbox that is nobody's."""
    null_sender: bool
    phrase: str | None
    """The phrase of a bounce in the subject."""
    handed_on: bool
    """Whether somebody answers or forwards what the subject names."""
    reporting: bool
    """Whether it is a multipart/report that may be on a delivery."""
    text: str


def bounce(message: InboundMessage, *, null_sender: bool) -> tuple[str, ...]:
    """Why the mail is a bounce; nothing if it is not."""
    content_type = (message.header("content-type") or "").lower().replace('"', "")
    local = _local_part(message)
    sender = _daemon(message, null_sender=null_sender)
    signs = _Signs(
        sender=sender,
        nobody=MAILER_DAEMON.match(local) is not None,
        null_sender=null_sender,
        phrase=_bounce_phrase(bare_subject(message), anywhere=sender > 0 or null_sender),
        handed_on=passed_on(message) and not null_sender,
        # Reports on a domain's mail (report-type=tlsrpt, RFC 8460) return nothing.
        reporting="multipart/report" in content_type and ("report-type" not in content_type or _DSN in content_type),
        text=(message.text or "")[:TEXT_SEARCHED] if sender > 0 or null_sender else written(message),
    )
    return _certain(message, signs, content_type) or _weighed(message, signs)


def _certain(message: InboundMessage, signs: _Signs, content_type: str) -> tuple[str, ...]:
    """What no weighing is needed for: a report, the header of one, or a template where nobody's name stands above."""
    automatic = bool(auto_submitted(message))
    # People keep the report of a bounce and attach it to what they write about it.
    reports = signs.reporting or signs.sender > 0 or signs.null_sender or automatic
    reports = reports or (signs.phrase is not None and not signs.handed_on)
    reports = reports or NO_REPLY.match(_local_part(message)) is not None
    if reports and any(_REPORT_FIELD.search(part.content) for part in report_parts(message)):
        return ("delivery status notification",)
    if signs.reporting and _DSN in content_type:
        return ("multipart/report; report-type=delivery-status",)
    if (message.header("x-failed-recipients") or "").strip():
        return ("X-Failed-Recipients",)
    # People paste a report above their question too, but under their own address and subject.
    if signs.handed_on or persons_program(message) or not (message.from_ is None or signs.phrase or automatic):
        return ()
    begins = REPORT_BEGINS.match(signs.text)
    if begins is None or CHALLENGE_TEXT.search(signs.text[:_FIRST_WORDS]):
        return ()
    return (f"text: {' '.join(begins[1].split())[:60].lower()}",)


def _weighed(message: InboundMessage, signs: _Signs) -> tuple[str, ...]:
    evidence: list[str] = []
    score = 0
    if signs.sender:
        evidence.append("sent by a mail system")
        score += signs.sender
    if signs.null_sender:
        evidence.append("null envelope sender")
        # A postmaster's own words have a sender; what has none is a report, whatever its language.
        score += 2 if DAEMON_ADDRESS.match(_local_part(message)) and not NO_RETURN.search(message.subject) else 1
    if signs.phrase:
        evidence.append(f"subject: {signs.phrase}")
        score += 2
    if not evidence and not signs.reporting:
        return ()  # nobody's words alone make a bounce
    code = SMTP_CODE.search(signs.text) is not None
    if found := REPORT_TEXT.search(signs.text):
        evidence.append(f"text: {' '.join(found[0].split())[:60].lower()}")
        score += 2 if signs.sender and REPORT_TEMPLATE.search(signs.text) else 1
        if code:
            score += 2 if signs.null_sender and not persons_program(message) else 1
    elif code:
        evidence.append("text: SMTP code")
        score += 1
    returned = any(_returned(part) for part in message.attachments)
    if returned and score >= 2:
        evidence.append("original returned")
        score += 1
    if signs.reporting:
        evidence.append("multipart/report")
        score += 2
    by_machine = (
        signs.sender >= 2
        or (signs.sender > 0 and code)
        or signs.null_sender
        or (returned and found is not None)
        or signs.reporting
        or bool(auto_submitted(message))
        or _opens_as_report(message, signs.text)
        or _under_servers_subject(message, signs.text)
    )
    enough = 3 if signs.phrase else 4
    return tuple(evidence) if by_machine and score - _peoples(message, signs) >= enough else ()


def _peoples(message: InboundMessage, signs: _Signs) -> int:
    """What speaks against a bounce: people answer and forward them, and programs answer with words of absence."""
    against = 0
    if not signs.nobody and (FORWARD_PREFIX.match(message.subject) or signs.handed_on):
        against += 3
    absence = first_words(bare_subject(message), VACATION)
    if absence and (not signs.phrase or auto_submitted(message).startswith("auto-replied")):
        against += 3
    if not signs.phrase and vacation_marks(message):
        against += 2
    return against


def _local_part(message: InboundMessage) -> str:
    return message.from_.address.split("@")[0] if message.from_ else ""


def _opens_as_report(message: InboundMessage, text: str) -> bool:
    """Whether a mail server's words stand at the beginning, and not below a person's question as what it quotes."""
    if persons_program(message) or not REPORT_TEMPLATE.search(text[:_OPENING]):
        return False
    return REPORT_TEMPLATE.search(visible_reply(text[:_FIRST_WORDS]).visible[:_OPENING]) is not None


def _under_servers_subject(message: InboundMessage, text: str) -> bool:
    """Whether the whole subject is a mail server's, and nobody asks about it."""
    if persons_program(message) or "?" in text[:_FIRST_WORDS]:
        return False
    return SERVERS_SUBJECT.fullmatch(message.subject.strip()) is not None


def _daemon(message: InboundMessage, *, null_sender: bool) -> int:
    """How much the sender tells of a mail server: 4 nobody's mailbox, 2 a server's, 1 perhaps one's, 0 nothing."""
    if message.from_ is None:
        return 2 if null_sender else 0
    local = _local_part(message)
    if MAILER_DAEMON.match(local):
        return 2 if NO_RETURN.search(message.subject) else 4
    if DAEMON_ADDRESS.match(local) or DAEMON_NAME.search(message.from_.name):
        return 2
    return 1 if ADMINISTRATOR.search(message.from_.name) else 0


def _bounce_phrase(subject: str, *, anywhere: bool) -> str | None:
    """The phrase of a bounce with which the subject begins; in a mail server's, one that stands anywhere."""
    if (phrase := first_words(subject, BOUNCE)) is not None or not anywhere:
        return phrase
    return next((phrase for phrase in BOUNCE if len(phrase) >= _LONG_PHRASE and phrase in subject), None)


def _returned(part: Attachment) -> bool:
    """Whether a part is a returned mail; a bounce that somebody attached to what they write about it is none."""
    if part.content_type not in ("message/rfc822", "text/rfc822-headers"):
        return False
    header = re.split(rb"\r?\n\r?\n", part.content[:_ATTACHED_HEADER].lstrip(b"\r\n"), maxsplit=1)[0]
    return ATTACHED_BOUNCE.search(header) is None
