"""The wrappers of handlers: deadline, correlation id, errors."""

from __future__ import annotations

import json
from typing import Any

import pytest
from email_channels.api.problems import MethodNotAllowed
from email_channels.api.requests import Response
from email_channels.aws import timeouts
from email_channels.bootstrap.api_handler import api_handler
from email_channels.bootstrap.process import Event, lambda_handler
from email_channels.errors import ConcurrentChange, NotFound
from email_channels.observability import logger

from tests.support.lambda_context import lambda_context
from tests.support.new_process import forget_clients


def test_invocation() -> None:
    """An invocation has a deadline and a correlation id."""
    seen: dict[str, Any] = {}

    @lambda_handler
    def handler(event: Event, context: Any) -> str:
        """A docstring that the wrapper keeps."""
        seen.update(seconds=timeouts.seconds_left(), id=logger().get_correlation_id(), event=event)
        return "done"

    assert handler({"a": 1}, lambda_context(10_000)) == "done"
    assert 10 - timeouts.ANSWER_SECONDS - 1 < seen["seconds"] <= 10 - timeouts.ANSWER_SECONDS
    assert (seen["id"], seen["event"]) == (lambda_context(0).aws_request_id, {"a": 1})
    assert (handler.__name__, handler.__doc__) == ("handler", "A docstring that the wrapper keeps.")
    forget_clients()


def test_event_error() -> None:
    """A handler of events raises the error, so that AWS retries the event."""

    @lambda_handler
    def handler(event: Event, context: Any) -> None:
        raise ConcurrentChange("x")

    with pytest.raises(ConcurrentChange):
        handler({}, lambda_context(10_000))
    forget_clients()


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (NotFound("There is no such case."), 404, "not_found"),
        (MethodNotAllowed(["GET"]), 405, "method_not_allowed"),
        (ConcurrentChange("x"), 503, "try_again"),
        (RuntimeError("x"), 500, "internal_error"),
    ],
)
def test_api_error(error: Exception, status: int, kind: str) -> None:
    """A handler of requests answers an error with a problem document."""

    @api_handler
    def handler(event: Event) -> Response:
        raise error

    result = handler({}, lambda_context(10_000))
    assert result["statusCode"] == status
    assert result["headers"]["content-type"] == "application/problem+json"
    assert json.loads(result["body"])["type"] == f"/problems/{kind}"
    assert result["headers"].get("allow") == ("GET" if status == 405 else None)
    forget_clients()
