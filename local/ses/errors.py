"""How the emulated SES refuses a call."""


class SesError(Exception):
    """A refusal, with the error code that boto3 turns into `ClientError`; `status` is the HTTP status."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


def bad_request(message: str) -> SesError:
    """What SES v2 answers to input that it does not take."""
    return SesError("BadRequestException", message)


def not_found(message: str) -> SesError:
    """What SES v2 answers to the name of something that is not there."""
    return SesError("NotFoundException", message, status=404)
