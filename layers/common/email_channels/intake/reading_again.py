"""Reads the original of an unprocessed email once more, because a person decides about it."""

from __future__ import annotations

from dataclasses import replace

from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.stores.replacement_store import UnprocessedRecord
from email_channels.cases.reasons import Reason
from email_channels.errors import NotFound
from email_channels.intake.arrival import Arrival
from email_channels.intake.limited_reading import read_within_limits
from email_channels.intake.subprocess_reading import read_in_subprocess
from email_channels.settings import IntakeSettings


def read_original_again(
    record: UnprocessedRecord, mail: MailBucket, settings: IntakeSettings, seconds: float
) -> Arrival:
    """The email in the original. Its identity and time of arrival are those of the record, so all ids stay the same.

    Reading takes at most `seconds`. Raises NotFound if there is no original any more, Unreadable if it cannot be read,
    and what AWS raises.
    """
    item, raw_key = record.item, record.item.email.raw_key
    if raw_key is None:
        raise NotFound("The email has no original.")
    raw, stored_at = mail.read_original(raw_key)
    megabytes = settings.aws_lambda_function_memory_size
    if item.reason is Reason.PROCESSING_FAILED:
        # It may be an email that ends the process that reads it.
        read_in_subprocess(raw, seconds, megabytes)
    arrival = read_within_limits(raw, raw_key, item.channel, item.received_at, megabytes, seconds)
    return replace(arrival, identity=record.identity, received_at=item.received_at, stored_at=stored_at)
