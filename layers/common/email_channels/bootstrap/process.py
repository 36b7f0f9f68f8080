"""What the process of every function needs: the wrapper of its handler, its settings, the clock, the bucket.

Only this module reads the environment variables of the settings. Each module beside it builds the use cases of one
function. Its imports are at the top, so that Lambda loads them before the first event. Objects are built on first use
and then kept, so that importing a function needs neither settings nor AWS.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

from email_channels.aws import clients, timeouts
from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.rows import table
from email_channels.bootstrap import all_is_loaded
from email_channels.observability import logger
from email_channels.settings import TableSettings
from email_channels.settings_loading import load

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

_Result = TypeVar("_Result")
_Settings = TypeVar("_Settings", bound=TableSettings)

Event = dict[str, Any]
Handler = Callable[[Event, "LambdaContext"], _Result]


def lambda_handler(
    handle: Handler[_Result], on_error: Callable[[Exception, str], _Result] | None = None
) -> Handler[_Result]:
    """Wraps a handler: gives its logs a correlation id, and its calls to AWS a deadline before the function times out.

    If the handler raises, the result is that of `on_error`, which gets the error and the request id. Without
    `on_error`, the error is raised: Lambda then logs it, and retries as the event source is configured.
    """

    @wraps(handle)
    def handler(event: Event, context: LambdaContext) -> _Result:
        logger().set_correlation_id(context.aws_request_id)
        timeouts.set_deadline(context.get_remaining_time_in_millis() / 1000)
        try:
            return handle(event, context)
        except Exception as error:
            if on_error is None:
                raise
            return on_error(error, context.aws_request_id)

    all_is_loaded()
    return handler


def read_settings(kind: type[_Settings]) -> _Settings:
    """Reads the settings of this process, and makes all stores use their table. Raises SettingsError."""
    settings = load(kind, os.environ)
    table.bind(settings.table_name)
    return settings


def mail_bucket(settings: TableSettings) -> MailBucket:
    """The bucket with emails and attachments."""
    return MailBucket(clients.s3(), settings.bucket_name)


def now() -> datetime:
    """The current time in UTC."""
    return datetime.now(UTC)
