"""The shipped texts of the notices for people, in each language.

Each language is one file, `<language>.toml`, with the same keys. `{...}` in a text stands for a value. To correct a
text, edit its file; `tests/unit/outbound/test_shipped_texts.py` holds that each file is complete.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from email_channels.settings import Language
from email_channels.values import dataclass

_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class DateTexts:
    """How the language writes dates. `months` are the names as they stand in a date, January first."""

    months: tuple[str, ...]
    first_day: str
    date: str
    date_time: str


@dataclass(frozen=True, slots=True)
class Labels:
    """What stands before a value. `mailbox` is the address that an email was sent to, `sender` who wrote it."""

    case_number: str
    subject: str
    topic: str
    employee: str
    mailbox: str
    received: str
    sender: str
    recipients: str


@dataclass(frozen=True, slots=True)
class AcknowledgementTexts:
    """`neutral_subject` is the subject for a sender who is not proven; others get that of their own email."""

    neutral_subject: str
    opening: str


@dataclass(frozen=True, slots=True)
class AlertTexts:
    """An alert of something that happened in a case; `link` names the link to the case or the email."""

    subject: str
    opening: str
    link: str


@dataclass(frozen=True, slots=True)
class SenderCopyTexts:
    """The email to a sender whose email made no case."""

    subject: str
    opening: str


@dataclass(frozen=True, slots=True)
class ShippedTexts:
    """All texts in one language.

    `row` joins a label and a value. `contact` stands above the contact line of the mailbox. `reply` is for emails that
    the reader may reply to, `no_reply` for all others.
    """

    row: str
    contact: str
    reply: str
    no_reply: str
    dates: DateTexts
    labels: Labels
    acknowledgement: AcknowledgementTexts
    group_alert: AlertTexts
    reply_alert: AlertTexts
    handover_alert: AlertTexts
    failure_alert: AlertTexts
    sender_copy: SenderCopyTexts


@cache
def shipped_texts(language: Language) -> ShippedTexts:
    """The texts in this language. Raises TypeError if its file lacks a text, or has an unknown one."""
    document = tomllib.loads((_FOLDER / f"{language.value}.toml").read_text(encoding="utf-8"))
    dates: Mapping[str, Any] = document.pop("dates")
    return ShippedTexts(
        dates=DateTexts(**{**dates, "months": tuple(dates["months"])}),
        labels=Labels(**document.pop("labels")),
        acknowledgement=AcknowledgementTexts(**document.pop("acknowledgement")),
        group_alert=AlertTexts(**document.pop("group_alert")),
        reply_alert=AlertTexts(**document.pop("reply_alert")),
        handover_alert=AlertTexts(**document.pop("handover_alert")),
        failure_alert=AlertTexts(**document.pop("failure_alert")),
        sender_copy=SenderCopyTexts(**document.pop("sender_copy")),
        **document,
    )
