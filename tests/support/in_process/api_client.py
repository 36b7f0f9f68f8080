"""A client of the API: calls the handler with requests in payload format 2.0, and reads its answers."""

from __future__ import annotations

import copy
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any
from unittest import mock
from urllib.parse import unquote

from botocore.endpoint import Endpoint
from email_channels.api.validation import openapi
from email_channels.aws import clients
from email_channels.bootstrap.agent_api import api_settings, api_stores, make_stores
from email_channels.settings import ApiSettings
from email_channels.settings_loading import load
from jsonschema import Draft202012Validator

import functions.agent_api.app as agent_api
from tests.support.in_process.aws import Aws
from tests.support.lambda_context import lambda_context
from tests.support.parameters import DEPLOYMENT
from tests.support.tokens import with_token

# The users of the local stack.
USERS: Mapping[str, tuple[str, ...]] = {
    "agent": ("agent", "group.default"),
    "other-agent": ("agent", "group.other"),
    "admin": ("agent", "admin", "group.default"),
    "only-admin": ("admin",),
    "nobody": (),
}
ENVIRONMENT = DEPLOYMENT | {
    "CASE_CREATION_RECIPIENTS": "payroll@in.example,forms.example",
    "AD_HOC_RECIPIENTS": "cases@in.example",
    "ALLOWED_IP_RANGES": "192.0.2.0/24, 198.51.100.0/24",
    "NOTIFICATION_FROM_ADDRESS": "no-reply@acme.example",
    "PROCESSED_RETENTION_DAYS": "0",
    "AD_HOC_FROM_ADDRESS": "cases@acme.example",
    "AD_HOC_REPLY_TO": "cases@acme.example",
    "MAILBOX_ADDRESS": "Payroll@acme.example",
    "ACKNOWLEDGE_SENDER": "false",
    "DEFAULT_SERVICE_GROUP_ADDRESS": "hr@acme.example",
}

_DESCRIBED_HEADERS = {"etag", "location", "content-location", "allow", "retry-after"}

_OWN = (api_settings, api_stores)
_DEPLOYED: list[Api] = []
"""The APIs in whose blocks threads are. The last one is deployed. Patches that each thread undoes by itself would leave
one of them behind, for all later tests of the process."""
_LOCK = threading.Lock()


@dataclass(frozen=True)
class Answer:
    """The response to a request."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def items(self) -> list[Any]:
        assert self.status == 200, self.text
        items: list[Any] = self.json["items"]
        return items

    @property
    def problem(self) -> str:
        """The last part of the problem's type."""
        assert self.headers["content-type"] == "application/problem+json", self.text
        assert self.json["status"] == self.status
        kind: str = self.json["type"].rpartition("/")[2]
        return kind

    @property
    def wrong_fields(self) -> list[str]:
        assert (self.status, self.problem) == (422, "invalid")
        return [error["field"] for error in self.json["errors"]]


class Api:
    """The API of one deployment. Every answer is checked against the OpenAPI document."""

    def __init__(self, aws: Aws, **changes: str) -> None:
        names = {"TABLE_NAME": aws.table_name, "BUCKET_NAME": aws.bucket_name, "TAG_KEY_SECRET": aws.tag_key_secret}
        names["ARRIVALS_QUEUE_URL"] = clients.sqs().create_queue(QueueName="arrivals")["QueueUrl"]
        names["JOBS_QUEUE_URL"] = clients.sqs().create_queue(QueueName="jobs")["QueueUrl"]
        self.environment = ENVIRONMENT | names | {**changes}
        self.settings = load(ApiSettings, self.environment)
        self.stores = make_stores(self.settings)

    def again(self) -> Api:
        """The same deployment in another process: it remembers nothing."""
        other = copy.copy(self)
        other.stores = make_stores(self.settings)
        return other

    @contextmanager
    def deployed(self) -> Iterator[None]:
        """Within the block, the function has the settings and stores of this API. Threads may be in blocks at once."""
        with _LOCK:
            _DEPLOYED.append(self)
            _deploy()
        try:
            yield
        finally:
            with _LOCK:
                _DEPLOYED.remove(self)
                _deploy()

    def __call__(
        self,
        user: str | None,
        method: str,
        url: str,
        body: object = None,
        *,
        raw: str | None = None,
        base64: bool = False,
        headers: Mapping[str, str] | None = None,
        claims: Mapping[str, object] | None = None,
    ) -> Answer:
        """The answer to a request; `url` is percent-encoded, as a client sends it. `raw` is a body that is not JSON.

        `claims` are further claims of the user's token.
        """
        path, _, query = url.partition("?")
        event: dict[str, Any] = {
            "version": "2.0",
            "routeKey": "ANY /{proxy+}",
            "rawPath": unquote(path, errors="replace"),
            "rawQueryString": query,
            "headers": {name.lower(): value for name, value in (headers or {}).items()},
            "requestContext": {"http": {"method": method, "path": unquote(path)}, "requestId": "request-1="},
            "isBase64Encoded": base64,
        }
        if user is not None:
            own = {"sub": f"id-of-{user}", "username": user, "cognito:groups": [*USERS.get(user, ())]}
            with_token(event, {**own, **(claims or {})})
        if raw is not None or body is not None:
            event["body"] = raw if raw is not None else json.dumps(body)
        with self.deployed():
            result = agent_api.handler(event, lambda_context())
        json.dumps(result)  # Lambda does that
        answer = Answer(result["statusCode"], result["headers"], result["body"])
        _check(method, path, answer)
        return answer


