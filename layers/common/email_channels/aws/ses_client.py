"""SES: hands over whole messages, each of them at most once.

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

# Callers answer a person, or hold a batch of a stream: neither waits long.
PATIENCE_SECONDS = 4.0
_FIRST_WAIT_SECONDS = 0.25
_LONGEST_WAIT_SECONDS = 2.0

_THROTTLED = {"TooManyRequestsException", "LimitExceededException", "ThrottlingException", "Throttling"}
# No connection, no request: SES cannot have taken anything.
_NOT_CONNECTED = (ConnectTimeoutError, EndpointConnectionError, ProxyConnectionError)
_NOT_CONNECTED_CODE = "NotConnected"


class SesClient:
    """Sends through one configuration set. `wait` and `clock` (seconds) stand in tests for those of `time`.

    The client must not retry by itself (`clients.ses`): SES has no idempotency token. What surely was not taken
    (throttled, not connected) is tried again here, until `patience` seconds have gone by.
    """

    def __init__(
        self,
        client: SESV2Client,
        configuration_set: str,
        *,
        patience: float = PATIENCE_SECONDS,
        wait: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._configuration_set = configuration_set
        self._patience = patience
        self._wait = wait
        self._clock = clock

    @property
    def region(self) -> str:
        """The region whose SES sends; recipients see it in the Message-ID (`delivery.wire_message_id`)."""
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
        """Sends a whole message (RFC 5322, 7bit or 8bit) to these addresses and returns SES's id of it.

        `source` and the addresses are bare; `bcc` are those that the message does not name. `tags` come back with
        every event about it. Raises SendRefused if SES surely did not take it, SendOutcomeUnknown if nobody knows.
        """
        until = self._clock() + self._patience
        longest = _FIRST_WAIT_SECONDS
        # Lambda freezes between events: a connection from before may be dead without knowing, and a send that fails on
        # it would count as unknown. A new one costs a handshake.
        self._client.close()
        while True:
            try:
                return self._send_once(message, source, destinations, bcc, tags)
            except DeadlineExceeded as error:
                raise SendRefused("DeadlineExceeded", "There was no time left to send it.", throttled=True) from error
            except SendRefused as refused:
                # Full jitter, so that those who were throttled together do not come back together.
                pause = random.uniform(0, longest)  # noqa: S311 - spreads load, guards nothing
                if not refused.throttled or self._clock() + pause >= until:
                    raise
            self._wait(pause)
            longest = min(longest * 2, _LONGEST_WAIT_SECONDS)

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
            raise _meaning(error) from error
        except _NOT_CONNECTED as error:
            raise SendRefused(_NOT_CONNECTED_CODE, "Amazon SES could not be reached.", throttled=True) from error
        except ParamValidationError as error:
            raise SendRefused("ParamValidation", "The request to Amazon SES was not valid.") from error
        except BotoCoreError as error:
            # The connection broke, or the answer did not come.
            raise SendOutcomeUnknown(f"no answer from SES: {type(error).__name__}") from error
        return answer["MessageId"]


def _meaning(error: ClientError) -> SendRefused | SendOutcomeUnknown:
    """What an error answer says: refused only where SES says that the request was at fault, or came too fast."""
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    answer = error.response["Error"]
    code = answer.get("Code") or str(status)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
        return SendOutcomeUnknown(f"SES answered {status} ({code})")
    throttled = code in _THROTTLED or status == HTTPStatus.TOO_MANY_REQUESTS
    return SendRefused(code, answer.get("Message") or "", throttled=throttled)
