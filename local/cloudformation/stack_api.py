"""CloudFormation's API for the one stack that is deployed: what it is, what it consists of, and its outputs.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html

moto's own CloudFormation knows nothing of this stack. Requests about other stacks go to it; it does not find them.
"""

import uuid
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from werkzeug.wrappers import Request, Response

from local.cloudformation.deployment import DeployedResource, Deployment
from local.http.signed_requests import query_parameters, scope_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_XMLNS = "http://cloudformation.amazonaws.com/doc/2010-05-15/"
_PAGE = 100
"""The resources that one answer lists, as in AWS."""


class StackApi:
    """Answers requests about the stack. All other requests go to `app`.

    `deployed` returns the deployment; None while there is none yet.
    """

    def __init__(
        self, app: "WSGIApplication", stack_name: str, stack_id: str, deployed: Callable[[], Deployment | None]
    ) -> None:
        self._app = app
        self._name = stack_name
        self._id = stack_id
        self._deployed = deployed
        self._made_at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        self._actions: dict[str, Callable[[Deployment, Mapping[str, str]], str | None]] = {
            "DescribeStacks": self._describe,
            "ListStackResources": self._list_resources,
            "DescribeStackResource": self._describe_resource,
        }

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        scope = scope_of(environ)
        deployment = self._deployed()
        if scope is None or scope.service != "cloudformation" or deployment is None:
            return self._app(environ, start_response)
        form = query_parameters(Request(environ))
        name = form.get("Action", "")
        ours = scope.region == deployment.region and form.get("StackName") in {self._name, self._id}
        result = self._actions[name](deployment, form) if ours and name in self._actions else None
        if result is None:
            return self._app(environ, start_response)
        text = (
            f'<{name}Response xmlns="{_XMLNS}"><{name}Result>{result}</{name}Result>'
            f"<ResponseMetadata><RequestId>{uuid.uuid4()}</RequestId></ResponseMetadata></{name}Response>"
        )
        return Response(text, content_type="text/xml")(environ, start_response)

    def _describe(self, deployment: Deployment, _: Mapping[str, str]) -> str:
        parameters = _pairs("Parameter", deployment.parameters)
        outputs = _pairs("Output", deployment.outputs)
        return (
            f"<Stacks><member><StackName>{self._name}</StackName><StackId>{self._id}</StackId>"
            f"<CreationTime>{self._made_at}</CreationTime><StackStatus>CREATE_COMPLETE</StackStatus>"
            f"<Parameters>{parameters}</Parameters><Outputs>{outputs}</Outputs></member></Stacks>"
        )

    def _list_resources(self, deployment: Deployment, form: Mapping[str, str]) -> str:
        start = int(form.get("NextToken") or 0)
        listed = list(deployment.resources.values())
        members = "".join(
            f"<member>{self._resource(each, 'LastUpdatedTimestamp')}</member>" for each in listed[start : start + _PAGE]
        )
        more = f"<NextToken>{start + _PAGE}</NextToken>" if start + _PAGE < len(listed) else ""
        return f"<StackResourceSummaries>{members}</StackResourceSummaries>{more}"

    def _describe_resource(self, deployment: Deployment, form: Mapping[str, str]) -> str | None:
        found = deployment.resources.get(form.get("LogicalResourceId", ""))
        if found is None:
            return None
        return f"<StackResourceDetail>{self._resource(found, 'LastUpdatedTimestamp')}</StackResourceDetail>"

    def _resource(self, resource: DeployedResource, time: str) -> str:
        return (
            f"<LogicalResourceId>{resource.logical_id}</LogicalResourceId>"
            f"<PhysicalResourceId>{escape(resource.physical_id)}</PhysicalResourceId>"
            f"<ResourceType>{resource.type}</ResourceType><{time}>{self._made_at}</{time}>"
            "<ResourceStatus>CREATE_COMPLETE</ResourceStatus>"
        )


def _pairs(kind: str, values: Mapping[str, str]) -> str:
    return "".join(
        f"<member><{kind}Key>{name}</{kind}Key><{kind}Value>{escape(value)}</{kind}Value></member>"
        for name, value in values.items()
    )
