"""`POST /employees/imports`: starts a job that makes a CSV file of employees the directory."""

from __future__ import annotations

import re
from typing import Any

from email_channels.api.requests import Response
from email_channels.api.validation import read_body
from email_channels.aws.mail_bucket import upload_key
from email_channels.cases.jobs.job import JobKind
from email_channels.cases.references import random_id
from email_channels.cases.uploads import UploadPurpose
from email_channels.errors import BadRequest, Conflict, FieldError, Invalid

from functions.agent_api.administration.jobs import start_job
from functions.agent_api.api_call import ApiCall

MAX_BODY_BYTES = 4_500_000
# 100 bits, like the id of an announced upload.
_ID_LENGTH = 20


def start(call: ApiCall) -> Response:
    """Starts the job. The file is the body, or was uploaded before. One import runs at a time, else Conflict."""
    options = _options(call)
    if call.request.body.lstrip()[:1] in {b"{", b"["}:
        return _start(call, _announced(call), options)
    upload_id = _written(call)
    try:
        return _start(call, upload_id, options)
    except Conflict:
        call.stores.mail.delete([upload_key(upload_id)])
        raise


def _start(call: ApiCall, upload_id: str, options: dict[str, Any]) -> Response:
    from email_channels.jobs.employee_import.importing import ImportRequest  # no other route needs it

    request = ImportRequest(upload_id, call.act(), **options)
    return start_job(call, JobKind.IMPORT, request=request.to_json(), exclusive=True)


def _options(call: ApiCall) -> dict[str, Any]:
    """The options of an ImportRequest. Raises Invalid."""
    dry_run, absent, most = call.filter("dry_run"), call.filter("absent"), call.filter("max_absent")
    errors = []
    if dry_run not in {None, "true", "false"}:
        errors.append(FieldError("dry_run", "must be true or false"))
    if absent not in {None, "keep", "block"}:
        errors.append(FieldError("absent", "must be keep or block"))
    if most is not None and re.fullmatch("[0-9]{1,7}", most) is None:
        errors.append(FieldError("max_absent", "must be a whole number from 0 to 9999999"))
    elif most is not None and absent != "block":
        errors.append(FieldError("max_absent", "needs absent=block"))
    if errors:
        raise Invalid(tuple(errors))
    return {
        "dry_run": dry_run == "true",
        "block_absent": absent == "block",
        "max_absent": None if most is None else int(most),
    }


def _announced(call: ApiCall) -> str:
    """The id of a file that the caller has uploaded for an import. Raises Invalid if there is none."""
    body = read_body(call.request.body, "NewImport")
    upload_id: str = body.accepted()["upload_id"]
    upload = call.stores.uploads.read([upload_id], call.now).get(upload_id)
    if upload is None or upload.purpose is not UploadPurpose.IMPORT or upload.uploaded_by != call.caller.subject:
        body.refuse("upload_id", "names no file that you announced for an import")
    elif call.stores.mail.size(upload_key(upload_id)) is None:
        body.refuse("upload_id", "the file has not been uploaded, or was imported already")
    body.accepted()
    return upload_id


def _written(call: ApiCall) -> str:
    """Writes the CSV file in the body to the bucket as an upload, and returns its id.

    Raises BadRequest if the body is empty. Raises Invalid if the file is too large, or has no usable header.
    """
    from email_channels.jobs.employee_import.csv_file import CsvFile, UnreadableFile  # no other route needs it

    content = call.request.body
    if not content.strip():
        raise BadRequest("The request body must be a CSV file, or JSON with an upload_id, but it is empty.")
    if len(content) > MAX_BODY_BYTES:
        message = f"must have at most {MAX_BODY_BYTES} bytes. Upload larger files: POST /attachments, purpose import"
        raise Invalid((FieldError("body", message),))
    try:
        CsvFile([content])
    except UnreadableFile as error:
        raise Invalid((FieldError("body", str(error)),)) from error
    upload_id = random_id(_ID_LENGTH)
    call.stores.mail.write(upload_key(upload_id), content, "text/csv")
    return upload_id
