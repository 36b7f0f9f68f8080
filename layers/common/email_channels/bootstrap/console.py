"""What the function `console` needs: its settings, and the wrapper of its handler.

It has no use case and calls nothing in AWS. So `bootstrap.process` is not imported: its AWS clients would double the
time of the first answer.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache, wraps
from typing import TYPE_CHECKING, Any

from email_channels.bootstrap import all_is_loaded
from email_channels.settings import ConsoleSettings
from email_channels.settings_loading import load

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

Event = dict[str, Any]
Answer = Callable[[Event], dict[str, Any]]


@cache
def console_settings() -> ConsoleSettings:
    """The function's settings. Raises SettingsError."""
    return load(ConsoleSettings, os.environ)


def page_handler(answer: Answer) -> Callable[[Event, LambdaContext], dict[str, Any]]:
    """The handler of a function that answers browsers. An error is logged, and becomes a short text for people."""

    @wraps(answer)
    def handler(event: Event, context: LambdaContext) -> dict[str, Any]:
        try:
            return answer(event)
        except Exception as error:  # noqa: BLE001 - whatever it is, the browser gets an answer
            from email_channels.observability import logger, raised

            logger().error("request failed", extra={"request": context.aws_request_id, "status": 500, **raised(error)})
            return {
                "statusCode": 500,
                "headers": {"content-type": "text/plain; charset=utf-8", "cache-control": "no-store"},
                "body": f"Something went wrong. The request id is {context.aws_request_id}.",
                "isBase64Encoded": False,
            }

    all_is_loaded()
    return handler
