"""Works on jobs: imports, erasures, tries, and retries and discards of many emails. A queue names the jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from email_channels.bootstrap.jobs import job_runner
from email_channels.bootstrap.process import Event, lambda_handler
from email_channels.jobs.batch import run_jobs

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@lambda_handler
def handler(event: Event, context: LambdaContext) -> dict[str, list[dict[str, str]]]:
    """Works on the job that each message names, and returns the message ids to retry (ReportBatchItemFailures)."""
    retry = run_jobs(event["Records"], job_runner(context.get_remaining_time_in_millis).run)
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in retry]}
