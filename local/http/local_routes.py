"""The routes that exist only on one machine, under ``/local/``: health, sign-in, outbox, settling, schedules, AWS.

``GET /local/events`` shows the domain events that were put on the bus.

``POST /local/events`` is for tests. After ``{"doubled": true, "reversed": true}``, the SES events of each email come
twice, and in reverse order, as SES may deliver them. Both are false by default. ``POST /local/notifications`` is for
tests, too. After ``{"lose": 0.02}``, two percent of the bucket's notifications to queues are lost; ``lost`` in the
answer is the number of those lost so far.
"""

import datetime as dt
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from werkzeug import Request, Response
from werkzeug.exceptions import BadRequest, Conflict, HTTPException, NotFound, UnprocessableEntity
from werkzeug.routing import Map, Rule

from local.http import recipients
from local.http.sign_in import Deployment, SignIn
from local.http.token_issuer import ISSUER_PATH, LIFETIME, USERS, TokenIssuer
from local.lambda_.deployed_function import FunctionFailed
from local.stack import Stack

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

SETTLE_TIMEOUT = 30
"""The most seconds that ``POST /local/settle`` waits."""

_ROUTES = Map(
    [
        Rule("/local/health", endpoint="health", methods=["GET"]),
        Rule(f"{ISSUER_PATH}/.well-known/openid-configuration", endpoint="discovery", methods=["GET"]),
        Rule(f"{ISSUER_PATH}/jwks.json", endpoint="key_set", methods=["GET"]),
        Rule(f"{ISSUER_PATH}/authorize", endpoint="authorize", methods=["GET", "POST"]),
        Rule(f"{ISSUER_PATH}/token", endpoint="code_or_refresh_token", methods=["POST"]),
        Rule(f"{ISSUER_PATH}/revoke", endpoint="revoke", methods=["POST"]),
        Rule(f"{ISSUER_PATH}/logout", endpoint="logout", methods=["GET", "POST"]),
        Rule("/local/token", endpoint="token", methods=["POST"]),
        Rule("/local/outbox", endpoint="outbox", methods=["GET"]),
        Rule("/local/outbox/<id_>", endpoint="sent_mail", methods=["GET"]),
        Rule("/local/outbox/<id_>/content", endpoint="mail_content", methods=["GET"]),
        Rule("/local/outbox/<id_>/attachments/<int:n>", endpoint="mail_attachment", methods=["GET"]),
        Rule("/local/outbox/<id_>/reply", endpoint="mail_reply", methods=["POST"]),
        Rule("/local/settle", endpoint="settle", methods=["POST"]),
        Rule("/local/schedule/<function>", endpoint="schedule", methods=["POST"]),
        Rule("/local/events", endpoint="domain_events", methods=["GET"]),
        Rule("/local/events", endpoint="events", methods=["POST"]),
        Rule("/local/notifications", endpoint="notifications", methods=["POST"]),
        Rule("/local/aws", endpoint="aws", methods=["GET"]),
    ]
)


