"""Decides a stored original again, because a person asks for it, and makes the email what it now is.

The email keeps its identity and its id: its record is replaced by the case, by the pointer to its entry, or by the same
email with another reason. One conditional write decides, so the email has one outcome, however many retries,
assignments and purges happen at the same time. What follows from the outcome (notification, alert, acknowledgement) is
done by `notify`, which gets the new record from the table's stream, and 15 minutes later by `reconcile`.
"""

from __future__ import annotations

import json
from dataclasses import replace

from email_channels.aws.mail_bucket import content_key
from email_channels.aws.retries import pause
from email_channels.aws.stores.assignment_store import AssignmentStore
from email_channels.aws.stores.audit.audit_store import AuditStore
from email_channels.aws.stores.outbound_store import OutboundStore
from email_channels.aws.stores.replacement_store import MadeCase, ReplacementStore, UnprocessedRecord
from email_channels.cases.audit.records import Act, AuditAction, AuditRecord
from email_channels.cases.history import StoredEmail
from email_channels.cases.outcomes import EmailState, Outcome, RetryResult
from email_channels.cases.pointer import Pointer
from email_channels.cases.reasons import PERHAPS_UNREAD, Reason
from email_channels.errors import ConcurrentChange, Conflict, NotFound, Unreadable
from email_channels.intake import policy, records
from email_channels.intake.arrival import Arrival
from email_channels.intake.attachment_writing import attachments_in_bucket
from email_channels.intake.deciding_again import DecidingAgain
from email_channels.intake.decision import Decision, NewCase, NewEntry
from email_channels.intake.facts import Facts
from email_channels.intake.reported_states import ReportedStates
from email_channels.times import to_milliseconds

# Somebody else may change the email or its case between our read and our write.
_ATTEMPTS = 5
_GONE = "The original of this email no longer exists, so the email cannot be retried. You can still assign it."


