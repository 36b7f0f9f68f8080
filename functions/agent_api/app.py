"""Every route of the API but sending: `handler` answers one request."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from email_channels.api.access import caller_of
from email_channels.api.problems import problem_of
from email_channels.api.requests import Response, request_of, result_of
from email_channels.aws import timeouts
from email_channels.aws.faults import translate_aws_fault
from email_channels.errors import Refusal
from email_channels.observability import logger

from functions.agent_api.call import Call
from functions.agent_api.deployment import deployment
from functions.agent_api.routes import match, require_channel

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """The answer to a request of the HTTP API, in payload format 2.0: a problem document where it cannot be met."""
    log = logger()
    log.set_correlation_id(context.aws_request_id)
    timeouts.set_deadline(context.get_remaining_time_in_millis() / 1000)
    try:
        response = _answer(event)
    except Refusal as refusal:
        response = problem_of(refusal)
    except Exception as error:
        # Whatever it is, the caller gets a document, and only the log says more.
        log.exception("request failed")
        response = problem_of(translate_aws_fault(error), context.aws_request_id)
    return result_of(response)


def _answer(event: dict[str, Any]) -> Response:
    request = request_of(event)
    route, parameters = match(request.method, request.path)
    ours = deployment()
    caller = caller_of(request.claims or {}, ours.settings.groups_claim)
    if route.role is not None:
        caller.require(route.role)
    require_channel(route, ours.settings)
    response = route.answer(Call(request, caller, parameters, ours, datetime.now(UTC)))
    return replace(response, body=None) if request.method == "HEAD" else response
