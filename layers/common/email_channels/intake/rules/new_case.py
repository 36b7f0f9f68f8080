"""An email that no earlier rule stopped makes a case."""

from email_channels.addresses import normalise
from email_channels.cases.case import snapshot
from email_channels.cases.directory import Employee
from email_channels.cases.mailboxes import Mailbox
from email_channels.cases.matches import Match
from email_channels.intake.decision import NewCase
from email_channels.intake.facts import Facts
from email_channels.intake.rules.closed_case import refuses
from email_channels.intake.rules.employee import employee_of
from email_channels.intake.rules.routing import service_group_of
from email_channels.intake.rules.show import show_of
from email_channels.intake.rules.topic import topic_of
from email_channels.intake.rulings import Ruling, becomes_case
from email_channels.mail.classification.encryption import is_encrypted
from email_channels.mail.ses_headers import Verdict
from email_channels.mail.subjects import subject_or
from email_channels.outbound.automatic_recipients import may_get_automatic_email
from email_channels.outbound.own_addresses import own_addresses

ENCRYPTED = "This email is encrypted and cannot be read here. Its original can be downloaded."


def rule(facts: Facts) -> Ruling:
    """Stops with a case. The rules before this one make sure that mailbox and employee are known."""
    employee, _ = employee_of(facts)
    if facts.mailbox is None or not isinstance(employee, Employee):
        raise ValueError("the rules before this one stop emails without mailbox or employee")
    regarding = facts.employees.get(facts.form.regarding or "")
    case = NewCase(
        subject=subject_or(facts.arrival.message.subject, facts.mailbox.default_subject),
        issue=issue_of(facts) or facts.mailbox.default_subject,
        topic=topic_of(facts)[0],
        service_group=service_group_of(facts),
        employee=snapshot(employee, facts.sender),
        regarding=snapshot(regarding) if regarding else None,
        show_to_employee=show_of(facts)[0],
        acknowledge=facts.mailbox.acknowledge_sender and _may_be_answered(facts, facts.mailbox, employee),
        neutral=not facts.authenticated,
        siblings=(facts.match.case.case_id,) if isinstance(facts.match, Match) and refuses(facts) else (),
    )
    return becomes_case(case, "It becomes a new case.")


def issue_of(facts: Facts) -> str:
    """The text below the form lines where they are believed, otherwise the whole text.

    If the email is encrypted, the issue says so.
    """
    message = facts.arrival.message
    if is_encrypted(message):
        return ENCRYPTED
    return (facts.arrival.form_lines.issue if facts.form_believed else message.text or "").strip()


def _may_be_answered(facts: Facts, mailbox: Mailbox, employee: Employee) -> bool:
    """Whether an acknowledgement may be sent (RFC 3834, section 2).

    Never for an email from a program, with the null sender, from a no-reply address or an address of ours, or in reply
    to an email of ours. To a sender who is not proven, only if no check failed, and if the address is that of the
    employee in the directory: it can then reach nobody but the employee. SPF does not count, because a redirect breaks
    it.
    """
    arrival = facts.arrival
    ours = own_addresses(facts.settings, (mailbox.address, mailbox.receiving_address, *facts.other_mailboxes))
    answers_us = bool(facts.sent) or any(reference.genuine for reference in facts.references)
    null_sender = arrival.ses_headers.envelope_sender == ""
    never = arrival.classification.automatic or null_sender or answers_us
    if never or not may_get_automatic_email(facts.sender, ours):
        return False
    ses_headers = arrival.ses_headers
    failed = Verdict.FAIL in (ses_headers.spam, ses_headers.virus) or facts.authentication_failed
    known = facts.sender in {normalise(address) for address in employee.emails}
    return facts.authenticated or (known and not failed)
