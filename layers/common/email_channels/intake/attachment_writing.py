"""Writes the attachments of an email into the bucket, before the record that names them."""

from __future__ import annotations

from email_channels.aws.mail_bucket import MailBucket
from email_channels.cases.history import StoredAttachment
from email_channels.cases.reasons import PERHAPS_UNREAD
from email_channels.cases.unprocessed import Unprocessed
from email_channels.intake import records
from email_channels.intake.arrival import Arrival


def write_attachments(mail: MailBucket, arrival: Arrival, record_id: str) -> None:
    """Writes all attachments that are stored. Their keys are derived from the record id, so a repeat writes the same
    objects."""
    stored = records.stored_attachments(arrival, record_id)
    for attachment, place in zip(arrival.message.attachments, stored, strict=False):
        mail.write(place.key, attachment.content, place.content_type)


def attachments_in_bucket(mail: MailBucket, arrival: Arrival, item: Unprocessed) -> tuple[StoredAttachment, ...]:
    """The attachments of an unprocessed email, which are in the bucket after this call.

    Those of an email that could not be processed are written now. All others are there, as the record lists them.
    """
    if item.reason not in PERHAPS_UNREAD:
        return item.email.attachments
    write_attachments(mail, arrival, item.id)
    return records.stored_attachments(arrival, item.id)
