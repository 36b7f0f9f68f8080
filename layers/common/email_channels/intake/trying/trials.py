"""Says what would become of an email, under the present configuration or an assumed one, without writing anything.

The email goes the way of any inbound email: it is read within the same limits, its facts are gathered, and the policy
decides. Only the writing is left out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import cache

from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.stores.intake_lookup import ExistingRecord
from email_channels.aws.stores.record_store import RecordStore
from email_channels.cases.case import Case
from email_channels.cases.channels import ORIGINALS, Channel
from email_channels.cases.outcomes import Outcome
from email_channels.cases.reasons import ADVICE, Reason
from email_channels.cases.references import SignedReference
from email_channels.cases.trace import RuleResult
from email_channels.cases.trials.question import Assumptions, Question
from email_channels.cases.trials.trial import Trial
from email_channels.errors import Unreadable
from email_channels.intake import policy, records
from email_channels.intake.arrival import Arrival
from email_channels.intake.batch import release_frames
from email_channels.intake.deciding import DecidedEmail, decide_at_limit, decide_email, replaces
from email_channels.intake.decision import Decision, NewCase
from email_channels.intake.fact_gathering import FactGathering
from email_channels.intake.facts import Facts
from email_channels.intake.limited_reading import SHARE_OF_MEMORY, read_headers_within_limits, read_within_limits
from email_channels.intake.processing import failure_row
from email_channels.intake.receiving_channel import channel_of_copy
from email_channels.intake.resource_limits import Stalled, time_limit
from email_channels.intake.subprocess_reading import read_in_subprocess
from email_channels.intake.trying.assumed_envelope import VERDICTS, sender_of, with_block, with_verdicts
from email_channels.intake.trying.assumed_lookup import AssumingLookup
from email_channels.intake.trying.diagnosis import envelope_report
from email_channels.intake.trying.form_values import line_values
from email_channels.intake.trying.way_in import find_way_in
from email_channels.mail.headers import made_readable, read_fields
from email_channels.mail.ses_headers import read_ses_headers
from email_channels.settings import IntakeSettings
from email_channels.values import dataclass

_DECIDING_SECONDS = 5.0
"""The most time to decide, and to build the case, without calls to AWS. Both take milliseconds."""
_STARTING_SECONDS = 1.0
"""How long a process needs to start."""
_LOOKED_AT = 65_536
"""Where header fields are looked for, in bytes."""

_EXPLANATIONS = {
    Outcome.CASE: "The email would make a new case.",
    Outcome.ENTRY: "The email would become an entry of a case.",
    Outcome.DELIVERY_REPORT: "The email would become a delivery report of the case whose email it returns.",
    Outcome.DUPLICATE: "Another copy of this email has its outcome already, so nothing would happen.",
}
_MARKED = {
    "virus": {"virus"},
    "spam": {"spam"},
    "authentication": {"spf", "dkim", "dmarc"},
    "sender_trust": {"dkim", "mailbox"},
    "mailbox": {"mailbox"},
    "employee": {"employee", "user_mapping"},
}
"""The rows of the trace that say `assumed`, with the assumptions that they rest on."""


@dataclass(frozen=True, slots=True)
class ReadingLimits:
    """The limits of reading an email: as `inbound` has them. `megabytes` is the memory of a function, 0 for no limit.

    A function with more memory has more processor time in a second, so that `seconds` may be fewer.
    """

    seconds: float
    megabytes: int


class Trying:
    """Tries emails. `genuine` returns whether we signed a reference, `now` the aware current time.

    Raises Invalid for a question that names no mailbox, NotFound if an original is gone, and what AWS raises.
    """

    def __init__(
        self,
        settings: IntakeSettings,
        mail: MailBucket,
        genuine: Callable[[SignedReference], bool],
        now: Callable[[], datetime],
        limits: ReadingLimits,
    ) -> None:
        self._settings = settings
        self._mail = mail
        self._records = RecordStore(mail)
        self._genuine = genuine
        self._now = now
        self._limits = limits

    def try_message(self, raw: bytes, question: Question) -> Trial:
        """What would become of an email that arrives now. `raw` is a message with or without a header block of SES."""
        return self._try(raw, None, self._now(), question, stored=False)

    def try_stored(self, object_key: str, channel: Channel, question: Question) -> Trial:
        """What would become of an email that is stored, if it were decided again: by every rule but the limit of cases
        in an hour. Raises NotFound if its original is gone."""
        raw, stored_at = self._mail.read_original(object_key)
        if question.channel is None and question.mailbox is None:
            recipient = read_ses_headers(raw)[0].recipient
            question = replace(question, channel=channel_of_copy(channel, recipient, self._settings))
        return self._try(raw, object_key, stored_at, question, stored=True)

    def _try(self, raw: bytes, object_key: str | None, now: datetime, question: Question, *, stored: bool) -> Trial:
        found, offset = read_ses_headers(raw)
        seen = found if offset else None
        lookup = AssumingLookup(question.assumed)
        headers = cache(lambda message=raw: self._headers(message, now).message)
        way_in = find_way_in(question, found.recipient, headers, self._settings, lookup)
        object_key = object_key or f"{ORIGINALS}{way_in.channel.value}/try"
        if seen is None or way_in.recipient != found.recipient:
            sender = seen.envelope_sender if seen else sender_of(headers())
            raw = with_block(raw[offset:], sender, way_in.recipient, found.received_at or now)
        verdicts = question.assumed.verdicts

        def gathering_for(arrival: Arrival) -> FactGathering:
            judged = with_verdicts(arrival, seen, verdicts)
            return FactGathering(judged, self._settings, self._genuine, lookup, server_assumed=seen is None)

        assumed = frozenset(verdicts if seen else VERDICTS)
        try:
            arrival = self._read(raw, object_key, way_in.channel, now)
            decided = self._decide(gathering_for(arrival), limited=not stored)
            return self._trial(decided, question.assumed, assumed, stored=stored)
        except (Unreadable, Stalled) as error:
            release_frames(error)
            trace = (failure_row(error),)
        failed = Decision(Outcome.UNPROCESSED, Reason.PROCESSING_FAILED, trace=trace)
        arrival = read_headers_within_limits(raw, object_key, way_in.channel, now, self._limits.megabytes)
        decided = decide_email(gathering_for(arrival), decide=lambda _: failed)
        return self._trial(decided, question.assumed, assumed, stored=stored)

    @staticmethod
    def _decide(gathering: FactGathering, *, limited: bool) -> DecidedEmail:
        decided = decide_email(gathering, limited=limited, decide=_decide_within_limits)
        counted = limited and decided.decision.case is not None and not decided.facts.trusted
        full = counted and not gathering.has_room(decided.record_id)
        return decide_at_limit(decided) if full else decided

    def _read(self, raw: bytes, object_key: str, channel: Channel, now: datetime) -> Arrival:
        """Reads the email, first in a process of its own: it may end the process that reads it. Raises Unreadable."""
        limits = self._limits
        read_in_subprocess(raw, limits.seconds + _STARTING_SECONDS, limits.megabytes, SHARE_OF_MEMORY)
        return read_within_limits(raw, object_key, channel, now, limits.megabytes, limits.seconds)

    def _headers(self, raw: bytes, now: datetime) -> Arrival:
        key = f"{ORIGINALS}{Channel.CASE_CREATION.value}/try"
        return read_headers_within_limits(raw, key, Channel.CASE_CREATION, now, self._limits.megabytes)

    def _trial(
        self, decided: DecidedEmail, assumptions: Assumptions, assumed: frozenset[str], *, stored: bool
    ) -> Trial:
        outcome, case_id = self._outcome(decided, stored=stored)
        with time_limit(_DECIDING_SECONDS):
            return _trial(decided, outcome, case_id, _marks(assumptions, assumed), assumed)

    def _outcome(self, decided: DecidedEmail, *, stored: bool) -> tuple[Outcome, str | None]:
        """The outcome, and the id of the case if there is one. The record of a stored email is its own."""
        decision, existing = decided.decision, decided.existing_record
        case_id = decided.record_id if decision.case else decision.entry.case_id if decision.entry else None
        if stored or existing is None or _is_replaced(decided, existing):
            return decision.outcome, case_id
        return self._existing_outcome(existing), existing.case_id

    def _existing_outcome(self, existing: ExistingRecord) -> Outcome:
        """What a further copy of an email with this record becomes: the entry, if only that was announced yet."""
        pointer = existing.pointer
        return Outcome.DUPLICATE if pointer is None or self._records.has_entry(pointer) else pointer.outcome


def _decide_within_limits(facts: Facts) -> Decision:
    with time_limit(_DECIDING_SECONDS):
        return policy.decide(facts)


def is_email(raw: bytes) -> bool:
    """Whether there is anything to try: at least one header field, or a header block of SES."""
    _, offset = read_ses_headers(raw)
    buffer = made_readable(raw[:_LOOKED_AT])
    return bool(offset) or bool(read_fields(buffer, 0, len(buffer))[0])


def _is_replaced(decided: DecidedEmail, existing: ExistingRecord) -> bool:
    """Whether the email takes the place of this record. After a purge, it is an email of its own."""
    purged = existing.unprocessed is not None and existing.unprocessed.purged
    return purged or replaces(decided, existing)


def _trial(
    decided: DecidedEmail,
    outcome: Outcome,
    case_id: str | None,
    marks: dict[str, set[str]],
    assumed: frozenset[str],
) -> Trial:
    decision, facts = decided.decision, decided.facts
    new = decision.case if outcome is Outcome.CASE else None
    reason = decision.reason if outcome is Outcome.UNPROCESSED else None
    return Trial(
        outcome=outcome,
        reason=reason,
        explanation=ADVICE[reason].explanation if reason else _EXPLANATIONS[outcome],
        case_id=case_id,
        case=_case(decided, new) if new else None,
        values=line_values(facts, decision),
        trace=tuple(_marked(row, marks) for row in decision.trace),
        envelope=envelope_report(facts, assumed),
    )


def _case(decided: DecidedEmail, new: NewCase) -> Case:
    case = records.case_of(decided.facts, decided.decision, new, decided.record_id)
    return replace(case, flags=tuple(sorted(case.flags)))  # in the order in which a stored case shows them


def _marks(assumptions: Assumptions, verdicts: frozenset[str]) -> dict[str, set[str]]:
    """By rule, what is assumed of the things that it rests on."""
    configured = ("mailbox", "user_mapping", "employee")
    given = {*verdicts, *(name for name in configured if getattr(assumptions, name) is not None)}
    return {rule: found for rule, names in _MARKED.items() if (found := names & given)}


def _marked(row: RuleResult, marks: dict[str, set[str]]) -> RuleResult:
    if row.rule not in marks:
        return row
    return replace(row, evidence={**row.evidence, "assumed": sorted(marks[row.rule])})
