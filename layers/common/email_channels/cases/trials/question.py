"""What an admin asks when they try an email."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from email_channels.cases.channels import Channel
from email_channels.cases.directory import Employee, UserMapping
from email_channels.cases.mailboxes import Mailbox
from email_channels.mail.ses_headers import Verdict
from email_channels.values import dataclass

ORIGINAL_GONE = "The original of this email no longer exists, so the email cannot be tried."


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What is assumed to be configured, and by name (`spam`, `virus`, `spf`, `dkim`, `dmarc`) what SES says.

    A mailbox, user mapping or employee takes the place of the stored one with the same address or id, if there is one.
    """

    mailbox: Mailbox | None = None
    user_mapping: UserMapping | None = None
    employee: Employee | None = None
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked about an email: what if it came for this mailbox, or through this channel, with these assumptions?

    Where nothing is said, the email itself says it.
    """

    mailbox: str | None = None
    channel: Channel | None = None
    assumed: Assumptions = field(default_factory=Assumptions)
