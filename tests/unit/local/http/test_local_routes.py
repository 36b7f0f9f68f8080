"""The routes under ``/local/``, in front of a stand-in for the stack that records the calls."""

import base64
import json
from types import SimpleNamespace
from typing import Any, cast

import pytest
from werkzeug.test import Client, TestResponse

from local.cloudformation.deployment import DeployedResource, Deployment
from local.http.local_routes import LocalRoutes
from local.http.token_issuer import TokenIssuer
from local.lambda_.deployed_function import DeployedFunction, FunctionFailed
from local.moto_patches.lost_notifications import LostNotifications
from local.ses.outbox import Outbox, SentMail
from local.stack import Stack

RAW = b"From: cases@acme-cases.example\r\nSubject: =?utf-8?q?=C3=9C?=\r\n\r\nHello\r\n"


class StackStandIn:
    """The part of a stack that the routes use; ``asked`` has the calls."""

    def __init__(self) -> None:
        self.asked: list[object] = []
        self.settles = True
        self.deployment = _deployment()
        self.aws = SimpleNamespace(endpoint_url="http://127.0.0.1:5000", lost_notifications=LostNotifications())
        self.event_sources = self
        self.outbox = Outbox()
        self.outbox.add(
            SentMail(
                id="0102-1",
                from_="cases@acme-cases.example",
                to=("admin@acme.example",),
                cc=(),
                bcc=("x@acme.example",),
                subject="Ü",
                sent_at="2026-11-23T18:00:00Z",
                raw=RAW,
            )
        )

    def settle(self, timeout: float) -> bool:
        self.asked.append(timeout)
        return self.settles

    def fire_schedule(self, function: str, time: str) -> object:
        self.asked.append((function, time))
        if function == "broken":
            raise FunctionFailed("ValueError", "because")
        return {"purge": {"deleted": 1}}[function]

    def disturb_events(self, *, doubled: bool, reversed_: bool) -> None:
        self.asked.append((doubled, reversed_))


@pytest.fixture
def stack() -> StackStandIn:
    return StackStandIn()


@pytest.fixture
def client(stack: StackStandIn) -> Client:
    routes = LocalRoutes(TokenIssuer("http://127.0.0.1:8080/local/oidc"), cast("Stack", stack), ready=True)
    return Client(routes)


def problem(response: TestResponse) -> tuple[int, str]:
    assert response.content_type == "application/problem+json"
    body = json.loads(response.text)
    assert body["status"] == response.status_code
    return response.status_code, body["detail"]


def claims(token: str) -> dict[str, Any]:
    payload = token.split(".")[1]
    decoded: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return decoded


def test_health_before_start() -> None:
    """Until the system is ready, the health route says that it starts."""
    routes = LocalRoutes(TokenIssuer("http://127.0.0.1:8080/local/oidc"))
    client = Client(routes)

    starting = client.get("/local/health")
    early = client.post("/local/settle")
    routes.ready = True
    ready = client.get("/local/health")

    assert (starting.status_code, starting.json) == (503, {"status": "starting"})
    assert problem(early) == (503, "the stack is still starting")
    assert (ready.status_code, ready.json) == (200, {"status": "ok"})


def test_issuer_before_start() -> None:
    """The token issuer answers before the stack is ready."""
    client = Client(LocalRoutes(TokenIssuer("http://127.0.0.1:8080/local/oidc")))

    document = json.loads(client.get("/local/oidc/.well-known/openid-configuration").text)
    keys = json.loads(client.get("/local/oidc/jwks.json").text)

    assert document["issuer"] == "http://127.0.0.1:8080/local/oidc"
    assert document["jwks_uri"] == "http://127.0.0.1:8080/local/oidc/jwks.json"
    assert [sorted(key) for key in keys["keys"]] == [["alg", "e", "key_ops", "kid", "kty", "n", "use"]]


@pytest.mark.parametrize(
    ("user", "groups"),
    [
        ("agent", ["agent", "group.hr"]),
        ("other-agent", ["agent", "group.other"]),
        ("admin", ["agent", "admin", "group.hr"]),
        ("nobody", None),
    ],
)
def test_token(client: Client, user: str, groups: list[str] | None) -> None:
    response = client.post("/local/token", data=json.dumps({"user": user}))

    token = json.loads(response.text)
    assert (response.status_code, token["token_type"], token["expires_in"]) == (200, "Bearer", 43200)
    assert claims(token["access_token"]).get("roles") == groups
    assert claims(token["access_token"])["client_id"] == "somebody"


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ('{"user": "root"}', (422, "user must be one of agent, other-agent, admin, nobody")),
        ('{"user": ["agent"]}', (422, "user must be one of agent, other-agent, admin, nobody")),
        ("", (422, "user must be one of agent, other-agent, admin, nobody")),
        ('["agent"]', (422, "the body must be a JSON object")),
        ("{", (400, "the body is not JSON")),
        (b"\xff", (400, "the body is not JSON")),
    ],
)
def test_unknown_user(client: Client, body: str | bytes, answer: tuple[int, str]) -> None:
    assert problem(client.post("/local/token", data=body)) == answer


def test_outbox(client: Client) -> None:
    listed = client.get("/local/outbox").json
    raw = client.get("/local/outbox/0102-1")

    assert listed == {
        "items": [
            {
                "id": "0102-1",
                "from": "cases@acme-cases.example",
                "to": ["admin@acme.example"],
                "cc": [],
                "bcc": ["x@acme.example"],
                "subject": "Ü",
                "sent_at": "2026-11-23T18:00:00Z",
            }
        ]
    }
    assert (raw.content_type, raw.data) == ("message/rfc822", RAW)
    assert problem(client.get("/local/outbox/0102-2")) == (404, "the outbox has no email 0102-2")


