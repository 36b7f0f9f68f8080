"""Lambda's API: invokes a function of the stack and waits for its answer.

https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

import json
import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from werkzeug.wrappers import Request, Response

from local.cloudformation.deployment import Deployment
from local.errors import UserError
from local.http.signed_requests import scope_of
from local.lambda_.deployed_function import FunctionFailed

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_PATH = re.compile(r"/2015-03-31/functions/([^/]+)/invocations")


class InvokeApi:
    """Answers `Invoke` for the functions of the deployment. All other requests go to `app`.

    `invoke` takes the name of a function and an event. It returns the answer, or raises FunctionFailed.
    """

    def __init__(
        self,
        app: "WSGIApplication",
        deployed: Callable[[], Deployment | None],
        invoke: Callable[[str, object], Any],
    ) -> None:
        self._app = app
        self._deployed = deployed
        self._invoke = invoke

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        scope = scope_of(environ)
        found = _PATH.fullmatch(unquote(environ.get("PATH_INFO", "")))
        deployment = self._deployed()
        if scope is None or scope.service != "lambda" or found is None or deployment is None:
            return self._app(environ, start_response)
        return self._answer(deployment, found[1], Request(environ))(environ, start_response)

    def _answer(self, deployment: Deployment, reference: str, request: Request) -> Response:
        if request.headers.get("X-Amz-Invocation-Type", "RequestResponse") != "RequestResponse":
            return _error(400, "InvalidParameterValueException", "The local stack waits for each answer.")
        try:
            # Without a version or an alias: there is one version of each function here.
            function = deployment.function_of(_unqualified(reference))
        except UserError:
            return _error(404, "ResourceNotFoundException", f"Function not found: {reference}")
        try:
            event = json.loads(request.get_data() or b"{}")
        except ValueError:
            return _error(400, "InvalidRequestContentException", "The payload is not JSON.")
        try:
            answer = self._invoke(function.name, event)
        except FunctionFailed as error:
            failure = {"errorType": error.error_type, "errorMessage": error.message}
            return Response(
                json.dumps(failure), headers={"X-Amz-Function-Error": "Unhandled"}, content_type="application/json"
            )
        return Response(json.dumps(answer), content_type="application/json")


def _unqualified(reference: str) -> str:
    parts = reference.split(":")
    if reference.startswith("arn:"):
        return ":".join(parts[:7])
    return parts[0]


def _error(status: int, type_: str, message: str) -> Response:
    response = Response(json.dumps({"Type": "User", "Message": message}), status, content_type="application/json")
    response.headers["x-amzn-ErrorType"] = type_
    return response
