"""Look-ups that find what an admin assumes, when they try an email, over what is stored. Nothing is written."""

from __future__ import annotations

from email_channels.addresses import normalise
from email_channels.aws.stores.intake_lookup import IntakeLookup
from email_channels.cases.directory import Employee, UserMapping
from email_channels.cases.mailboxes import Mailbox
from email_channels.cases.trials.question import Assumptions


class AssumingLookup(IntakeLookup):
    """Look-ups that find what is assumed, in place of what is stored or beside it."""

    def __init__(self, assumed: Assumptions) -> None:
        super().__init__()
        self._assumed = assumed

    def mailbox(self, address: str) -> Mailbox | None:
        """The mailbox with this address (the one that employees write to)."""
        assumed = self._assumed.mailbox
        return assumed if assumed is not None and assumed.address == address else super().mailbox(address)

    def mailboxes(self) -> list[Mailbox]:
        """All mailboxes that were added at run time. Makes a call."""
        assumed = self._assumed.mailbox
        stored = [one for one in super().mailboxes() if assumed is None or one.address != assumed.address]
        return [*stored, assumed] if assumed is not None else stored

    def receiving(self, address: str) -> Mailbox | None:
        """The mailbox that is redirected to this receiving address."""
        assumed = self._assumed.mailbox
        if assumed is not None and assumed.receiving_address == address:
            return assumed
        stored = super().receiving(address)
        moved = stored is not None and assumed is not None and stored.address == assumed.address
        return None if moved else stored

    def mapping_from(self, mailbox: str, sender: str | None) -> UserMapping | None:
        """The user mapping of a mailbox for exactly this sender; with None, the one for any sender."""
        assumed = self._assumed.user_mapping
        if assumed is not None and (assumed.mailbox, assumed.from_) == (mailbox, sender):
            return assumed
        stored = super().mapping_from(mailbox, sender)
        moved = stored is not None and assumed is not None and stored.id == assumed.id
        return None if moved else stored

    def employee(self, user_id: str) -> Employee | None:
        """The employee with this user id."""
        assumed = self._assumed.employee
        return assumed if assumed is not None and assumed.user_id == user_id else super().employee(user_id)

    def employees_at(self, address: str) -> tuple[Employee, ...]:
        """The employees that have this address."""
        stored, assumed = super().employees_at(address), self._assumed.employee
        if assumed is None or not address:
            return stored
        others = tuple(one for one in stored if one.user_id != assumed.user_id)
        return (*others, assumed) if address in map(normalise, assumed.emails) else others