@dataclass
class LocalRoutes:
    """A WSGI application for ``/local/``.

    Until ``stack`` is set, all routes answer 503, except those of the token issuer's documents. Until ``ready`` is set,
    ``/local/health`` answers 503.
    """

    issuer: TokenIssuer
    stack: Stack | None = None
    ready: bool = False
    ingress: recipients.SmtpIngress | None = None
    mailboxes: Callable[[], Mapping[str, str]] = dict

    def __post_init__(self) -> None:
        self.sign_in = SignIn(self.issuer)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        return self._answer(Request(environ))(environ, start_response)

    def token(self, user: str, stack: Stack) -> str:
        """A token that the deployed API accepts. Raises KeyError for an unknown user."""
        made_for = _made_for(stack)
        return self.issuer.token(
            user,
            groups_claim=made_for.groups_claim,
            default_service_group=made_for.default_service_group,
            audience=made_for.audience,
        )

    def _answer(self, request: Request) -> Response:
        try:
            endpoint, arguments = _ROUTES.bind_to_environ(request.environ).match()
            match endpoint:
                case "health":
                    return _json({"status": "ok"}) if self.ready else _json({"status": "starting"}, 503)
                case "discovery":
                    return _json(self.issuer.discovery_document())
                case "key_set":
                    return _json(self.issuer.key_set())
            if self.stack is None:
                return _problem(503, "the stack is still starting")
            match endpoint:
                case "authorize":
                    return self.sign_in.authorize(request, _made_for(self.stack))
                case "code_or_refresh_token":
                    return self.sign_in.token(request, _made_for(self.stack))
                case "revoke":
                    return self.sign_in.revoke(request)
                case "logout":
                    return self.sign_in.logout(request)
                case "token":
                    return self._token(request, self.stack)
                case "outbox":
                    return _json({"items": self.stack.outbox.items()})
                case "sent_mail":
                    return _sent_mail(self.stack, arguments["id_"])
                case "mail_content":
                    return self._content(self.stack, arguments["id_"])
                case "mail_attachment":
                    return _attachment(self.stack, arguments["id_"], arguments["n"])
                case "mail_reply":
                    return self._reply(request, self.stack, arguments["id_"])
                case "settle":
                    return _json({"settled": self.stack.event_sources.settle(SETTLE_TIMEOUT)})
                case "schedule":
                    return _schedule(request, self.stack, arguments["function"])
                case "domain_events":
                    return _json({"items": self.stack.domain_events()})
                case "events":
                    return _events(request, self.stack)
                case "notifications":
                    return _notifications(request, self.stack)
                case _:
                    return _json(_aws(self.stack))
        except HTTPException as error:
            return _problem(error.code or 500, error.description or "")

    def _token(self, request: Request, stack: Stack) -> Response:
        user = _body(request).get("user")
        if not isinstance(user, str) or user not in USERS:
            raise UnprocessableEntity(f"user must be one of {', '.join(USERS)}")
        return _json({"access_token": self.token(user, stack), "token_type": "Bearer", "expires_in": LIFETIME})

    def _content(self, stack: Stack, id_: str) -> Response:
        """The email as its recipients see it, and whether their replies come back here."""
        raw = _raw(stack, id_)
        to = recipients.replies_go_to(raw)
        try:
            comes_back = bool(recipients.receiving_address(to, stack.deployment.parameters, self.mailboxes()))
        except recipients.ReplyRefused:
            comes_back = False
        return _json({**recipients.as_seen(raw), "can_reply": comes_back})

    def _reply(self, request: Request, stack: Stack, id_: str) -> Response:
        """A recipient of the email replies: `{"from": address, "text": text, "forged": false}`."""
        given = _body(request)
        sender, text, forged = given.get("from"), given.get("text"), given.get("forged", False)
        if not isinstance(text, str) or not text.strip() or not isinstance(forged, bool):
            raise UnprocessableEntity("text must be a text, and forged true or false")
        raw = _raw(stack, id_)
        (sent,) = (item for item in stack.outbox.items() if item["id"] == id_)
        if not isinstance(sender, str) or sender not in [*sent["to"], *sent["cc"], *sent["bcc"]]:
            raise UnprocessableEntity("from must be a recipient of the email")
        if self.ingress is None:
            return _problem(503, "the stack is still starting")
        try:
            message, to = recipients.reply(raw, recipient=sender, text=text, forged=forged)
            target = recipients.receiving_address(to, stack.deployment.parameters, self.mailboxes())
            self.ingress.send(message, target)
        except recipients.ReplyRefused as error:
            raise Conflict(str(error)) from error
        return _json({"message_id": str(message["Message-ID"]), "to": target}, 202)


def _made_for(stack: Stack) -> Deployment:
    parameters = stack.deployment.parameters
    return Deployment(
        groups_claim=str(parameters["GroupsClaim"]),
        default_service_group=str(parameters["DefaultServiceGroup"]),
        audience=str(parameters["JwtAudience"]),
        client_id=str(parameters.get("ConsoleClientId", "")),
    )


