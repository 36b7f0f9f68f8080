"""The errors with which the emulated SES refuses calls."""


class SesError(Exception):
    """A refusal, with the error code that boto3 turns into `ClientError`; `status` is the HTTP status."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


def bad_request(message: str) -> SesError:
    """SES v2's answer to invalid input."""
    return SesError("BadRequestException", message)


def not_found(message: str) -> SesError:
    """SES v2's answer to the name of something that does not exist."""
    return SesError("NotFoundException", message, status=404)
