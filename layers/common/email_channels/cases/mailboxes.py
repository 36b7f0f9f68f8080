"""A mailbox of the client's server that is redirected to us, and its properties."""

from __future__ import annotations

from dataclasses import dataclass

from email_channels.addresses import normalise
from email_channels.settings import IdentifySender, MailboxSettings


@dataclass(frozen=True, slots=True)
class Mailbox:
    """`address` is what employees write to, `receiving_address` what it redirects to.

    `trusted_senders` are addresses or domains whose values in the body are believed.
    """

    address: str
    receiving_address: str
    default_topic: str = "General"
    default_subject: str = "(no subject)"
    identify_sender: IdentifySender = IdentifySender.FROM_ADDRESS
    variable_topic: bool = False
    variable_show: bool = False
    default_show: bool = False
    trusted_senders: tuple[str, ...] = ()
    trust_without_authentication: bool = False
    acknowledge_sender: bool = False


def first_mailbox(settings: MailboxSettings) -> Mailbox | None:
    """The mailbox that the deployment's parameters define; None if case creation is off or takes whole domains only."""
    if settings.mailbox_address is None or not settings.case_creation_recipients:
        return None
    receiving = settings.case_creation_recipients[0]
    return Mailbox(
        address=normalise(settings.mailbox_address),
        # A recipient may be a domain: SES then takes every address of it, and mailboxes match on To and Cc.
        receiving_address=normalise(receiving if "@" in receiving else settings.mailbox_address),
        default_topic=settings.default_topic,
        default_subject=settings.default_subject,
        identify_sender=settings.identify_sender,
        variable_topic=settings.variable_topic,
        variable_show=settings.variable_show,
        default_show=settings.default_show,
        trusted_senders=settings.trusted_senders,
        trust_without_authentication=settings.trust_without_authentication,
        acknowledge_sender=settings.acknowledge_sender,
    )
