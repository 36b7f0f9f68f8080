"""Sends an agent's email: writes the entry, sends the email at most once, and records the outcome.

`docs/data-model.md`, "an agent's email", describes the order of writes, and what a crash between two of them leaves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from email_channels.addresses import ascii_address, domain_of
from email_channels.api.access import Caller, Role
from email_channels.api.idempotency import read_key, request_hash
from email_channels.api.known_people import meet
from email_channels.api.validation import read_json
from email_channels.aws.mail_bucket import MailBucket, content_key, sent_key
from email_channels.aws.ses_client import SesClient
from email_channels.aws.stores.case_store import CaseStore
from email_channels.aws.stores.configuration.template_store import TemplateStore
from email_channels.aws.stores.outbound_store import OutboundStore
from email_channels.aws.stores.people.person_store import PersonStore
from email_channels.aws.stores.requests.request_keys import IdempotencyKeyTaken, RequestKey, first_request
from email_channels.cases.audit.records import AuditAction, AuditRecord, begin_act
from email_channels.cases.audit.targets import email_target
from email_channels.cases.case import Case
from email_channels.cases.history import Entry, StoredEmail
from email_channels.cases.outgoing import CONTROL, OutgoingKind, ses_tags
from email_channels.cases.recipients import RecipientRole
from email_channels.cases.references import (
    SigningKeys,
    plus_address,
    read_case_id,
    with_case_reference,
)
from email_channels.cases.sent_emails import confirm_sent, wire_message_id
from email_channels.errors import (
    CaseMerged,
    ChannelDisabled,
    Conflict,
    Fault,
    Invalid,
    NotFound,
    SendRefused,
)
from email_channels.mail.message import Address
from email_channels.mail.subjects import reply_subject, subject_or
from email_channels.observability import logger
from email_channels.outbound.ad_hoc.draft_files import message_parts, read_files, write_files
from email_channels.outbound.ad_hoc.look_up import LookUp
from email_channels.outbound.attachment_checks import (
    MAX_SENT_BYTES,
    too_large,
)
from email_channels.outbound.composing import OutgoingEmail, compose
from email_channels.outbound.draft_templates import with_template
from email_channels.outbound.drafts import (
    NO_TEXT,
    Draft,
    read_draft,
)
from email_channels.outbound.header_fields import thread_references
from email_channels.outbound.merge_fields import case_values
from email_channels.outbound.outbound_entry import entry_ids, queued_email
from email_channels.outbound.stuck_sends import failed_email
from email_channels.settings import SendingSettings
from email_channels.times import to_milliseconds

MAX_SUBJECT_CHARACTERS = 500
"""A subject that is copied from an inbound email, or made from a template, is cut to this length."""


class Sending:
    """Sends agents' emails. `now` returns the current time, with a time zone."""

    def __init__(
        self,
        settings: SendingSettings,
        cases: CaseStore,
        store: OutboundStore,
        people: PersonStore,
        mail: MailBucket,
        ses: SesClient,
        signing_keys: Callable[[], SigningKeys],
        now: Callable[[], datetime],
    ) -> None:
        self._settings = settings
        self._cases = cases
        self._store = store
        self._people = people
        self._mail = mail
        self._ses = ses
        self._look_up = LookUp(settings, cases, store, mail)
        self._signing_keys = signing_keys
        self._now = now

    def send(self, caller: Caller, case_id: str, key: str | None, body: bytes) -> StoredEmail:
        """Carries out `POST /cases/{case_id}/emails` and returns the entry.

        A request with the same `key` (Idempotency-Key) and the same body returns the entry of the first request. A
        Refusal or a fault of AWS is raised only before the entry is written. After that, the entry is returned even if
        the send fails.
        """
        caller.require(Role.AGENT)
        author = meet(caller, self._people, self._now())
        if not self._settings.ad_hoc_enabled:
            raise ChannelDisabled("The ad hoc channel is disabled (parameter AdHocEnabled).")
        document = read_json(body)
        case = self._visible_case(caller, case_id)
        used = RequestKey(caller.subject, read_key(key), request_hash(document))
        if (first := self._first_outcome(case.case_id, used)) is not None:
            return first
        if case.merged_into is not None:
            raise CaseMerged(case.merged_into)
        at = to_milliseconds(self._now())
        entry_id, storage_id = entry_ids(at, case.case_id, used.user, used.key, used.request_hash)
        written, template_errors = with_template(
            document, TemplateStore.get, case_values(case, author.name), MAX_SUBJECT_CHARACTERS
        )
        draft, errors = read_draft(written)
        if template_errors:  # an email without text or subject would have got them from the template
            errors = tuple(error for error in errors if error.message != NO_TEXT)
        found = self._look_up.look_up(draft, case, caller.subject, at)
        if errors or found.errors or template_errors:
            every = {*errors, *found.errors, *template_errors}
            raise Invalid(tuple(sorted(every, key=lambda error: error.field)))
        outgoing = self._outgoing(case, draft, found.parent)
        files = read_files(self._mail, draft, found.uploads, storage_id)
        html, images, attached = message_parts(draft, files, storage_id, domain_of(outgoing.from_.address))
        message = compose(replace(outgoing, html=html, images=images, attachments=attached, boundary=storage_id))
        if len(message) > MAX_SENT_BYTES:
            raise Invalid((too_large(),))
        attachments = tuple(file.attachment for file in files)
        email = replace(
            queued_email(entry_id, at, draft, outgoing, attachments, author.agent),
            size=len(message),
            raw_key=sent_key(storage_id),
            in_reply_to=found.parent.email_id if found.parent else None,
        )
        entry = Entry(case.case_id, email)
        write_files(self._mail, files)
        self._mail.write(sent_key(storage_id), message, "message/rfc822")
        try:
            self._store.create(entry, storage_id, used, at, self._record_of(caller, entry))
        except (IdempotencyKeyTaken, NotFound, Conflict) as refused:
            objects = [*(row.key for row in attachments), sent_key(storage_id), content_key(storage_id)]
            return self._refused(refused, case.case_id, used, objects)
        return self._hand_over(entry, message).email

    def _record_of(self, caller: Caller, entry: Entry) -> AuditRecord:
        act = begin_act(caller.subject, entry.email.at, self._settings.audit_retention_days)
        return act.record(AuditAction.EMAIL_SEND, email_target(entry.case_id, entry.email.email_id))

    def _visible_case(self, caller: Caller, named: str) -> Case:
        """The case with the number `named`. Raises NotFound if there is none, or if the caller may not see it."""
        case_id = read_case_id(named)
        case, routing = self._cases.get(case_id) if case_id else (None, None)
        if case is None or routing is None or not caller.sees(case.service_group, routing.open_groups()):
            raise NotFound("There is no such case.")
        return case

    def _first_outcome(self, case_id: str, used: RequestKey) -> StoredEmail | None:
        first = first_request(case_id, used, self._now())
        if first is None:
            return None
        if first.request_hash != used.request_hash:
            raise Conflict("This Idempotency-Key was used for a different email.")
        entry = self._store.entry(case_id, first.email_id)
        if entry is None:
            raise Conflict("The email that was sent with this Idempotency-Key has been moved to another case.")
        return entry.email

    def _refused(self, refused: Exception, case_id: str, used: RequestKey, objects: Sequence[str]) -> StoredEmail:
        """The entry that another request with this key and body made meanwhile. If there is none, nothing names the
        objects of this request: they are deleted, and `refused` is raised.

        An erased case needs no objects, whoever wrote them.
        """
        first = first_request(case_id, used, self._now())
        if first is None or first.request_hash != used.request_hash or isinstance(refused, NotFound):
            try:
                self._mail.delete(objects)
            except Exception:  # noqa: BLE001 - the refusal says more to the caller
                logger().exception("objects of a refused email left", extra={"record": case_id})
        if not isinstance(refused, NotFound) and (entry := self._first_outcome(case_id, used)) is not None:
            return entry
        if isinstance(refused, IdempotencyKeyTaken):
            raise Fault("another request has this Idempotency-Key, but its record is not found") from None
        raise refused

    def _outgoing(self, case: Case, draft: Draft, answered: StoredEmail | None) -> OutgoingEmail:
        """The email without its HTML and files. `answered` is the email under which it threads."""
        settings = self._settings
        # An enabled channel has these addresses: this is checked when the settings are loaded.
        assert settings.ad_hoc_from_address is not None
        assert settings.ad_hoc_reply_to is not None
        keys = self._signing_keys()
        reply_to = ascii_address(settings.ad_hoc_reply_to)
        parent = answered.message_id if answered else None
        thread = (*answered.references, *([parent] if parent else [])) if answered else ()
        return OutgoingEmail(
            from_=Address(settings.ad_hoc_from_name or "", ascii_address(settings.ad_hoc_from_address)),
            reply_to=plus_address(reply_to, case.case_id, keys) if settings.plus_addressing else reply_to,
            to=draft.addresses(RecipientRole.TO),
            cc=draft.addresses(RecipientRole.CC),
            subject=with_case_reference(
                _subject(draft, case, answered if draft.in_reply_to else None), case.case_id, keys
            ),
            text=draft.text,
            in_reply_to=parent,
            references=thread_references(thread),
        )

    def _hand_over(self, entry: Entry, message: bytes) -> Entry:
        """Gives the message to SES once, records the outcome, and returns the entry with it."""
        email = entry.email
        tags = ses_tags(OutgoingKind.AD_HOC, entry.case_id, email.email_id)
        log = {"record": entry.case_id, "email": email.email_id}
        assert email.from_ is not None
        try:
            ses_id = self._ses.send(
                message,
                source=email.from_.address,
                destinations=[row.address for row in (*email.to, *email.cc)],
                bcc=[row.address for row in email.bcc],
                tags=tags,
            )
        except SendRefused as refused:
            logger().warning("SES refused an agent's email", extra=log | {"code": refused.code})
            why = f"Amazon SES refused the email: {refused.detail or refused.code}"
            return self._record(entry, lambda seen: failed_email(seen, why, to_milliseconds(self._now())))
        except Fault as unknown:
            # The entry stays queued until an SES event arrives, or `close_stuck_sends` shows it as failed.
            logger().warning("outcome of sending an agent's email unknown", extra=log | {"why": str(unknown)})
            return entry
        message_id = wire_message_id(ses_id, self._ses.region)
        return self._record(entry, lambda seen: confirm_sent(seen, message_id, to_milliseconds(self._now())))

    def _record(self, entry: Entry, change: Callable[[StoredEmail], StoredEmail]) -> Entry:
        """Records the outcome of the send. A failure to record it is only logged.

        The agent could do nothing about such a failure. The failure does not change whether the email was sent, and the
        events of SES report the outcome again.
        """
        try:
            return self._store.change(entry.case_id, entry.email.email_id, change, self._now(), known=entry) or entry
        except Exception:  # noqa: BLE001 - the send is over, so no failure may hide the entry
            logger().exception("outcome of a send was not recorded", extra={"record": entry.case_id})
            return entry


def _subject(draft: Draft, case: Case, answered: StoredEmail | None) -> str:
    """The agent's subject; if there is none, that of the answered email or of the case.

    An outsider may have written the latter two, so they are cleaned and cut.
    """
    if draft.subject is not None:
        return draft.subject
    subject = case.subject if answered is None else reply_subject(subject_or(answered.subject, case.subject))
    return CONTROL.sub(" ", subject)[:MAX_SUBJECT_CHARACTERS]
