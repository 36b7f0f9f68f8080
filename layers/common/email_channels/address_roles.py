"""Which role each address of a deployment has, and which other role it cannot have as well.

An address that this system sends to must not lead back to it. Otherwise, each alert and each notification would come
back as a new email, and cause the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from email_channels.addresses import ascii_domain, domain_of, without_tag
from email_channels.values import dataclass


@dataclass(frozen=True, slots=True)
class AddressRoles:
    """The addresses that the deployment's parameters name.

    The keys are normalised addresses without a tag, and domains (of recipients only). The values say what the address
    is for, with the name of its parameter. The addresses of a channel that is off have no role.
    """

    sending: Mapping[str, str]
    ad_hoc: Mapping[str, str]
    case_creation: Mapping[str, str]
    replies: Mapping[str, str]
    notified: Mapping[str, str]
    mailbox: Mapping[str, str]

    def mailbox_problem(self, address: str) -> str | None:
        """Why this address cannot be a mailbox, as the end of a sentence that begins with the field; None if it can."""
        return _is(address, self.sending) or _is(address, self.ad_hoc) or _is(address, self.notified)

    def receiving_problem(self, address: str) -> str | None:
        """Why a mailbox cannot redirect to this address."""
        if self.receives(address) and _exact(address, self.ad_hoc) is None:
            return None
        return _is(address, self.ad_hoc) or _is(address, self.sending) or _is(address, self.replies)

    def trusted_problem(self, sender: str) -> str | None:
        """Why an address or a domain cannot be a trusted sender: no form comes from our own addresses."""
        if "@" in sender:
            return _is(sender, self.sending) or _is(sender, self.replies) or _is(sender, self.ad_hoc)
        return _says(self.ad_hoc.get(ascii_domain(sender)))

    def alert_problem(self, address: str) -> str | None:
        """Why alerts of new cases cannot go to this address."""
        return _is(address, self.sending) or self.notification_problem(address)

    def notification_problem(self, address: str) -> str | None:
        """Why notifications cannot go to this address."""
        return next(
            filter(None, (_is(address, to) for to in (self.ad_hoc, self.replies, self.case_creation, self.mailbox))),
            None,
        )

    def receives(self, address: str) -> bool:
        """Whether a receipt rule of the case creation channel accepts this address."""
        return _is(address, self.case_creation) is not None


def roles_of(settings: Mapping[str, Any]) -> AddressRoles:
    """The roles of addresses by these settings (`settings.py` has their names). Those that are missing are empty."""
    ad_hoc, case_creation = bool(settings.get("ad_hoc_enabled")), bool(settings.get("case_creation_enabled"))
    named: dict[str, dict[str, str]] = {role: {} for role in AddressRoles.__dataclass_fields__}

    def add(role: str, given: object, what: str) -> None:
        for address in _listed(given):
            named[role].setdefault(without_tag(address) if "@" in address else ascii_domain(address), what)

    add("sending", settings.get("notification_from_address"), "notifications come from it (NotificationFromAddress)")
    if ad_hoc:
        add("sending", settings.get("ad_hoc_from_address"), "agents' emails come from it (AdHocFromAddress)")
        add("ad_hoc", settings.get("ad_hoc_recipients"), "the ad hoc channel receives at it (AdHocRecipients)")
        add("replies", settings.get("ad_hoc_reply_to"), "replies to agents' emails go to it (AdHocReplyTo)")
    if case_creation:
        recipients = settings.get("case_creation_recipients")
        add("case_creation", recipients, "emails to it become cases (CaseCreationRecipients)")
        add("mailbox", settings.get("mailbox_address"), "it is a mailbox (MailboxAddress)")
    add("notified", settings.get("admin_email_addresses"), "notifications go to it (AdminEmailAddresses)")
    add("notified", settings.get("default_service_group_address"), "alerts go to it (DefaultServiceGroupAddress)")
    return AddressRoles(**named)


def address_contradictions(settings: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The settings whose addresses have two roles that exclude each other: the name of the field, and why."""
    roles = roles_of(settings)
    checks: list[tuple[str, Callable[[str], str | None]]] = [
        ("default_service_group_address", roles.alert_problem),
        ("admin_email_addresses", roles.notification_problem),
    ]
    if settings.get("case_creation_enabled"):
        checks += [
            ("mailbox_address", roles.mailbox_problem),
            ("case_creation_recipients", lambda recipient: _says(_exact(recipient, roles.ad_hoc))),
            ("trusted_senders", roles.trusted_problem),
        ]
    found = ((field, check(address)) for field, check in checks for address in _listed(settings.get(field)))
    return list(dict.fromkeys((field, problem) for field, problem in found if problem is not None))


def _listed(given: object) -> tuple[str, ...]:
    """The addresses of a setting, which has one, several or none."""
    if isinstance(given, str):
        return (given,)
    return tuple(given) if isinstance(given, Iterable) else ()


def _is(address: str, role: Mapping[str, str]) -> str | None:
    """Why the address has this role: it, or its whole domain."""
    return _says(_exact(address, role) or role.get(domain_of(address)))


def _exact(address: str, role: Mapping[str, str]) -> str | None:
    return role.get(without_tag(address) if "@" in address else ascii_domain(address))


def _says(what: str | None) -> str | None:
    return f"cannot be this address: {what}" if what else None
