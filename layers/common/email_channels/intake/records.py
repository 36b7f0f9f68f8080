"""Builds what is stored of an inbound email (case, pointer, entry, unprocessed email), cut to what an item can hold."""

from __future__ import annotations

from email_channels.addresses import address_or_domain, is_among, normalise
from email_channels.aws.mail_bucket import attachment_key
from email_channels.cases.case import Case, CaseStatus, made_from, participant_keys, short_subject
from email_channels.cases.channels import Channel
from email_channels.cases.history import (
    MAX_ATTACHMENTS,
    Content,
    Direction,
    Entry,
    EntryKind,
    StoredAttachment,
    StoredEmail,
    preview,
)
from email_channels.cases.identity import email_id
from email_channels.cases.matches import MatchedBy
from email_channels.cases.outcomes import Outcome
from email_channels.cases.pointer import Pointer
from email_channels.cases.reasons import Reason
from email_channels.cases.trace import RuleResult
from email_channels.cases.unprocessed import Unprocessed
from email_channels.cases.warnings import EmailWarning
from email_channels.intake import storage_limits
from email_channels.intake.arrival import Arrival
from email_channels.intake.decision import Decision, NewCase, NewEntry
from email_channels.intake.facts import Facts
from email_channels.intake.warnings import warnings_of
from email_channels.mail.banners import banner_end
from email_channels.mail.classification import Kind
from email_channels.mail.message import InboundMessage
from email_channels.mail.replies import visible_reply
from email_channels.outbound.own_addresses import own_addresses

_MAX_HEADERS = 500
_MAX_HEADER_CHARACTERS = 10_000
_MAX_TYPE_CHARACTERS = 100
_MAX_CONTENT_ID_BYTES = 200
# The preview shows the visible reply, as found in this many characters at the beginning of the text.
_PREVIEWED = 8000

_KINDS = {
    Kind.NORMAL: EntryKind.NORMAL,
    Kind.AUTOMATIC_REPLY: EntryKind.AUTOMATIC_REPLY,
    Kind.BOUNCE: EntryKind.DELIVERY_REPORT,
}


def case_of(facts: Facts, decision: Decision, new: NewCase, record_id: str) -> Case:
    """The case that an email makes. Its case id is the id of the email's record."""
    arrival = facts.arrival
    case = Case(
        case_id=record_id,
        status=CaseStatus.OPEN,
        subject=short_subject(new.subject),
        issue=new.issue,
        topic=new.topic,
        service_group=new.service_group,
        employee=new.employee,
        regarding=new.regarding,
        show_to_employee=new.show_to_employee,
        flags=tuple(flag.value for flag in decision.flags),
        siblings=new.siblings,
        mailbox=facts.mailbox.address if facts.mailbox else None,
        created_at=arrival.received_at,
        updated_at=arrival.received_at,
        participants=_participants(facts),
        acknowledge=new.acknowledge,
        neutral=new.neutral,
    )
    email = stored_email(facts, record_id, decision.trace, issue=new.issue, warnings=warnings_of(facts))
    return made_from(email, case)


def pointer_of(facts: Facts, decision: Decision, entry: NewEntry, record_id: str) -> Pointer:
    """The pointer to the entry that the email becomes. The pointer is written first, the entry second."""
    arrival = facts.arrival
    return Pointer(
        id=record_id,
        outcome=decision.outcome,
        case_id=entry.case_id,
        email_id=email_id(arrival.received_at, record_id),
        raw_key=arrival.object_key,
        matched_by=entry.matched_by,
    )


def entry_of(facts: Facts, pointer: Pointer, trace: tuple[RuleResult, ...], answers: str | None) -> Entry:
    """The entry that a pointer announces; another worker may have written the pointer.

    `answers` is the email_id of the entry that the email answers, if that is known.
    """
    case = facts.cases.get(pointer.case_id)
    report = pointer.outcome is Outcome.DELIVERY_REPORT
    kind = EntryKind.DELIVERY_REPORT if report else _KINDS[facts.arrival.classification.kind]
    email = stored_email(
        facts,
        pointer.id,
        trace,
        email_id=pointer.email_id,
        kind=kind,
        matched_by=pointer.matched_by,
        in_reply_to=answers,
        raw_key=pointer.raw_key,
        warnings=warnings_of(facts, case, pointer.matched_by),
    )
    return Entry(pointer.case_id, email)


def unprocessed_of(facts: Facts, reason: Reason, trace: tuple[RuleResult, ...], record_id: str) -> Unprocessed:
    """The unprocessed email, with the reason why it became neither a case nor an entry."""
    arrival = facts.arrival
    return Unprocessed(
        id=record_id,
        channel=arrival.channel,
        mailbox=_mailbox_of(facts),
        reason=reason,
        received_at=arrival.received_at,
        envelope_sender=arrival.ses_headers.envelope_sender,
        automatic=arrival.classification.automatic,
        proven=arrival.proven,
        email=stored_email(facts, record_id, trace, warnings=warnings_of(facts)),
    )


