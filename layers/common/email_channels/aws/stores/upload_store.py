"""Uploads that agents announced."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from email_channels.aws.rows import keys
from email_channels.aws.rows.outbound_rows import UploadRow, upload_of, upload_row
from email_channels.aws.rows.table import read_rows
from email_channels.cases.uploads import Upload


class UploadStore:
    """Writes and reads announced uploads. Raises PynamoDB's exceptions for AWS's faults."""

    @staticmethod
    def announce(upload: Upload) -> None:
        """Writes a new upload.

        The write needs no condition: the id has 100 random bits, so no other upload has it. A condition would fail
        when the SDK repeats a write whose answer was lost.
        """
        upload_row(upload).save()

    @staticmethod
    def read(upload_ids: Iterable[str], now: datetime) -> dict[str, Upload]:
        """The uploads among these that exist and have not expired, by id. Needs one call.

        DynamoDB deletes expired items hours later, so this compares the time too.
        """
        wanted = [keys.upload(upload_id) for upload_id in upload_ids]
        rows = read_rows(wanted).values() if wanted else ()
        uploads = [upload_of(row) for row in rows if isinstance(row, UploadRow)]
        return {upload.upload_id: upload for upload in uploads if upload.expires_at > now}
