"""What was sent to mailboxes to probe their redirects, what came back, and what the admins were told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from pynamodb.exceptions import UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from email_channels.aws.retries import condition_failed
from email_channels.aws.rows import keys
from email_channels.aws.rows.probe_rows import ProbePlaceRow, ProbeRow, milliseconds, probe_of
from email_channels.aws.rows.table import SCHEMA, Row, read_row, read_rows, row_of
from email_channels.cases.mailboxes import mailbox_id
from email_channels.cases.probes.mark import ProbeMark
from email_channels.cases.probes.probe import Probe


class ProbeStore:
    """Reads and changes probes. A repeat of each change does no harm. Raises PynamoDB's exceptions for AWS's faults."""

    @staticmethod
    def read(mailboxes: Iterable[str]) -> dict[str, Probe]:
        """The probes of these mailboxes, also of those that were never probed. One call for each hundred."""
        wanted = {mailbox: keys.probe(mailbox_id(mailbox)) for mailbox in mailboxes}
        rows = read_rows(wanted.values()) if wanted else {}
        found = {mailbox: row_of(rows, key, ProbeRow) for mailbox, key in wanted.items()}
        return {mailbox: probe_of(row, mailbox) if row else Probe(mailbox) for mailbox, row in found.items()}

    @staticmethod
    def sent(probe: Probe, at: datetime) -> None:
        """Notes that a probe was sent."""
        answered = probe.waiting_since is None or probe.has_returned(probe.waiting_since)
        actions = [ProbeRow.mailbox.set(probe.mailbox), ProbeRow.sent_at.set(milliseconds(at))]
        if answered:
            actions.append(ProbeRow.waiting_since.set(milliseconds(at)))
        _update(mailbox_id(probe.mailbox), actions)

    @staticmethod
    def returned(mark: ProbeMark, at: datetime) -> bool:
        """Notes that a probe came back. Returns false for a repeat, or if a newer probe has come back: then it changes
        nothing."""
        returned = ProbeRow.returned
        sent = milliseconds(mark.sent_at)
        actions = [returned.set(sent), ProbeRow.returned_at.set(milliseconds(at))]
        return _update(mark.mailbox_key, actions, returned.does_not_exist() | (returned < sent))

    @staticmethod
    def silent(probe: Probe) -> bool:
        """Notes that the admins were notified of a silent mailbox.

        If a probe has come back meanwhile, the next run finds a silent mailbox that is back, and notifies them of that.
        """
        if probe.waiting_since is None:
            return False
        since = milliseconds(probe.waiting_since)
        unknown = ProbeRow.silent_since.does_not_exist()
        return _update(mailbox_id(probe.mailbox), [ProbeRow.silent_since.set(since)], unknown)

    @staticmethod
    def back(probe: Probe) -> bool:
        """Notes that the admins were notified of a mailbox that is no longer silent."""
        if probe.silent_since is None:
            return False
        same: Condition = ProbeRow.silent_since == milliseconds(probe.silent_since)
        return _update(mailbox_id(probe.mailbox), [ProbeRow.silent_since.remove()], same)

    @staticmethod
    def place() -> str | None:
        """The mailbox after which the next run goes on."""
        row = read_row(keys.probe_place(), ProbePlaceRow)
        return row.mailbox if row else None

    @staticmethod
    def keep_place(mailbox: str | None) -> None:
        """Writes where the next run goes on."""
        pk, sk = keys.probe_place()
        ProbePlaceRow(pk=pk, sk=sk, mailbox=mailbox).save()


def _update(key: str, actions: Sequence[Action], condition: Condition | None = None) -> bool:
    """Updates the item, or creates it. Returns false if the condition fails."""
    pk, sk = keys.probe(key)
    try:
        ProbeRow(pk=pk, sk=sk).update(
            actions=[ProbeRow.kind.set(ProbeRow), Row.schema.set(SCHEMA), *actions], condition=condition
        )
    except UpdateError as error:
        if condition_failed(error):
            return False
        raise
    return True