def stored_email(
    facts: Facts,
    record_id: str,
    trace: tuple[RuleResult, ...],
    *,
    issue: str | None = None,
    email_id: str | None = None,
    kind: EntryKind | None = None,
    matched_by: MatchedBy | None = None,
    in_reply_to: str | None = None,
    raw_key: str | None = None,
    warnings: tuple[EmailWarning, ...] = (),
) -> StoredEmail:
    """The email as the Email History keeps it. Its ids derive from the record id, so a retry gives the same ids."""
    arrival, message = facts.arrival, facts.arrival.message
    text = message.text or ""
    if issue is not None and arrival.form_lines.lines:
        # If the lines are not believed, the issue is the whole text, which may begin with a banner.
        visible = issue[banner_end(issue) :] or issue
    else:
        visible = visible_reply(text[:_PREVIEWED]).visible or text
    return StoredEmail(
        email_id=email_id or _email_id(arrival, record_id),
        direction=Direction.INBOUND,
        kind=kind or _KINDS[arrival.classification.kind],
        from_=storage_limits.limit_address(message.from_) if message.from_ else None,
        to=storage_limits.first_addresses(message.to),
        cc=storage_limits.first_addresses(message.cc),
        bcc=(),
        subject=message.subject[: storage_limits.MAX_SUBJECT_CHARACTERS],
        at=arrival.received_at,
        preview=preview(visible),
        attachments=stored_attachments(arrival, record_id),
        recipients=(),
        matched_by=matched_by,
        message_id=next(iter(storage_limits.thread_message_ids([message.message_id or ""])), None) or None,
        references=storage_limits.thread_message_ids(_thread(message)),
        in_reply_to=in_reply_to,
        raw_key=raw_key or arrival.object_key,
        content=Content(
            text=message.text,
            html=message.html,
            headers=tuple((name, value[:_MAX_HEADER_CHARACTERS]) for name, value in message.headers[:_MAX_HEADERS]),
            trace=trace,
            issue=issue,
        ),
        size=arrival.size,
        reply_to=storage_limits.first_addresses(message.reply_to),
        warnings=warnings,
        stored_at=arrival.stored_at,
    )


def stored_attachments(arrival: Arrival, record_id: str) -> tuple[StoredAttachment, ...]:
    """The attachments as the Email History lists them, in the order of the message; at most MAX_ATTACHMENTS."""
    attachments = arrival.message.attachments[:MAX_ATTACHMENTS]
    room = storage_limits.MAX_ATTACHMENT_NAMES_BYTES // max(1, len(attachments))
    return tuple(
        StoredAttachment(
            n=n,
            filename=storage_limits.limit_filename(
                attachment.filename, max(room, storage_limits.MIN_ATTACHMENT_NAME_BYTES)
            ),
            content_type=attachment.content_type[:_MAX_TYPE_CHARACTERS],
            size=attachment.size,
            sha256=attachment.sha256,
            inline=attachment.inline,
            content_id=storage_limits.limit_text(attachment.content_id or "", _MAX_CONTENT_ID_BYTES) or None,
            key=attachment_key(record_id, n),
        )
        for n, attachment in enumerate(attachments, start=1)
    )


def _thread(message: InboundMessage) -> tuple[str, ...]:
    """The Message-IDs of the thread before this email. Without References, the only one in In-Reply-To (RFC 5322,
    section 3.6.4)."""
    return message.references or (message.in_reply_to if len(message.in_reply_to) == 1 else ())


def _email_id(arrival: Arrival, record_id: str) -> str:
    return email_id(arrival.received_at, record_id)


def _mailbox_of(facts: Facts) -> str | None:
    if facts.arrival.channel is Channel.AD_HOC:
        return normalise(facts.settings.ad_hoc_reply_to) if facts.settings.ad_hoc_reply_to else None
    return facts.mailbox.address if facts.mailbox else None


def _participants(facts: Facts) -> frozenset[bytes]:
    """The keys of author and recipients (`case.participant_key`): no addresses of ours, of service groups, and of
    trusted senders, which are systems. An email whose From address is in doubt names only its author."""
    message = facts.arrival.message
    author = [message.from_] if message.from_ and not facts.listed else []
    others = [*(message.reply_to if author else ()), *message.to, *message.cc]
    mailbox = [facts.mailbox.address, facts.mailbox.receiving_address] if facts.mailbox else []
    groups = [group.address for group in facts.routing.service_groups.values() if group.address]
    trusted = map(address_or_domain, facts.mailbox.trusted_senders if facts.mailbox else ())
    never = own_addresses(facts.settings, (*mailbox, *facts.other_mailboxes, *groups)) | frozenset(trusted)
    named = (normalise(one.address) for one in (*author, *([] if facts.authentication_failed else others)))
    return participant_keys(
        dict.fromkeys(
            address
            for address in named
            if "@" in address and len(address) <= storage_limits.MAX_ADDRESS_CHARACTERS and not is_among(address, never)
        )
    )
