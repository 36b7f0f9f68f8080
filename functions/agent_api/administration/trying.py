"""`/try` and `/try/jobs`: say what would become of an email, or of the last ones of a mailbox, and change nothing."""

from __future__ import annotations

from typing import Any

from email_channels.addresses import normalise
from email_channels.api.address_grammar import is_address
from email_channels.api.requests import Response, json_response
from email_channels.api.trial_views import trial_json
from email_channels.api.validation import Body
from email_channels.aws.mail_bucket import upload_key
from email_channels.cases.channels import Channel
from email_channels.cases.history import Direction, StoredEmail
from email_channels.cases.jobs.job import JobKind
from email_channels.cases.references import read_case_id
from email_channels.cases.trials.assumption_json import assumptions_to_json
from email_channels.cases.trials.question import ORIGINAL_GONE, Question
from email_channels.cases.trials.trial import Trial
from email_channels.cases.uploads import UploadPurpose
from email_channels.errors import (
    BadRequest,
    Conflict,
    ContentTooLarge,
    FieldError,
    Invalid,
    NotFound,
    UnsupportedMediaType,
)
from email_channels.values import dataclass

from functions.agent_api.administration.assuming import assumptions_of
from functions.agent_api.administration.jobs import start_job
from functions.agent_api.api_call import ApiCall
from functions.agent_api.configuration.mailboxes import find_mailbox

MOST_BYTES = 4_500_000
"""The largest email in a body: Lambda takes 6 MB, and API Gateway passes an email in base64."""
_UPLOAD_INSTEAD = 'Upload it (POST /attachments with the purpose "try"), and send {"upload_id": ...} instead.'
_EMAIL_TYPES = {"message/rfc822", "application/octet-stream", "application/x-www-form-urlencoded"}
"""curl sends a file as `application/x-www-form-urlencoded`, unless it is told another type."""
_SOURCES = ("upload_id", "unprocessed_id", "email")
_EMAIL_ID_LENGTH = 19


@dataclass(frozen=True, slots=True)
class _Stored:
    """An email whose original is in the bucket."""

    object_key: str
    channel: Channel


def try_email(call: ApiCall) -> Response:
    """What would become of an email: of the body, of an upload, of an unprocessed email, or of an entry of a case.

    Raises BadRequest, ContentTooLarge, UnsupportedMediaType, Invalid, and Conflict if the original is gone.
    """
    raw, body = _read(call)
    if raw is not None:
        return _answer(call, _trial_of(call, raw, _question(call, call.request.query)))
    assert body is not None
    source = _source(call, body)
    wanted = {name: value for name, value in call.request.query.items() if value} | body.accepted()
    return _answer(call, _trial_of(call, source, _question(call, wanted)))


def try_many(call: ApiCall) -> Response:
    """Starts a job that says what would become of the last emails of a mailbox."""
    body = call.body("NewTryJob")
    mailbox = body.get("mailbox")
    if mailbox is not None and find_mailbox(call, normalise(mailbox)) is None:
        body.refuse("mailbox", "no mailbox has this address")
    wanted = body.accepted()
    assumed = assumptions_to_json(assumptions_of(call, wanted.get("assume")))
    request = {"mailbox": mailbox, "last": wanted["last"]} | ({"assume": assumed} if assumed else {})
    return start_job(call, JobKind.TRY, request=request)


def _read(call: ApiCall) -> tuple[bytes | None, Body | None]:
    """The email in the body, or the JSON object in it."""
    body = call.request.body
    kind = call.request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if len(body) > MOST_BYTES:
        raise ContentTooLarge(f"The body is larger than 4.5 MB. {_UPLOAD_INSTEAD}")
    if not body.strip():
        raise BadRequest("The request body is empty. Send an email as message/rfc822, or JSON that names one.")
    if kind == "application/json" or (kind in {"", *_EMAIL_TYPES} and body.lstrip()[:1] == b"{"):
        return None, call.body("NewTry")
    if kind not in _EMAIL_TYPES:
        raise UnsupportedMediaType("Send the email with the Content-Type message/rfc822, or JSON as application/json.")
    _require_email(body, "body")
    return body, None


