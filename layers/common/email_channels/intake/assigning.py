"""Makes an unprocessed email what a person says: an entry of a case, or a new case of an employee.

The person decides which case or employee. All else comes from the email, by the same rules as for an email that needs
no person: the values on the four lines where they are believed, the participants, the warnings. An email whose original
is gone or cannot be read is assigned with what its record says of it.
"""

from __future__ import annotations

from dataclasses import replace

from email_channels.addresses import normalise
from email_channels.aws.retries import pause
from email_channels.aws.stores.assignment_store import AssignmentStore
from email_channels.aws.stores.moving.moved_emails import ASSIGNED
from email_channels.aws.stores.replacement_store import ReplacementStore, UnprocessedRecord
from email_channels.cases.audit.records import Act, AuditAction
from email_channels.cases.case import Case, CaseFlag, CaseStatus, made_from, participant_keys, snapshot
from email_channels.cases.directory import Employee
from email_channels.cases.history import StoredEmail
from email_channels.cases.mailboxes import Mailbox
from email_channels.cases.outcomes import Outcome
from email_channels.cases.pointer import Pointer
from email_channels.cases.routing import Routing
from email_channels.cases.trace import RuleResult
from email_channels.cases.warnings import EmailWarning
from email_channels.errors import ConcurrentChange, NotFound, Unreadable
from email_channels.intake import records
from email_channels.intake.attachment_writing import attachments_in_bucket
from email_channels.intake.deciding_again import DecidingAgain
from email_channels.intake.decision import Decision, NewCase
from email_channels.intake.facts import Facts
from email_channels.intake.rules.new_case import issue_of
from email_channels.intake.rules.show import show_of
from email_channels.intake.rules.topic import topic_of
from email_channels.mail.ses_headers import Verdict
from email_channels.mail.subjects import subject_or
from email_channels.settings import Action
from email_channels.times import to_milliseconds
from email_channels.values import dataclass

# Emails that arrive in the case at the same time change its counts.
_ATTEMPTS = 6


@dataclass(frozen=True, slots=True)
class ChosenCase:
    """What a person has chosen for a new case. `topic` is None if they leave it to the email and its mailbox.

    `mailbox` is the mailbox that the record names, if it is configured.
    """

    employee: Employee
    topic: str | None
    routing: Routing
    mailbox: Mailbox | None