def _sent_mail(stack: Stack, id_: str) -> Response:
    return Response(_raw(stack, id_), content_type="message/rfc822")


def _raw(stack: Stack, id_: str) -> bytes:
    raw = stack.outbox.raw(id_)
    if raw is None:
        raise NotFound(f"the outbox has no email {id_}")
    return raw


def _attachment(stack: Stack, id_: str, n: int) -> Response:
    try:
        content, content_type, filename = recipients.attachment(_raw(stack, id_), n)
    except IndexError as error:
        raise NotFound(f"the email has no attachment {n}") from error
    response = Response(content, content_type=content_type)
    response.headers["content-disposition"] = f"attachment; filename*=UTF-8''{quote(filename, safe='')}"
    response.headers["content-security-policy"] = "default-src 'none'; sandbox"
    return response


def _schedule(request: Request, stack: Stack, function: str) -> Response:
    given = _body(request).get("time")
    try:
        time = dt.datetime.now(dt.UTC) if given is None else dt.datetime.fromisoformat(given)
    except (TypeError, ValueError) as error:
        raise UnprocessableEntity("time must have the form 2026-12-24T00:00:00Z") from error
    if time.tzinfo is None:
        raise UnprocessableEntity("time must have a time zone, as in 2026-12-24T00:00:00Z")
    try:
        return _json(
            stack.event_sources.fire_schedule(function, time.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
        )
    except KeyError as error:
        raise NotFound(f"there is no function {function} with a schedule") from error
    except FunctionFailed as error:
        return _problem(502, f"the function failed: {error}")


def _events(request: Request, stack: Stack) -> Response:
    order = {"doubled": False, "reversed": False} | _body(request)
    if set(order) != {"doubled", "reversed"} or not all(isinstance(value, bool) for value in order.values()):
        raise UnprocessableEntity("the body may have doubled and reversed, each true or false")
    stack.disturb_events(doubled=order["doubled"], reversed_=order["reversed"])
    return _json(order)


def _notifications(request: Request, stack: Stack) -> Response:
    share = _body(request).get("lose", 0)
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1:
        raise UnprocessableEntity("lose must be a number from 0 to 1")
    lost = stack.aws.lost_notifications
    lost.share = float(share)
    return _json({"lose": share, "lost": lost.count})


def _body(request: Request) -> dict[str, Any]:
    """The JSON object in the body, of any content type. An empty body counts as an empty object."""
    try:
        body = json.loads(request.get_data() or b"{}")
    except ValueError as error:
        raise BadRequest("the body is not JSON") from error
    if not isinstance(body, dict):
        raise UnprocessableEntity("the body must be a JSON object")
    return body


def _aws(stack: Stack) -> dict[str, str]:
    """The bucket, the table and the queues that ``inbound`` uses in the embedded AWS."""
    deployment = stack.deployment
    inbound = deployment.functions["inbound"]
    sources = {
        source.properties["EventSourceArn"]
        for source in deployment.of_type("AWS::Lambda::EventSourceMapping")
        if deployment.function_of(source.properties["FunctionName"]) == inbound
    }
    queues = {queue.attributes["Arn"]: queue for queue in deployment.of_type("AWS::SQS::Queue")}
    (queue,) = (queues[arn] for arn in sources if arn in queues)
    dead_letters = queues[queue.properties["RedrivePolicy"]["deadLetterTargetArn"]]
    return {
        "endpoint_url": stack.aws.endpoint_url,
        "region": deployment.region,
        "bucket": inbound.environment["BUCKET_NAME"],
        "table": inbound.environment["TABLE_NAME"],
        "queue_url": queue.physical_id,
        "dead_letter_queue_url": dead_letters.physical_id,
    }


def _json(value: object, status: int = 200) -> Response:
    return Response(json.dumps(value), status, content_type="application/json")


def _problem(status: int, detail: str) -> Response:
    """A problem document (RFC 9457), as the deployed API's errors are."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    return Response(json.dumps(body), status, content_type="application/problem+json")
