"""Finds evidence that an email is a bounce.

A delivery report (RFC 3464) is enough. Without one, the email gets points for its sender, subject, text and
attachments; enough points make it a bounce. The text alone is enough only if it begins with a mail server's template.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from email_channels.expressions import expression
from email_channels.mail.classification.automatic_reply_headers import automatic_reply_headers
from email_channels.mail.classification.automatic_reply_subjects import AUTOMATIC_REPLY_SUBJECTS
from email_channels.mail.classification.automatic_reply_texts import CHALLENGE_TEXT
from email_channels.mail.classification.bounce_senders import (
    has_system_address,
    is_no_reply,
    is_nobody,
    mail_system_points,
)
from email_channels.mail.classification.bounce_subjects import BOUNCE_SUBJECTS, RETURNS_NOTHING, SERVERS_SUBJECT
from email_channels.mail.classification.bounce_texts import (
    REPORT_OPENING,
    REPORT_TEMPLATE,
    REPORT_TEXT,
    SMTP_CODE,
)
from email_channels.mail.classification.delivery_reports import report_parts
from email_channels.mail.classification.returned_mail import is_returned_mail
from email_channels.mail.classification.signals import (
    OPENING,
    QUESTION,
    TEXT_SEARCHED,
    auto_submitted,
    content_type,
    leading_phrase,
    names_mail_client,
    text_evidence,
    unquoted_text,
)
from email_channels.mail.classification.subject_prefixes import (
    has_forward_prefix,
    has_reply_prefix,
    is_reply_or_forward,
    subject_without_prefixes,
)
from email_channels.mail.classification.undelivered_texts import UNDELIVERED
from email_channels.mail.message import InboundMessage
from email_channels.mail.replies import visible_reply
from email_channels.values import dataclass

_FIRST_SENTENCES: Final = 200
"""Characters at the top in which a report must say that it is one, if nothing else shows that a program wrote it."""

_LONG_PHRASE: Final = 14
"""In subjects of mail servers, phrases of at least this many characters also count if they are not at the start."""

# Points that make a bounce
_ENOUGH: Final = 4
_ENOUGH_UNDER_A_BOUNCE_SUBJECT: Final = 3

_DSN: Final = "delivery-status"

_REPORT_FIELD: Final = expression(
    rb"^(?:final-recipient|original-recipient|action|reporting-mta|status):", re.IGNORECASE | re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class _Signals:
    """What is read from a message before points are given."""

    sender_points: int
    """How much the sender looks like a mail server: 0 to 4."""
    null_sender: bool
    phrase: str | None
    """The phrase of a bounce in the subject."""
    is_reply_or_forward: bool
    """Whether the subject says that somebody replies to an email or forwards it."""
    is_report: bool
    """Whether the message is a multipart/report that may be about a delivery."""
    content_type: str
    auto_submitted: str
    text: str
    """The text, without quoted lines unless a mail server wrote it."""


class _Clue(NamedTuple):
    """One piece of evidence for a bounce, and its points."""

    evidence: str
    points: int


def bounce_evidence(message: InboundMessage, *, null_sender: bool) -> tuple[str, ...]:
    """The evidence that `message` is a bounce; empty if it is not one."""
    signals = _signals(message, null_sender=null_sender)
    return _conclusive_evidence(message, signals) or _weighed_evidence(message, signals)


def _signals(message: InboundMessage, *, null_sender: bool) -> _Signals:
    declared = content_type(message)
    points = mail_system_points(message, null_sender=null_sender)
    # A program that replies with the null sender quotes the words of a person ("Re: User unknown").
    by_mail_system = points > 0 or (null_sender and not has_reply_prefix(message))
    is_programs_reply = null_sender and not by_mail_system
    return _Signals(
        sender_points=points,
        null_sender=null_sender,
        phrase=None if is_programs_reply else _bounce_phrase(message, anywhere=by_mail_system),
        is_reply_or_forward=is_reply_or_forward(message) and not null_sender,
        # Reports on a domain's mail (report-type=tlsrpt, RFC 8460) return nothing.
        is_report="multipart/report" in declared and ("report-type" not in declared or _DSN in declared),
        content_type=declared,
        auto_submitted=auto_submitted(message),
        text=(message.text or "")[:TEXT_SEARCHED] if by_mail_system else unquoted_text(message),
    )


def _bounce_phrase(message: InboundMessage, *, anywhere: bool) -> str | None:
    """The phrase of a bounce at the start of the subject, or, if `anywhere`, a long phrase at any place in it."""
    subject = subject_without_prefixes(message)
    phrase = leading_phrase(subject, BOUNCE_SUBJECTS)
    if phrase is None and anywhere:
        phrase = next((phrase for phrase in BOUNCE_SUBJECTS if len(phrase) >= _LONG_PHRASE and phrase in subject), None)
    return BOUNCE_SUBJECTS[phrase] if phrase else None


# --- evidence that is enough alone


def _conclusive_evidence(message: InboundMessage, signals: _Signals) -> tuple[str, ...]:
    """A delivery report, a header that says that there is one, or a mail server's template at the very top."""
    if _may_hold_a_report(message, signals) and any(
        _REPORT_FIELD.search(part.content) for part in report_parts(message)
    ):
        return ("delivery status notification",)
    if signals.is_report and _DSN in signals.content_type:
        return ("multipart/report; report-type=delivery-status",)
    if (message.header("x-failed-recipients") or "").strip():
        return ("X-Failed-Recipients",)
    return _template_evidence(message, signals)


