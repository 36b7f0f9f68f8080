"""Mailboxes: addresses on the client's mail server that are redirected to us, with their properties."""

from __future__ import annotations

import hashlib
from dataclasses import fields

from email_channels.addresses import normalise
from email_channels.settings import MailboxProperties, MailboxSettings
from email_channels.values import dataclass


@dataclass(frozen=True)
class Mailbox(MailboxProperties):
    """A mailbox: employees write to `address`, which redirects to `receiving_address`. Both are normalised."""

    address: str
    receiving_address: str


PROPERTIES = tuple(field.name for field in fields(MailboxProperties))
"""The names of a mailbox's properties."""


def first_mailbox(settings: MailboxSettings) -> Mailbox | None:
    """The mailbox that the deployment's parameters define.

    None if case creation is off, or receives for whole domains only.
    """
    if settings.mailbox_address is None or not settings.case_creation_recipients:
        return None
    receiving = settings.case_creation_recipients[0]
    return Mailbox(
        address=normalise(settings.mailbox_address),
        # A recipient may be a domain: SES then accepts every address of it, and mailboxes match on To and Cc.
        receiving_address=normalise(receiving if "@" in receiving else settings.mailbox_address),
        # It has no language of its own: `settings.language` is that of all mailboxes without one.
        **{name: getattr(settings, name) for name in PROPERTIES if name != "language"},
    )


def mailbox_id(address: str) -> str:
    """What stands for a mailbox (its normalised address) where no address may be: in events, and in marks of probes."""
    return hashlib.sha256(address.encode("utf-8", "replace")).hexdigest()[:32]
