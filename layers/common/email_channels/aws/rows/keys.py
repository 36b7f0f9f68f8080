"""The primary keys of all items (`docs/data-model.md` has the same table with the reasons)."""

from __future__ import annotations

import hashlib

# A sort key ends at 1,024 bytes, a partition key at 2,048 (DynamoDB, naming rules); what people name may be longer.
MAX_NAME_BYTES = 900


def head(record_id: str) -> tuple[str, str]:
    """The record of an email, and the case."""
    return f"CASE#{record_id}", "CASE"


def entry(case_id: str, email_id: str) -> tuple[str, str]:
    """An entry of a case's history."""
    return f"CASE#{case_id}", f"EMAIL#{email_id}"


def idempotency(case_id: str, key: str) -> tuple[str, str]:
    """An agent's Idempotency-Key within a case."""
    return f"CASE#{case_id}", f"IDEMPOTENCY#{hashlib.sha256(key.encode()).hexdigest()}"


def sent(sent_key: str) -> tuple[str, str]:
    """The id that SES gave an email of ours (`identity.sent_message_id_key`)."""
    return f"SENT#{sent_key}", "SENT"


def notification(sent_key: str) -> tuple[str, str]:
    """How far a notification got that SES gave this id (`identity.sent_message_id_key`)."""
    return f"NOTIFICATION#{sent_key}", "NOTIFICATION"


def rate(sender: str, hour: str) -> tuple[str, str]:
    """The cases that a sender (normalised address) opened in an hour (`2026-11-23T18`)."""
    return f"RATE#{bounded(sender)}", hour


def employee(user_id: str) -> tuple[str, str]:
    """An employee."""
    return f"EMPLOYEE#{bounded(user_id)}", "EMPLOYEE"


def address(address: str) -> tuple[str, str]:
    """The employees that have an address (normalised)."""
    return f"ADDRESS#{bounded(address)}", "ADDRESS"


def mailbox(address: str) -> tuple[str, str]:
    """A mailbox by the address that employees write to (normalised)."""
    return "MAILBOXES", bounded(address)


def receiving(address: str) -> tuple[str, str]:
    """A copy of the mailbox under its receiving address (normalised)."""
    return "RECEIVING", bounded(address)


def user_mapping(mapping_id: str) -> tuple[str, str]:
    """A user mapping by its id."""
    return "USERMAPPINGS", bounded(mapping_id)


def user_mapping_slot(mailbox: str, sender: str | None) -> tuple[str, str]:
    """A copy of the user mapping for a mailbox and sender (both normalised; None: any sender)."""
    return f"USERMAPPING#{bounded(mailbox)}", f"FROM#{bounded(sender)}" if sender else "ANY"


def routing() -> tuple[str, str]:
    """The item with all topics and service groups."""
    return "ROUTING", "ROUTING"


def upload(upload_id: str) -> tuple[str, str]:
    """What an agent announced to upload."""
    return f"UPLOAD#{upload_id}", "UPLOAD"


def purge(at: str, purge_id: str) -> tuple[str, str]:
    """The proof of a purge."""
    return "PURGES", f"{at}#{purge_id}"


def originals_done() -> tuple[str, str]:
    """The last day on which `reconcile` looked through the originals."""
    return "RECONCILE", "ORIGINALS"


def bounded(name: str) -> str:
    """The name itself, or its hash where it is too long for a key."""
    encoded = name.encode("utf-8", "replace")
    if len(encoded) <= MAX_NAME_BYTES:
        return encoded.decode()
    return f"sha256:{hashlib.sha256(encoded).hexdigest()}"
