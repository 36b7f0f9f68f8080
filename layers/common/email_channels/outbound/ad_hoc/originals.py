"""The originals of agents' emails: what was sent, as a recipient got it.

The message is in the bucket as SES got it. It never has Bcc. SES adds Message-ID and Date, which are only known
afterwards, so they are added when somebody first asks for the original.
"""

from __future__ import annotations

from datetime import datetime
from email.utils import format_datetime

from email_channels.aws.mail_bucket import MailBucket
from email_channels.cases.history import StoredEmail
from email_channels.outbound.header_fields import header_field, message_ids

_ATTEMPTS = 3


def complete_original(mail: MailBucket, email: StoredEmail) -> bool:
    """Makes the original of an outbound email what its recipients got. Returns whether there is an original.

    The object is replaced only while it is the one that was read. So several requests write the same, and none writes
    an original that has been erased meanwhile.
    """
    if email.raw_key is None:
        return False
    for _ in range(_ATTEMPTS):
        # An original with both fields is longer than what was sent.
        if (size := mail.size(email.raw_key)) is None or email.message_id is None or size != email.size:
            return size is not None
        if (found := mail.read_with_etag(email.raw_key)) is None:
            return False
        message, etag = found
        if len(message) == email.size:
            mail.replace(email.raw_key, _received(message, email.message_id, email.at), etag, "message/rfc822")
    return True


def _received(message: bytes, message_id: str, at: datetime) -> bytes:
    head = header_field("Message-ID", message_ids([message_id])) + header_field("Date", [format_datetime(at)])
    return head.encode("ascii") + message
