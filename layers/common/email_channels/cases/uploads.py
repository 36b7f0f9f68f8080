"""Files that people announce, and upload to the bucket: for an email, for an import, or to try an email."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from email_channels.values import dataclass

_MEGABYTE = 1 << 20


class UploadPurpose(StrEnum):
    """What a file is uploaded for. It can be used for nothing else.

    - `email`: an agent sends it with an email
    - `import`: an admin imports the employees in it
    - `try`: an admin asks what would become of the email in it
    """

    EMAIL = "email"
    IMPORT = "import"
    TRY = "try"


MOST_BYTES = {
    # Encoded, with a short text, it takes the 40,000,000 bytes that SES sends.
    UploadPurpose.EMAIL: 29_150_000,
    # 100,000 employees with several addresses each take some 20 MB.
    UploadPurpose.IMPORT: 50 * _MEGABYTE,
    # The largest email that SES receives, with the header block of SES.
    UploadPurpose.TRY: 41 * _MEGABYTE,
}
"""The largest file of each purpose."""


@dataclass(frozen=True, slots=True)
class Upload:
    """An announced file of `size` bytes. Only the bucket knows whether it has been uploaded.

    `uploaded_by` is the `subject` of the caller: nobody else may use the file.
    """

    upload_id: str
    filename: str
    content_type: str
    size: int
    uploaded_by: str
    expires_at: datetime
    purpose: UploadPurpose = UploadPurpose.EMAIL
