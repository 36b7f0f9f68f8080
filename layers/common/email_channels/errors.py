"""Everything that can go wrong, in one tree.

An outcome that the product knows ("no such employee") is a value, never one of these.

    EmailChannelsError
    ├── SettingsError            a deployment parameter is wrong; names it
    ├── Fault                    ours or AWS's: try again
    │   ├── ConcurrentChange     somebody else changed the item in between
    │   ├── DeadlineExceeded           the function's time is too short to ask AWS
    │   ├── ServiceUnavailable          AWS did not answer, was busy, or failed, however often it was asked
    │   ├── Unreadable           an email that will not be read the next time either
    │   └── SendOutcomeUnknown          SES may or may not have taken the email: never repeated by itself
    ├── SendRefused              SES surely did not take the email, and says why
    └── Refusal                  the caller's mistake; becomes a problem document (RFC 9457)
        ├── BadRequest           400: cannot be read at all
        ├── Forbidden            403
        ├── NotFound             404: also for what the caller may not see
        ├── Conflict             409
        │   └── ChannelDisabled  409, type `channel_disabled`
        ├── PreconditionFailed   412: the ETag is stale
        ├── TooLarge             413
        ├── Invalid              422: names every wrong field
        └── PreconditionRequired 428: If-Match is missing
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus


class EmailChannelsError(Exception):
    """Base of all our exceptions."""


class SettingsError(EmailChannelsError):
    """A deployment parameter is missing or wrong. The message begins with the parameter's name."""


class Fault(EmailChannelsError):
    """Something did not work that may work the next time; whoever delivered the event delivers it again."""


class ConcurrentChange(Fault):
    """A conditional write found another version of the item than the one it was made from."""


class Unreadable(Fault):
    """Reading an email raised, stalled, took too much memory or killed its reader. `cause` says which, briefly."""

    def __init__(self, cause: str) -> None:
        super().__init__(f"an email cannot be read: {cause}")
        self.cause = cause


class DeadlineExceeded(Fault):
    """The invocation has no time left to wait for an answer of AWS; it was not asked."""


class ServiceUnavailable(Fault):
    """AWS gave no answer, or one that says to try later."""


class SendOutcomeUnknown(Fault):
    """No answer from SES: it may have taken the email. An agent's email is not sent again for this."""


class SendRefused(EmailChannelsError):
    """SES answered that it did not take the email. `code` is SES's error code, `throttled` that trying later helps."""

    def __init__(self, code: str, detail: str, *, throttled: bool = False) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.throttled = throttled


class Refusal(EmailChannelsError):
    """A request that we do not carry out. `detail` is for people; `type` is the last part of the problem's type URI."""

    status = HTTPStatus.BAD_REQUEST
    type = "bad_request"

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class BadRequest(Refusal):
    """The request cannot be read: malformed JSON, a wrong cursor."""


class Forbidden(Refusal):
    """The caller's role does not allow this."""

    status = HTTPStatus.FORBIDDEN
    type = "forbidden"


class NotFound(Refusal):
    """There is no such thing, or the caller may not see it."""

    status = HTTPStatus.NOT_FOUND
    type = "not_found"


class Conflict(Refusal):
    """The request contradicts what is there."""

    status = HTTPStatus.CONFLICT
    type = "conflict"


class ChannelDisabled(Conflict):
    """The channel that the route belongs to is switched off."""

    type = "channel_disabled"


class PreconditionFailed(Refusal):
    """If-Match names another version than the current one (RFC 9110, section 13.1.1)."""

    status = HTTPStatus.PRECONDITION_FAILED
    type = "precondition_failed"


class PreconditionRequired(Refusal):
    """If-Match is missing (RFC 6585, section 3)."""

    status = HTTPStatus.PRECONDITION_REQUIRED
    type = "precondition_required"


class TooLarge(Refusal):
    """The request's content is larger than we take."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    type = "too_large"


@dataclass(frozen=True, slots=True)
class FieldError:
    """One wrong field: where (dotted path, or header name) and what is wanted."""

    field: str
    message: str


class Invalid(Refusal):
    """The request can be read, but fields are wrong; all of them are named in `errors`."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    type = "invalid"

    def __init__(self, errors: tuple[FieldError, ...]) -> None:
        super().__init__("Some fields are wrong: " + ", ".join(error.field for error in errors))
        self.errors = errors
