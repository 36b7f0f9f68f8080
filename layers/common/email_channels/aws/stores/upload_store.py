"""What agents announced to upload."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from email_channels.aws.rows import keys
from email_channels.aws.rows.table import Row
from email_channels.aws.stores.record_store import read_rows

# As long as the bucket keeps what lies under `uploads/`.
LIFETIME = timedelta(days=1)


class UploadRow(Row, discriminator="upload"):
    """An announced upload; DynamoDB deletes it after a day."""

    filename = UnicodeAttribute()
    content_type = UnicodeAttribute()
    size = NumberAttribute()
    uploaded_by = UnicodeAttribute()


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that somebody may upload, under `mail_store.upload_key(upload_id)`: whether they did, the bucket knows.

    `size` in bytes. `uploaded_by` is the caller's `subject`: nobody else may send it.
    """

    upload_id: str
    filename: str
    content_type: str
    size: int
    uploaded_by: str
    expires_at: datetime


class UploadStore:
    """Raises PynamoDB's exceptions for AWS's faults."""

    @staticmethod
    def announce(upload: Upload) -> None:
        """Writes the upload down, whose id is new: nobody draws the same 100 bits, so no condition is needed that would
        fail when the SDK writes again what was written without an answer."""
        pk, sk = keys.upload(upload.upload_id)
        UploadRow(
            pk=pk,
            sk=sk,
            filename=upload.filename,
            content_type=upload.content_type,
            size=upload.size,
            uploaded_by=upload.uploaded_by,
            expires_at=int(upload.expires_at.timestamp()),
        ).save()

    @staticmethod
    def read(upload_ids: Iterable[str], now: datetime) -> dict[str, Upload]:
        """Those of these uploads that are known and not expired (DynamoDB deletes late), by id: one call."""
        wanted = [keys.upload(upload_id) for upload_id in upload_ids]
        rows = read_rows(wanted).values() if wanted else ()
        uploads = [_upload_of(row) for row in rows if isinstance(row, UploadRow)]
        return {upload.upload_id: upload for upload in uploads if upload.expires_at > now}


def _upload_of(row: UploadRow) -> Upload:
    return Upload(
        upload_id=row.pk.partition("#")[2],
        filename=row.filename,
        content_type=row.content_type,
        size=int(row.size),
        uploaded_by=row.uploaded_by,
        expires_at=datetime.fromtimestamp(int(row.expires_at or 0), UTC),
    )
