"""Handles a batch of the jobs queue's messages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from email_channels.aws.jobs_queue import read_job_message
from email_channels.observability import logger, raised


def run_jobs(records: Iterable[Mapping[str, Any]], run: Callable[[str], None]) -> list[str]:
    """Calls `run` with the job id of each message. Returns the message ids to retry: a message that fails does not stop
    the others."""
    retry = []
    for record in records:
        try:
            run(read_job_message(record["body"]))
        except Exception as error:  # noqa: BLE001 - whatever it is, the other messages are not to blame
            receives = int(record["attributes"]["ApproximateReceiveCount"])
            about = {"message_id": record["messageId"], "receives": receives}
            logger().error("job not worked on", extra=about | raised(error))
            retry.append(record["messageId"])
    return retry