def _may_hold_a_report(message: InboundMessage, signals: _Signals) -> bool:
    """Whether the email is about its attached report. People also attach reports in order to ask about them."""
    return (
        signals.is_report
        or signals.sender_points > 0
        or signals.null_sender
        or bool(signals.auto_submitted)
        or (signals.phrase is not None and not signals.is_reply_or_forward and not QUESTION.search(signals.text))
        or is_no_reply(message)
    )


def _template_evidence(message: InboundMessage, signals: _Signals) -> tuple[str, ...]:
    """A template at the top. People also paste reports above a question, with their own address and subject."""
    if signals.is_reply_or_forward or names_mail_client(message):
        return ()
    if message.from_ is not None and not signals.phrase and not signals.auto_submitted:
        return ()
    opening = REPORT_OPENING.match(signals.text)
    if opening is None or CHALLENGE_TEXT.search(signals.text[:OPENING]):
        return ()
    return (text_evidence(opening[1]),)


# --- evidence that gives points


def _weighed_evidence(message: InboundMessage, signals: _Signals) -> tuple[str, ...]:
    """The evidence of all clues, if they have enough points and a program wrote the email."""
    clues = _header_clues(message, signals)
    if not clues and not signals.is_report:
        return ()  # words alone do not make a bounce
    has_code = SMTP_CODE.search(signals.text) is not None
    sentence = REPORT_TEXT.search(signals.text)
    clues += _text_clues(message, signals, sentence, has_code=has_code)
    if signals.null_sender and (said := _undelivered_sentence(message, signals)):
        clues.append(_Clue(text_evidence(said), _ENOUGH - 1))  # with the null sender itself, this is enough
    returns_original = any(is_returned_mail(part) for part in message.attachments)
    if returns_original and _points(clues) >= 2:
        clues.append(_Clue("original returned", 2 if signals.null_sender else 1))
    if signals.is_report:
        clues.append(_Clue("multipart/report", 2))
    enough = _ENOUGH_UNDER_A_BOUNCE_SUBJECT if signals.phrase else _ENOUGH
    if _points(clues) - _points_against(message, signals) < enough:
        return ()
    by_program = (
        (signals.sender_points > 0 and has_code)
        or (returns_original and sentence is not None)
        or _is_by_program(message, signals)
    )
    return tuple(clue.evidence for clue in clues) if by_program else ()


def _points(clues: list[_Clue]) -> int:
    return sum(clue.points for clue in clues)


def _header_clues(message: InboundMessage, signals: _Signals) -> list[_Clue]:
    clues = []
    if signals.sender_points:
        clues.append(_Clue("sent by a mail system", signals.sender_points))
    if signals.null_sender:
        # Emails that a postmaster writes have an envelope sender. One without it is a report, in whatever language.
        is_report = has_system_address(message) and not RETURNS_NOTHING.search(message.subject)
        clues.append(_Clue("null envelope sender", 2 if is_report else 1))
    if signals.phrase:
        clues.append(_Clue(f"subject: {signals.phrase}", 2))
    return clues


def _text_clues(
    message: InboundMessage, signals: _Signals, sentence: re.Match[str] | None, *, has_code: bool
) -> list[_Clue]:
    """The clue of a mail server's `sentence`, which gets more points with an SMTP code; else that of the code alone."""
    if sentence is None:
        return [_Clue("text: SMTP code", 1)] if has_code else []
    points = 2 if signals.sender_points and REPORT_TEMPLATE.search(signals.text) else 1
    if has_code:
        points += 2 if signals.null_sender and not names_mail_client(message) else 1
    return [_Clue(text_evidence(sentence[0]), points)]


def _undelivered_sentence(message: InboundMessage, signals: _Signals) -> str:
    """The sentence at the top that says that a message was not delivered; "" if there is none.

    It does not count in lists of emails that were held back, nor where the sender may still release the email.
    """
    opening = " ".join(signals.text[:OPENING].split())
    said = UNDELIVERED.search(opening)
    if said is None or RETURNS_NOTHING.search(message.subject) or CHALLENGE_TEXT.search(opening):
        return ""
    return said[0]


def _points_against(message: InboundMessage, signals: _Signals) -> int:
    """The points against a bounce: people reply to bounces and forward them, and programs report absences."""
    against = 0
    if not is_nobody(message) and (has_forward_prefix(message) or signals.is_reply_or_forward):
        against += 3
    absence = leading_phrase(subject_without_prefixes(message), AUTOMATIC_REPLY_SUBJECTS)
    if absence and (not signals.phrase or signals.auto_submitted.startswith("auto-replied")):
        against += 3
    if not signals.phrase and automatic_reply_headers(message):
        against += 2
    return against


def _is_by_program(message: InboundMessage, signals: _Signals) -> bool:
    """Whether anything shows that a program wrote the email, and not a person who writes about a bounce."""
    return (
        signals.sender_points >= 2
        or signals.null_sender
        or signals.is_report
        or bool(signals.auto_submitted)
        or _opens_as_report(message, signals.text)
        or _has_servers_subject(message, signals.text)
    )


def _opens_as_report(message: InboundMessage, text: str) -> bool:
    """Whether the text begins with a mail server's words. People quote such words below their question."""
    if names_mail_client(message) or not REPORT_TEMPLATE.search(text[:_FIRST_SENTENCES]):
        return False
    return REPORT_TEMPLATE.search(visible_reply(text[:OPENING]).visible[:_FIRST_SENTENCES]) is not None


def _has_servers_subject(message: InboundMessage, text: str) -> bool:
    """Whether a mail server wrote the whole subject, and the text asks no question about it."""
    if names_mail_client(message) or "?" in text[:OPENING]:
        return False
    return SERVERS_SUBJECT.fullmatch(message.subject.strip()) is not None
