"""Answers of recipients are matched to their case: by which method, and how strongly."""

from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

import pytest

from tests.support.system.casework import TAG, open_case, write_email
from tests.support.system.mail import bounce_of, email, message_id, stranger, unique, word
from tests.support.system.system_client import ANSWERS, BENEFITS, PAYROLL, REPLY_TO, Person, Sent, SystemClient


@pytest.fixture(scope="module")
def letter(acme: SystemClient, case: Any, jo: Person) -> Sent:
    """An agent's email to the employee, from the case."""
    return write_email(acme, case, [jo.mailbox])


# Answers. Each has exactly one reference by which its case can be found.


def by_references(case: Any, letter: Sent) -> tuple[EmailMessage, str]:
    return email("", unique("New subject"), References=f"<x@y.example> {message_id(letter.message)}"), ANSWERS


def by_in_reply_to(case: Any, letter: Sent) -> tuple[EmailMessage, str]:
    return email("", unique("New subject"), In_Reply_To=message_id(letter.message)), ANSWERS


def by_case_reference(case: Any, letter: Sent) -> tuple[EmailMessage, str]:
    tag = TAG.search(letter.subject)
    assert tag is not None
    return email("", unique(f"AW: {tag[0]} Rückfrage")), ANSWERS


def by_plus_tag_in_the_envelope(case: Any, letter: Sent) -> tuple[EmailMessage, str]:
    local = letter.message["Reply-To"].addresses[0].username
    return email("", unique("New subject"), To="somebody@acme.example"), f"{local}@in.acme-cases.example"


def by_plus_tag_in_the_header(case: Any, letter: Sent) -> tuple[EmailMessage, str]:
    return email("", unique("New subject"), To=str(letter.message["Reply-To"])), ANSWERS


SURE: dict[str, tuple[Callable[[Any, Sent], tuple[EmailMessage, str]], str, str]] = {
    "References": (by_references, "sent_message_id", "reference"),
    "In-Reply-To": (by_in_reply_to, "sent_message_id", "reference"),
    "case reference": (by_case_reference, "subject_tag", "signed"),
    "plus-tag in the envelope": (by_plus_tag_in_the_envelope, "plus_tag", "signed"),
    "plus-tag in the header": (by_plus_tag_in_the_header, "plus_tag", "signed"),
}


@pytest.mark.parametrize("who", ["the employee", "somebody else"])
@pytest.mark.parametrize(("made", "how", "certainty"), SURE.values(), ids=SURE)
def test_match(
    acme: SystemClient, case: Any, letter: Sent, jo: Person, who: str, made: Any, how: str, certainty: str
) -> None:
    """Each of these references is enough for a strong match."""
    message, recipient = made(case, letter)
    del message["From"]
    message["From"] = jo.mailbox if who == "the employee" else stranger()
    before = {entry["email_id"] for entry in acme.history(case["case_id"])}

    raw = acme.send(message, to=recipient)

    newest, *rest = acme.history(case["case_id"])
    assert {entry["email_id"] for entry in rest} == before
    assert newest["subject"] == message["Subject"]
    assert (newest["direction"], newest["kind"]) == ("inbound", "normal")
    assert newest["matched_by"] == {"how": how, "certainty": certainty}
    assert acme.original(case["case_id"], newest["email_id"]).endswith(raw)
    assert acme.cases_with(str(message["Subject"])) == []


def test_visible_reply(acme: SystemClient, case: Any, letter: Sent, jo: Person) -> None:
    """The new text is separated from the quoted text."""
    text = "Thank you, that helps.\n\nOn Mon, 23 Nov 2026 at 10:00, Acme Service Centre wrote:\n> Dear colleague.\n"
    acme.send(email(jo.mailbox, unique("Re"), text, In_Reply_To=message_id(letter.message)), to=ANSWERS)

    newest = acme.history(case["case_id"])[0]
    whole = acme.entry(case["case_id"], newest["email_id"])
    assert whole["visible"].strip() == "Thank you, that helps."
    assert "> Dear colleague." in whole["quoted"]


def test_reply_below_a_banner(acme: SystemClient, case: Any, letter: Sent, jo: Person) -> None:
    """A gateway's banner is kept, but the preview and the new text begin with the sender's words."""
    banner = "CAUTION: This email came from outside Acme. Do not click links."
    text = f"{banner}\n\nThank you.\n\nOn Mon, 23 Nov 2026 at 10:00, Acme wrote:\n> Hi\n"
    acme.send(email(jo.mailbox, unique("Re"), text, In_Reply_To=message_id(letter.message)), to=ANSWERS)

    newest = acme.history(case["case_id"])[0]
    whole = acme.entry(case["case_id"], newest["email_id"])
    assert newest["preview"] == whole["visible"].strip() == "Thank you."
    assert whole["quoted"].startswith(banner)
    assert "> Hi" in whole["quoted"]
    assert whole["text"].startswith(banner)


