"""Updates of a case that follow from a new case or entry: links, alert, acknowledgement, activity.

They are not changes by agents, so the case keeps its version (its ETag).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from pynamodb.exceptions import UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.retries import condition_failed
from email_channels.aws.rows import index_keys, keys
from email_channels.aws.rows.case_rows import CaseRow, case_of
from email_channels.aws.rows.email_rows import EmailRow
from email_channels.aws.rows.entry_rows import EntryRow, entry_of
from email_channels.aws.rows.outbound_rows import sent_row
from email_channels.aws.rows.table import KeysRow, read_row, read_rows
from email_channels.cases.case import Case, new_participants
from email_channels.cases.history import Entry
from email_channels.times import to_text

# People do not see an email to more mailboxes as one conversation. The limit also keeps the set in the item small.
MAX_SIBLINGS = 50


class FollowUpStore:
    """Reads cases and entries, and updates cases. Raises PynamoDB's exceptions for AWS's faults."""

    def __init__(self, mail: MailBucket) -> None:
        self._mail = mail

    def case(self, case_id: str) -> Case | None:
        """The case with its content, read consistently; None if there is none."""
        row = read_row(keys.record(case_id), CaseRow)
        return case_of(row, self._mail) if row else None

    def entry(self, case_id: str, email_id: str) -> Entry | None:
        """The entry, read consistently; None if there is none. Content in the bucket is left out."""
        row = read_row(keys.entry(case_id, email_id), EntryRow)
        return entry_of(row) if row else None

    def link_siblings(self, case_id: str) -> None:
        """Links this case and the cases of the same email in other mailboxes to each other.

        Each case is written before its event arrives here, so the event of the last case finds all the others.
        """
        row = read_row(keys.record(case_id), EmailRow)
        if row is None or not row.gsi3pk:
            return
        found = [other for other in KeysRow.gsi3.query(row.gsi3pk, limit=MAX_SIBLINGS) if other.pk != row.pk]
        others = [
            keys.record_id_of(other.pk)
            for other in read_rows((other.pk, other.sk) for other in found).values()
            if isinstance(other, CaseRow) and other.content_identity == row.content_identity
        ]
        for one, names in ((case_id, set(others)), *((other, {case_id}) for other in others)):
            if names:
                self._update(one, CaseRow.siblings.add(names))

    def mark_alerted(self, case_id: str, at: datetime) -> None:
        """Notes that the service group was alerted, or that it has no address."""
        self._update(case_id, CaseRow.alerted_at.set(to_text(at)))

    def claim_acknowledgement(self, case_id: str, at: datetime) -> bool:
        """Whether the caller may send the acknowledgement: true only once for each case."""
        return self._update(
            case_id, CaseRow.acknowledged_at.set(to_text(at)), condition=CaseRow.acknowledged_at.does_not_exist()
        )

    def return_acknowledgement(self, case_id: str) -> None:
        """Withdraws the claim if SES certainly did not accept the acknowledgement. A retry can then claim it again."""
        self._update(case_id, CaseRow.acknowledged_at.remove())

    def note_activity(self, case: Case, at: datetime, participants: Iterable[str]) -> None:
        """Moves the case's `updated_at` forward to `at` (never back), and adds addresses to its participants."""
        if new := new_participants(case.participants, participants):
            self._update(case.case_id, CaseRow.participants.add(set(new)))
        updated_at = to_text(at)
        self._update(
            case.case_id,
            CaseRow.updated_at.set(updated_at),
            CaseRow.gsi1sk.set(index_keys.at_time(updated_at, case.case_id)),
            condition=CaseRow.updated_at < updated_at,
        )

    @staticmethod
    def record_sent(message_id: str, case_id: str) -> None:
        """Notes the case of a sent email by the id that SES gave it, so that replies find the case."""
        sent_row(message_id, case_id, None).save()

    @staticmethod
    def _update(case_id: str, *actions: Action, condition: Condition | None = None) -> bool:
        """Updates the case and keeps its version. Returns false if the condition fails, or there is no such case."""
        pk, sk = keys.record(case_id)
        required = CaseRow.status.exists()
        if condition is not None:
            required &= condition
        try:
            CaseRow(pk=pk, sk=sk).update(actions=list(actions), condition=required)
        except UpdateError as error:
            if condition_failed(error):
                return False
            raise
        return True
