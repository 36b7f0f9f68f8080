"""Lets one call at a time into a moto that runs in this process.

moto is not thread-safe: another thread could read an item that has its key, and none of its attributes yet.
"""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest
    from moto.core.common_types import TYPE_RESPONSE


def install() -> Callable[[], None]:
    """Patches this process's moto. Returns a function that removes the patch."""
    from moto.core.botocore_stubber import BotocoreStubber

    process = BotocoreStubber.process_request
    # moto's services call each other through boto3 in places, in the same thread.
    lock = threading.RLock()

    def process_alone(stubber: BotocoreStubber, request: "AWSPreparedRequest") -> "TYPE_RESPONSE | None":
        with lock:
            return process(stubber, request)

    def undo() -> None:
        BotocoreStubber.process_request = process  # type: ignore[method-assign]  # as it was

    BotocoreStubber.process_request = process_alone  # type: ignore[method-assign,assignment]  # a plain function
    return undo
