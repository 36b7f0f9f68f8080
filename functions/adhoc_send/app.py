"""POST /cases/{case_id}/emails: agents' emails."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from email_channels.api.access import caller_of
from email_channels.api.problems import problem_of
from email_channels.api.requests import json_response, request_of, result_of
from email_channels.api.views import whole_entry_json
from email_channels.aws import clients, timeouts
from email_channels.aws.faults import translate_aws_fault
from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.rows import table
from email_channels.aws.ses_client import SesClient
from email_channels.aws.signing_keys import SigningKeyStore
from email_channels.aws.stores.case_store import CaseStore
from email_channels.aws.stores.outbound_store import OutboundStore
from email_channels.aws.stores.routing_store import RoutingStore
from email_channels.errors import Refusal
from email_channels.observability import logger
from email_channels.outbound.sending import Sending
from email_channels.settings import SendingSettings, load

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Sends the email that the request asks for; 202 with its entry, or a problem document."""
    logger().set_correlation_id(context.aws_request_id)
    timeouts.set_deadline(context.get_remaining_time_in_millis() / 1000)
    try:
        request = request_of(event)
        caller = caller_of(request.claims or {}, _settings().groups_claim)
        case_id = event["pathParameters"]["case_id"]
        entry = _sending().send(caller, case_id, request.headers.get("idempotency-key"), request.body)
        response = json_response(whole_entry_json(entry), status=202)
    except Refusal as refusal:
        response = problem_of(refusal)
    except Exception as error:  # noqa: BLE001 - the log says what it was, the caller learns under which id
        logger().exception("sending failed")
        response = problem_of(translate_aws_fault(error), context.aws_request_id)
    return result_of(response)


@lru_cache(maxsize=1)
def _settings() -> SendingSettings:
    settings = load(SendingSettings, os.environ)
    table.bind(settings.table_name)
    return settings


@lru_cache(maxsize=1)
def _sending() -> Sending:
    settings = _settings()
    mail = MailBucket(clients.s3(), settings.bucket_name)
    return Sending(
        settings,
        CaseStore(mail, RoutingStore()),
        OutboundStore(mail),
        mail,
        SesClient(clients.ses(), settings.configuration_set),
        SigningKeyStore(clients.secrets_manager(), settings.tag_key_secret).read,
        lambda: datetime.now(UTC),
    )
