"""The notices for people about an email: the acknowledgement, the alert of a service group, the sender's copy.

Each is in the language of the mailbox (`MailboxTexts`), as plain text and HTML. An admin's template can replace a text.
Each declares that a program sent it (RFC 3834, section 5). An alert also carries a loop mark, by which the system
recognises it if it comes back. Emails to senders carry none: whoever gets one could copy it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from email_channels.addresses import ascii_address
from email_channels.cases.case import Case
from email_channels.cases.history import StoredEmail
from email_channels.cases.noticing.failures import failed_recipients
from email_channels.cases.references import case_number
from email_channels.cases.templates import SystemText
from email_channels.mail.message import Address
from email_channels.outbound.composing import AutoSubmitted, OutgoingEmail, compose
from email_channels.outbound.dates_in_words import time_in_words
from email_channels.outbound.header_fields import message_ids, thread_references
from email_channels.outbound.merge_fields import MergeField, case_values
from email_channels.outbound.notice_bodies import Body, Link, Paragraph, Rows, body_of, html_page, joined
from email_channels.outbound.notice_fields import cut, notice, one_line
from email_channels.outbound.replaced_texts import MailboxTexts, Replaced, replaced
from email_channels.outbound.texts.shipped import AlertTexts, shipped_texts

# An alert names at most this many recipients of an email that failed.
_MOST_RECIPIENTS = 3
_SAID_BY_THE_EMAIL = frozenset({MergeField.CASE_SUBJECT, MergeField.CASE_TOPIC})
"""Fields whose value an email can choose. A neutral acknowledgement must not have them."""


class AlertReason(StrEnum):
    """What a service group is alerted of. The values are the names of the texts.

    - `NEW_CASE`: an email or a person made a case
    - `REPLY`: an email came into a case
    - `HANDOVER`: another group handed a case over
    - `FAILURE`: an agent's email was not delivered, or a recipient complained about it
    """

    NEW_CASE = "group_alert"
    REPLY = "reply_alert"
    HANDOVER = "handover_alert"
    FAILURE = "failure_alert"


def group_alert(
    case: Case,
    *,
    texts: MailboxTexts,
    from_: Address,
    to: str,
    group: str,
    link: str | None,
    loop_mark: str,
    reason: AlertReason = AlertReason.NEW_CASE,
    email: StoredEmail | None = None,
) -> bytes:
    """The alert that tells a service group what happened in a case. It does not contain the text of any email.

    `group` is the name of the service group, `email` the reply or the email that failed. `link` leads to the case or
    the email. It also stands below a replaced text, which there is for new cases only: it would say the wrong thing of
    all others.
    """
    shipped = shipped_texts(texts.language)
    alert: AlertTexts = getattr(shipped, reason.value)
    labels, number = shipped.labels, case_number(case.case_id)
    rows = [(labels.case_number, number), (labels.subject, cut(case.subject)), (labels.topic, cut(case.topic))]
    if case.employee:
        rows.append((labels.employee, f"{cut(case.employee.name)} ({cut(case.employee.user_id)})"))
    if case.mailbox:
        rows.append((labels.mailbox, cut(case.mailbox)))
    match reason:
        case AlertReason.NEW_CASE:
            rows.append((labels.received, time_in_words(_arrived_at(case), texts.language)))
        case AlertReason.REPLY if email is not None:
            if email.from_ is not None:
                rows.append((labels.sender, cut(email.from_.address)))
            rows.append((labels.received, time_in_words(email.at, texts.language)))
        case AlertReason.FAILURE if email is not None:
            failed = ", ".join(row.address or row.name for row in failed_recipients(email)[:_MOST_RECIPIENTS])
            rows.append((labels.recipients, cut(failed)))
    new = reason is AlertReason.NEW_CASE
    own = replaced(SystemText.GROUP_ALERT, texts, case_values(case)) if new else Replaced()
    opening = alert.opening.format(group=cut(group))
    body = own.body or body_of([opening, Rows(tuple(rows))], shipped)
    end: list[Paragraph] = [Link(alert.link, link)] if link else []
    if own.body is None:
        end.append(shipped.no_reply)
    if end:
        body = joined([body, body_of(end, shipped)])
    subject = own.subject or alert.subject.format(number=number, subject=one_line(case.subject))
    return compose(replace(_notice(from_, to, subject, body, texts), loop_mark=loop_mark))


def acknowledgement(
    case: Case,
    *,
    texts: MailboxTexts,
    from_: Address,
    to: Address,
    reply_to: str | None,
    subject: str,
    reference: str | None,
    neutral: bool,
) -> OutgoingEmail:
    """The email that tells a sender that a case was opened. Raises ValueError for a case without an email.

    `reply_to` receives replies; None if the sender should not reply. `reference` is the case reference, by which
    replies find the case. It follows the subject, which may be cut. If `neutral`, it repeats nothing that the email
    said, neither the subject nor a Message-ID: a forger could otherwise write to the employee through us.
    """
    if case.email is None:
        raise ValueError("only the sender of an email is acknowledged")
    shipped = shipped_texts(texts.language)
    values = case_values(case)
    if neutral:
        values = {field: value for field, value in values.items() if field not in _SAID_BY_THE_EMAIL}
        subject = shipped.acknowledgement.neutral_subject
    own = replaced(SystemText.ACKNOWLEDGEMENT, texts, values)
    labels = shipped.labels
    rows = [(labels.case_number, case_number(case.case_id))]
    if not neutral:
        rows.append((labels.subject, cut(case.subject)))
    rows += _arrival(case.mailbox, _arrived_at(case), texts)
    end = _contact(texts)
    end.append(shipped.reply if reply_to else shipped.no_reply)
    body = own.body or body_of([shipped.acknowledgement.opening, Rows(tuple(rows)), *end], shipped)
    answered = "" if neutral else case.email.message_id or ""
    written = _notice(from_, to.address, own.subject or subject, body, texts)
    return replace(
        written,
        subject=f"{written.subject} {reference}" if reference else written.subject,
        reply_to=ascii_address(reply_to) if reply_to else None,
        in_reply_to=answered,
        # So that mail programs show it in the thread of the email that it answers.
        references=thread_references([*case.email.references, answered]) if message_ids([answered]) else (),
        auto_submitted=AutoSubmitted.REPLIED,
    )


def sender_copy(
    *, texts: MailboxTexts, from_: Address, to: Address, mailbox: str | None, received_at: datetime
) -> bytes:
    """The email that tells the sender of an email that it did not become a case.

    It is for outsiders: it does not say why, names no admin, and repeats nothing of the email but the mailbox, which is
    one of ours. None stands for an email that reached no mailbox.
    """
    shipped = shipped_texts(texts.language)
    values = {MergeField.MAILBOX_ADDRESS: mailbox} if mailbox else {}
    own = replaced(SystemText.SENDER_COPY, texts, values)
    rows = Rows(tuple(_arrival(mailbox, received_at, texts)))
    end = [*_contact(texts), shipped.no_reply]
    body = own.body or body_of([shipped.sender_copy.opening, rows, *end], shipped)
    written = _notice(from_, to.address, own.subject or shipped.sender_copy.subject, body, texts)
    return compose(replace(written, auto_submitted=AutoSubmitted.REPLIED))


def _arrival(mailbox: str | None, at: datetime, texts: MailboxTexts) -> list[tuple[str, str]]:
    """To which mailbox the email was sent, and when it arrived, so that its sender knows which one is meant."""
    labels = shipped_texts(texts.language).labels
    received = (labels.received, time_in_words(at, texts.language))
    return [(labels.mailbox, cut(mailbox)), received] if mailbox else [received]


def _arrived_at(case: Case) -> datetime:
    """When the email arrived that the case was made from; a case that a person makes of an email is younger."""
    return case.email.at if case.email else case.created_at


def _contact(texts: MailboxTexts) -> list[Paragraph]:
    return [f"{shipped_texts(texts.language).contact}\n{one_line(texts.contact)}"] if texts.contact else []


def _notice(from_: Address, to: str, subject: str, body: Body, texts: MailboxTexts) -> OutgoingEmail:
    html = html_page(body.html, texts.language.value) if body.html is not None else None
    return replace(notice(from_, [to], subject, f"{body.text}\n"), html=html, language=texts.language.value)
