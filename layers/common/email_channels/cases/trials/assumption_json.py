"""What a try assumes, as JSON in the request of its job."""

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
    """The assumptions without those that are not made."""
    document = {
        "mailbox": asdict(assumed.mailbox) if assumed.mailbox else None,
        "user_mapping": asdict(assumed.user_mapping) if assumed.user_mapping else None,
        "employee": asdict(assumed.employee) if assumed.employee else None,
        "verdicts": {name: verdict.value for name, verdict in assumed.verdicts.items()},
    }
    return {name: value for name, value in document.items() if value}


def assumptions_from_json(document: Mapping[str, Any]) -> Assumptions:
    """The inverse of `assumptions_to_json`, after a way through JSON."""
    mailbox, mapping, employee = (document.get(name) for name in ("mailbox", "user_mapping", "employee"))
    return Assumptions(
        mailbox=_mailbox(mailbox) if mailbox else None,
        user_mapping=UserMapping(**mapping) if mapping else None,
        employee=Employee(**{**employee, "emails": tuple(employee["emails"])}) if employee else None,
        verdicts={name: Verdict(value) for name, value in document.get("verdicts", {}).items()},
    )


def _mailbox(document: Mapping[str, Any]) -> Mailbox:
    language = document.get("language")
    return Mailbox(
        **{
            **document,
            "identify_sender": IdentifySender(document["identify_sender"]),
            "trusted_senders": tuple(document["trusted_senders"]),
            "language": Language(language) if language else None,
        }
    )
