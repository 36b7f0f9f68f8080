"""Uploads: for agents' emails, and for files that admins import or try."""

from __future__ import annotations

import pytest
from email_channels.aws.stores.upload_store import UploadStore
from email_channels.cases.uploads import MOST_BYTES, UploadPurpose

from tests.support.in_process.api_client import Api
from tests.support.in_process.aws import Aws
from tests.support.in_process.stored_emails import RECEIVED


def test_upload(api: Api) -> None:
    wanted = {"filename": "Lohn 📎.pdf", "content_type": "application/pdf", "size": 5}
    answer = api("agent", "POST", "/attachments", wanted)
    link = answer.json
    assert (answer.status, link["method"], link["headers"]["Content-Type"]) == (201, "PUT", "application/pdf")
    assert link["upload_id"] in link["url"]
    uploads = UploadStore.read([link["upload_id"], "UNKNOWN"], RECEIVED)
    assert [(row.filename, row.content_type, row.size, row.uploaded_by) for row in uploads.values()] == [
        ("Lohn 📎.pdf", "application/pdf", 5, "id-of-agent")
    ]
    (upload,) = uploads.values()
    assert UploadStore.read([link["upload_id"]], upload.expires_at) == {}
    for content_type in ("application/pdf; name=Lohn.pdf", "a/b;", "text/plain; charset=utf-8; x=~"):
        assert api("agent", "POST", "/attachments", wanted | {"content_type": content_type}).status == 201
    for content_type in ("application/pdf; name=Löhne.pdf", "text/plain;\u2028", "text/plain; x=📎", "text/plain;\x00"):
        assert api("agent", "POST", "/attachments", wanted | {"content_type": content_type}).wrong_fields == [
            "content_type"
        ]
    body = {"filename": "a\nb", "content_type": "pdf", "size": -1}
    assert api("agent", "POST", "/attachments", body).wrong_fields == ["content_type", "filename", "size"]
    assert api("agent", "POST", "/attachments", wanted | {"size": MOST_BYTES[UploadPurpose.EMAIL]}).status == 201
    body = {"filename": "", "content_type": "a/b\r\nX: y", "size": MOST_BYTES[UploadPurpose.EMAIL] + 1}
    assert api("agent", "POST", "/attachments", body).wrong_fields == ["content_type", "filename", "size"]
    assert api("agent", "POST", "/attachments", wanted | {"size": True}).wrong_fields == ["size"]


@pytest.mark.parametrize(("purpose", "most"), [("import", 52_428_800), ("try", 42_991_616)])
def test_upload_of_an_admin(api: Api, purpose: str, most: int) -> None:
    """Files that admins import or try have limits of their own, and may be of any type."""
    wanted = {"filename": "hr.bat", "content_type": "text/csv", "size": most, "purpose": purpose}
    link = api("admin", "POST", "/attachments", wanted)
    assert link.status == 201
    (upload,) = UploadStore.read([link.json["upload_id"]], RECEIVED).values()
    assert (upload.purpose, upload.size, upload.uploaded_by) == (purpose, most, "id-of-admin")
    assert api("agent", "POST", "/attachments", wanted).status == 403
    for size in (0, most + 1):
        assert api("admin", "POST", "/attachments", wanted | {"size": size}).wrong_fields == ["size"]


@pytest.mark.parametrize("purpose", ["", "Try", "send", 1, ["try"], {}])
def test_upload_of_unknown_purpose(api: Api, purpose: object) -> None:
    wanted = {"filename": "a.eml", "content_type": "message/rfc822", "size": 1, "purpose": purpose}
    assert api("admin", "POST", "/attachments", wanted).wrong_fields == ["purpose"]


def test_upload_without_ad_hoc(aws: Aws) -> None:
    """Without the ad hoc channel, nothing can be sent, but admins import and try."""
    api = Api(aws, AD_HOC_ENABLED="false", AD_HOC_RECIPIENTS="")
    wanted = {"filename": "a.eml", "content_type": "message/rfc822", "size": 1}
    for purpose, status in (("import", 201), ("try", 201), ("email", 409), (None, 409)):
        assert api("admin", "POST", "/attachments", wanted | {"purpose": purpose}).status == status


@pytest.mark.parametrize("name", ["setup.exe", "SETUP.Exe", "macro.js. ", "a.pdf.bat", ".vbs"])
def test_upload_of_refused_type(api: Api, name: str) -> None:
    """A file that can never be sent is refused before it is uploaded, and the answer says why."""
    answer = api("agent", "POST", "/attachments", {"filename": name.strip(), "content_type": "a/b", "size": 5})
    extension = name.strip(". ").rpartition(".")[2].lower()
    assert answer.json["errors"] == [
        {"field": "filename", "message": f"has a type that Amazon SES does not send: .{extension}"}
    ]