@pytest.mark.parametrize("settles", [True, False])
def test_settle(client: Client, stack: StackStandIn, settles: bool) -> None:
    stack.settles = settles

    assert client.post("/local/settle").json == {"settled": settles}
    assert stack.asked == [30]


def test_schedule_at_time(client: Client, stack: StackStandIn) -> None:
    """A schedule runs as if it were the given time."""
    first = client.post("/local/schedule/purge", data='{"time": "2026-12-24T00:00:00Z"}')
    client.post("/local/schedule/purge", data='{"time": "2026-12-24T01:30:00+02:00"}')

    assert first.json == {"deleted": 1}
    assert stack.asked == [("purge", "2026-12-24T00:00:00Z"), ("purge", "2026-12-23T23:30:00Z")]


def test_schedule_now(client: Client, stack: StackStandIn) -> None:
    """A schedule without a time runs now."""
    assert client.post("/local/schedule/purge").json == {"deleted": 1}
    ((_, time),) = cast("list[tuple[str, str]]", stack.asked)
    assert time.startswith("20")


@pytest.mark.parametrize(
    ("function", "body", "answer"),
    [
        ("nothing", "{}", (404, "there is no function nothing with a schedule")),
        ("broken", "{}", (502, "the function failed: ValueError: because")),
        ("purge", '{"time": "tomorrow"}', (422, "time must have the form 2026-12-24T00:00:00Z")),
        ("purge", '{"time": 7}', (422, "time must have the form 2026-12-24T00:00:00Z")),
        ("purge", '{"time": "2026-12-24T00:00:00"}', (422, "time must have a time zone, as in 2026-12-24T00:00:00Z")),
    ],
)
def test_wrong_schedule(client: Client, function: str, body: str, answer: tuple[int, str]) -> None:
    assert problem(client.post(f"/local/schedule/{function}", data=body)) == answer


def test_disturbed_events(client: Client, stack: StackStandIn) -> None:
    """Events can be doubled and reversed."""
    both = client.post("/local/events", data='{"doubled": true, "reversed": true}')
    neither = client.post("/local/events")

    assert both.json == {"doubled": True, "reversed": True}
    assert neither.json == {"doubled": False, "reversed": False}
    assert stack.asked == [(True, True), (False, False)]


@pytest.mark.parametrize("body", ['{"doubled": 1}', '{"tripled": true}'])
def test_unknown_order(client: Client, stack: StackStandIn, body: str) -> None:
    assert problem(client.post("/local/events", data=body)) == (
        422,
        "the body may have doubled and reversed, each true or false",
    )
    assert stack.asked == []


def test_lost_notifications(client: Client, stack: StackStandIn) -> None:
    """A share of the bucket's notifications can be lost; the answer counts them."""
    stack.aws.lost_notifications.count = 3
    assert client.post("/local/notifications", data='{"lose": 0.02}').json == {"lose": 0.02, "lost": 3}
    assert stack.aws.lost_notifications.share == 0.02
    assert client.post("/local/notifications").json == {"lose": 0, "lost": 3}
    assert stack.aws.lost_notifications.share == 0.0


@pytest.mark.parametrize("share", ["-0.1", "1.1", "true", '"all"'])
def test_wrong_share(client: Client, stack: StackStandIn, share: str) -> None:
    """A share that is not a number from 0 to 1 is refused."""
    answer = problem(client.post("/local/notifications", data=f'{{"lose": {share}}}'))
    assert answer == (422, "lose must be a number from 0 to 1")
    assert stack.aws.lost_notifications.share == 0.0


def test_aws(client: Client) -> None:
    """The route names the resources in the embedded AWS."""
    assert client.get("/local/aws").json == {
        "endpoint_url": "http://127.0.0.1:5000",
        "region": "eu-west-1",
        "bucket": "the-bucket",
        "table": "the-table",
        "queue_url": "http://127.0.0.1:5000/123456789012/inbound",
        "dead_letter_queue_url": "http://127.0.0.1:5000/123456789012/dead",
    }


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/local/", 404), ("GET", "/local/token", 405)])
def test_unknown_routes(client: Client, method: str, path: str, status: int) -> None:
    """Unknown routes and methods get a problem document."""
    assert problem(client.open(path, method=method))[0] == status


def _deployment() -> Deployment:
    queues = [_queue("failures"), _queue("dead"), _queue("inbound", redrive="dead")]
    sources = [_source("inbound", "arn:sqs:inbound"), _source("notify", "arn:dynamodb:stream")]
    environment = {"BUCKET_NAME": "the-bucket", "TABLE_NAME": "the-table"}
    inbound, notify = (
        DeployedFunction(name, f"Function-{name}", f"arn:lambda:{name}", "h", environment, 60, 512)
        for name in ("inbound", "notify")
    )
    return Deployment(
        parameters={"GroupsClaim": "roles", "DefaultServiceGroup": "hr", "JwtAudience": "somebody"},
        region="eu-west-1",
        account_id="123456789012",
        resources={resource.logical_id: resource for resource in (*queues, *sources)},
        functions={"inbound": inbound, "notify": notify},
    )


def _queue(name: str, redrive: str | None = None) -> DeployedResource:
    properties = {"RedrivePolicy": {"deadLetterTargetArn": f"arn:sqs:{redrive}"}} if redrive else {}
    url = f"http://127.0.0.1:5000/123456789012/{name}"
    return DeployedResource(f"Queue-{name}", "AWS::SQS::Queue", url, properties, {"Arn": f"arn:sqs:{name}"})


def _source(function: str, arn: str) -> DeployedResource:
    properties = {"FunctionName": f"arn:lambda:{function}", "EventSourceArn": arn}
    return DeployedResource(f"Source-{function}", "AWS::Lambda::EventSourceMapping", "id", properties, {})
