"""What a person must see before trusting an email."""

from __future__ import annotations

from enum import StrEnum


class EmailWarning(StrEnum):
    """A warning on an email. The values are those of the API."""

    AUTHENTICATION_FAILED = "authentication_failed"
    """A check of the From address failed; or the sender came in as a participant and did not prove the address."""
    SPAM = "spam"
    VIRUS = "virus"
    NEW_SENDER = "new_sender"
    """The sender took no part in the case before."""
    OTHER_EMPLOYEE = "other_employee"
    """The From address is that of another employee than the case's."""
    SUBJECT_CHANGED = "subject_changed"
    """The subject is neither that of the case nor that of the email that it answers."""
    REPLY_TO_DIFFERS = "reply_to_differs"
    """Replies would go to another address than From."""
    ENCRYPTED = "encrypted"
    """The text cannot be read here."""
    DELIVERY_FAILED = "delivery_failed"
    """An agent's email was not delivered to a recipient, or a recipient complained about it."""