def _require_email(raw: bytes, field: str) -> None:
    # Imported here, because other routes need no parser of emails, which takes some tenths of a second to load.
    from email_channels.intake.trying.trials import is_email

    if not is_email(raw):
        raise Invalid((FieldError(field, "is not an email: it begins with no header line such as From: or Subject:"),))


def _question(call: ApiCall, wanted: Any) -> Question:
    mailbox, channel = wanted.get("mailbox") or None, wanted.get("channel") or None
    errors = []
    if mailbox is not None and not is_address(mailbox):
        errors.append(FieldError("mailbox", "must be an email address"))
    if channel is not None and channel not in set(Channel):
        errors.append(FieldError("channel", "must be one of " + ", ".join(Channel)))
    if errors:
        raise Invalid(tuple(errors))
    assumed = assumptions_of(call, wanted.get("assume"))
    return Question(mailbox, Channel(channel) if channel else None, assumed)


def _source(call: ApiCall, body: Body) -> bytes | _Stored:
    """The email that the body names. Its errors are added to the body."""
    named = [name for name in _SOURCES if body.get(name) is not None]
    source: bytes | _Stored = b""
    if len(named) > 1:
        for name in named:
            body.refuse(name, "only one of upload_id, unprocessed_id and email can be given")
    elif not named and not set(_SOURCES) & {field.partition(".")[0] for field in body.errors}:
        body.refuse("upload_id", "is missing. Name an email: by upload_id, unprocessed_id, or email")
    elif named == ["upload_id"]:
        source = _uploaded(call, body)
    elif named == ["unprocessed_id"]:
        source = _unprocessed(call, body)
    elif named == ["email"]:
        source = _entry(call, body)
    body.accepted()
    return source


def _uploaded(call: ApiCall, body: Body) -> bytes:
    upload_id = body.get("upload_id")
    upload = call.stores.uploads.read([upload_id], call.now).get(upload_id)
    if upload is None or upload.uploaded_by != call.caller.subject or upload.purpose is not UploadPurpose.TRY:
        body.refuse("upload_id", 'is not an upload of yours with the purpose "try"; uploads are kept for one day')
        return b""
    try:
        raw = call.stores.mail.read(upload_key(upload_id))
    except NotFound:
        body.refuse("upload_id", "was announced but not uploaded, or its upload has expired")
        return b""
    _require_email(raw, "upload_id")
    return raw


def _unprocessed(call: ApiCall, body: Body) -> bytes | _Stored:
    record_id = read_case_id(body.get("unprocessed_id"))
    item = call.stores.unprocessed.get(record_id) if record_id else None
    if item is None:
        body.refuse("unprocessed_id", "no unprocessed email has this id")
        return b""
    return _stored(item.email, item.channel)


def _entry(call: ApiCall, body: Body) -> bytes | _Stored:
    named = body.get("email")
    case_id, email_id = read_case_id(named["case_id"]), named["email_id"].upper()
    well_formed = len(email_id) == _EMAIL_ID_LENGTH and email_id.isalnum() and email_id.isascii()
    _, email, _ = call.stores.cases.get_entry(case_id, email_id) if case_id and well_formed else (None, None, None)
    if email is None:
        body.refuse("email", "no case has this email")
        return b""
    if email.direction is not Direction.INBOUND:
        body.refuse("email", "was not received, so nothing decides about it")
        return b""
    return _stored(email, None)


def _stored(email: StoredEmail, channel: Channel | None) -> _Stored:
    from email_channels.intake.arrival import channel_of

    channel = channel_of(email.raw_key or "") or channel
    if email.raw_key is None or channel is None:
        raise Conflict(ORIGINAL_GONE)
    return _Stored(email.raw_key, channel)


def _trial_of(call: ApiCall, source: bytes | _Stored, question: Question) -> Trial:
    from email_channels.bootstrap.trying import make_trying

    trying = make_trying(call.settings, call.stores.mail)
    if isinstance(source, bytes):
        return trying.try_message(source, question)
    try:
        return trying.try_stored(source.object_key, source.channel, question)
    except NotFound as error:
        raise Conflict(ORIGINAL_GONE) from error


def _answer(call: ApiCall, trial: Trial) -> Response:
    case = trial.case
    if case is None and trial.case_id is not None:
        case, _ = call.stores.cases.get(trial.case_id)
    return json_response(trial_json(trial, case))
