"""Merges the delivery states that a delivery report brings into the entry that it reports on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from email_channels.aws.stores.outbound_store import OutboundStore
from email_channels.cases.delivery_states import StateChange, merge_states
from email_channels.cases.history import StoredEmail
from email_channels.intake.decision import NewEntry


class ReportedStates:
    """Merges delivery states. A repeat changes nothing. Raises what AWS raises. `now` is the aware current time."""

    def __init__(self, outbound: OutboundStore, now: Callable[[], datetime]) -> None:
        self._outbound = outbound
        self._now = now

    def merge(self, planned: NewEntry, message_id: str | None) -> None:
        """Merges what a delivery report says into the entry that it reports on, even if that was moved just now.

        `message_id` is that of the email that the report returns.
        """
        if planned.answers is None or not planned.changes:
            return
        if not self._change((planned.case_id, planned.answers), planned.changes):
            self.merge_by_message_id(message_id, planned.changes)

    def merge_by_message_id(self, message_id: str | None, changes: tuple[StateChange, ...]) -> None:
        """Merges changes into the entry that was sent under a Message-ID, if there is one."""
        sent = self._outbound.sent_as(message_id) if message_id else None
        if sent is not None:
            self._change(sent, changes)

    def _change(self, entry: tuple[str, str], changes: tuple[StateChange, ...]) -> bool:
        """Merges changes into the entry (case id, email id). False if it is not there."""

        def merge(email: StoredEmail) -> StoredEmail:
            return replace(email, recipients=merge_states(email.recipients, changes))

        return self._outbound.change(*entry, merge, self._now()) is not None
