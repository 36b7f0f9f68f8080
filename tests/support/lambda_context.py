"""The context that Lambda passes to a function beside the event."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import cast

from aws_lambda_powertools.utilities.typing import LambdaContext

REQUEST_ID = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"


def lambda_context(milliseconds_left: int | Callable[[], int] = 30_000) -> LambdaContext:
    """The context of one call. Its remaining time never changes, unless a function tells it."""
    made = SimpleNamespace(
        aws_request_id=REQUEST_ID,
        function_name="test",
        memory_limit_in_mb=512,
        invoked_function_arn="arn:aws:lambda:eu-central-1:123456789012:function:test",
        get_remaining_time_in_millis=milliseconds_left if callable(milliseconds_left) else lambda: milliseconds_left,
    )
    return cast("LambdaContext", made)
