"""`/try/jobs`: an admin asks what would become of the last emails of a mailbox."""

from __future__ import annotations

from email_channels.addresses import normalise
from email_channels.api.requests import Response
from email_channels.cases.jobs.job import JobKind
from email_channels.cases.trials.assumption_json import assumptions_to_json

from functions.agent_api.api_call import ApiCall
from functions.agent_api.assuming import assumptions_of
from functions.agent_api.jobs import start_job
from functions.agent_api.mailboxes import find_mailbox


def try_many(call: ApiCall) -> Response:
    """Starts a job that says what would become of the last emails of a mailbox."""
    body = call.body("NewTryJob")
    mailbox = body.get("mailbox")
    if mailbox is not None and find_mailbox(call, normalise(mailbox)) is None:
        body.refuse("mailbox", "no mailbox has this address")
    wanted = body.accepted()
    assumed = assumptions_to_json(assumptions_of(call, wanted.get("assume")))
    request = {"mailbox": mailbox, "last": wanted["last"]} | ({"assume": assumed} if assumed else {})
    return start_job(call, JobKind.TRY, request=request)
