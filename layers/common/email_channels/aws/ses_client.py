"""SES: sends whole messages, each at most once.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ParamValidationError,
    ProxyConnectionError,
)

from email_channels.addresses import ascii_address
from email_channels.errors import DeadlineExceeded, SendOutcomeUnknown, SendRefused

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client

# A person waits for the answer, so the retries must end soon.
RETRY_SECONDS = 4.0
# Nobody waits for what `notify` and `reconcile` send. SES may take one email a second from the whole account.
PATIENT_RETRY_SECONDS = 20.0
# After such a wait in vain, the daily quota is used up, or others send as fast as they can. For this time, each further
# email is tried once, so that a batch is soon through.
SHUT_SECONDS = 60.0
NO_TIME_LEFT = "DeadlineExceeded"
"""The code of SendRefused if the function had no time for another attempt. The next invocation has."""
_FIRST_PAUSE_SECONDS = 0.25
_LONGEST_PAUSE_SECONDS = 2.0

_THROTTLED = {"TooManyRequestsException", "LimitExceededException", "ThrottlingException", "Throttling"}
# SES takes nothing for now, and waiting some seconds does not help.
_PAUSED = {"AccountSuspendedException", "SendingPausedException"}
# Without a connection no request was sent, so SES cannot have taken the message.
_NOT_CONNECTED = (ConnectTimeoutError, EndpointConnectionError, ProxyConnectionError)
_NOT_CONNECTED_CODE = "NotConnected"


class SesClient:
    """Sends through one configuration set. Tests replace `wait` and `clock` (both in seconds).

    The SDK's client must not retry (`clients.ses`), because SES has no idempotency token. This class retries only sends
    that SES certainly did not accept (throttled, or not connected), for `retry_seconds`. If that was in vain, and for
    paused accounts, further sends are tried only once for `shut_seconds`.
    """

    def __init__(
        self,
        client: SESV2Client,
        configuration_set: str,
        *,
        retry_seconds: float = RETRY_SECONDS,
        shut_seconds: float = 0.0,
        wait: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._configuration_set = configuration_set
        self._retry_seconds = retry_seconds
        self._shut_seconds = shut_seconds
        self._shut_until = float("-inf")
        self._wait = wait
        self._clock = clock

    @property
    def region(self) -> str:
        """The region of SES; recipients see it in the Message-ID (`sent_emails.wire_message_id`)."""
        return self._client.meta.region_name

    def send(
        self,
        message: bytes,
        *,
        source: str,
        destinations: Sequence[str],
        tags: Mapping[str, str],
        bcc: Sequence[str] = (),
    ) -> str:
        """Sends a whole message (RFC 5322, 7bit or 8bit) to these addresses; returns the id that SES gives it.

        `source` and the addresses have no display names; `bcc` are recipients that the message does not name. SES
        repeats `tags` in each event about the message. Raises SendRefused if SES certainly did not accept the message,
        and SendOutcomeUnknown if SES may have accepted it.
        """
        retry_until = self._clock() + (0.0 if self._clock() < self._shut_until else self._retry_seconds)
        longest = _FIRST_PAUSE_SECONDS
        # Lambda freezes the process between events, and an old connection may break unnoticed. If a send failed on it,
        # its outcome would be unknown. A new connection only costs a handshake.
        self._client.close()
        while True:
            try:
                message_id = self._send_once(message, source, destinations, bcc, tags)
            except DeadlineExceeded as error:
                raise SendRefused(NO_TIME_LEFT, "There was no time left to send it.", throttled=True) from error
            except SendRefused as refused:
                # Full jitter, so that workers that were throttled together do not retry together.
                pause = random.uniform(0, longest)  # noqa: S311 - spreads load, not a secret
                if not refused.throttled:
                    raise
                if refused.code in _PAUSED or self._clock() + pause >= retry_until:
                    self._shut_until = self._clock() + self._shut_seconds
                    raise
            else:
                self._shut_until = float("-inf")
                return message_id
            self._wait(pause)
            longest = min(longest * 2, _LONGEST_PAUSE_SECONDS)

    def _send_once(
        self, message: bytes, source: str, destinations: Sequence[str], bcc: Sequence[str], tags: Mapping[str, str]
    ) -> str:
        try:
            answer = self._client.send_email(
                FromEmailAddress=ascii_address(source),
                Destination={
                    "ToAddresses": [ascii_address(address) for address in destinations],
                    "BccAddresses": [ascii_address(address) for address in bcc],
                },
                Content={"Raw": {"Data": message}},
                EmailTags=[{"Name": name, "Value": value} for name, value in tags.items()],
                ConfigurationSetName=self._configuration_set,
            )
        except ClientError as error:
            # Not `from error`: the words of SES may hold addresses, and a traceback would bring them into a log.
            raise _send_error(error) from None
        except _NOT_CONNECTED as error:
            raise SendRefused(_NOT_CONNECTED_CODE, "Amazon SES could not be reached.", throttled=True) from error
        except ParamValidationError:
            # It names the values that are wrong, such as addresses.
            raise SendRefused("ParamValidation", "The request to Amazon SES was not valid.") from None
        except BotoCoreError as error:
            # The connection broke, or no answer came.
            raise SendOutcomeUnknown(f"no answer from SES: {type(error).__name__}") from error
        return answer["MessageId"]


def _send_error(error: ClientError) -> SendRefused | SendOutcomeUnknown:
    """The exception for an error answer: SendRefused only if SES says that the request was wrong, or that it takes no
    email now."""
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    answer = error.response["Error"]
    code = answer.get("Code") or str(status)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
        return SendOutcomeUnknown(f"SES answered {status} ({code})")
    throttled = code in _THROTTLED | _PAUSED or status == HTTPStatus.TOO_MANY_REQUESTS
    return SendRefused(code, answer.get("Message") or "", throttled=throttled)