class Assignment:
    """Assigns unprocessed emails.

    Both methods raise NotFound if there is no such email, Conflict if it has been processed since or is being purged,
    ConcurrentChange, and what AWS raises.
    """

    def __init__(self, again: DecidingAgain) -> None:
        self._again = again
        self._replacements = ReplacementStore(again.mail)
        self._assignments = AssignmentStore(again.mail)

    def add_to_case(self, record_id: str, case_id: str, act: Act) -> StoredEmail:
        """Makes the email an entry of an existing case. Raises Conflict, too, if the case is full."""
        record = self._replacements.unprocessed(record_id)
        facts = self._facts(record, case_id)
        email_id = record.item.email.email_id
        self._again.follow_up(case_id, email_id)
        if facts is None:
            return self._assignments.add_to_case(record_id, case_id, act)
        for count in range(_ATTEMPTS):
            try:
                return self._add_entry(record, facts, case_id, act)
            except ConcurrentChange:
                pause(count)
            record = self._replacements.unprocessed(record_id)
        raise ConcurrentChange(f"unprocessed email {record_id} or its case keeps changing")

    def make_case(self, record_id: str, chosen: ChosenCase, act: Act) -> str:
        """Makes the email a case of an employee. Returns the email id of its first email."""
        record = self._replacements.unprocessed(record_id)
        item = record.item
        facts = self._facts(record)
        case = self._case_of(record, facts, chosen) if facts else self._case_without_original(record, chosen)
        now = to_milliseconds(self._again.now())
        # The mailbox may have been configured only after the email arrived.
        mailbox = case.mailbox or item.mailbox
        case = replace(case, created_at=now, updated_at=now, version=item.version + 1, mailbox=mailbox)
        self._again.follow_up(record_id, None)
        self._assignments.make_case(item, case, act)
        return item.email.email_id

    def _facts(self, record: UnprocessedRecord, *chosen: str) -> Facts | None:
        """The facts about the email and these cases; None if its original is gone or cannot be read."""
        try:
            arrival = self._again.read(record)
        except (NotFound, Unreadable):
            return None
        return self._again.facts(arrival, record.item.id, chosen)

    def _add_entry(self, record: UnprocessedRecord, facts: Facts, case_id: str, act: Act) -> StoredEmail:
        item = record.item
        email_id, raw_key, version = item.email.email_id, item.email.raw_key, item.version + 1
        pointer = Pointer(item.id, Outcome.ENTRY, case_id, email_id, raw_key, ASSIGNED, version)
        entry = records.entry_of(facts, pointer, _trace(record), None)
        attachments = attachments_in_bucket(self._again.mail, facts.arrival, item)
        entry = replace(entry, email=replace(entry.email, attachments=attachments), entered_at=act.at)
        audit = act.record(
            AuditAction.UNPROCESSED_ASSIGN,
            item.id,
            {"outcome": "unprocessed", "reason": item.reason.value},
            {"outcome": "entry", "reason": None, "case_id": case_id},
        )
        self._replacements.become_entry(record, pointer, entry, audit)
        return entry.email

    def _case_of(self, record: UnprocessedRecord, facts: Facts, chosen: ChosenCase) -> Case:
        mailbox = facts.mailbox or chosen.mailbox
        facts = replace(facts, mailbox=mailbox, routing=chosen.routing)
        default_topic = mailbox.default_topic if mailbox else self._again.settings.default_topic
        topic = chosen.topic or (topic_of(facts)[0] if mailbox else default_topic)
        regarding = facts.employees.get(facts.form.regarding or "")
        new = NewCase(
            subject=subject_or(facts.arrival.message.subject, self._default_subject(mailbox)),
            issue=issue_of(facts) or self._default_subject(mailbox),
            topic=topic,
            service_group=self._group(chosen, topic),
            employee=snapshot(chosen.employee, facts.sender),
            regarding=snapshot(regarding) if regarding else None,
            show_to_employee=show_of(facts)[0] if mailbox else self._again.settings.default_show,
            acknowledge=False,
        )
        flags = tuple(flag for flag in CaseFlag if flag in _flags(facts, chosen))
        case = records.case_of(facts, Decision(Outcome.CASE, flags=flags, trace=_trace(record)), new, record.item.id)
        assert case.email is not None
        warnings, others = set(case.email.warnings), {one.user_id for one in facts.sender_employees}
        if others and chosen.employee.user_id not in others:
            warnings.add(EmailWarning.OTHER_EMPLOYEE)
        email = replace(
            case.email,
            warnings=tuple(one for one in EmailWarning if one in warnings),
            attachments=attachments_in_bucket(self._again.mail, facts.arrival, record.item),
        )
        return made_from(email, case)

    def _case_without_original(self, record: UnprocessedRecord, chosen: ChosenCase) -> Case:
        item, mailbox = record.item, chosen.mailbox
        sender = normalise(item.email.from_.address) if item.email.from_ else ""
        text = (item.email.content.text or "").strip() if item.email.content else ""
        topic = chosen.topic or (mailbox.default_topic if mailbox else self._again.settings.default_topic)
        case = Case(
            case_id=item.id,
            status=CaseStatus.OPEN,
            subject=subject_or(item.email.subject, self._default_subject(mailbox)),
            issue=text or self._default_subject(mailbox),
            topic=topic,
            service_group=self._group(chosen, topic),
            employee=snapshot(chosen.employee, sender),
            regarding=None,
            show_to_employee=mailbox.default_show if mailbox else self._again.settings.default_show,
            flags=(),
            siblings=(),
            mailbox=item.mailbox,
            created_at=item.received_at,
            updated_at=item.received_at,
            participants=participant_keys({sender} - {""}),
        )
        return made_from(item.email, case)

    def _default_subject(self, mailbox: Mailbox | None) -> str:
        return mailbox.default_subject if mailbox else self._again.settings.default_subject

    def _group(self, chosen: ChosenCase, topic: str) -> str:
        population, default = chosen.employee.population, self._again.settings.default_service_group
        return chosen.routing.service_group_for(topic, population, default)


def _trace(record: UnprocessedRecord) -> tuple[RuleResult, ...]:
    """Why the email was unprocessed. That a person assigned it is in `matched_by`."""
    content = record.item.email.content
    return content.trace if content is not None else ()


def _flags(facts: Facts, chosen: ChosenCase) -> set[CaseFlag]:
    """What an agent should know about the case, by the rules that would have noted it."""
    ses_headers, settings, form_lines = facts.arrival.ses_headers, facts.settings, facts.arrival.form_lines
    found = set()
    if ses_headers.spam is Verdict.FAIL and settings.spam_action is not Action.ACCEPT:
        found.add(CaseFlag.SPAM)
    if ses_headers.virus is Verdict.FAIL and settings.virus_action is not Action.ACCEPT:
        found.add(CaseFlag.VIRUS)
    if facts.authentication_failed and settings.authentication_action is not Action.ACCEPT:
        found.add(CaseFlag.AUTHENTICATION_FAILED)
    if form_lines.elsewhere or (form_lines.lines is not None and not facts.form_believed):
        found.add(CaseFlag.VALUES_NOT_BELIEVED)
    if chosen.topic is None and topic_of(facts)[1]:
        found.add(CaseFlag.TOPIC_DEFAULTED)
    if show_of(facts)[1]:
        found.add(CaseFlag.SHOW_DEFAULTED)
    if facts.form.regarding is not None and facts.form.regarding not in facts.employees:
        found.add(CaseFlag.REGARDING_NOT_FOUND)
    return found
