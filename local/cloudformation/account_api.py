"""What functions can ask AWS about their stack and account: WSGI middleware that serves what moto lacks.

It serves CloudFormation's DescribeStacks while the stack is being deployed (`stack_api.py` does so afterwards), and
Lambda's GetAccountSettings. All other requests go on to the application behind it.
"""

import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from werkzeug.wrappers import Request, Response

from local.http.signed_requests import query_parameters, scope_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_XMLNS = "http://cloudformation.amazonaws.com/doc/2010-05-15/"


@dataclass
class AccountApi:
    """`stack_status` is what CloudFormation is doing with the stack.

    `executions` is how many functions the account runs at a time, `reserved` how many of them are kept for some.
    """

    app: "WSGIApplication"
    stack_id: str
    stack_status: str = "CREATE_IN_PROGRESS"
    executions: int = 1000
    reserved: int = 0

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        return self._answer(environ)(environ, start_response)

    def _answer(self, environ: "WSGIEnvironment") -> "WSGIApplication":
        scope = scope_of(environ)
        request = Request(environ)
        if scope is not None and scope.service == "lambda" and request.path.endswith("/account-settings"):
            return self._account_settings()
        if scope is not None and scope.service == "cloudformation":
            form = query_parameters(request)
            if form.get("Action") == "DescribeStacks" and form.get("StackName") == self.stack_id:
                return self._stack(self.stack_id)
        return self.app

    def _stack(self, id_: str) -> Response:
        name = id_.split("/")[1] if id_.startswith("arn:") else id_
        text = (
            f'<DescribeStacksResponse xmlns="{_XMLNS}"><DescribeStacksResult><Stacks><member>'
            f"<StackId>{id_}</StackId><StackName>{name}</StackName><StackStatus>{self.stack_status}</StackStatus>"
            "<CreationTime>2026-01-01T00:00:00Z</CreationTime></member></Stacks></DescribeStacksResult>"
            f"<ResponseMetadata><RequestId>{uuid.uuid4()}</RequestId></ResponseMetadata></DescribeStacksResponse>"
        )
        return Response(text, content_type="text/xml")

    def _account_settings(self) -> Response:
        limit = {
            "ConcurrentExecutions": self.executions,
            "UnreservedConcurrentExecutions": self.executions - self.reserved,
        }
        return Response(json.dumps({"AccountLimit": limit, "AccountUsage": {}}), content_type="application/json")
