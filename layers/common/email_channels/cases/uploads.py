"""Files that agents announce, upload to the bucket, and send with an email."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Upload:
    """An announced file of `size` bytes. Only the bucket knows whether it has been uploaded.

    `uploaded_by` is the `subject` of the caller: nobody else may send the file.
    """

    upload_id: str
    filename: str
    content_type: str
    size: int
    uploaded_by: str
    expires_at: datetime
