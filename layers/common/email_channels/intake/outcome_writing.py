"""Writes the outcome of an email (docs/data-model.md, order of writes).

All ids are derived from the email. A conditional write makes the record only if there is none yet. However many workers
process an email, and at whatever time, it gets exactly one outcome.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.rows import keys
from email_channels.aws.stores.intake_lookup import ExistingRecord, IntakeLookup
from email_channels.aws.stores.outbound_store import OutboundStore
from email_channels.aws.stores.rate_store import RateStore, rate_slot
from email_channels.aws.stores.record_store import RecordStore
from email_channels.cases.history import Entry
from email_channels.cases.identity import MAX_SALTS
from email_channels.cases.outcomes import Outcome
from email_channels.cases.pointer import Pointer
from email_channels.cases.reasons import Reason
from email_channels.cases.trace import RuleResult
from email_channels.errors import Fault
from email_channels.intake import records
from email_channels.intake.arrival import Arrival
from email_channels.intake.attachment_writing import write_attachments
from email_channels.intake.deciding import DecidedEmail, decide_at_limit, replaces
from email_channels.intake.facts import Facts
from email_channels.intake.reported_states import ReportedStates
from email_channels.intake.rules import server
from email_channels.intake.rules.bounce import reported_changes
from email_channels.settings import InboundSettings
from email_channels.times import to_milliseconds
from email_channels.values import dataclass


@dataclass(frozen=True, slots=True)
class IntakeResult:
    """What became of an email. `case_id` is the case that it made or joined, if any. `stored_at` is when the bucket
    stored its original; None if the result is not of the first reading."""

    outcome: Outcome
    reason: Reason | None
    case_id: str | None
    record_id: str
    trace: tuple[RuleResult, ...]
    stored_at: datetime | None = None


class OutcomeWriter:
    """Writes records and what belongs to them. Raises what AWS raises; the email is then retried.

    `now` returns the aware current time.
    """

    def __init__(self, settings: InboundSettings, mail: MailBucket, now: Callable[[], datetime]) -> None:
        self._settings = settings
        self._mail = mail
        self._records = RecordStore(mail)
        self._states = ReportedStates(OutboundStore(mail), now)
        self._now = now
        self._rates = RateStore()

    def write(self, decided: DecidedEmail) -> IntakeResult:
        """Writes the outcome of an email without a record, or of a further copy that replaces an unprocessed one.

        Raises AlreadyRecorded if another worker was faster. The record makes the outcome visible, so it is written
        last. One exception: an entry is written after its pointer.
        """
        existing = decided.existing_record
        if existing is not None:
            _require_lasting(existing, decided.facts.arrival.object_key)
            if not replaces(decided, existing):
                return self.finish(decided, existing)
        decision, facts, record_id = decided.decision, decided.facts, decided.record_id
        self._write_attachments(facts.arrival, record_id)
        if decision.case is not None and not self._count_case(facts, record_id):
            if existing is not None:
                return self.finish(decided, existing)
            decided = decide_at_limit(decided)
            decision = decided.decision
        identity = facts.arrival.identity
        replaced = existing.unprocessed if existing is not None else None
        case_id = None
        if decision.case is not None:
            case = records.case_of(facts, decision, decision.case, record_id)
            self._records.create(case, identity, replaced)
            case_id = record_id
        elif decision.entry is not None:
            pointer = records.pointer_of(facts, decision, decision.entry, record_id)
            self._records.create(pointer, identity, replaced)
            self._add_entry(decided, pointer)
            case_id = pointer.case_id
        elif decision.reason is not None:
            self._records.create(records.unprocessed_of(facts, decision.reason, decision.trace, record_id), identity)
        if existing is not None:
            self._tag_duplicate(facts.arrival.object_key, existing.raw_key)
        return IntakeResult(decision.outcome, decision.reason, case_id, record_id, decision.trace)

    def finish(self, decided: DecidedEmail, existing: ExistingRecord) -> IntakeResult:
        """Writes the entry if the email has only its pointer; otherwise the email is a DUPLICATE."""
        record_id, trace = decided.record_id, decided.decision.trace
        if existing.pointer is None or self._records.has_entry(existing.pointer):
            self._tag_copies(existing, decided.facts.arrival.object_key)
            return IntakeResult(Outcome.DUPLICATE, None, existing.case_id, record_id, trace)
        self._add_entry(decided, existing.pointer)
        return IntakeResult(existing.pointer.outcome, None, existing.pointer.case_id, record_id, trace)

    def write_failure(
        self, arrival: Arrival, read_completely: Callable[[], Arrival], trace: tuple[RuleResult, ...]
    ) -> IntakeResult:
        """Records an email that keeps failing as `processing_failed`, or as `server_not_allowed` if it came from a
        foreign server; if its pointer exists, writes the entry instead.

        `arrival` may hold the headers only. `read_completely` reads the whole email; it is called only for an entry.
        """
        identity = arrival.identity
        reason, unprocessed_trace = self._failed(arrival, trace)
        known = IntakeLookup()
        for salt in range(MAX_SALTS):
            record_id = identity.record_id(salt)
            known.fetch([keys.record(record_id)])
            existing = known.existing(record_id)
            facts = Facts(arrival, self._settings)
            if existing is None:
                self._records.create(records.unprocessed_of(facts, reason, unprocessed_trace, record_id), identity)
                return IntakeResult(Outcome.UNPROCESSED, reason, None, record_id, unprocessed_trace)
            if existing.identity != identity.key:
                continue
            _require_lasting(existing, arrival.object_key)
            pointer = existing.pointer
            if pointer is None or self._records.has_entry(pointer):
                self._tag_copies(existing, arrival.object_key)
                return IntakeResult(Outcome.DUPLICATE, None, existing.case_id, record_id, trace)
            # A slower worker may be about to write the same entry. Only one of the two is written.
            whole = read_completely()
            if pointer.outcome is Outcome.DELIVERY_REPORT:
                self._states.merge_by_message_id(whole.classification.original_message_id, reported_changes(whole))
            entry = records.entry_of(Facts(whole, self._settings), pointer, trace, None)
            self._records.add_entry(pointer, self._entering(entry), identity)
            return IntakeResult(pointer.outcome, None, pointer.case_id, record_id, trace)
        raise Fault("too many emails with the same short id")

    def _failed(self, arrival: Arrival, trace: tuple[RuleResult, ...]) -> tuple[Reason, tuple[RuleResult, ...]]:
        """The reason of an email that keeps failing, and its trace. Emails that fail can be sent by anybody, too."""
        if not self._settings.manage_receipt_filters:
            ruling = server.rule(Facts(arrival, self._settings))
            if ruling.decision is not None:
                row = RuleResult("server", ruling.verdict, ruling.detail, ruling.evidence)
                return Reason.SERVER_NOT_ALLOWED, (*trace, row)
        return Reason.PROCESSING_FAILED, trace

    def _tag_copies(self, existing: ExistingRecord, object_key: str) -> None:
        """Tags originals that no record names for deletion: nothing else would delete them.

        These are this object, if it is a further copy; and the original of the unprocessed email that this object has
        replaced, if the process ended before that was tagged.
        """
        if existing.erased:
            self._mail.mark_duplicate(object_key)
        self._tag_duplicate(existing.raw_key, object_key)
        if existing.raw_key == object_key:
            self._tag_duplicate(object_key, existing.replaced_key)

    def _tag_duplicate(self, named: str | None, copy: str | None) -> None:
        """Tags a copy, unless it is the original that the record names."""
        if named is not None and copy is not None and named != copy:
            self._mail.mark_duplicate(copy)

    def _add_entry(self, decided: DecidedEmail, pointer: Pointer) -> None:
        """Writes the entry that a pointer announces, after the delivery states that the email reports."""
        decision, facts = decided.decision, decided.facts
        if decision.entry is not None:
            self._states.merge(decision.entry, facts.arrival.classification.original_message_id)
        planned = decision.entry if decision.entry and decision.entry.case_id == pointer.case_id else None
        entry = records.entry_of(facts, pointer, decision.trace, planned.answers if planned else None)
        self._records.add_entry(pointer, self._entering(entry), facts.arrival.identity)

    def _entering(self, entry: Entry) -> Entry:
        return replace(entry, entered_at=to_milliseconds(self._now()))

    def _write_attachments(self, arrival: Arrival, record_id: str) -> None:
        write_attachments(self._mail, arrival, record_id)

    def _count_case(self, facts: Facts, record_id: str) -> bool:
        """Counts the case against the sender's limit; False if the limit is reached.

        A conditional write decides, as other workers may count cases of the same sender at the same time.
        """
        if facts.trusted:
            return True
        limit = self._settings.max_cases_per_sender_per_hour
        arrival = facts.arrival
        slot = rate_slot(facts.sender, arrival.received_at, record_id, limit, proven=arrival.proven)
        return self._rates.count(slot, record_id)


def _require_lasting(existing: ExistingRecord, object_key: str) -> None:
    """Raises Fault for a further copy of an unprocessed email that is being purged.

    As a duplicate, the copy would go with it, and nobody would hear of the copy. After the purge, a retry makes it an
    email of its own.
    """
    if existing.unprocessed is not None and existing.unprocessed.purged and existing.raw_key != object_key:
        raise Fault("the unprocessed email of which this is a copy is being purged")
