"""An agent's email: written down, then sent at most once, then shown as far as it got.

The order of writes, and what a crash between two of them leaves, is in `docs/data-model.md`, "an agent's email".
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from email_channels.addresses import ascii_address
from email_channels.api.access import Caller, Role
from email_channels.api.validation import read_json
from email_channels.aws.mail_bucket import MailBucket, attachment_key, upload_key
from email_channels.aws.ses_client import SesClient
from email_channels.aws.stores.case_store import CaseStore
from email_channels.aws.stores.outbound_store import IdempotencyKeyTaken, OutboundStore
from email_channels.aws.stores.upload_store import UploadStore
from email_channels.cases.case import Case
from email_channels.cases.history import Content, Direction, Entry, EntryKind, StoredAttachment, StoredEmail, preview
from email_channels.cases.identity import email_id
from email_channels.cases.outgoing import CONTROL, OutgoingKind, ses_tags
from email_channels.cases.recipients import Recipient, RecipientRole, RecipientState
from email_channels.cases.references import (
    ID_LENGTH,
    SigningKeys,
    encode,
    plus_address,
    read_case_id,
    with_case_reference,
)
from email_channels.cases.sent_emails import confirm_sent, wire_message_id
from email_channels.cases.uploads import Upload
from email_channels.errors import ChannelDisabled, Conflict, Fault, FieldError, Invalid, NotFound, SendRefused
from email_channels.mail.filenames import safe_name
from email_channels.mail.message import Address
from email_channels.mail.subjects import reply_subject
from email_channels.observability import logger
from email_channels.outbound.composing import OutgoingEmail, compose, shown_headers
from email_channels.outbound.drafts import (
    MAX_MESSAGE_BYTES,
    NO_SUCH_EMAIL,
    Draft,
    UploadedFile,
    attachment_errors,
    own_recipients,
    read_draft,
    read_key,
    request_hash,
)
from email_channels.outbound.header_fields import thread_references
from email_channels.outbound.loop_marks import signed_loop_mark
from email_channels.outbound.mime_parts import AttachedFile
from email_channels.outbound.own_addresses import own_addresses
from email_channels.settings import SendingSettings
from email_channels.times import to_milliseconds

PATIENCE = timedelta(minutes=15)
"""What no event of SES explains for so long is shown as failed."""

MAX_SUBJECT_CHARACTERS = 500
"""Of a subject that is taken over from an email that came in."""

NO_CONFIRMATION = (
    "No confirmation from Amazon SES within 15 minutes; it may or may not have left. You can send it again."
)

# What lies in the bucket is named by a hash of its own: more of it than an email_id holds, so that no two meet.
_STORAGE_ID_LENGTH = 26


class Sending:
    """Sends agents' emails. `now` gives the aware current time."""

    def __init__(
        self,
        settings: SendingSettings,
        cases: CaseStore,
        store: OutboundStore,
        mail: MailBucket,
        ses: SesClient,
        tag_keys: Callable[[], SigningKeys],
        now: Callable[[], datetime],
    ) -> None:
        self._settings = settings
        self._cases = cases
        self._store = store
        self._mail = mail
        self._ses = ses
        self._tag_keys = tag_keys
        self._now = now

    def send(self, caller: Caller, case_id: str, key: str | None, body: bytes) -> StoredEmail:
        """Carries out `POST /cases/{case_id}/emails`, and returns the entry as it is then.

        The same `key` (Idempotency-Key) with the same body returns what the first request made of it. Raises
        Refusals, and what AWS raises before the entry is written; after that the entry is the answer, whatever happens.
        """
        caller.require(Role.AGENT)
        if not self._settings.ad_hoc_enabled:
            raise ChannelDisabled("The ad hoc channel is switched off (AdHocEnabled).")
        document = read_json(body)
        case = self._visible_case(caller, case_id)
        key = read_key(key)
        digest = request_hash(document)
        if (first := self._first_outcome(case.case_id, key, digest)) is not None:
            return first
        at = to_milliseconds(self._now())
        entry_id, storage_id = _ids(at, case.case_id, key, digest)
        draft, errors = read_draft(document)
        answered, uploads, more_errors = self._named(caller, case, draft, at)
        if errors or more_errors:
            raise Invalid(tuple(sorted({*errors, *more_errors}, key=lambda error: error.field)))
        outgoing = self._outgoing(case, draft, answered)
        files, attachments = self._files(draft, uploads, storage_id)
        message = compose(replace(outgoing, attachments=files))
        if len(message) > MAX_MESSAGE_BYTES:
            raise Invalid((FieldError("attachments", "make the email larger than what Amazon SES sends"),))
        entry = Entry(case.case_id, _stored(entry_id, at, draft, outgoing, attachments))
        try:
            self._store.create(entry, storage_id, key, digest, at)
        except IdempotencyKeyTaken:
            if (first := self._first_outcome(case.case_id, key, digest)) is None:
                raise Fault("the first request with this key is gone") from None
            return first
        return self._hand_over(entry, message).email

    def _visible_case(self, caller: Caller, named: str) -> Case:
        """The case of the path, written in any way; raises NotFound also for one that the caller may not see."""
        case_id = read_case_id(named)
        case, routing = self._cases.get(case_id) if case_id else (None, None)
        if case is None or routing is None or not caller.sees(case.service_group, routing.open_groups()):
            raise NotFound("There is no such case.")
        return case

    def _first_outcome(self, case_id: str, key: str, digest: str) -> StoredEmail | None:
        first = self._store.first_request(case_id, key, self._now())
        if first is None:
            return None
        if first.request_hash != digest:
            raise Conflict("This Idempotency-Key was used for another email.")
        entry = self._store.entry(case_id, first.email_id)
        if entry is None:
            raise Conflict("The email that was sent under this Idempotency-Key is in another case now.")
        return entry.email

    def _named(
        self, caller: Caller, case: Case, draft: Draft, at: datetime
    ) -> tuple[StoredEmail | None, dict[str, Upload], list[FieldError]]:
        """What the request names: the email that it answers, and the uploads; and all that is wrong with these."""
        own = own_addresses(self._settings) | self._store.mailboxes_among(
            row.address.address for row in draft.recipients
        )
        receiving = (*self._settings.ad_hoc_recipients, *self._settings.case_creation_recipients)
        errors = list(own_recipients(draft, own, {name.lower() for name in receiving if "@" not in name}))
        answered = None
        if draft.in_reply_to is not None:
            _, answered, _ = self._cases.get_entry(case.case_id, draft.in_reply_to)
            if answered is None:
                errors.append(FieldError("in_reply_to", NO_SUCH_EMAIL))
        uploads = {
            upload_id: upload
            for upload_id, upload in UploadStore.read(draft.attachments, at).items()
            if upload.uploaded_by == caller.subject
        }
        stored = {
            upload_id: UploadedFile(_filename(upload), upload.size, self._mail.size(upload_key(upload_id)))
            for upload_id, upload in uploads.items()
        }
        errors += attachment_errors(draft, stored)
        return answered, uploads, errors

    def _outgoing(self, case: Case, draft: Draft, answered: StoredEmail | None) -> OutgoingEmail:
        """The email without its files."""
        settings = self._settings
        # The settings' loader has seen to it that a channel that is on has its addresses.
        assert settings.ad_hoc_from_address is not None
        assert settings.ad_hoc_reply_to is not None
        keys = self._tag_keys()
        reply_to = ascii_address(settings.ad_hoc_reply_to)
        parent = answered.message_id if answered else None
        thread = (*answered.references, *([parent] if parent else [])) if answered else ()
        return OutgoingEmail(
            from_=Address(settings.ad_hoc_from_name or "", ascii_address(settings.ad_hoc_from_address)),
            reply_to=plus_address(reply_to, case.case_id, keys) if settings.plus_addressing else reply_to,
            to=draft.addresses(RecipientRole.TO),
            cc=draft.addresses(RecipientRole.CC),
            subject=with_case_reference(_subject(draft, case, answered), case.case_id, keys),
            text=draft.text,
            html=draft.html,
            loop_mark=signed_loop_mark(OutgoingKind.AD_HOC, case.case_id, keys),
            in_reply_to=parent,
            references=thread_references(thread),
        )

    def _files(
        self, draft: Draft, uploads: Mapping[str, Upload], storage_id: str
    ) -> tuple[tuple[AttachedFile, ...], tuple[StoredAttachment, ...]]:
        """The uploads' contents, each copied to where the entry keeps it. Doing it again changes nothing."""
        files, attachments = [], []
        for n, (upload_id, field) in enumerate(draft.attachments.items(), start=1):
            upload = uploads[upload_id]
            try:
                content = self._mail.read(upload_key(upload_id))
            except NotFound:  # its day ended just now
                raise Invalid((FieldError(field, "there is no such upload"),)) from None
            if len(content) != upload.size:
                raise Invalid((FieldError(field, "was just now uploaded again"),))
            attachment = StoredAttachment(
                n=n,
                filename=_filename(upload),
                content_type=upload.content_type,
                size=len(content),
                sha256=hashlib.sha256(content).hexdigest(),
                inline=False,
                content_id=None,
                key=attachment_key(storage_id, n),
            )
            self._mail.write(attachment.key, content, upload.content_type)
            files.append(AttachedFile(attachment.filename, upload.content_type, content))
            attachments.append(attachment)
        return tuple(files), tuple(attachments)

    def _hand_over(self, entry: Entry, message: bytes) -> Entry:
        """Gives the message to SES, once, and writes down what SES said."""
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
            why = f"Amazon SES did not take the email: {refused.detail or refused.code}"
            return self._note(entry, lambda seen: _failed(seen, why, to_milliseconds(self._now())))
        except Fault as unknown:
            # It stays queued: SES's events, or `close_stuck_sends`, will tell.
            logger().warning("fate of an agent's email unknown", extra=log | {"why": str(unknown)})
            return entry
        message_id = wire_message_id(ses_id, self._ses.region)
        return self._note(entry, lambda seen: confirm_sent(seen, message_id, to_milliseconds(self._now())))

    def _note(self, entry: Entry, change: Callable[[StoredEmail], StoredEmail]) -> Entry:
        """Writes down what became of the send. The email is gone or not, whether that works or not: it is not an error
        that the agent could do anything about, and SES's events bring the same news."""
        try:
            return self._store.change(entry.case_id, entry.email.email_id, change, known=entry) or entry
        except Exception:  # noqa: BLE001 - whatever it was, the answer is the entry
            logger().exception("what SES said was not written down", extra={"record": entry.case_id})
            return entry


