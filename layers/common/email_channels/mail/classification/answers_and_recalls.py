"""Finds evidence that an email is an answer to an invitation, or an Outlook recall. Both count as automatic replies.

A person pressed a button, and a program wrote the email. If the person also asks a question, the email is normal: their
words must not be lost. The same holds for people who forward such an email, or who attach one in order to ask about it.
"""

from __future__ import annotations

import re
from typing import Final

from email_channels.expressions import expression
from email_channels.mail.caseless import caseless
from email_channels.mail.classification.automatic_reply_texts import RECALL_TEXT
from email_channels.mail.classification.signals import OPENING, QUESTION
from email_channels.mail.classification.subject_prefixes import is_reply_or_forward, subject_without_gateway_tags
from email_channels.mail.message import InboundMessage
from email_channels.mail.office.bodyless import text_without_body
from email_channels.mail.office.calendar_answers import REPLY, CalendarAnswer, calendar_answer
from email_channels.mail.office.outlook_items import outlook_item
from email_channels.mail.replies import visible_reply

_TAG_OR_NO_LETTER: Final = expression(r"<[^<>]{0,200}>|[\W_]+")
_PREFIX: Final = expression(r"[^:：]{2,40}[:：]\s{0,10}")
"""What programs put before the original subject, in any language: `Accepted: `, `Recall: `."""

_QUOTE: Final = "[\"'“”„‟«»‹›‘’「」『』《》]"
_IN_QUOTES: Final = expression(rf"{_QUOTE}([^\n]{{1,500}}){_QUOTE}")
_FIRST_PERSON: Final = expression(r"(?:i|we)\b", re.IGNORECASE)
_LONGEST_RECALL: Final = 300
"""Characters of Outlook's sentence, without the subject that it quotes."""

_LONGEST_SUBJECT: Final = 1_000
"""Characters of the subject of a recalled email. Longer ones are not looked for."""


def answer_or_recall_evidence(message: InboundMessage, *, null_sender: bool) -> tuple[str, ...]:
    """The evidence that `message` is an answer to an invitation, or a recall. Empty if it is neither."""
    if is_reply_or_forward(message):
        return ()
    answer = calendar_answer(message.attachments)
    if answer is not None and answer.method == REPLY:
        is_own = null_sender or _is_of_sender(answer, message)
        return ("answer to an invitation",) if is_own and not _asks(message, answer) else ()
    if (item := outlook_item(message.attachments, message.header("content-class"))) is not None:
        return () if _asks(message, None) else (f"Outlook item: {item}",)
    return ("recall by Outlook",) if _is_recall(message) else ()


def _is_of_sender(answer: CalendarAnswer, message: InboundMessage) -> bool:
    """Whether the sender gave the answer, and did not attach that of somebody else.

    Addresses may differ (aliases). Then the names must be equal, or the subject must be that of the invitation behind a
    prefix (`Accepted: Pay review`), or the email must have no other words.
    """
    senders = [address for address in (message.from_, *message.sender, *message.reply_to) if address is not None]
    addresses = {address.address.lower() for address in senders}
    if not addresses.isdisjoint((answer.address.lower(), answer.sent_by.lower())):
        return True
    if answer.name and _letters(answer.name) in {_letters(address.name) for address in senders}:
        return True
    prefix = _PREFIX.match(message.subject)
    if prefix and answer.summary and caseless(message.subject[prefix.end() :]).startswith(caseless(answer.summary)):
        return True
    return _has_no_words(message)


def _has_no_words(message: InboundMessage) -> bool:
    """Whether the text was made from the attachments, because the email has no body."""
    made = text_without_body(message.from_, message.subject, message.attachments, message.header("content-class"))
    return message.text is None or message.text == made


def _asks(message: InboundMessage, answer: CalendarAnswer | None) -> bool:
    """Whether the sender asks a question. Some programs repeat the organiser's text, which may ask one."""
    words, repeated = message.text or "", ""
    if answer is not None:
        words = answer.comment if _has_no_words(message) else words
        repeated = _letters(answer.description + answer.summary)
    lines = visible_reply(words[:OPENING]).visible.split("\n")
    return any(QUESTION.search(line) and _letters(line) not in repeated for line in lines)


def _letters(text: str) -> str:
    return caseless(_TAG_OR_NO_LETTER.sub("", text))


def _is_recall(message: InboundMessage) -> bool:
    """Whether the text is Outlook's sentence: somebody wants to recall the message with this subject, in quotes.

    The subject may also be the whole sentence.
    """
    subject = " ".join(subject_without_gateway_tags(message).split())
    prefix = _PREFIX.match(subject)
    recalled = subject[prefix.end() :] if prefix else ""
    start = (message.text or "")[: len(subject) + 2 * _LONGEST_RECALL]
    sentence = " ".join(start.strip().partition("\n\n")[0].split())
    if sentence.rstrip(".") == subject.rstrip(".") and (whole := _IN_QUOTES.search(sentence)) is not None:
        recalled = whole[1]
    if not 0 < len(recalled) <= _LONGEST_SUBJECT:
        return False
    quoted = re.search(rf"{_QUOTE}\s?{re.escape(recalled)}\s?{_QUOTE}", sentence)
    if quoted is None or _FIRST_PERSON.match(sentence):
        return False
    rest = sentence[: quoted.start()] + sentence[quoted.end() :]
    return len(rest) <= _LONGEST_RECALL and RECALL_TEXT.search(rest) is not None
