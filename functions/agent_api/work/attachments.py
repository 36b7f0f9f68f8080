"""`/attachments`: files that agents upload before they send them, and admins before they import or try them."""

from __future__ import annotations

from email_channels.api.access import Role
from email_channels.api.requests import Response, json_response
from email_channels.api.validation import Body
from email_channels.aws.mail_bucket import upload_key
from email_channels.aws.rows.outbound_rows import UPLOAD_LIFETIME
from email_channels.cases.channels import Channel
from email_channels.cases.references import random_id
from email_channels.cases.uploads import MOST_BYTES, Upload, UploadPurpose
from email_channels.outbound.attachment_checks import refused_type
from email_channels.times import to_text

from functions.agent_api.api_call import ApiCall, require_enabled

# 100 bits, so that nobody can guess the id of another agent's upload.
_ID_LENGTH = 20


def announce(call: ApiCall) -> Response:
    """Records a file that somebody will upload, and answers with the link to upload it.

    Raises Invalid for a file that can never be used: of a type that is not sent, too large, or empty. Raises Forbidden
    for a purpose of admins, and ChannelDisabled for a file to send while the ad hoc channel is off.
    """
    body = call.body("NewUpload")
    purpose = UploadPurpose(body.get("purpose") or UploadPurpose.EMAIL)
    if purpose is UploadPurpose.EMAIL:
        require_enabled(Channel.AD_HOC, call.settings)
    else:
        call.caller.require(Role.ADMIN)
    _check(body, purpose)
    wanted = body.accepted()
    upload = Upload(
        upload_id=random_id(_ID_LENGTH),
        filename=wanted["filename"],
        content_type=wanted["content_type"],
        size=int(wanted["size"]),
        uploaded_by=call.caller.subject,
        expires_at=call.now + UPLOAD_LIFETIME,
        purpose=purpose,
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


def _check(body: Body, purpose: UploadPurpose) -> None:
    """Refuses a file that can never be used for its purpose."""
    name, size, most = body.get("filename"), body.get("size"), MOST_BYTES[purpose]
    if purpose is UploadPurpose.EMAIL and name is not None and (refused := refused_type(name)) is not None:
        body.refuse("filename", refused)
    if size is None:
        return
    if size > most:
        body.refuse("size", f"must be at most {most}")
    if size < 1 and purpose is not UploadPurpose.EMAIL:
        body.refuse("size", "must be at least 1: the file is empty")