@pytest.mark.parametrize("form", ["{}", "#{}", "[{}]", "Re: (no. {})", "lower {}", "plain {}"])
def test_bare_number(acme: SystemClient, case: Any, jo: Person, form: str) -> None:
    """A bare number of the employee matches."""
    number = case["number"]
    if form.startswith("lower"):
        number = number.lower()
    if form.startswith("plain"):
        number = number.replace("-", "")
    subject = unique(form.format(number))

    acme.send(email(jo.mailbox, subject), to=ANSWERS)

    newest = acme.history(case["case_id"])[0]
    assert newest["subject"] == subject
    assert newest["matched_by"] == {"how": "case_number", "certainty": "participant"}


def altered(tag: str) -> str:
    """The same case reference with another signature."""
    return tag[:-2] + ("0" if tag[-2] != "0" else "1") + tag[-1]


def test_altered_case_reference(acme: SystemClient, case: Any, letter: Sent, jo: Person) -> None:
    """An altered case reference of the employee counts as a bare number."""
    tag = TAG.search(letter.subject)
    assert tag is not None
    subject = unique(f"Re: {altered(tag[0])}")

    acme.send(email(jo.mailbox, subject), to=ANSWERS)

    newest = acme.history(case["case_id"])[0]
    assert newest["subject"] == subject
    assert newest["matched_by"] == {"how": "case_number", "certainty": "participant"}


def test_answer_to_inbound_email(acme: SystemClient, case: Any, jo: Person) -> None:
    """An answer to an email of the employee is matched, too."""
    (first,) = acme.history(case["case_id"])[-1:]
    headers = dict(acme.entry(case["case_id"], first["email_id"])["headers"])
    subject = unique("One more thing")

    acme.send(email(jo.mailbox, subject, In_Reply_To=headers["Message-ID"]), to=ANSWERS)

    newest = acme.history(case["case_id"])[0]
    assert newest["subject"] == subject
    assert newest["matched_by"] == {"how": "received_message_id", "certainty": "participant"}


def test_participant(acme: SystemClient, case: Any) -> None:
    """A sender in the history is a participant."""
    colleague = f"colleague.{word()}@elsewhere.example"
    write_email(acme, case, [colleague])
    subject = unique(f"On {case['number']}")

    acme.send(email(colleague, subject), to=ANSWERS)

    newest = acme.history(case["case_id"])[0]
    assert newest["subject"] == subject
    assert newest["matched_by"] == {"how": "case_number", "certainty": "participant"}


@pytest.mark.parametrize("what", ["bare number", "altered tag", "altered plus-tag", "received id"])
def test_stranger(acme: SystemClient, case: Any, letter: Sent, what: str) -> None:
    """A stranger does not reach the case."""
    tag = TAG.search(letter.subject)
    assert tag is not None
    before = acme.history(case["case_id"])
    subject, headers, recipient = unique("Let me in"), {}, ANSWERS
    if what == "bare number":
        subject = unique(f"About {case['number']}")
    elif what == "altered tag":
        subject = unique(altered(tag[0]))
    elif what == "altered plus-tag":
        recipient = f"answers+{altered(tag[0])[2:-1].lower()}@in.acme-cases.example"
    else:
        first = acme.entry(case["case_id"], before[-1]["email_id"])
        headers = {"In_Reply_To": dict(first["headers"])["Message-ID"]}

    acme.send(email(stranger(), subject, **headers), to=recipient)

    assert acme.unprocessed_with(subject)["reason"] == "case_reference_unverified"
    assert acme.unprocessed_with(subject)["channel"] == "ad_hoc"
    assert acme.history(case["case_id"]) == before


def test_no_reference(acme: SystemClient, jo: Person) -> None:
    subject = unique("Hello")
    acme.send(email(jo.mailbox, subject), to=ANSWERS)

    assert acme.unprocessed_with(subject)["reason"] == "case_reference_missing"


def test_unknown_case(acme: SystemClient, jo: Person) -> None:
    subject = unique("About [#ZZZZ-0000-00]")
    acme.send(email(jo.mailbox, subject), to=ANSWERS)

    assert acme.unprocessed_with(subject)["reason"] == "case_not_found"


