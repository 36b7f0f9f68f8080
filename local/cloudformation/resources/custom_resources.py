"""Custom resources: a function of the template creates them, and reports the result to a URL.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html
"""

import json
import uuid
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from local.cloudformation.parameters import as_text
from local.cloudformation.resources.context import CreatedResource, StackContext
from local.errors import UserError
from local.http.wsgi_server import WsgiServer
from local.lambda_.deployed_function import DeployedFunction, FunctionFailed
from local.lambda_.worker_pools import WorkerPools

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


TIMEOUT = 60
"""Seconds for a custom resource. AWS allows an hour, or the `ServiceTimeout`. Here, a person waits."""


def create_custom_resource(
    context: StackContext,
    logical_id: str,
    type_: str,
    properties: Mapping[str, Any],
    functions: Iterable[DeployedFunction],
    workers: WorkerPools,
) -> CreatedResource:
    """Invokes the function that the resource's ServiceToken names, and takes its answer at a URL of its own.

    Raises UserError if the function does not answer, or fails (with the reason that it reports).
    """
    served_by = {function.arn: function.name for function in functions}
    name = served_by.get(properties.get("ServiceToken", ""))
    if name is None:
        raise UserError(f"template: {logical_id}: its ServiceToken is not a function of the template")
    event = {
        "RequestType": "Create",
        "StackId": context.pseudo_parameters["AWS::StackId"],
        "RequestId": str(uuid.uuid4()),
        "ResourceType": type_,
        "LogicalResourceId": logical_id,
        "ResourceProperties": _as_texts(properties),
    }
    answer = _answer_of(name, event, workers)
    if answer.get("Status") != "SUCCESS":
        raise UserError(f"{logical_id}: {answer.get('Reason', 'failed without a reason')}")
    attributes = {key: as_text(value) for key, value in answer.get("Data", {}).items()}
    return CreatedResource(answer["PhysicalResourceId"], attributes)


def _answer_of(name: str, event: Mapping[str, Any], workers: WorkerPools) -> dict[str, Any]:
    """Invokes a function with the event, and returns what the function sends to the event's `ResponseURL`."""
    logical_id = event["LogicalResourceId"]
    answers: list[bytes] = []

    def take_answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> list[bytes]:
        answers.append(environ["wsgi.input"].read())
        start_response("200 OK", [])
        return []

    server = WsgiServer(take_answer)
    server.start()
    url = f"http://127.0.0.1:{server.port}/{event['RequestId']}"
    invocation = ThreadPoolExecutor(1)
    try:
        invocation.submit(workers.invoke, name, {**event, "ResponseURL": url}).result(TIMEOUT)
    except FunctionFailed as error:
        raise UserError(f"{logical_id}: the function {name} failed: {error}") from error
    except TimeoutError as error:
        raise UserError(f"{logical_id}: the function {name} did not answer in {TIMEOUT} seconds") from error
    finally:
        invocation.shutdown(wait=False)
        server.stop()
    if not answers:
        raise UserError(f"{logical_id}: the function {name} did not answer")
    answer: dict[str, Any] = json.loads(answers[-1])
    return answer


def _as_texts(value: Any) -> Any:
    """CloudFormation passes numbers and booleans as text."""
    if isinstance(value, Mapping):
        return {key: _as_texts(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_texts(item) for item in value]
    return as_text(value)
