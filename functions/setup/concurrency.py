"""How many functions the account runs at a time, and whether a part of it can be reserved for the API.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from functions.setup.findings import Finding, refused

if TYPE_CHECKING:
    from mypy_boto3_lambda.type_defs import AccountLimitTypeDef

KEPT_FREE = 100
"""Lambda keeps so many executions for functions without a reservation."""

RESERVING = 2
"""The functions with a reservation: agent_api and adhoc_send."""


def check(limit: "AccountLimitTypeDef", wanted: int, reserved: int) -> Iterator[Finding]:
    """What stands against reserving `wanted` executions for each function, if each has `reserved` so far.

    `limit` is the `AccountLimit` of Lambda's account settings.
    """
    total, free = limit["ConcurrentExecutions"], limit["UnreservedConcurrentExecutions"]
    if wanted > reserved and free - RESERVING * (wanted - reserved) < KEPT_FREE:
        yield refused(
            f"ApiReservedConcurrency is {wanted} for each of {RESERVING} functions, but this account runs at most "
            f"{total} functions at a time in this region, {free} of them not reserved, and Lambda keeps {KEPT_FREE} of "
            "these free. Leave ApiReservedConcurrency empty, or ask AWS for a higher limit of concurrent executions."
        )
    elif total < KEPT_FREE:
        yield Finding(
            f"This account runs at most {total} functions at a time in this region. That is enough to try the stack. "
            "Ask AWS for a higher limit of concurrent executions before it gets real email."
        )
