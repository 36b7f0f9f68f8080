"""One worker: a process that runs the handler of one function, one invocation after the other, like Lambda's runtime.

`local/lambda_/worker_process.py` starts it as `python -m local.lambda_.worker SETTINGS`. The settings say how its calls
to AWS are judged (`local/judging/worker_calls.py`).

Requests come as lines of JSON on standard input: `{"id", "arn", "timeout", "event"}`. Answers go as lines of JSON to
the original standard output. The first one is `{"ready": true}`, or `{"error": ...}` if the handler could not be
imported. Then there is one for each request: `{"result": ...}` or `{"error": {"type", "message"}}`. Everything that the
function prints goes to standard error. The worker ends when its input ends.
"""

import importlib
import json
import os
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any, BinaryIO

from local.judging.worker_calls import judge_calls

EXIT_AFTER_FAILED_IMPORT = 3


class Context:
    """The context that a handler gets: https://docs.aws.amazon.com/lambda/latest/dg/python-context.html"""

    def __init__(self, request_id: str, arn: str, timeout: float) -> None:
        self.aws_request_id = request_id
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.invoked_function_arn = arn
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.identity = None
        self.client_context = None
        self._deadline = time.monotonic() + timeout

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int((self._deadline - time.monotonic()) * 1000))


def main() -> int:
    requests, answers = _take_over_standard_streams()
    try:
        judge_calls(sys.argv[1])
        handler = _import_handler(os.environ["_HANDLER"])
    except BaseException as error:  # noqa: BLE001  (the invoker gets every error of the import)
        traceback.print_exc()
        _answer(answers, {"error": _described(error)})
        return EXIT_AFTER_FAILED_IMPORT
    _answer(answers, {"ready": True})
    for line in requests:
        request = json.loads(line)
        context = Context(request["id"], request["arn"], request["timeout"])
        _answer(answers, _run(handler, request["event"], context))
    return 0


def _run(handler: Callable[[Any, Any], Any], event: Any, context: Context) -> dict[str, Any]:
    try:
        result = handler(event, context)
    except Exception as error:  # noqa: BLE001  (the invoker decides what a failure means)
        traceback.print_exc()
        return {"error": _described(error)}
    try:
        json.dumps(result)
    except (TypeError, ValueError) as error:
        return {"error": {"type": "Runtime.MarshalError", "message": f"Unable to marshal response: {error}"}}
    return {"result": result}


def _take_over_standard_streams() -> tuple[BinaryIO, BinaryIO]:
    """Keeps standard input and output for the protocol. The function gets an empty input, and prints to stderr."""
    requests = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    with open(os.devnull, "rb") as nothing:  # noqa: PTH123  (its descriptor is what counts)
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    return requests, answers


def _import_handler(name: str) -> Callable[[Any, Any], Any]:
    module, _, attribute = name.rpartition(".")
    handler: Callable[[Any, Any], Any] = getattr(importlib.import_module(module), attribute)
    return handler


def _described(error: BaseException) -> dict[str, str]:
    return {"type": type(error).__name__, "message": str(error)}


def _answer(answers: BinaryIO, answer: dict[str, Any]) -> None:
    answers.write(json.dumps(answer).encode() + b"\n")
    answers.flush()


if __name__ == "__main__":
    sys.exit(main())