class Retry:
    """Decides unprocessed emails again, one at a time."""

    def __init__(self, again: DecidingAgain) -> None:
        self._again = again
        self._replacements = ReplacementStore(again.mail)
        self._assignments = AssignmentStore(again.mail)
        self._audit = AuditStore()
        self._states = ReportedStates(OutboundStore(again.mail), again.now)

    def retry(self, record_id: str, act: Act) -> RetryResult:
        """Decides the email with this record id again, by every rule but the limit of cases in an hour.

        The record of `act` is written with the outcome; or alone, if nothing has changed.

        Raises NotFound if there is no such email, Conflict if it is being purged or its original is gone or cannot be
        read, ConcurrentChange, and what AWS raises. A repeat continues what a crash left.
        """
        before = arrival = None
        for count in range(_ATTEMPTS):
            record = self._replacements.record(record_id)
            if record is None or (isinstance(record, UnprocessedRecord) and record.item.purge_id is not None):
                if arrival is not None:
                    self._delete_objects(arrival, record_id)
                if record is None:
                    raise NotFound("There is no such unprocessed email.")
                raise Conflict("The email is being purged.")
            before = before or _state(record)
            if not isinstance(record, UnprocessedRecord):
                # If it was unprocessed at first, another worker has been faster, or the answer to our write was lost.
                return RetryResult(before, _state(record))
            arrival = arrival or self._read(record)
            if arrival is None:
                self._audit.write(_audit(act, record, before))
                return RetryResult(before, before)
            try:
                return RetryResult(before, self._decide_again(record, arrival, act))
            except (ConcurrentChange, Conflict, NotFound):
                # The email or its case changed in the meantime: a case may also be full now, or be gone.
                pause(count)
        raise ConcurrentChange(f"unprocessed email {record_id} keeps changing")

    def _read(self, record: UnprocessedRecord) -> Arrival | None:
        """Reads the original; None if it cannot be read, and could not be read before."""
        try:
            return self._again.read(record)
        except NotFound as error:
            raise Conflict(_GONE) from error
        except Unreadable as error:
            if record.item.reason in PERHAPS_UNREAD:
                return None
            raise Conflict("The original of this email could not be read now. The email is unchanged.") from error

    def _decide_again(self, record: UnprocessedRecord, arrival: Arrival, act: Act) -> EmailState:
        facts = replace(self._again.facts(arrival, record.item.id), limited=False)
        decision = policy.decide(facts)
        if decision.case is not None:
            return self._become_case(record, facts, decision, decision.case, act)
        if decision.entry is not None:
            return self._become_entry(record, facts, decision, decision.entry, act)
        assert decision.reason is not None
        return self._stay_unprocessed(record, facts, decision, decision.reason, act)

    def _become_case(
        self, record: UnprocessedRecord, facts: Facts, decision: Decision, new: NewCase, act: Act
    ) -> EmailState:
        item, now = record.item, to_milliseconds(self._again.now())
        case = records.case_of(facts, decision, new, item.id)
        # The case is made now, so it is at the top of lists, however old the email is.
        case = replace(case, created_at=now, updated_at=now, version=item.version + 1)
        attachments = attachments_in_bucket(self._again.mail, facts.arrival, item)
        if case.email is not None:
            case = replace(case, email=replace(case.email, attachments=attachments))
        self._again.follow_up(item.id, None)
        self._assignments.make_case(item, case, act, AuditAction.UNPROCESSED_RETRY)
        return EmailState(Outcome.CASE, case_id=item.id)

    def _become_entry(
        self, record: UnprocessedRecord, facts: Facts, decision: Decision, new: NewEntry, act: Act
    ) -> EmailState:
        item = record.item
        pointer = replace(records.pointer_of(facts, decision, new, item.id), version=item.version + 1)
        entry = records.entry_of(facts, pointer, decision.trace, new.answers)
        attachments = attachments_in_bucket(self._again.mail, facts.arrival, item)
        entry = replace(entry, email=replace(entry.email, attachments=attachments), entered_at=act.at)
        self._states.merge(new, facts.arrival.classification.original_message_id)
        self._again.follow_up(pointer.case_id, pointer.email_id)
        state = EmailState(pointer.outcome, case_id=pointer.case_id)
        self._replacements.become_entry(record, pointer, entry, _audit(act, record, state))
        return state

    def _stay_unprocessed(
        self, record: UnprocessedRecord, facts: Facts, decision: Decision, reason: Reason, act: Act
    ) -> EmailState:
        item = record.item
        state = EmailState(Outcome.UNPROCESSED, reason)
        decided = records.unprocessed_of(facts, reason, decision.trace, item.id)
        if reason is not item.reason or _differs(decided.email, item.email) or decided.mailbox != item.mailbox:
            attachments = attachments_in_bucket(self._again.mail, facts.arrival, item)
            decided = replace(decided, email=replace(decided.email, attachments=attachments))
            now, audit = to_milliseconds(self._again.now()), _audit(act, record, state)
            self._replacements.stay_unprocessed(record, decided, now, audit)
        else:
            self._audit.write(_audit(act, record, state))
        return state

    def _delete_objects(self, arrival: Arrival, record_id: str) -> None:
        """Deletes what we may have written after a purge of the email had deleted its objects."""
        attachments = [attachment.key for attachment in records.stored_attachments(arrival, record_id)]
        self._again.mail.delete([*attachments, content_key(record_id)])


def _state(record: UnprocessedRecord | MadeCase | Pointer) -> EmailState:
    match record:
        case UnprocessedRecord():
            return EmailState(Outcome.UNPROCESSED, record.item.reason)
        case Pointer():
            return EmailState(record.outcome, case_id=record.case_id)
        case MadeCase():
            return EmailState(Outcome.CASE, case_id=record.case_id)


def _audit(act: Act, record: UnprocessedRecord, after: EmailState) -> AuditRecord:
    return act.record(AuditAction.UNPROCESSED_RETRY, record.item.id, _document(_state(record)), _document(after))


def _document(state: EmailState) -> dict[str, str | None]:
    reason, case = state.reason, state.case_id
    document = {"outcome": state.outcome.value, "reason": reason.value if reason else None}
    return document | ({"case_id": case} if case else {})


def _differs(new: StoredEmail, old: StoredEmail) -> bool:
    """Whether the rules or the warnings now say something else about an email."""
    return new.warnings != old.warnings or _explanation(new) != _explanation(old)


def _explanation(email: StoredEmail) -> list[tuple[str, str, str, str]]:
    trace = email.content.trace if email.content else ()
    return [(row.rule, row.verdict, row.detail, json.dumps(row.evidence, sort_keys=True, default=str)) for row in trace]
