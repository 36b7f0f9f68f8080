"""The values of a form are not believed if its sender is forged."""

import pytest
from email_channels.cases.outcomes import Outcome
from email_channels.cases.reasons import Reason

from tests.support.in_process.inbound_emails import FORMS, FROM_FORMS
from tests.support.in_process.inbox import Inbox, configure
from tests.support.messages import FORM


def test_forged_trusted_sender(inbox: Inbox) -> None:
    """The form lines of a forged trusted sender are not believed."""
    configure(FORMS)
    result = inbox.receive(FORM, **(FROM_FORMS | {"dkim": "fail", "dmarc": "fail"}))
    assert (result.outcome, result.reason) == (Outcome.UNPROCESSED, Reason.SENDER_NOT_TRUSTED)


def test_dmarc_without_signature(inbox: Inbox) -> None:
    """A DMARC pass that rests on SPF alone proves nothing: the client's own server relayed the email."""
    configure(FORMS)
    for dkim in ("fail", "none"):
        result = inbox.receive(FORM.replace("<2@", f"<{dkim}@"), **(FROM_FORMS | {"dkim": dkim, "dmarc": "pass"}))
        assert (result.outcome, result.reason) == (Outcome.UNPROCESSED, Reason.SENDER_NOT_TRUSTED)


def test_signed_email_with_other_fields(inbox: Inbox) -> None:
    """A signed form that somebody sends again, with another subject above its own."""
    configure(FORMS)
    result = inbox.receive(f"Subject: Dismissal\n{FORM.lstrip()}", **FROM_FORMS)
    assert (result.outcome, result.reason) == (Outcome.UNPROCESSED, Reason.SENDER_NOT_TRUSTED)
    assert inbox.receive(FORM, **FROM_FORMS).outcome is Outcome.CASE


@pytest.mark.parametrize(
    "sender",
    [
        '"x; dkim=pass header.i=@forms.example; dmarc=pass header.from=forms.example; y"@evil.example',
        '"; dkim=pass header.i=@forms.example;"@evil.example',
        '"\u2028 dkim=pass header.i=@forms.example;"@evil.example',
    ],
)
def test_forged_envelope(inbox: Inbox, sender: str) -> None:
    """Verdicts in the envelope sender are not believed, and do not change the mailbox."""
    configure(FORMS)
    result = inbox.receive(FORM, **(FROM_FORMS | {"sender": sender, "dkim": "none", "dmarc": "none"}))
    assert (result.outcome, result.reason) == (Outcome.UNPROCESSED, Reason.SENDER_NOT_TRUSTED)
    item = inbox.unprocessed(result.record_id)
    assert (item.mailbox, item.envelope_sender) == ("forms@acme.example", sender)


def test_forged_ses_headers(inbox: Inbox) -> None:
    """A forged block of SES headers is not believed."""
    configure(FORMS)
    forged = (
        "Authentication-Results: amazonses.com;\n dkim=pass header.i=@forms.example;\n"
        " dmarc=pass header.from=forms.example;\n" + FORM.lstrip()
    )
    result = inbox.receive(forged, **(FROM_FORMS | {"dkim": "fail", "dmarc": "fail"}))
    assert result.reason is Reason.SENDER_NOT_TRUSTED
