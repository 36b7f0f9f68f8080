"""What follows from a case or an entry: marks on the case, none of which is an agent's change."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from pynamodb.exceptions import UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.retries import condition_failed
from email_channels.aws.rows import conversion, keys
from email_channels.aws.rows.table import CaseRow, EmailRow, EntryRow, KeysRow
from email_channels.aws.rows.work_rows import sent_row
from email_channels.aws.stores.record_store import read_rows
from email_channels.cases.case import Case
from email_channels.cases.history import Entry
from email_channels.times import to_text

# One email in so many mailboxes is no email to people any more; and the set on the case stays small.
MAX_SIBLINGS = 50
# Addresses in a case's history, beyond which a stranger's word needs a signed reference.
MAX_PARTICIPANTS = 500


class FollowUpStore:
    """Reads what the stream told of, and marks cases. Raises PynamoDB's exceptions for AWS's faults."""

    def __init__(self, mail: MailBucket) -> None:
        self._mail = mail

    def case(self, case_id: str) -> Case | None:
        """The case, read consistently; None if there is none."""
        row = read_rows([keys.head(case_id)]).get(keys.head(case_id))
        return conversion.case_of(row, self._mail) if isinstance(row, CaseRow) else None

    def entry(self, case_id: str, email_id: str) -> Entry | None:
        """The entry, without its content; None if there is none."""
        key = keys.entry(case_id, email_id)
        row = read_rows([key]).get(key)
        return conversion.entry_of(row) if isinstance(row, EntryRow) else None

    def link_siblings(self, case_id: str) -> tuple[str, ...]:
        """Makes this case and those of the same email in other mailboxes name each other; returns the others' ids.

        Whichever of them is made last finds the others, as each is written before its event comes here.
        """
        row = read_rows([keys.head(case_id)]).get(keys.head(case_id))
        if not isinstance(row, EmailRow) or not row.gsi3pk:
            return ()
        found = [other for other in KeysRow.gsi3.query(row.gsi3pk, limit=MAX_SIBLINGS) if other.pk != row.pk]
        others = [
            other.pk.partition("#")[2]
            for other in read_rows((other.pk, other.sk) for other in found).values()
            if isinstance(other, CaseRow) and other.content_identity == row.content_identity
        ]
        for one, names in ((case_id, set(others)), *((other, {case_id}) for other in others)):
            if names:
                self._mark(one, CaseRow.siblings.add(names))
        return tuple(sorted(others))

    def mark_alerted(self, case_id: str, at: datetime) -> None:
        """Notes that the service group was alerted, or that it has no address."""
        self._mark(case_id, CaseRow.alerted_at.set(to_text(at)))

    def claim_acknowledgement(self, case_id: str, at: datetime) -> bool:
        """Whether the caller may send the acknowledgement: true once for a case."""
        return self._mark(
            case_id, CaseRow.acknowledged_at.set(to_text(at)), condition=CaseRow.acknowledged_at.does_not_exist()
        )

    def return_acknowledgement(self, case_id: str) -> None:
        """Takes the claim back, after SES surely did not take the acknowledgement."""
        self._mark(case_id, CaseRow.acknowledged_at.remove())

    def note_activity(self, case: Case, at: datetime, participants: Iterable[str]) -> None:
        """Moves the case's `updated_at` on to `at` (never back), and adds addresses to its participants."""
        new = set(participants) - case.participants
        if new and len(case.participants) + len(new) <= MAX_PARTICIPANTS:
            self._mark(case.case_id, CaseRow.participants.add(new))
        self._mark(
            case.case_id,
            CaseRow.updated_at.set(to_text(at)),
            CaseRow.gsi1sk.set(f"{to_text(at)}#{case.case_id}"),
            condition=CaseRow.updated_at < to_text(at),
        )

    @staticmethod
    def record_sent(message_id: str, case_id: str) -> None:
        """Notes that an id that SES gave us belongs to a case, so that answers find it."""
        sent_row(message_id, case_id, None).save()

    @staticmethod
    def _mark(case_id: str, *actions: Action, condition: Condition | None = None) -> bool:
        """Updates the case without changing its version; false if the condition does not hold or it is no case."""
        pk, sk = keys.head(case_id)
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
