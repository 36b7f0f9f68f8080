"""Warnings: what a person must see before trusting an email."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from email_channels.aws.rows import keys
from email_channels.aws.rows.case_rows import CaseRow
from email_channels.aws.rows.configuration_rows import mailbox_row
from email_channels.aws.stores.assignment_store import AssignmentStore
from email_channels.aws.stores.follow_up_store import FollowUpStore
from email_channels.aws.stores.moving.move_store import MoveStore
from email_channels.cases.case import participant_keys
from email_channels.cases.mailboxes import Mailbox
from email_channels.cases.outcomes import Outcome
from email_channels.cases.references import case_number, case_reference
from email_channels.followup.case_followup import CaseFollowUp
from email_channels.intake.outcome_writing import IntakeResult
from email_channels.settings import NotifySettings

from tests.support.acts import an_act
from tests.support.in_process.inbound_emails import SENT_ID, answer, by_references, record_sent_email
from tests.support.in_process.inbox import KEYS, Inbox
from tests.support.in_process.notify_settings import SETTINGS
from tests.support.in_process.ses_stand_in import SesStandIn
from tests.support.originals import RECEIVED_AT

ZOES = "zoe.hartmann@acme.example"
QUESTION = """
From: Zoe Hartmann <zoe.hartmann@acme.example>
To: payroll@acme.example
Subject: Your question
Message-ID: <first@acme.example>
Date: Mon, 23 Nov 2026 19:43:00 +0100
{more}
Why?
"""
ENCRYPTED = {
    "S/MIME": "Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\n"
    "Content-Transfer-Encoding: base64\n\nMIAGCSqGSIb3DQEHA6CAMIACAQAxggF\n",
    "S/MIME of an older program": "Content-Type: application/x-pkcs7-mime; name=smime.p7m\n"
    "Content-Transfer-Encoding: base64\n\nMIAGCSqGSIb3DQEHA6CAMIACAQAxggF\n",
    "PGP/MIME": 'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary=b\n\n'
    "--b\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n\n"
    "--b\nContent-Type: application/octet-stream; name=encrypted.asc\n\n-----BEGIN PGP MESSAGE-----\n\nhQEMA\n--b--\n",
    "PGP in the text": "\n-----BEGIN PGP MESSAGE-----\n\nhQEMA\n=abcd\n-----END PGP MESSAGE-----\n",
}


@pytest.fixture
def case_id(inbox: Inbox) -> str:
    found = str(inbox.receive(QUESTION.format(more="")).case_id)
    record_sent_email(inbox, found)
    return found


def warnings_of(inbox: Inbox, result: IntakeResult) -> list[str]:
    """The warnings on the email, wherever it is."""
    if result.outcome is Outcome.UNPROCESSED:
        return list(inbox.unprocessed(result.record_id).email.warnings)
    if result.outcome is Outcome.CASE:
        email = inbox.case(result.case_id).email
        assert email is not None
        return list(email.warnings)
    assert result.case_id is not None
    (entry,) = [one for one in inbox.entries(result.case_id) if one.email.email_id.endswith(result.record_id)]
    return list(entry.email.warnings)


def reply(case_id: str, **changes: str) -> str:
    """Zoë's answer to the agent's email, with the case reference."""
    values = {"sender": ZOES, "subject": f"Re: Your question {case_reference(case_id, KEYS)}"} | changes
    return answer(**values)


def test_none(inbox: Inbox, case_id: str) -> None:
    """An ordinary email has none."""
    assert warnings_of(inbox, inbox.receive(QUESTION.format(more="").replace("first", "second"))) == []
    assert warnings_of(inbox, inbox.receive(reply(case_id), "ad_hoc")) == []


@pytest.mark.parametrize("channel", ["case_creation", "ad_hoc"])
@pytest.mark.parametrize(
    ("envelope", "warning"),
    [
        ({"spam": "FAIL"}, "spam"),
        ({"virus": "FAIL"}, "virus"),
        ({"signer": "evil.example", "dmarc": "fail"}, "authentication_failed"),
    ],
)
def test_verdicts(inbox: Inbox, case_id: str, channel: str, envelope: dict[str, str], warning: str) -> None:
    """What SES found is a warning on the email, in a case, an entry and an unprocessed email."""
    inbox.intake = inbox.with_settings(spam_action="flag", virus_action="flag", auth_failure_action="flag")
    to = "payroll@acme.example" if channel == "case_creation" else "answers@acme.example"
    entry = inbox.receive(reply(case_id, to=to), channel, **envelope)
    assert (entry.outcome, warnings_of(inbox, entry)) == (Outcome.ENTRY, [warning])
    if channel == "case_creation":
        new = inbox.receive(QUESTION.format(more="").replace("first", "new"), **envelope)
        assert (new.outcome, warnings_of(inbox, new)) == (Outcome.CASE, [warning])
    message = reply(case_id, sender="eve@elsewhere.example", subject="x").replace("<answer", "<2")
    stranger = inbox.receive(message, channel, **({"signer": "elsewhere.example"} | envelope))
    assert (stranger.outcome, warnings_of(inbox, stranger)) == (Outcome.UNPROCESSED, [warning])


def test_new_sender(inbox: Inbox, case_id: str) -> None:
    """Somebody else has the case reference."""
    stranger = reply(case_id, sender="eve@elsewhere.example")
    assert warnings_of(inbox, inbox.receive(stranger, "ad_hoc", signer="elsewhere.example")) == ["new_sender"]


def test_other_employee(inbox: Inbox, case_id: str) -> None:
    """Another employee has the case reference."""
    other = reply(case_id, sender="marcus.webb@acme.example")
    assert warnings_of(inbox, inbox.receive(other, "ad_hoc")) == ["new_sender", "other_employee"]


@pytest.mark.parametrize(
    ("subject", "warns"),
    [
        ("Re: Your question", False),
        ("AW: [EXTERNAL] your  Question", False),
        ("Fwd: RE[2]: Your question", False),
        ("Something else", True),
        ("", True),
    ],
)
def test_subject_changed(inbox: Inbox, case_id: str, subject: str, warns: bool) -> None:
    """The subject is compared without prefixes, tags and references."""
    message = reply(case_id, subject=f"{subject} {case_reference(case_id, KEYS)}")
    assert warnings_of(inbox, inbox.receive(message, "ad_hoc")) == (["subject_changed"] if warns else [])


@pytest.mark.parametrize("opening", ["[#", "(", "{# ", "[", "", "\uff3b#"])
@pytest.mark.parametrize("dash", ["-", " \u2013 "])
def test_changed_reference(inbox: Inbox, case_id: str, opening: str, dash: str) -> None:
    """What a gateway makes of the brackets and the hyphen of a reference is no other subject."""
    closing = {"[": "]", "(": ")", "{": "}", "\uff3b": "\uff3d"}.get(opening[:1], "")
    reference = case_reference(case_id, KEYS).strip("[#]").replace("-", dash)
    for subject in (f"Re: Your question {opening}{reference}{closing}", f"{opening}{reference}{closing} Your question"):
        result = inbox.receive(reply(case_id, subject=subject).replace("<answer@", f"<{len(subject)}@"), "ad_hoc")
        assert (result.case_id, warnings_of(inbox, result)) == (case_id, []), subject


def test_subject_of_the_agent(inbox: Inbox) -> None:
    """An agent may write under another subject; an answer under it, or under that of the case, is no change."""
    case_id = str(inbox.receive(QUESTION.format(more="").replace("Your question", "Wrong salary")).case_id)
    record_sent_email(inbox, case_id)
    for n, (subject, warnings) in enumerate(
        [("Re: Your question", []), ("Re: Wrong salary", []), ("Re: Something else", ["subject_changed"])]
    ):
        message = answer(sender=ZOES, subject=subject, references=by_references(SENT_ID)).replace("<answer@", f"<{n}@")
        assert warnings_of(inbox, inbox.receive(message, "ad_hoc")) == warnings, subject


def test_subject_of_a_received_email(inbox: Inbox, case_id: str) -> None:
    """An answer to an email that came into the case with another subject is no change either."""
    other = reply(case_id, subject=f"A second matter {case_reference(case_id, KEYS)}")
    assert warnings_of(inbox, inbox.receive(other, "ad_hoc")) == ["subject_changed"]
    for n, (subject, warnings) in enumerate(
        [("Re: A second matter", []), ("Re: Your question", []), ("Re: Something else", ["subject_changed"])]
    ):
        references = "In-Reply-To: <answer@elsewhere.example>\n"
        message = answer(sender=ZOES, subject=subject, references=references)
        result = inbox.receive(message.replace("Message-ID: <answer@", f"Message-ID: <{n}@"), "ad_hoc")
        assert (result.case_id, warnings_of(inbox, result)) == (case_id, warnings), subject


@pytest.mark.parametrize("length", [10, 700], ids=["short", "long"])
@pytest.mark.parametrize("subject", ["", "Re:", "Old subject"], ids=["blank", "only a prefix", "changed by an agent"])
def test_subject_of_the_first_email(inbox: Inbox, subject: str, length: int) -> None:
    """Where the case has another subject than its first email, an answer under that of the email is no change."""
    text = "".join(map(chr, range(300, 300 + length)))
    question = QUESTION.format(more="").replace("Your question", subject).replace("Why?", text)
    case_id = str(inbox.receive(question).case_id)
    row = CaseRow.get(*keys.record(case_id))
    assert bool(row.detailed) is (length > 10)
    row.update(actions=[CaseRow.subject.set("New subject")])
    for n, (answered, warnings) in enumerate(
        [(f"Re: {subject}", []), ("Re: New subject", []), ("Something else", ["subject_changed"])]
    ):
        message = answer(sender=ZOES, subject=answered, references="In-Reply-To: <first@acme.example>\n")
        result = inbox.receive(message.replace("Message-ID: <answer@", f"Message-ID: <{n}@"), "ad_hoc")
        assert (result.case_id, warnings_of(inbox, result)) == (case_id, warnings), answered


@pytest.mark.parametrize(
    ("reply_to", "warns"), [(ZOES.upper(), False), ("zoe@home.example", True), (f"{ZOES}, zoe@home.example", True)]
)
def test_reply_to_differs(inbox: Inbox, reply_to: str, warns: bool) -> None:
    result = inbox.receive(QUESTION.format(more=f"Reply-To: {reply_to}\n"))
    assert warnings_of(inbox, result) == (["reply_to_differs"] if warns else [])
    # Whoever gets the replies takes part.
    expected = {ZOES} | ({"zoe@home.example"} if warns else set())
    assert inbox.case(result.case_id).participants == participant_keys(expected)


@pytest.mark.parametrize("body", ENCRYPTED.values(), ids=ENCRYPTED)
def test_encrypted(inbox: Inbox, body: str) -> None:
    """An encrypted email says so, instead of an empty or unreadable issue."""
    result = inbox.receive(QUESTION.format(more="")[: -len("\nWhy?\n")] + body)
    assert warnings_of(inbox, result) == ["encrypted"]
    assert inbox.case(result.case_id).issue.startswith("This email is encrypted")


@pytest.mark.parametrize(
    "body",
    [
        "Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\n\nMIAGCSqGSIb3DQEHAqCAMI\n",
        "\nPlease send me a -----BEGIN PGP MESSAGE----- next time.\n",
        "\n-----BEGIN PGP SIGNED MESSAGE-----\n\nWhy?\n",
    ],
)
def test_not_encrypted(inbox: Inbox, body: str) -> None:
    """Signed emails, and those that talk of encryption, are not encrypted."""
    assert warnings_of(inbox, inbox.receive(QUESTION.format(more="")[: -len("\nWhy?\n")] + body)) == []


def test_survive(inbox: Inbox, case_id: str) -> None:
    """Warnings stay when a person assigns or moves the email."""
    stranger = reply(case_id, sender="eve@evil.example", subject="x")
    result = inbox.receive(stranger, "ad_hoc", signer="other.example", dmarc="fail", spam="FAIL")
    inbox_warnings = ["authentication_failed", "spam"]
    assert warnings_of(inbox, result) == inbox_warnings
    email = AssignmentStore(inbox.mail).add_to_case(result.record_id, case_id, an_act())
    assert list(email.warnings) == inbox_warnings
    other = str(inbox.receive(QUESTION.format(more="").replace("first", "other")).case_id)
    moved = MoveStore(inbox.mail).move(case_id, email.email_id, other, RECEIVED_AT, an_act())
    assert list(moved.warnings) == inbox_warnings


def follow(inbox: Inbox, case_id: str, result: IntakeResult, settings: NotifySettings = SETTINGS) -> None:
    (entry,) = [one for one in inbox.entries(case_id) if one.email.email_id.endswith(result.record_id)]
    CaseFollowUp(
        settings,
        FollowUpStore(inbox.mail),
        inbox.mail,
        SesStandIn(),
        lambda: KEYS,
        lambda: RECEIVED_AT,
        "https://api",
        "eu-west-1",
    ).follow(case_id, entry.email.email_id)


def added(inbox: Inbox, case_id: str, *addresses: str) -> list[bool]:
    """Which of these addresses take part in the case."""
    known = inbox.case(case_id).participants
    return [participant_keys([address]) <= known for address in addresses]


FRIENDS = ("to@evil.example", "cc@evil.example", "reply-to@evil.example")


def naming_friends(message: str) -> str:
    """The message with a further person in each field that makes participants."""
    to = re.sub(r"(?m)^To: (.*)$", r"To: \1, to@evil.example", message, count=1)
    return to.replace("Message-ID:", "Cc: cc@evil.example\nReply-To: reply-to@evil.example\nMessage-ID:", 1)


def test_unproven_participant(inbox: Inbox, case_id: str) -> None:
    """Who enters as a participant without proof gets a warning, and brings nobody along."""
    message = naming_friends(answer(sender=ZOES, subject=f"Your question #{case_number(case_id)}"))
    unproven = inbox.receive(message, "ad_hoc", signer="other.example")
    assert warnings_of(inbox, unproven)[0] == "authentication_failed"
    follow(inbox, case_id, unproven)
    assert added(inbox, case_id, *FRIENDS) == [False, False, False]
    proven = inbox.receive(message.replace("<answer@", "<2@"), "ad_hoc")
    assert "authentication_failed" not in warnings_of(inbox, proven)
    follow(inbox, case_id, proven)
    assert added(inbox, case_id, *FRIENDS) == [True, True, True]


def test_participants_of_the_first_email(inbox: Inbox) -> None:
    """Author and recipients in every field take part in the case that an email makes, but not its mailbox."""
    made = str(inbox.receive(naming_friends(QUESTION.format(more=""))).case_id)
    assert inbox.case(made).participants == participant_keys({ZOES, *FRIENDS})


def test_never_participants(inbox: Inbox, case_id: str) -> None:
    """Mailboxes, their trusted senders, admins and groups take no part; people do."""
    trusted = ("forms.example", "hr@x.example", "bücher.example")
    mailbox_row(Mailbox("forms@acme.example", "forms@in.acme-cases.example", trusted_senders=trusted), 1, None).save()
    # The first mailbox is not stored; the functions know it by its parameters.
    settings = replace(SETTINGS, trusted_senders=("first.example", "hr@y.example", "Größe.example"))
    never = ["forms@acme.example", "any@forms.example", "hr@x.example", *SETTINGS.admin_email_addresses]
    never += ["any@first.example", "hr@y.example", str(SETTINGS.default_service_group_address)]
    never += ["any@xn--bcher-kva.example", "any@xn--gre-6ka8i.example"]
    named = [*never, "friend@y.example"]
    message = reply(case_id).replace("Message-ID:", f"Cc: {', '.join(named)}\nMessage-ID:")
    follow(inbox, case_id, inbox.receive(message, "ad_hoc"), settings)
    assert added(inbox, case_id, *named) == [False] * len(never) + [True]


def test_first_email(inbox: Inbox) -> None:
    """The same holds for the email that makes the case; a forged one brings nobody along."""
    inbox.intake = inbox.with_settings(trusted_senders="hr@x.example,forms.example,bücher.example")
    never = ["any@forms.example", "any@xn--bcher-kva.example", "hr@x.example", "payroll+tag@acme.example"]
    named = [*never, "friend@y.example"]
    message = QUESTION.format(more="").replace("Message-ID:", f"Cc: {', '.join(named)}\nMessage-ID:")
    genuine = str(inbox.receive(message).case_id)
    assert added(inbox, genuine, ZOES, *named) == [True, *[False] * len(never), True]
    forged = inbox.receive(message.replace("<first@", "<forged@"), signer="evil.example", dmarc="fail")
    assert added(inbox, str(forged.case_id), ZOES, *named) == [True, *[False] * len(named)]
