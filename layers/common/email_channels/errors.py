"""Every exception that this package raises, in one tree.

An outcome that the product knows, such as "no such employee", is a value and never an exception.

    EmailChannelsError
    ├── SettingsError                a setting is missing or wrong; the message names it
    ├── Fault                        our fault or that of AWS: retry
    │   ├── ConcurrentChange         someone else changed the item in the meantime
    │   ├── DeadlineExceeded         the function has too little time left for the next step
    │   ├── ServiceUnavailable       AWS did not answer, was busy, or failed, after all retries
    │   ├── Unreadable               the email cannot be read, and a retry would not help
    │   └── SendOutcomeUnknown       SES may or may not have accepted the email: never retried automatically
    ├── SendRefused                  SES did not accept the email, and says why
    └── Refusal                      the request is wrong; `api/problems.py` says which HTTP status it gets
        ├── BadRequest               the request cannot be read at all
        ├── ContentTooLarge          the body is larger than the route takes
        ├── UnsupportedMediaType     the body has a type that the route does not take
        ├── Forbidden                the caller's role does not allow the request
        ├── NotFound                 it does not exist, or the caller may not see it
        ├── Conflict                 the request contradicts what is stored
        │   ├── ChannelDisabled      the route belongs to a channel that is switched off
        │   ├── CaseMerged           the case was merged into another one
        │   └── Infected             the file may hold a virus, and the caller has not accepted that
        ├── PreconditionFailed       the caller has read an older version
        ├── PreconditionRequired     the caller does not say which version they have read
        └── Invalid                  names every wrong field
"""

from __future__ import annotations

from email_channels.values import dataclass


class EmailChannelsError(Exception):
    """The base of all exceptions of this package."""


class SettingsError(EmailChannelsError):
    """Settings are missing or wrong. The message names each by its deployment parameter."""


class Fault(EmailChannelsError):
    """Something failed that may succeed later. The source of the event delivers it again."""


class ConcurrentChange(Fault):
    """A conditional write failed: the item is no longer the version that the change is based on."""


class Unreadable(Fault):
    """Reading the email raised, stalled, took too much memory, or killed the reading process. `cause` says which."""

    def __init__(self, cause: str) -> None:
        super().__init__(f"an email cannot be read: {cause}")
        self.cause = cause


class DeadlineExceeded(Fault):
    """The invocation has no time left for the next step, such as a call to AWS, so the step was not begun."""


class ServiceUnavailable(Fault):
    """AWS gave no answer, or told us to try later."""


class SendOutcomeUnknown(Fault):
    """SES did not answer, so it may have accepted the email. An agent's email is not sent a second time."""


class SendRefused(EmailChannelsError):
    """SES did not accept the email. `code` is its error code; `throttled` says that a later attempt can succeed.

    `detail` are the words of SES. They may hold addresses, so they are not part of the text of this exception: it may
    reach a log.
    """

    def __init__(self, code: str, detail: str, *, throttled: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail
        self.throttled = throttled


class Refusal(EmailChannelsError):
    """A request that is not carried out. `detail` is a sentence for the caller."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class BadRequest(Refusal):
    """The request cannot be read: malformed JSON, a malformed cursor."""


class ContentTooLarge(Refusal):
    """The body is larger than the route takes (RFC 9110, section 15.5.14). `detail` says what to do instead."""


class UnsupportedMediaType(Refusal):
    """The Content-Type is none that the route takes (RFC 9110, section 15.5.16)."""


class Forbidden(Refusal):
    """The caller's role does not allow the request."""


class NotFound(Refusal):
    """The thing does not exist, or the caller may not see it."""


class Conflict(Refusal):
    """The request contradicts what is stored."""


class ChannelDisabled(Conflict):
    """The route belongs to a channel that is switched off."""


class CaseMerged(Conflict):
    """The case was merged into the case `merged_into`, which has its emails now."""

    def __init__(self, merged_into: str) -> None:
        super().__init__("This case was merged into another case, which merged_into names. Use that case instead.")
        self.merged_into = merged_into


class Infected(Conflict):
    """The file may hold a virus, and the caller has not accepted that."""


class PreconditionFailed(Refusal):
    """If-Match names an older version than the current one (RFC 9110, section 13.1.1)."""


class PreconditionRequired(Refusal):
    """If-Match is missing (RFC 6585, section 3)."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """One wrong field: its dotted path (or the name of a header or parameter), and what is wrong with it."""

    field: str
    message: str


class Invalid(Refusal):
    """The request can be read, but fields are wrong. `errors` names all of them."""

    def __init__(self, errors: tuple[FieldError, ...]) -> None:
        super().__init__("Some fields are wrong: " + ", ".join(error.field for error in errors))
        self.errors = errors
