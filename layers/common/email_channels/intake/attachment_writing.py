"""Writes the attachments of an email into the bucket, before the record that names them."""

from __future__ import annotations

from email_channels.aws.mail_bucket import MailBucket
from email_channels.intake import records
from email_channels.intake.arrival import Arrival


def write_attachments(mail: MailBucket, arrival: Arrival, record_id: str) -> None:
    """Writes all attachments that are stored. Their keys are derived from the record id, so a repeat writes the same
    objects."""
    stored = records.stored_attachments(arrival, record_id)
    for attachment, place in zip(arrival.message.attachments, stored, strict=False):
        mail.write(place.key, attachment.content, place.content_type)
