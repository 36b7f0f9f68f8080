"""Assumptions as JSON, for a job that tries many emails later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from email_channels.cases.directory import Employee, UserMapping
from email_channels.cases.mailboxes import Mailbox
from email_channels.cases.trials.question import Assumptions
from email_channels.mail.ses_headers import Verdict
from email_channels.settings import IdentifySender, Language


def assumptions_to_json(assumed: Assumptions) -> dict[str, Any]:
    """The assumptions; JSON can hold all values."""
    return asdict(assumed)


def assumptions_from_json(document: Mapping[str, Any]) -> Assumptions:
    """The assumptions that `assumptions_to_json` has written, also after JSON has made lists of tuples."""
    mailbox, mapping, employee = (document.get(name) for name in ("mailbox", "user_mapping", "employee"))
    return Assumptions(
        mailbox=_mailbox(mailbox) if mailbox else None,
        user_mapping=UserMapping(**mapping) if mapping else None,
        employee=Employee(**{**employee, "emails": tuple(employee["emails"])}) if employee else None,
        verdicts={name: Verdict(value) for name, value in document.get("verdicts", {}).items()},
    )


def _mailbox(document: Mapping[str, Any]) -> Mailbox:
    language = document["language"]
    typed = {
        "identify_sender": IdentifySender(document["identify_sender"]),
        "trusted_senders": tuple(document["trusted_senders"]),
        "language": Language(language) if language else None,
    }
    return Mailbox(**{**document, **typed})
