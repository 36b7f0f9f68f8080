"""The way of an inbound email to its one outcome (docs/data-model.md, order of writes).

Everything that is written has a name that follows from the email, and the record is written under the condition that
there is none: whoever processes an email how often and at the same time, it has one outcome.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.rows import keys
from email_channels.aws.stores.intake_lookup import ExistingRecord, IntakeLookup
from email_channels.aws.stores.outbound_store import OutboundStore
from email_channels.aws.stores.rate_store import RateStore, rate_slot
from email_channels.aws.stores.record_store import AlreadyRecorded, RecordStore
from email_channels.cases.channels import Channel
from email_channels.cases.delivery_states import merge_states
from email_channels.cases.identity import MAX_SALTS
from email_channels.cases.outcomes import Outcome
from email_channels.cases.reasons import Reason
from email_channels.cases.record import Pointer
from email_channels.cases.references import SignedReference
from email_channels.cases.trace import RuleResult, RuleVerdict
from email_channels.errors import Fault, NotFound, Unreadable
from email_channels.intake import policy, records
from email_channels.intake.arrival import Arrival, channel_of, read_arrival, read_headers, read_nothing
from email_channels.intake.decision import Decision
from email_channels.intake.fact_gathering import FactGathering
from email_channels.intake.facts import Facts
from email_channels.intake.resource_limits import Stalled, memory_limit, time_limit
from email_channels.settings import InboundSettings

# Reading 40 MB takes a function of 512 MB some two seconds; headers alone are read in milliseconds.
READING_SECONDS = 10.0
HEADERS_SECONDS = 3.0
# Of the function's memory; the interpreter's code and stacks, which the limit does not count, have the rest.
_SHARE_OF_MEMORY = 0.85


@dataclass(frozen=True, slots=True)
class Decided:
    """What becomes, or would become, of an email; `record_id` is where that stands."""

    decision: Decision
    facts: Facts
    record_id: str
    existing: ExistingRecord | None


@dataclass(frozen=True, slots=True)
class Result:
    """What became of an email. `case_id` is the case that it made or went to, if any."""

    outcome: Outcome
    reason: Reason | None
    case_id: str | None
    record_id: str
    trace: tuple[RuleResult, ...]


class Intake:
    """Takes emails in. `genuine` says whether we signed a reference, `now` gives the aware current time.

    Raises what AWS raises; then all is to be done again. Raises Unreadable for an email that only `give_up` can take.
    """

    def __init__(
        self,
        settings: InboundSettings,
        mail: MailBucket,
        genuine: Callable[[SignedReference], bool],
        now: Callable[[], datetime],
    ) -> None:
        self._settings = settings
        self._mail = mail
        self._records = RecordStore(mail)
        self._outbound = OutboundStore(mail)
        self._rates = RateStore()
        self._genuine = genuine
        self._now = now

    def process(self, object_key: str, first_try: Callable[[bytes], None] | None = None) -> Result | None:
        """Gives the email in an object of the bucket its outcome; None if the object is none, or is gone.

        `first_try` is given the bytes before anything else is done with them; what it raises is raised.
        """
        channel = channel_of(object_key)
        if channel is None:
            return None
        try:
            raw = self._mail.read(object_key)
        except NotFound:  # purged, while it was in the queue again
            return None
        if first_try is not None:
            first_try(raw)
        arrival = self._read(raw, object_key, channel)
        del raw  # the parsed message holds what is needed of up to 40 MB
        # Whoever is first writes the record; who comes second finds it, and looks again.
        for _ in range(2):
            decided = self._decide(arrival)
            try:
                return self._finish(decided) if decided.existing else self._carry_out(decided)
            except AlreadyRecorded:
                continue
        raise Fault("a record came and went")

    def decide(self, raw: bytes, object_key: str, channel: Channel) -> Decided:
        """What would become of an email. Writes nothing."""
        decided = self._decide(read_arrival(raw, object_key, channel, self._now()))
        if decided.existing is None:
            return decided
        return replace(decided, decision=replace(decided.decision, outcome=Outcome.DUPLICATE))

    def give_up(self, object_key: str, error: BaseException) -> Result | None:
        """Records an email that keeps failing as `processing_failed`, by as little of it as possible.

        If it has begun to become an entry, it becomes that; as a whole, if it can be read. Returns and raises as
        `process`; then it stays in the dead-letter queue.
        """
        channel = channel_of(object_key)
        if channel is None:
            return None
        try:
            raw = self._mail.read(object_key)
        except NotFound:
            return None
        trace = (_failure(error),)
        try:
            with time_limit(HEADERS_SECONDS), memory_limit(_SHARE_OF_MEMORY):
                arrival = read_headers(raw, object_key, channel, self._now())
        except (Exception, Stalled):  # noqa: BLE001 - the headers themselves may be what fails, whatever that raises
            arrival = read_nothing(raw, object_key, channel, self._now())

        def whole() -> Arrival:
            # Whoever wrote the pointer could read it, and has written the attachments that the entry is to name.
            if isinstance(error, Unreadable | Stalled):
                return arrival
            try:
                return self._read(raw, object_key, channel)
            except Unreadable:
                return arrival

        return self._record_failure(arrival, whole, trace)

    def _read(self, raw: bytes, object_key: str, channel: Channel) -> Arrival:
        try:
            with time_limit(READING_SECONDS), memory_limit(_SHARE_OF_MEMORY):
                return read_arrival(raw, object_key, channel, self._now())
        except Stalled as stalled:
            raise Unreadable(f"not read within {READING_SECONDS:g} seconds") from stalled
        except Exception as error:
            raise Unreadable(type(error).__name__) from error

    def _record_failure(self, arrival: Arrival, whole: Callable[[], Arrival], trace: tuple[RuleResult, ...]) -> Result:
        identity, reason = arrival.identity, Reason.PROCESSING_FAILED
        known = IntakeLookup()
        for salt in range(MAX_SALTS):
            record_id = identity.record_id(salt)
            known.fetch([keys.record(record_id)])
            existing = known.existing(record_id)
            facts = Facts(arrival, self._settings)
            if existing is None:
                self._records.create(records.unprocessed_of(facts, reason, trace, record_id), identity)
                return Result(Outcome.UNPROCESSED, reason, None, record_id, trace)
            if existing.identity != identity.key:
                continue
            pointer = existing.pointer
            if pointer is None or self._records.has_entry(pointer):
                self._tag_duplicate(existing, arrival.object_key)
                return Result(Outcome.DUPLICATE, None, existing.case_id, record_id, trace)
            # Somebody slower may be about to write the entry: of both, one is written, and it is the one outcome.
            entry = records.entry_of(Facts(whole(), self._settings), pointer, trace, None)
            self._records.add_entry(pointer, entry, identity)
            return Result(pointer.outcome, None, pointer.case_id, record_id, trace)
        raise Fault("too many emails with the same short id")

    def _decide(self, arrival: Arrival) -> Decided:
        gathering = FactGathering(arrival, self._settings, self._genuine)
        for salt in range(MAX_SALTS):
            record_id = arrival.identity.record_id(salt)
            facts, existing = gathering.facts(record_id)
            if existing is None or existing.identity == arrival.identity.key:
                return Decided(policy.decide(facts), facts, record_id, existing)
        raise Fault("too many emails with the same short id")

    def _carry_out(self, decided: Decided) -> Result:
        """Writes what was decided; the record, which makes it visible, last. Raises AlreadyRecorded."""
        decision, facts, record_id = decided.decision, decided.facts, decided.record_id
        self._write_attachments(facts.arrival, record_id)
        if decision.case is not None and not self._counted(facts, record_id):
            decided = self._rate_limited(decided)
            decision = decided.decision
        identity = facts.arrival.identity
        case_id = None
        if decision.case is not None:
            self._records.create(records.case_of(facts, decision, decision.case, record_id), identity)
            case_id = record_id
        elif decision.entry is not None:
            pointer = records.pointer_of(facts, decision, decision.entry, record_id)
            self._records.create(pointer, identity)
            self._add_entry(decided, pointer)
            case_id = pointer.case_id
        elif decision.reason is not None:
            self._records.create(records.unprocessed_of(facts, decision.reason, decision.trace, record_id), identity)
        return Result(decision.outcome, decision.reason, case_id, record_id, decision.trace)

    def _finish(self, decided: Decided) -> Result:
        """What is left to do for an email that has its record: nothing, but for a pointer without its entry."""
        existing, record_id, trace = decided.existing, decided.record_id, decided.decision.trace
        assert existing is not None
        if existing.pointer is None or self._records.has_entry(existing.pointer):
            self._tag_duplicate(existing, decided.facts.arrival.object_key)
            return Result(Outcome.DUPLICATE, None, existing.case_id, record_id, trace)
        self._add_entry(decided, existing.pointer)
        return Result(existing.pointer.outcome, None, existing.pointer.case_id, record_id, trace)

    def _tag_duplicate(self, existing: ExistingRecord, object_key: str) -> None:
        """Lets a further copy of an email go: no record names it, so nothing else would ever delete it."""
        if existing.raw_key is not None and existing.raw_key != object_key:
            self._mail.mark_duplicate(object_key)

    def _add_entry(self, decided: Decided, pointer: Pointer) -> None:
        """The entry that a pointer announces, after the states that it reports."""
        decision, facts = decided.decision, decided.facts
        planned = decision.entry if decision.entry and decision.entry.case_id == pointer.case_id else None
        if planned is not None and planned.answers and planned.changes:
            self._outbound.change(
                pointer.case_id,
                planned.answers,
                lambda email: replace(email, recipients=merge_states(email.recipients, planned.changes)),
            )
        entry = records.entry_of(facts, pointer, decision.trace, planned.answers if planned else None)
        self._records.add_entry(pointer, entry, facts.arrival.identity)

    def _write_attachments(self, arrival: Arrival, record_id: str) -> None:
        stored = records.stored_attachments(arrival, record_id)
        for attachment, place in zip(arrival.message.attachments, stored, strict=False):
            self._mail.write(place.key, attachment.content, place.content_type)

    def _counted(self, facts: Facts, record_id: str) -> bool:
        """Whether the case is within the sender's limit. Decided by a conditional write: others may be at it, too."""
        if facts.trusted:
            return True
        most = self._settings.max_cases_per_sender_per_hour
        slot = rate_slot(facts.sender, facts.arrival.received_at, record_id, most)
        return self._rates.count(slot, record_id)

    def _rate_limited(self, decided: Decided) -> Decided:
        full = replace(decided.facts, opened_this_hour=self._settings.max_cases_per_sender_per_hour)
        return replace(decided, decision=policy.decide(full), facts=full)


def _failure(error: BaseException) -> RuleResult:
    """What the trace says of an email that could not be processed."""
    if isinstance(error, Unreadable):
        return RuleResult("processing", RuleVerdict.STOP, "The email could not be read.", {"error": error.cause})
    evidence = {"error": type(error).__name__}
    return RuleResult("processing", RuleVerdict.STOP, "Processing failed several times.", evidence)
