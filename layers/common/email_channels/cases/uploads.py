"""Files that agents announce, upload to the bucket, and send with an email."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Upload:
    """An announced file of `size` bytes. Whether it has been uploaded, only the bucket knows.

    `uploaded_by` is the caller's `subject`: nobody else may send the file.
    """

    upload_id: str
    filename: str
    content_type: str
    size: int
    uploaded_by: str
    expires_at: datetime
