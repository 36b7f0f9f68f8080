"""Which deliveries of an agent's email have failed for good."""

from __future__ import annotations

from email_channels.cases.history import Direction, EntryKind, StoredEmail
from email_channels.cases.recipients import Recipient, RecipientState
from email_channels.cases.warnings import EmailWarning

FAILED_STATES = frozenset(
    {RecipientState.BOUNCED, RecipientState.COMPLAINED, RecipientState.SUPPRESSED, RecipientState.FAILED}
)


def failed_recipients(email: StoredEmail) -> tuple[Recipient, ...]:
    """The recipients whom an agent's email did not reach, or who complained about it; none for any other email.

    A doubtful bounce may be an automatic reply, so it does not count.
    """
    if email.direction is not Direction.OUTBOUND or email.kind is not EntryKind.NORMAL:
        return ()
    return tuple(row for row in email.recipients if row.state in FAILED_STATES and not row.doubtful)


def shown_warnings(email: StoredEmail) -> tuple[EmailWarning, ...]:
    """The warnings on an email, with that of a failed delivery."""
    return (*email.warnings, *([EmailWarning.DELIVERY_FAILED] if failed_recipients(email) else []))


def must_be_noticed(before: StoredEmail, after: StoredEmail) -> bool:
    """Whether a change of the delivery states must be noticed: another delivery has failed, or none has any more.

    A failure is withdrawn if SES confirms the email only after it was shown as failed.
    """
    old, new = (
        frozenset((row.address, row.name, row.state) for row in failed_recipients(one)) for one in (before, after)
    )
    return bool(new - old) or (bool(old) and not new)
