"""The ad hoc channel: the functions adhoc_send and delivery in this process, with moto's SES."""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from typing import Any

import boto3
import pytest
from email_channels.aws import clients
from email_channels.aws.mail_bucket import MailBucket, upload_key
from email_channels.aws.rows.outbound_rows import UPLOAD_LIFETIME
from email_channels.aws.stores.case_store import CaseStore
from email_channels.aws.stores.outbound_store import OutboundStore
from email_channels.aws.stores.routing_store import RoutingStore
from email_channels.aws.stores.upload_store import UploadStore
from email_channels.cases.case import Case
from email_channels.cases.history import Entry, StoredEmail
from email_channels.cases.uploads import Upload
from moto.ses.models import RawMessage, ses_backends

from functions.adhoc_send import app as adhoc_send
from functions.delivery import app as delivery
from tests.support.in_process.aws import Aws
from tests.support.in_process.stored_emails import record_case
from tests.support.lambda_context import lambda_context
from tests.support.new_process import forget_use_cases
from tests.support.parameters import ACME_EXAMPLE
from tests.support.tokens import with_token

ACCOUNT_ID = "123456789012"  # the account of moto
AGENT_ID = "u1"
AGENT = {"sub": AGENT_ID, "username": "agent", "cognito:groups": ["agent", "group.default"]}
EMAIL = {"to": ["Jo Doe <jo@elsewhere.example>"], "subject": "Your leave", "text": "Dear Jo,\n\nten days.\n"}
ENVIRONMENT = ACME_EXAMPLE | {
    "AD_HOC_RECIPIENTS": "answers@in.example,answers.example",
    "AD_HOC_FROM_NAME": "Acme, Service Centre",
    "POWERTOOLS_SERVICE_NAME": "test",
}


@dataclass
class Answer:
    """The answer of the API."""

    status: int
    body: Any


@dataclass
class AdHocChannel:
    """A case, an agent who sends from it, and the messages that SES got."""

    mail: MailBucket
    case: Case
    cases: CaseStore
    numbers: Iterator[int] = field(default_factory=count)

    def post(
        self,
        body: object,
        key: str | None = "key-1",
        claims: Mapping[str, object] | None = None,
        case_id: str | None = None,
    ) -> Answer:
        """Calls POST /cases/{case_id}/emails. A body of bytes is sent unchanged."""
        case_id = self.case.case_id if case_id is None else case_id
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        event = {
            "version": "2.0",
            "rawPath": f"/cases/{case_id}/emails",
            "headers": {"content-type": "application/json"} | ({"idempotency-key": key} if key is not None else {}),
            "pathParameters": {"case_id": case_id},
            "requestContext": {
                "http": {"method": "POST", "path": f"/cases/{case_id}/emails"},
                "requestId": "r1",
            },
            "body": base64.b64encode(raw).decode(),
            "isBase64Encoded": True,
        }
        result = adhoc_send.handler(with_token(event, AGENT if claims is None else claims), lambda_context())
        return Answer(result["statusCode"], json.loads(result["body"]))

    def upload(self, filename: str, content: bytes, **changes: Any) -> str:
        """Announces and stores an upload of the agent. Returns its id. `changes` are other properties to announce."""
        upload = Upload(
            upload_id=f"UP{next(self.numbers):08d}",
            filename=filename,
            content_type="application/pdf",
            size=len(content),
            uploaded_by=AGENT_ID,
            expires_at=datetime.now(UTC) + UPLOAD_LIFETIME,
        )
        upload = replace(upload, **changes)
        UploadStore.announce(upload)
        self.mail.write(upload_key(upload.upload_id), content)
        return upload.upload_id

    def sent(self) -> list[RawMessage]:
        """The messages that SES accepted."""
        return [
            message
            for message in ses_backends[ACCOUNT_ID]["eu-central-1"].sent_messages
            if isinstance(message, RawMessage)
        ]

    def now(self) -> Case:
        """The case in its present state."""
        case, _ = self.cases.get(self.case.case_id)
        assert case is not None
        return case

    def history(self) -> list[StoredEmail]:
        """The outbound emails of the case, newest first."""
        emails, _ = self.cases.history(self.now(), 100, None)
        return [email for email in emails if email.direction.value == "outbound"]

    def entry(self, email_id: str) -> Entry:
        """An outbound entry with its content."""
        entry = OutboundStore(self.mail).entry(self.case.case_id, email_id)
        assert entry is not None
        return entry

    def states(self) -> list[list[str]]:
        """The delivery states of the recipients, for each outbound email."""
        return [[row.state.value for row in email.recipients] for email in self.history()]


def tell(event: dict[str, Any]) -> None:
    """Calls the function `delivery` with an event of SES."""
    delivery.handler(event, lambda_context())


def about(document: dict[str, Any], message_id: str, tags: dict[str, str], **detail: Any) -> dict[str, Any]:
    """A copy of a stored event that is about another email."""
    event = copy.deepcopy(document)
    event["detail"]["mail"]["messageId"] = message_id
    event["detail"]["mail"]["tags"] |= {name: [value] for name, value in tags.items()}
    event["detail"] |= detail
    return event


@contextmanager
def open_ad_hoc_channel(aws: Aws, monkeypatch: pytest.MonkeyPatch, **environment: str) -> Iterator[AdHocChannel]:
    """The channel in a new deployment, with these environment variables changed."""
    names = {"TABLE_NAME": aws.table_name, "BUCKET_NAME": aws.bucket_name, "TAG_KEY_SECRET": aws.tag_key_secret}
    for name, value in (ENVIRONMENT | names | environment).items():
        monkeypatch.setenv(name, value)
    boto3.client("ses").verify_email_identity(EmailAddress="service@acme.example")
    forget_use_cases()
    mail = MailBucket(clients.s3(), aws.bucket_name)
    yield AdHocChannel(mail, record_case(mail, 1), CaseStore(mail, RoutingStore()))
    forget_use_cases()
