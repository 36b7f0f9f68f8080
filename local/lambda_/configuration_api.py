"""Lambda's API: what is known of a function. The function `setup` asks while the stack is made.

https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConfiguration.html
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from werkzeug.wrappers import Response

from local.http.signed_requests import scope_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_PATH = re.compile(r"/2015-03-31/functions/([^/]+)/configuration")


class ConfigurationApi:
    """Answers `GetFunctionConfiguration` for the functions in `configurations`. All other requests go to `app`.

    There is one version of each function here, so an alias has the configuration of its function.
    """

    def __init__(self, app: "WSGIApplication", configurations: Mapping[str, Mapping[str, Any]]) -> None:
        self._app = app
        self._configurations = configurations

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        scope = scope_of(environ)
        found = _PATH.fullmatch(unquote(environ.get("PATH_INFO", "")))
        if scope is None or scope.service != "lambda" or found is None or environ.get("REQUEST_METHOD") != "GET":
            return self._app(environ, start_response)
        return self._answer(found[1])(environ, start_response)

    def _answer(self, reference: str) -> Response:
        parts = reference.split(":")
        name = parts[6] if reference.startswith("arn:") else parts[0]
        if name in self._configurations:
            return Response(json.dumps(self._configurations[name]), content_type="application/json")
        body = json.dumps({"Type": "User", "Message": f"Function not found: {reference}"})
        return Response(
            body, 404, headers={"x-amzn-ErrorType": "ResourceNotFoundException"}, content_type="application/json"
        )
