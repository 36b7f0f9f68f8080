"""Why a mail is an automatic answer: absence, acknowledgement, challenge, receipt.

RFC 3834 (Auto-Submitted), RFC 8098 (read receipts), RFC 5965 (feedback reports), and what programs do beside them.
"""

from __future__ import annotations

import re
from typing import Final

from email_channels.mail.classification.automatic_subjects import (
    AMBIGUOUS,
    READ_RECEIPT,
    SOMEBODY_IS_AWAY,
    VACATION,
    VACATION_ANYWHERE,
)
from email_channels.mail.classification.machine_patterns import (
    ACKNOWLEDGEMENT_TEXT,
    AUTOMATIC_ANSWER,
    AUTOMATIC_REPLY_HEADERS,
    AUTOMATIC_TEXT,
    CHALLENGE_TEXT,
    FEEDBACK_TEXT,
    FORWARD_PREFIX,
    OFFICE_MATTERS,
    PHRASE_BEGINS,
    PHRASE_ENDS,
    READ_TEXT,
    REPLY_PREFIX,
)
from email_channels.mail.classification.signals import (
    auto_submitted,
    bare_subject,
    bulk,
    first_words,
    passed_on,
    suppresses_all,
    written,
)
from email_channels.mail.message import InboundMessage
from email_channels.mail.replies import visible_reply

_REPORTS: Final = re.compile(f"{READ_TEXT.pattern}|{FEEDBACK_TEXT.pattern}", re.IGNORECASE)

_QUESTION: Final = re.compile(r"[？؟]|\?(?=\s|$|[)\"”»])")
"""A question mark that ends a sentence, and is no part of an address."""

_TAG: Final = re.compile(r"[\[【（(]\s*([^\]】）)]{1,40}?)\s*[\]】）)]")

_FIRST_WORDS: Final = 1_000
"""Characters of the text in which a program says that it answers, or that something was read."""


def machine_report(message: InboundMessage, *, null_sender: bool) -> tuple[str, ...]:
    """Read receipts (RFC 8098) and feedback reports (RFC 5965): no bounces, and no mail that somebody wrote."""
    content_type = (message.header("content-type") or "").lower().replace('"', "")
    kinds = {part.content_type for part in message.attachments}
    if "disposition-notification" in content_type:
        return ("read receipt",)
    if "report-type=feedback-report" in content_type or content_type.startswith("message/feedback-report"):
        return ("feedback report",)
    # Gateways wrap such reports to put a footer below; people attach them to what they write about them.
    by_machine = bool(auto_submitted(message)) or null_sender or "multipart/report" in content_type
    opening = written(message)[:_FIRST_WORDS]
    if passed_on(message) or not (by_machine or not opening.strip() or _REPORTS.search(opening)):
        return ()
    if "message/disposition-notification" in kinds:
        return ("read receipt",)
    if "message/feedback-report" in kinds:
        return ("feedback report",)
    return ()


def automatic_reply(message: InboundMessage, *, null_sender: bool) -> tuple[str, ...]:
    """Why the mail is an automatic answer; nothing if it is not."""
    evidence: list[str] = []
    submitted = auto_submitted(message)
    if submitted.startswith(("auto-replied", "auto-reply", "auto_reply", "auto-response", "vacation")):
        evidence.append(f"Auto-Submitted: {submitted}")
    evidence.extend(vacation_marks(message))
    subject, opening, handed_on = bare_subject(message), written(message)[:_FIRST_WORDS], passed_on(message)
    if found := _vacation_phrase(subject):
        phrase, certain = found
        # A person may write "vacation request", and answer an automatic answer: there a machine has to show otherwise.
        certain = certain and not (
            handed_on or OFFICE_MATTERS.search(subject) or _asked_about(subject, phrase, opening)
        )
        beside = bool(submitted) or null_sender
        if not handed_on:
            says_so = not _QUESTION.search(opening) and AUTOMATIC_TEXT.search(opening) is not None
            beside = beside or suppresses_all(message) or bulk(message) or says_so
        if certain or (beside and not OFFICE_MATTERS.search(subject)):
            evidence.append(f"subject: {phrase}")
    if null_sender and (message.in_reply_to or REPLY_PREFIX.match(message.subject)):
        # People's programs give an answer an envelope sender; RFC 3834, section 3.3, has automatic ones go without.
        evidence.append("answer with a null envelope sender")
    told = submitted or null_sender or (not handed_on and READ_TEXT.search(opening))
    receipt = first_words(subject, READ_RECEIPT)
    if told and receipt and (receipt[-1] == ":" or PHRASE_ENDS.match(subject, len(receipt))):
        evidence.append(f"subject: {receipt}")
    # Mail of a service desk says "auto-generated" too where people wrote it; its acknowledgements say what they are.
    answers = bool(message.in_reply_to or message.references or REPLY_PREFIX.match(message.subject))
    if answers and (submitted or suppresses_all(message)) and (said := ACKNOWLEDGEMENT_TEXT.search(opening)):
        evidence.append(f"text: {' '.join(said[0].split())[:60].lower()}")
    by_machine = bool(submitted) or null_sender or suppresses_all(message) or bulk(message)
    if by_machine and (said := CHALLENGE_TEXT.search(opening)):
        evidence.append(f"text: {' '.join(said[0].split())[:60].lower()}")
    # Without any such header: said in its own words, by what answers or acknowledges.
    if not evidence and (answers or ACKNOWLEDGEMENT_TEXT.search(opening)) and not FORWARD_PREFIX.match(message.subject):
        said = AUTOMATIC_ANSWER.search(opening) and AUTOMATIC_TEXT.search(visible_reply(opening).visible)
        if said and not _QUESTION.search(opening):
            evidence.append(f"text: {' '.join(said[0].split())[:60].lower()}")
    return tuple(evidence)


def vacation_marks(message: InboundMessage) -> list[str]:
    """Headers that only automatic answers have."""
    marks: list[str] = []
    for name, pattern in AUTOMATIC_REPLY_HEADERS:
        value = message.header(name)
        if value is not None and value.strip() and (pattern is None or pattern.search(value)):
            if pattern is None and value.strip().lower() in ("no", "false", "none", "0"):
                continue
            marks.append(name)
    return marks


def _asked_about(subject: str, phrase: str, opening: str) -> bool:
    """Whether somebody asks about an absence that the subject names: "Out of office", "Out of office - jury duty".

    Programs put a colon and the original's subject behind it, and ask nothing.
    """
    return _QUESTION.search(opening) is not None and not subject.removeprefix(phrase).lstrip().startswith((":", "："))


def _vacation_phrase(subject: str) -> tuple[str, bool] | None:
    """The phrase of an automatic answer in a subject, and whether it stands there as only programs put it."""
    first = first_words(subject, VACATION)
    if first and first not in AMBIGUOUS and (first[-1] in ":]-" or PHRASE_ENDS.match(subject, len(first))):
        return first, True
    if tag := _TAG.match(subject):
        inside = tag[1]
        for phrase in VACATION:
            if phrase not in AMBIGUOUS and (inside.startswith(phrase) or inside.endswith(phrase)):
                return phrase, True
    for phrase in (*VACATION_ANYWHERE, *SOMEBODY_IS_AWAY):
        at = subject.find(phrase)
        if at < 0:
            continue
        begins = phrase in SOMEBODY_IS_AWAY or PHRASE_BEGINS.search(subject[:at]) is not None
        if begins and PHRASE_ENDS.match(subject, at + len(phrase)):
            return phrase, True
        first = first or phrase
    return (first, False) if first else None
