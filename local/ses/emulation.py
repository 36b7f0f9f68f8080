"""The emulated SES API: WSGI middleware that serves what moto lacks or does wrong.

It serves sending (API v2, raw messages), configuration sets with their event destinations, identities, the account, and
receipt filters (API v1). moto serves rule sets and rules. Sending through API v1 is refused: moto would accept such
emails, and nobody would see them.
"""

import json
import uuid
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote
from xml.sax.saxutils import escape

from werkzeug.wrappers import Request, Response

from local.http.signed_requests import query_parameters, scope_of
from local.ses.configuration_sets import ConfigurationSets
from local.ses.errors import SesError, bad_request
from local.ses.event_publisher import EventPublisher
from local.ses.identities import Identities, account
from local.ses.outbox import Outbox
from local.ses.receipt_filters import ReceiptFilters
from local.ses.rule_deletion import delete_receipt_rule
from local.ses.sending import send_email

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_XMLNS = "http://ses.amazonaws.com/doc/2010-12-01/"
_V1_SENDS = frozenset({"SendEmail", "SendRawEmail", "SendTemplatedEmail", "SendBulkTemplatedEmail", "SendBounce"})


class SesEmulation:
    """Serves the SES requests that moto cannot serve. All other requests go to `app`.

    `emit` gets the EventBridge events, one by one, from a thread of this object, shortly after the API has answered.
    """

    def __init__(
        self, app: "WSGIApplication", emit: Callable[[dict[str, Any]], None], outbox: Outbox | None = None
    ) -> None:
        self._app = app
        self.outbox = Outbox() if outbox is None else outbox
        self._events = EventPublisher(emit)
        self._sets = ConfigurationSets()
        self.filters = ReceiptFilters()
        self._identities = Identities()
        self._query_actions: dict[str, Callable[[str, dict[str, str]], str]] = {
            "CreateReceiptFilter": self.filters.create,
            "DeleteReceiptFilter": self.filters.delete,
            "ListReceiptFilters": self.filters.list,
            "DeleteReceiptRule": delete_receipt_rule,
        } | dict.fromkeys(_V1_SENDS, _refuse_send)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        scope = scope_of(environ)
        if scope is None or scope.service != "ses":
            return self._app(environ, start_response)
        request = Request(environ)
        answer = self._rest if request.path.startswith("/v2/") else self._query
        response = answer(scope.region, request)
        return (response or self._app)(environ, start_response)

    def event_order(self, *, doubled: bool, reversed_: bool) -> None:
        """For tests: from now on, each event comes twice, or those of one email come in reverse order."""
        self._events.order(doubled=doubled, reversed_=reversed_)

    def pending(self) -> int:
        """The number of events that are still to come for the emails sent so far."""
        return self._events.pending()

    def stop(self) -> None:
        """Emits the events that are left, and ends the thread."""
        self._events.stop()

    def _query(self, region: str, request: Request) -> Response | None:
        form = query_parameters(request)
        name = form.get("Action", "")
        request_id = f"<RequestId>{uuid.uuid4()}</RequestId>"
        try:
            action = self._query_actions.get(name)
            if action is None:
                return None
            result = action(region, form)
        except SesError as error:
            text = (
                f'<ErrorResponse xmlns="{_XMLNS}"><Error><Type>Sender</Type><Code>{error.code}</Code>'
                f"<Message>{escape(error.message)}</Message></Error>{request_id}</ErrorResponse>"
            )
            return Response(text, status=error.status, content_type="text/xml")
        text = (
            f'<{name}Response xmlns="{_XMLNS}"><{name}Result>{result}</{name}Result>'
            f"<ResponseMetadata>{request_id}</ResponseMetadata></{name}Response>"
        )
        return Response(text, content_type="text/xml")

    def _rest(self, region: str, request: Request) -> Response | None:
        parts = [unquote(part) for part in request.path.removeprefix("/v2/email/").rstrip("/").split("/")]
        try:
            match request.method, parts:
                case "POST", ["outbound-emails"]:
                    result = self._send(region, _json(request))
                case "GET", ["account"]:
                    result = account(len(self.outbox.items()))
                case "POST", ["identities"]:
                    result = self._identities.create(region, _json(request))
                case ("GET", ["identities"]) | ("POST", ["list-identities"]):
                    result = self._identities.list(region)
                case "GET", ["identities", name]:
                    result = self._identities.get(region, name)
                case "DELETE", ["identities", name]:
                    result = self._identities.delete(region, name)
                case "PUT", ["identities", name, "feedback"]:
                    result = self._identities.forward_feedback(region, name, _json(request))
                case "POST", ["configuration-sets"]:
                    result = self._sets.create(region, _json(request))
                case ("GET", ["configuration-sets"]) | ("POST", ["list-configuration-sets"]):
                    result = self._sets.list(region)
                case "GET", ["configuration-sets", name]:
                    result = self._sets.get(region, name)
                case "DELETE", ["configuration-sets", name]:
                    result = self._sets.delete(region, name)
                case "GET", ["configuration-sets", name, "event-destinations"]:
                    result = self._sets.destinations(region, name)
                case "POST", ["configuration-sets", name, "event-destinations"]:
                    result = self._sets.add_destination(region, name, _json(request))
                case "PUT", ["configuration-sets", name, "event-destinations", destination]:
                    result = self._sets.update_destination(region, name, destination, _json(request))
                case "DELETE", ["configuration-sets", name, "event-destinations", destination]:
                    result = self._sets.delete_destination(region, name, destination)
                case _, ["configuration-sets" | "identities", *_]:
                    raise bad_request(f"The local stack does not support {request.method} {request.path}.")
                case _:
                    return None
        except SesError as error:
            response = _json_response({"message": error.message}, error.status)
            response.headers["x-amzn-ErrorType"] = error.code
            return response
        return _json_response(result, 200)

    def _send(self, region: str, body: dict[str, Any]) -> dict[str, Any]:
        sent = send_email(region, body, self._sets)
        if sent.mail:
            self.outbox.add(sent.mail)
        self._events.publish(sent.events)
        return {"MessageId": sent.message_id}


def _refuse_send(_region: str, form: dict[str, str]) -> str:
    raise SesError("InvalidAction", f"The local stack sends through SES API v2 only, not by {form['Action']}.")


def _json(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(request.get_data(cache=False) or b"{}")
    except ValueError:
        raise SesError("SerializationException", "The body is not JSON.") from None
    if not isinstance(body, dict):
        raise SesError("SerializationException", "The body is not a JSON object.")
    return body


def _json_response(body: dict[str, Any], status: int) -> Response:
    return Response(json.dumps(body), status=status, content_type="application/json")
