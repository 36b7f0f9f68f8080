"""One worker: a process that runs one function's handler, invocation after invocation, as Lambda's runtime does.

Started by `local/lambda_/workers.py` as `python -m local.lambda_.worker BRIEF`. The brief says what its calls to AWS
are judged by (`local/judging/in_worker.py`). Requests come as lines of JSON on its standard input:
`{"id", "arn", "timeout", "event"}`. Answers go as lines of JSON to what was its standard output: at first
`{"ready": true}`, or `{"error": ...}` if the handler could not be imported, then `{"result": ...}` or
`{"error": {"type", "message"}}` for each request. Whatever the function prints goes to standard error. The worker ends
when its input does.
"""

import importlib
import json
import os
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any, BinaryIO

from local.judging.in_worker import judge_calls

EXIT_AFTER_FAILED_IMPORT = 3


class Context:
    """https://docs.aws.amazon.com/lambda/latest/dg/python-context.html"""

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
    except BaseException as error:  # noqa: BLE001  (whatever stops an import is told to whoever invokes)
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
    except Exception as error:  # noqa: BLE001  (the function's failure is the invoker's to judge)
        traceback.print_exc()
        return {"error": _described(error)}
    try:
        json.dumps(result)
    except (TypeError, ValueError) as error:
        return {"error": {"type": "Runtime.MarshalError", "message": f"Unable to marshal response: {error}"}}
    return {"result": result}


def _take_over_standard_streams() -> tuple[BinaryIO, BinaryIO]:
    """Keeps standard input and output for the protocol and leaves the function an empty input, and standard error."""
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