def _deploy() -> None:
    """Gives the function what the last block wants, or its own if there is none."""
    settings, stores = _OWN
    if _DEPLOYED:
        api = _DEPLOYED[-1]
        settings, stores = cache(lambda: api.settings), cache(lambda: api.stores)
    vars(agent_api).update(api_settings=settings, api_stores=stores)


def put(api: Api, url: str, body: Mapping[str, Any], status: int = 201) -> Any:
    """An admin puts a piece of configuration; returns it as the API answers it. Fails if the status is another."""
    answer = api("admin", "PUT", url, dict(body))
    assert answer.status == status, answer.text
    return answer.json


@contextmanager
def counted_calls() -> Iterator[list[str]]:
    """The names of the AWS operations that are called inside the `with` block."""
    calls: list[str] = []
    make_request = Endpoint.make_request

    def counting(self: Endpoint, operation_model: Any, request_dict: Any) -> Any:
        calls.append(operation_model.name)
        return make_request(self, operation_model, request_dict)

    with mock.patch.object(Endpoint, "make_request", counting):
        yield calls


def _check(method: str, path: str, answer: Answer) -> None:
    """Checks an answer: the headers that all answers have, and what the OpenAPI document describes, and no more."""
    assert answer.headers["cache-control"] == "no-store"
    if answer.status in {204, 304, 404, 405, 500, 503} or method == "HEAD":
        return
    document = _closed_document()
    parts = path.split("/")
    for template, operations in document["paths"].items():
        wanted = template.split("/")
        fits = len(parts) == len(wanted) and all(
            w.startswith("{") or w == p for p, w in zip(parts, wanted, strict=True)
        )
        if fits and method.lower() in operations:
            responses = operations[method.lower()]["responses"]
            assert str(answer.status) in responses, f"{method} {template} answered {answer.status}: {answer.text}"
            response = responses[str(answer.status)]
            if "$ref" in response:
                response = document["components"]["responses"][response["$ref"].rpartition("/")[2]]
            content = response["content"][answer.headers["content-type"]]
            schema = {**content["schema"], "components": document["components"]}
            Draft202012Validator(schema).validate(answer.json)
            described = {name.lower() for name in response.get("headers", ())}
            assert _DESCRIBED_HEADERS & answer.headers.keys() <= described, f"{method} {template} {answer.headers}"
            return


@cache
def _closed_document() -> Any:
    """The OpenAPI document, in which objects have no other fields than those that it names."""
    return _closed(openapi())


def _closed(node: Any) -> Any:
    if isinstance(node, list):
        return [_closed(each) for each in node]
    if not isinstance(node, dict):
        return node
    if "allOf" in node:  # an object with the fields of all of these
        schemas = openapi()["components"]["schemas"]
        parts = [schemas[part["$ref"].rpartition("/")[2]] if "$ref" in part else part for part in node["allOf"]]
        node = {
            "type": "object",
            "required": [name for part in parts for name in part["required"]],
            "properties": {name: row for part in parts for name, row in part["properties"].items()},
        }
    closed = {"additionalProperties": False} if node.get("type") == "object" and "properties" in node else {}
    return closed | {name: _closed(each) for name, each in node.items()}
