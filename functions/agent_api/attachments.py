"""`/attachments`: files that agents upload before they send them."""

from __future__ import annotations

from email_channels.api.requests import Response, json_response
from email_channels.aws.mail_bucket import upload_key
from email_channels.aws.rows.outbound_rows import UPLOAD_LIFETIME
from email_channels.cases.references import random_id
from email_channels.cases.uploads import Upload
from email_channels.errors import FieldError, Invalid
from email_channels.outbound.attachment_checks import refused_type
from email_channels.times import to_text

from functions.agent_api.api_call import ApiCall

# 100 bits, so that nobody can guess the id of another agent's upload.
_ID_LENGTH = 20


def announce(call: ApiCall) -> Response:
    """Records a file that an agent will upload, and answers with the link to upload it.

    Raises Invalid for a file of a type that can never be sent.
    """
    wanted = call.body("NewUpload").accepted()
    if (refused := refused_type(wanted["filename"])) is not None:
        raise Invalid((FieldError("filename", refused),))
    upload = Upload(
        upload_id=random_id(_ID_LENGTH),
        filename=wanted["filename"],
        content_type=wanted["content_type"],
        size=int(wanted["size"]),
        uploaded_by=call.caller.subject,
        expires_at=call.now + UPLOAD_LIFETIME,
    )
    call.stores.uploads.announce(upload)
    link = call.stores.mail.upload_link(upload_key(upload.upload_id), upload.content_type, upload.size)
    return json_response(
        {
            "upload_id": upload.upload_id,
            "url": link.url,
            "method": "PUT",
            "headers": {"Content-Type": upload.content_type, "Content-Length": str(upload.size)},
            "expires_at": to_text(link.expires_at),
        },
        201,
    )
