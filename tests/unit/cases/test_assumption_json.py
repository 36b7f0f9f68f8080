"""Assumptions survive JSON."""

import json

import pytest
from email_channels.cases.directory import Employee, UserMapping
from email_channels.cases.mailboxes import Mailbox
from email_channels.cases.trials.assumption_json import assumptions_from_json, assumptions_to_json
from email_channels.cases.trials.question import Assumptions
from email_channels.mail.ses_headers import Verdict
from email_channels.settings import IdentifySender, Language

BY_BODY = Mailbox(
    "forms@acme.example",
    "forms@in.example",
    identify_sender=IdentifySender.USER_ID_IN_BODY,
    trusted_senders=("forms.example",),
    language=Language.GERMAN,
)


@pytest.mark.parametrize(
    "assumed",
    [
        Assumptions(),
        Assumptions(mailbox=Mailbox("a@b.example", "c@d.example")),
        Assumptions(
            mailbox=BY_BODY,
            user_mapping=UserMapping("1", "forms@acme.example", None, "2"),
            employee=Employee("2", "Ann", ("ann@acme.example", "a@b.example"), "UK", blocked=True),
            verdicts={"dkim": Verdict.FAIL},
        ),
    ],
)
def test_round_trip(assumed: Assumptions) -> None:
    assert assumptions_from_json(json.loads(json.dumps(assumptions_to_json(assumed)))) == assumed
