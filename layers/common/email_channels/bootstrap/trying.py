"""Builds the use case that tries emails.

This loads the parsers of emails, which takes some tenths of a second. `agent_api` imports it only when it is needed.
"""

from __future__ import annotations

from email_channels.aws.mail_bucket import MailBucket
from email_channels.bootstrap.process import now
from email_channels.bootstrap.retrying import genuine
from email_channels.intake.trying.trials import ReadingLimits, Trying
from email_channels.settings import IntakeSettings

# The memory of `inbound`: an email that it cannot read within that is not read here either.
INBOUND_MEGABYTES = 512
# `agent_api` has 1,024 MB and twice the processor time of `inbound`, and reads an email twice. API Gateway ends a
# request after 29 seconds.
API_SECONDS = 11.0


def make_trying(settings: IntakeSettings, mail: MailBucket, seconds: float = API_SECONDS) -> Trying:
    """The use case that tries emails. It reads an email twice, each time within `seconds`."""
    limits = ReadingLimits(seconds, INBOUND_MEGABYTES if settings.aws_lambda_function_memory_size else 0)
    return Trying(settings, mail, genuine(settings.tag_key_secret), now, limits)
