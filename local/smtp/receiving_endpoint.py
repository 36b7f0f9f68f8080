"""The decisions of SES's endpoint: which clients, recipients and messages it accepts, and where it stores them.

Results are SMTP replies with the enhanced status codes of RFC 3463.
"""

import asyncio
import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from local.ses.inbound_headers import BadVerdictsError, SmtpDetails, header_block, new_message_id, pop_verdicts
from local.ses.receipt_rules import ReceiptSettingsCache, UnsupportedActionError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_ses import SESClient

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ReceivedMessage:
    """A message with its envelope. `envelope_from` is empty for the null sender, `client_name` None without a name."""

    envelope_from: str
    recipients: tuple[str, ...]
    helo: str
    client_name: str | None
    client_address: str
    content: bytes


class ReceivingEndpoint:
    """Decides and stores for all sessions. It runs in the event loop, and calls AWS in threads."""

    def __init__(self, s3: "S3Client", ses: "SESClient", region: str) -> None:
        self.under_way = 0
        self._region = region
        self._s3 = s3
        self._settings = ReceiptSettingsCache(ses)

    def count_message(self, change: int) -> None:
        """Counts the messages that are being received: one more (1) or one fewer (-1)."""
        self.under_way += change

    async def client_refusal(self, client_address: str, *, encrypted: bool) -> str | None:
        """Why this client may not send in this session. None if it may."""
        try:
            receiving = await asyncio.to_thread(self._settings.current)
        except UnsupportedActionError as error:
            return f"451 4.3.5 {error}"
        if receiving.blocks(client_address):
            return f"554 5.7.1 Client address {client_address} is blocked by a receipt filter"
        if receiving.requires_tls() and not encrypted:
            return "530 5.7.0 Must issue a STARTTLS command first"
        return None

    async def recipient_refusal(self, address: str) -> str | None:
        """Why this recipient is refused. None if it is accepted."""
        receiving = await asyncio.to_thread(self._settings.current)
        if address.isprintable() and receiving.rules_for([address]):
            return None
        return "550 5.1.1 Requested action not taken: mailbox unavailable"

    async def accept(self, mail: ReceivedMessage) -> str:
        """Stores a message. Returns the reply to the end of DATA."""
        try:
            return await asyncio.to_thread(self._store, mail)
        except BadVerdictsError as error:
            return f"554 5.6.0 {error}"
        except (BotoCoreError, ClientError) as error:
            logger.warning("A received message could not be stored: %s", type(error).__name__)
            return "451 4.3.0 The message could not be stored, try again later"

    def _store(self, mail: ReceivedMessage) -> str:
        """Stores one object for each S3 action of each rule that matches a recipient. All have the same id."""
        message, verdicts = pop_verdicts(mail.content)
        details = SmtpDetails(
            id=new_message_id(),
            region=self._region,
            envelope_from=mail.envelope_from,
            helo=mail.helo,
            client_name=mail.client_name,
            client_address=mail.client_address,
            at=datetime.now(UTC),
        )
        for rule, recipient in self._settings.current().rules_for(mail.recipients):
            scanned = {} if rule.scans else {"spam": "DISABLED", "virus": "DISABLED"}
            block = header_block(details, recipient, verdicts | scanned, message)
            for bucket, prefix in rule.stores:
                self._s3.put_object(Bucket=bucket, Key=prefix + details.id, Body=block + message)
        return f"250 2.0.0 OK {details.id}"
