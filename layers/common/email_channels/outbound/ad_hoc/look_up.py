"""What an agent's email refers to, looked up in table and bucket: its thread, its uploads, our own addresses."""

from __future__ import annotations

from datetime import datetime

from email_channels.aws.mail_bucket import MailBucket, upload_key
from email_channels.aws.stores.case_store import CaseStore
from email_channels.aws.stores.outbound_store import OutboundStore
from email_channels.aws.stores.upload_store import UploadStore
from email_channels.cases.case import Case
from email_channels.cases.history import Direction, StoredEmail
from email_channels.cases.recipients import RecipientRole
from email_channels.cases.uploads import Upload, UploadPurpose
from email_channels.errors import FieldError
from email_channels.outbound.ad_hoc.draft_files import upload_filename
from email_channels.outbound.ad_hoc.threads import MAX_LOOKED_AT, Candidate, candidates, newest
from email_channels.outbound.attachment_checks import UploadedFile, attachment_errors
from email_channels.outbound.drafts import NO_SUCH_EMAIL, Draft, own_recipients
from email_channels.outbound.own_addresses import own_addresses
from email_channels.settings import SendingSettings
from email_channels.values import dataclass


@dataclass(frozen=True, slots=True)
class LookedUp:
    """`parent` is the email that the draft answers; if it names none, the newest one of the same people, or None.

    `uploads` are by id. `errors` has one for each wrong field.
    """

    parent: StoredEmail | None
    uploads: dict[str, Upload]
    errors: tuple[FieldError, ...]


class LookUp:
    """Looks up what drafts refer to. Raises PynamoDB's and botocore's exceptions for AWS's faults."""

    def __init__(self, settings: SendingSettings, cases: CaseStore, store: OutboundStore, mail: MailBucket) -> None:
        self._settings = settings
        self._cases = cases
        self._store = store
        self._mail = mail

    def look_up(self, draft: Draft, case: Case, sender: str, at: datetime) -> LookedUp:
        """What the draft of the agent with this `sub` refers to at the time `at`."""
        same_people: list[Candidate] = []
        if draft.in_reply_to is None and draft.recipients:
            visible = (*draft.addresses(RecipientRole.TO), *draft.addresses(RecipientRole.CC))
            history, _ = self._cases.history(case, MAX_LOOKED_AT, None)
            same_people = candidates(history, visible)
        others = {other for candidate in same_people for other in candidate.others}
        own = own_addresses(self._settings) | self._store.mailboxes_among(
            [*(row.address.address for row in draft.recipients), *sorted(others)]
        )
        receiving = (*self._settings.ad_hoc_recipients, *self._settings.case_creation_recipients)
        errors = list(own_recipients(draft, own, {name.lower() for name in receiving if "@" not in name}))
        parent = newest(same_people, own)
        if draft.in_reply_to is not None:
            _, parent, _ = self._cases.get_entry(case.case_id, draft.in_reply_to)
            if parent is None or parent.direction is Direction.INTERNAL:  # nobody outside has a note
                errors.append(FieldError("in_reply_to", NO_SUCH_EMAIL))
        uploads = {
            upload_id: upload
            for upload_id, upload in UploadStore.read(draft.attachments, at).items()
            if upload.uploaded_by == sender and upload.purpose is UploadPurpose.EMAIL
        }
        return LookedUp(parent, uploads, (*errors, *self._wrong_files(draft, uploads)))

    def _wrong_files(self, draft: Draft, uploads: dict[str, Upload]) -> tuple[FieldError, ...]:
        stored = {
            upload_id: UploadedFile(upload_filename(upload), upload.size, self._mail.size(upload_key(upload_id)))
            for upload_id, upload in uploads.items()
        }
        fields = {upload_id: row.field for upload_id, row in draft.attachments.items()}
        html, images = (draft.html.marked, draft.html.pasted.values()) if draft.html else (None, ())
        return attachment_errors(fields, stored, draft.text, html, [len(image.content) for image in images])
