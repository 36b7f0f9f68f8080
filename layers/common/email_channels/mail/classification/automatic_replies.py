"""Finds evidence that an email is an automatic reply: an absence, an acknowledgement, a challenge or a receipt.

The rules know RFC 3834 (Auto-Submitted), and what programs do that do not follow it. Each rule looks at one signal.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import chain, islice
from typing import Final

from email_channels.expressions import expression
from email_channels.mail.classification.automatic_reply_headers import automatic_reply_headers
from email_channels.mail.classification.automatic_reply_phrases import (
    automatic_reply_phrase,
    ends_phrase,
    is_about_office_matters,
)
from email_channels.mail.classification.automatic_reply_subjects import READ_RECEIPT_SUBJECTS
from email_channels.mail.classification.automatic_reply_texts import (
    ACKNOWLEDGEMENT_TEXT,
    AUTOMATIC_REPLY_TEXT,
    AUTOMATIC_TEXT,
    CHALLENGE_TEXT,
    READ_TEXT,
    RECEIVED_TEXT,
)
from email_channels.mail.classification.signals import (
    OPENING,
    QUESTION,
    auto_submitted,
    is_bulk,
    leading_phrase,
    suppresses_all_responses,
    text_evidence,
    unquoted_text,
)
from email_channels.mail.classification.subject_prefixes import (
    has_forward_prefix,
    has_reply_prefix,
    is_reply_or_forward,
    subject_without_prefixes,
)
from email_channels.mail.message import InboundMessage
from email_channels.mail.replies import visible_reply
from email_channels.values import dataclass

_AUTO_REPLIED: Final = ("auto-replied", "auto-reply", "auto_reply", "auto-response", "vacation")
"""Values of Auto-Submitted; only the first is in RFC 3834."""

_LABELLED: Final = expression(r"^[ \t]{0,8}[^\W\d_][^:：\n]{1,40}[:：][ \t]{0,20}[^\s/]", re.MULTILINE)
"""A line of a form: `Reason of absence: illness`."""

_LABELS_OF_A_FORM: Final = 3

_OPENING_QUOTATION_MARKS: Final = ('"', "“", "„", "«", "»", "'", "‘", "‚", "「", "『")
_QUOTATION: Final = expression(r"[„“«「『\"][^„“”«»「」『』\"]{1,300}[“”»」』\"]")
"""What a person repeats that another wrote."""


@dataclass(frozen=True, slots=True)
class _Signals:
    """What the rules look at. It is read from the message once."""

    message: InboundMessage
    null_sender: bool
    auto_submitted: str
    subject: str
    """Caseless and without `Re:`."""
    opening: str
    """The top of the text, without quoted lines."""
    is_reply_or_forward: bool
    """Whether the subject says so."""
    suppresses_all: bool
    is_bulk: bool

    @property
    def declared_automatic(self) -> bool:
        """Whether the headers or the envelope say that a program sent the email."""
        return bool(self.auto_submitted) or self.null_sender

    @property
    def is_reply(self) -> bool:
        """Whether the headers or the subject say that the email is a reply."""
        message = self.message
        return bool(message.in_reply_to or message.references) or has_reply_prefix(message)


def automatic_reply_evidence(message: InboundMessage, *, null_sender: bool) -> tuple[str, ...]:
    """The evidence that `message` is an automatic reply; empty if there is none."""
    signals = _Signals(
        message,
        null_sender,
        auto_submitted(message),
        subject_without_prefixes(message),
        unquoted_text(message)[:OPENING],
        is_reply_or_forward(message),
        suppresses_all_responses(message),
        is_bulk(message),
    )
    evidence = tuple(chain.from_iterable(rule(signals) for rule in _RULES))
    return evidence or tuple(_own_words(signals))


def _auto_submitted(signals: _Signals) -> Iterator[str]:
    """Auto-Submitted says that the email is a reply (RFC 3834, section 5)."""
    if signals.auto_submitted.startswith(_AUTO_REPLIED):
        yield f"Auto-Submitted: {signals.auto_submitted}"


def _headers(signals: _Signals) -> Iterator[str]:
    """Headers that only automatic replies have."""
    yield from automatic_reply_headers(signals.message)


def _absence_in_subject(signals: _Signals) -> Iterator[str]:
    """A phrase of an automatic reply in the subject.

    People write such subjects too ("vacation request"), and reply to automatic replies. Then another signal must show
    that a program wrote the email. Newsletters tell who is away, too.
    """
    phrase = automatic_reply_phrase(signals.subject)
    if phrase is None or is_about_office_matters(signals.subject) or signals.message.header("list-unsubscribe"):
        return
    if phrase.in_sentence and signals.auto_submitted == "auto-generated":
        return  # ticket systems tell what was written in a ticket
    by_person = signals.is_reply_or_forward or _is_asked_about(signals, phrase.caseless)
    if (phrase.by_program and not by_person) or _looks_automatic(signals):
        yield f"subject: {phrase.as_written}"


def _null_sender_reply(signals: _Signals) -> Iterator[str]:
    """A reply with the null sender (RFC 3834, section 3.3). Replies of people have an envelope sender."""
    if signals.null_sender and (signals.message.in_reply_to or has_reply_prefix(signals.message)):
        yield "answer with a null envelope sender"


def _read_receipt_in_subject(signals: _Signals) -> Iterator[str]:
    """A phrase of a read receipt in the subject.

    It counts if a program sent the email, or if the text says that an email was read.
    """
    phrase = leading_phrase(signals.subject, READ_RECEIPT_SUBJECTS)
    if not phrase or not (phrase[-1] == ":" or ends_phrase(signals.subject, len(phrase))):
        return
    says_read = not signals.is_reply_or_forward and READ_TEXT.search(signals.opening) is not None
    if signals.declared_automatic or says_read:
        yield f"subject: {READ_RECEIPT_SUBJECTS[phrase]}"


def _acknowledgement(signals: _Signals) -> Iterator[str]:
    """A reply that says that a request was received.

    Service desks also mark replies that people wrote as "auto-generated". So the text must say that the email is an
    acknowledgement.
    """
    if not signals.is_reply or not (signals.auto_submitted or signals.suppresses_all):
        return
    if said := ACKNOWLEDGEMENT_TEXT.search(signals.opening):
        yield text_evidence(said[0])


def _challenge(signals: _Signals) -> Iterator[str]:
    """An email of a program that holds back another email until its sender proves that a person wrote it."""
    if not (signals.declared_automatic or signals.suppresses_all or signals.is_bulk):
        return
    if said := CHALLENGE_TEXT.search(signals.opening):
        yield text_evidence(said[0])


# Evidence is listed in this order.
_RULES: Final[tuple[Callable[[_Signals], Iterator[str]], ...]] = (
    _auto_submitted,
    _headers,
    _absence_in_subject,
    _null_sender_reply,
    _read_receipt_in_subject,
    _acknowledgement,
    _challenge,
)


def _own_words(signals: _Signals) -> Iterator[str]:
    """A reply or an acknowledgement that calls itself automatic and asks no question.

    This is used only if no rule found evidence.
    """
    opening = _QUOTATION.sub(" ", signals.opening)
    if not signals.is_reply and not ACKNOWLEDGEMENT_TEXT.search(opening):
        return
    if has_forward_prefix(signals.message) or not _is_called_reply(signals, opening):
        return
    said = _says_automatic(visible_reply(opening).visible)
    if said and not QUESTION.search(opening):
        yield text_evidence(said)


def _is_called_reply(signals: _Signals, opening: str) -> bool:
    """Whether the `opening`, without what it quotes, says that the email is an automatic reply.

    It is enough if a reply says, in its subject or text, that a request was received, or is held back until its sender
    proves that a person wrote it.
    """
    if AUTOMATIC_REPLY_TEXT.search(opening):
        return True
    if not signals.is_reply:
        return False
    said = f"{signals.message.subject}\n{opening}"
    return RECEIVED_TEXT.search(said) is not None or CHALLENGE_TEXT.search(opening) is not None


def _says_automatic(text: str) -> str | None:
    """The words that say that a program wrote `text`. Between quotation marks, a person repeats what another wrote."""
    said = AUTOMATIC_TEXT.search(text)
    if said is None or text[: said.start()].endswith(_OPENING_QUOTATION_MARKS):
        return None
    return said[0]


def _looks_automatic(signals: _Signals) -> bool:
    """Whether anything besides the subject says that a program wrote a reply.

    "auto-generated" alone does not say so: a forms server sends a request for leave, and nobody asked it. Its text says
    that a program sent it, too.
    """
    if signals.declared_automatic and (signals.null_sender or signals.auto_submitted != "auto-generated"):
        return True
    if signals.auto_submitted and signals.is_reply:
        return True
    if signals.is_reply_or_forward:
        return False
    if (signals.suppresses_all or signals.is_bulk) and signals.auto_submitted != "auto-generated":
        return True
    if QUESTION.search(signals.opening) or not _says_automatic(signals.opening):
        return False
    return not _is_form(signals) or AUTOMATIC_REPLY_TEXT.search(signals.opening) is not None


def _is_form(signals: _Signals) -> bool:
    """Whether a forms server may have sent the email: it has lines with a label and a value, or nobody asked it."""
    labelled = sum(1 for _ in islice(_LABELLED.finditer(signals.opening), _LABELS_OF_A_FORM))
    return signals.auto_submitted == "auto-generated" or labelled >= _LABELS_OF_A_FORM


def _is_asked_about(signals: _Signals, phrase: str) -> bool:
    """Whether a person asks a question about the absence in the subject ("Out of office - jury duty").

    Programs write a colon and the original's subject after the phrase, and ask no questions.
    """
    behind = signals.subject.removeprefix(phrase).lstrip()
    return QUESTION.search(signals.opening) is not None and not behind.startswith((":", "："))