def close_stuck_sends(store: OutboundStore, now: datetime) -> int:
    """Shows as failed what SES has not confirmed within PATIENCE before `now`; returns how many emails that were.

    Events that come later still tell what became of them.
    """
    closed = 0
    at = to_milliseconds(now)
    for case_id, email_id_ in store.unconfirmed(now - PATIENCE):
        entry = store.change(case_id, email_id_, lambda email: _failed(email, NO_CONFIRMATION, at))
        # The index lags: some have just been confirmed.
        if entry is not None and entry.email.message_id is None:
            closed += 1
            logger().warning("send without confirmation closed", extra={"record": case_id, "email": email_id_})
    return closed


def _ids(at: datetime, case_id: str, key: str, digest: str) -> tuple[str, str]:
    """(email_id, storage id): from the key, so that a request that comes again after a crash uses the same names; and
    from the body, so that one with the same key and another body does not touch them."""
    named = encode(hashlib.sha256(f"send\n{case_id}\n{digest}\n{key}".encode()).digest(), _STORAGE_ID_LENGTH)
    return email_id(at, named[:ID_LENGTH]), named


def _subject(draft: Draft, case: Case, answered: StoredEmail | None) -> str:
    """The agent's subject; else that of the email that is answered, or of the case, which somebody outside wrote."""
    if draft.subject is not None:
        return draft.subject
    subject = case.subject if answered is None else reply_subject(answered.subject or case.subject)
    return CONTROL.sub(" ", subject)[:MAX_SUBJECT_CHARACTERS]