@pytest.mark.parametrize("mailbox", [PAYROLL, BENEFITS])
@pytest.mark.parametrize("made", [by_case_reference, by_references])
def test_answer_to_other_mailbox(
    acme: SystemClient, case: Any, letter: Sent, jo: Person, mailbox: str, made: Any
) -> None:
    """A signed reference leads to the case from other mailboxes, too."""
    message, _ = made(case, letter)
    del message["From"]
    message["From"] = jo.mailbox

    acme.send(message, to=mailbox)

    newest = acme.history(case["case_id"])[0]
    assert newest["subject"] == message["Subject"]
    assert acme.cases_with(str(message["Subject"])) == []


def test_bare_number_to_other_mailbox(acme: SystemClient, case: Any, jo: Person) -> None:
    """A bare number of a participant reaches the case through every mailbox."""
    subject = unique(f"More about {case['number']}")

    acme.send(email(jo.mailbox, subject), to=PAYROLL)

    assert acme.history(case["case_id"])[0]["subject"] == subject


def test_automatic_reply(acme: SystemClient, case: Any, letter: Sent, jo: Person) -> None:
    """An automatic reply becomes an entry, and changes nothing else."""
    before = acme.admin.get(f"/cases/{case['case_id']}")
    message = email(
        jo.mailbox, unique("Automatic reply"), Auto_Submitted="auto-replied", In_Reply_To=message_id(letter.message)
    )
    with acme.sending() as sent:
        acme.send(message, to=ANSWERS)

    newest = acme.history(case["case_id"])[0]
    assert (newest["subject"], newest["kind"]) == (message["Subject"], "automatic_reply")
    assert sent == []
    after = acme.admin.get(f"/cases/{case['case_id']}")
    assert {**after, "updated_at": ""} == {**before, "updated_at": ""}


def test_automatic_reply_without_case(acme: SystemClient, jo: Person) -> None:
    subject = unique("Out of office")
    acme.send(email(jo.mailbox, subject, Auto_Submitted="auto-replied"), to=ANSWERS)

    assert acme.unprocessed_with(subject)["reason"] == "automatic_reply"


def test_bounce(acme: SystemClient, jo: Person) -> None:
    """A bounce updates the delivery state that it reports."""
    case = open_case(acme, jo)
    gone, there = f"{word()}@elsewhere.example", f"{word()}@elsewhere.example"
    letter = write_email(acme, case, [gone, there])

    acme.send(bounce_of(letter.message, gone), to=ANSWERS, envelope_sender="")

    report, outgoing, _ = acme.history(case["case_id"])
    assert (report["kind"], report["direction"]) == ("delivery_report", "inbound")
    assert {each["address"]: each["state"] for each in outgoing["recipients"]} == {gone: "bounced", there: "delivered"}
    (detail,) = [each["detail"] for each in outgoing["recipients"] if each["address"] == gone]
    assert "User unknown" in detail


def test_bounce_of_forwarded_email(acme: SystemClient, jo: Person) -> None:
    """A bounce about an address that the email was not sent to is shown, and says nothing about the recipient."""
    case = open_case(acme, jo)
    there, elsewhere = f"{word()}@elsewhere.example", f"{word()}@private.example"
    letter = write_email(acme, case, [there])

    acme.send(bounce_of(letter.message, elsewhere), to=ANSWERS, envelope_sender="")

    _, outgoing, _ = acme.history(case["case_id"])
    assert [(each["address"], each["role"], each["state"]) for each in outgoing["recipients"]] == [
        (there, "to", "delivered"),
        (elsewhere, "forwarded", "bounced"),
    ]


def test_activity(acme: SystemClient, jo: Person) -> None:
    """An answer moves a case to the top."""
    first, second = open_case(acme, jo), open_case(acme, jo)
    mine = {first["case_id"], second["case_id"]}

    def order() -> list[str]:
        return [each["case_id"] for each in acme.agent.get("/cases")["items"] if each["case_id"] in mine]

    assert order() == [second["case_id"], first["case_id"]]
    acme.send(email(jo.mailbox, unique(first["number"])), to=ANSWERS)
    assert order() == [first["case_id"], second["case_id"]]
    write_email(acme, second, [jo.address])
    assert order() == [second["case_id"], first["case_id"]]


def test_plus_addressing_off(strict: SystemClient) -> None:
    """Without plus addressing, Reply-To is the address of the mailbox."""
    robin = strict.employ()
    case = open_case(strict, robin)
    letter = write_email(strict, case, [robin.address])

    assert letter.message["Reply-To"].addresses[0].addr_spec == REPLY_TO
    message, recipient = by_case_reference(case, letter)
    del message["From"]
    message["From"] = robin.mailbox
    strict.send(message, to=recipient)
    assert strict.history(case["case_id"])[0]["matched_by"] == {"how": "subject_tag", "certainty": "signed"}
