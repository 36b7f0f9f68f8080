"""The daily schedule: deletes unprocessed emails whose time is up."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from email_channels.aws import clients, timeouts
from email_channels.aws.mail_bucket import MailBucket
from email_channels.aws.rows import table
from email_channels.aws.stores.purge_store import PurgeStore
from email_channels.followup.purge import Purge
from email_channels.observability import logger
from email_channels.settings import PurgeSettings, load
from email_channels.times import from_text

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

# A batch takes some seconds at most; what is left for it when the next one would begin.
NEEDED_MILLISECONDS = 20_000


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Purges what is due at the schedule's time. Answers how many emails went, and whether that was all."""
    log = logger()
    log.set_correlation_id(context.aws_request_id)
    timeouts.set_deadline(context.get_remaining_time_in_millis() / 1000)
    purge = Purge(PurgeStore(), _mail(), lambda: context.get_remaining_time_in_millis() > NEEDED_MILLISECONDS)
    result = purge.run(from_text(event["time"]))
    log.info("purge done", extra={"purged": result.purged, "complete": result.complete})
    return {"purged": result.purged, "complete": result.complete}


@lru_cache(maxsize=1)
def _mail() -> MailBucket:
    settings = load(PurgeSettings, os.environ)
    table.bind(settings.table_name)
    return MailBucket(clients.s3(), settings.bucket_name)