def _filename(upload: Upload) -> str:
    """The name as recipients' machines can take it."""
    return CONTROL.sub("", safe_name(upload.filename)) or "attachment"


def _stored(
    entry_id: str, at: datetime, draft: Draft, outgoing: OutgoingEmail, attachments: tuple[StoredAttachment, ...]
) -> StoredEmail:
    return StoredEmail(
        email_id=entry_id,
        direction=Direction.OUTBOUND,
        kind=EntryKind.NORMAL,
        from_=outgoing.from_,
        to=outgoing.to,
        cc=outgoing.cc,
        bcc=draft.addresses(RecipientRole.BCC),
        subject=outgoing.subject,
        at=at,
        preview=preview(draft.text),
        attachments=attachments,
        recipients=tuple(
            Recipient(row.address.address, row.address.name, row.role, RecipientState.QUEUED, None, at)
            for row in draft.recipients
        ),
        matched_by=None,
        message_id=None,
        references=outgoing.references,
        in_reply_to=draft.in_reply_to,
        raw_key=None,
        content=Content(text=draft.text, html=draft.html, headers=shown_headers(outgoing)),
    )


def _failed(email: StoredEmail, detail: str, at: datetime) -> StoredEmail:
    """The email with everybody failed for whom it is still queued."""
    return replace(
        email,
        recipients=tuple(
            replace(row, state=RecipientState.FAILED, detail=detail, at=at)
            if row.state is RecipientState.QUEUED
            else row
            for row in email.recipients
        ),
    )
