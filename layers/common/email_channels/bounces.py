"""Why a mail is a bounce: a delivery report (RFC 3464), or what mail servers wrote before and beside these.

What is no report is weighed: who sent it, under which subject, in which words, with what attached. Words alone make a
bounce only where a mail server's own template is all that stands at the beginning.
"""

from __future__ import annotations

import re
from typing import Final

from email_channels.automatic_replies import vacation_marks
from email_channels.automatic_subjects import BOUNCE, VACATION
from email_channels.machine_marks import (
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
from email_channels.mail_marks import (
    TEXT_SEARCHED,
    auto_submitted,
    bare_subject,
    first_words,
    passed_on,
    persons_program,
    written,
)
from email_channels.message import Attachment, InboundMessage
from email_channels.replies import visible_reply
from email_channels.reports import report_parts

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


def bounce(message: InboundMessage, *, null_sender: bool) -> tuple[str, ...]:
    """Why the mail is a bounce; nothing if it is not."""
    content_type = (message.header("content-type") or "").lower().replace('"', "")
    # Reports on a domain's mail (report-type=tlsrpt, RFC 8460) return nothing.
    reporting = "multipart/report" in content_type and ("report-type" not in content_type or _DSN in content_type)
    local = message.from_.address.split("@")[0] if message.from_ else ""
    sender = _daemon(message, local, null_sender=null_sender)
    by_daemon = sender > 0
    nobody = MAILER_DAEMON.match(local) is not None
    phrase = _bounce_phrase(bare_subject(message), anywhere=by_daemon or null_sender)
    handed_on = passed_on(message) and not null_sender
    # People keep the report of a bounce and attach it to what they write about it.
    reports = reporting or by_daemon or null_sender or bool(auto_submitted(message) or NO_REPLY.match(local))
    reports = reports or (phrase is not None and not handed_on)
    if reports and any(_REPORT_FIELD.search(part.content) for part in report_parts(message)):
        return ("delivery status notification",)
    if reporting and _DSN in content_type:
        return ("multipart/report; report-type=delivery-status",)
    if (message.header("x-failed-recipients") or "").strip():
        return ("X-Failed-Recipients",)

    text = (message.text or "")[:TEXT_SEARCHED] if by_daemon or null_sender else written(message)
    # People paste a report above their question too, but under their own address and subject.
    nobodys = message.from_ is None or bool(phrase or auto_submitted(message))
    if (
        nobodys
        and not handed_on
        and (begins := REPORT_BEGINS.match(text))
        and not CHALLENGE_TEXT.search(text[:_FIRST_WORDS])
    ):
        return (f"text: {' '.join(begins[1].split())[:60].lower()}",)

    evidence: list[str] = []
    score = 0
    if by_daemon:
        evidence.append("sent by a mail system")
        score += sender
    if null_sender:
        evidence.append("null envelope sender")
        # A postmaster's own words have a sender; what has none is a report, whatever its language.
        score += 2 if DAEMON_ADDRESS.match(local) and not NO_RETURN.search(message.subject) else 1
    if phrase:
        evidence.append(f"subject: {phrase}")
        score += 2
    if not evidence and not reporting:
        return ()  # nobody's words alone make a bounce
    if found := REPORT_TEXT.search(text):
        evidence.append(f"text: {' '.join(found[0].split())[:60].lower()}")
        score += 2 if by_daemon and REPORT_TEMPLATE.search(text) else 1
        if SMTP_CODE.search(text):
            score += 2 if null_sender and not persons_program(message) else 1
    elif SMTP_CODE.search(text):
        evidence.append("text: SMTP code")
        score += 1
    returned = any(_returned(part) for part in message.attachments)
    if returned and score >= 2:
        evidence.append("original returned")
        score += 1
    if reporting:
        evidence.append("multipart/report")
        score += 2
    # People answer bounces and forward them: their words, their address, their mail program.
    if not nobody and (FORWARD_PREFIX.match(message.subject) or handed_on):
        score -= 3
    if first_words(bare_subject(message), VACATION) and (
        not phrase or auto_submitted(message).startswith("auto-replied")
    ):
        score -= 3
    if vacation_marks(message) and not phrase:
        score -= 2
    by_machine = len(evidence) > 0 and (
        sender >= 2
        or (sender > 0 and SMTP_CODE.search(text) is not None)
        or null_sender
        or (returned and found is not None)
        or reporting
        or bool(auto_submitted(message))
        or _opens_as_report(message, text)
        or _under_servers_subject(message, text)
    )
    return tuple(evidence) if by_machine and (score >= 4 or (score >= 3 and phrase is not None)) else ()


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


def _daemon(message: InboundMessage, local: str, *, null_sender: bool) -> int:
    """How much the sender tells of a mail server: 4 nobody's mailbox, 2 a server's, 1 perhaps one's, 0 nothing."""
    if message.from_ is None:
        return 2 if null_sender else 0
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
