"""The texts that people receive: in the language of the mailbox, replaced by admins, and sent by a template."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import EmailMessage

import pytest

from tests.support.system.casework import TAG, key, open_case
from tests.support.system.http_api import problem
from tests.support.system.mail import email, stranger, unique
from tests.support.system.system_client import BENEFITS, SystemClient

MAILBOX = "lohn@acme.example"
CONTACT = "Lohnbüro, +49 30 5550, lohnbuero@acme.example"


@pytest.fixture(scope="module")
def german(strict: SystemClient) -> Iterator[SystemClient]:
    """With a mailbox in German, that has a contact line. The deployment's language is English."""
    properties = {"receiving_address": BENEFITS, "acknowledge_sender": True, "language": "de", "contact": CONTACT}
    strict.admin.put(f"/mailboxes/{MAILBOX}", properties)
    yield strict
    strict.admin.call("DELETE", f"/mailboxes/{MAILBOX}")


def html_of(message: EmailMessage) -> str:
    body = message.get_body(("html",))
    assert isinstance(body, EmailMessage)
    return str(body.get_content())


def test_german_acknowledgement(german: SystemClient) -> None:
    """The subject keeps the reference however long it is, and the answer finds the case."""
    robin, subject = german.employ(), unique("Überstunden <b>" + "sehr lang " * 40)
    with german.sending() as sent:
        german.send(email(robin.mailbox, subject, To=MAILBOX), to=BENEFITS)

    (acknowledgement,) = sent
    case = german.case_with(subject)
    message = acknowledgement.message
    assert message["Content-Language"] == "de"
    assert acknowledgement.text.startswith("Vielen Dank für Ihre E-Mail.")
    assert f"Vorgangsnummer: {case['number']}" in acknowledgement.text
    assert CONTACT in acknowledgement.text
    assert "Uhr (UTC)" in acknowledgement.text
    assert '<html lang="de">' in html_of(message)
    assert "Überstunden &lt;b&gt;" in html_of(message)
    assert TAG.search(acknowledgement.subject)

    german.send(email(robin.mailbox, f"AW: {acknowledgement.subject}"), to="answers@in.acme-cases.example")
    history = german.history(case["case_id"])
    assert [entry["kind"] for entry in history] == ["normal", "acknowledgement", "normal"]
    assert history[0]["subject"] == f"AW: {acknowledgement.subject}"


def test_other_mailbox(german: SystemClient) -> None:
    """The deployment's own mailbox stays in the deployment's language."""
    robin = german.employ()
    with german.sending() as sent:
        german.send(email(robin.mailbox, unique("Overtime")))

    (acknowledgement,) = sent
    assert acknowledgement.message["Content-Language"] == "en"
    assert CONTACT not in acknowledgement.text


def test_replaced_acknowledgement(german: SystemClient) -> None:
    """An admin's text is sent from then on, and the shipped one after it is deleted."""
    template = "/templates/system.acknowledgement.de"
    problem(german.agent.call("PUT", template, {"name": "x", "text": "x"}), 403)
    problem(german.admin.call("PUT", template, {"name": "x", "text": "{{ case.nummer }}"}), 422)
    german.admin.put(template, {"name": "Eingang", "text": "Hallo {{ employee.name }}, danke: {{ case.number }}!"})
    robin, subject = german.employ(), unique("{{ case.topic }}")
    try:
        with german.sending() as sent:
            german.send(email(robin.mailbox, subject, To=MAILBOX), to=BENEFITS)
        (acknowledgement,) = sent
        assert acknowledgement.text.strip() == f"Hallo {robin.name}, danke: {german.case_with(subject)['number']}!"
        assert acknowledgement.subject.startswith(f"Re: {subject} [#")
    finally:
        german.admin.call("DELETE", template)

    with german.sending() as sent:
        german.send(email(robin.mailbox, unique("Noch eine"), To=MAILBOX), to=BENEFITS)
    assert sent[0].text.startswith("Vielen Dank")


def test_sender_copy(german: SystemClient) -> None:
    """It says in the mailbox's language whom to ask, and nothing about admins; they get the link to the console."""
    subject = unique("Wer hilft mir")
    with german.sending() as sent:
        german.send(email(stranger(), subject, To=MAILBOX), to=BENEFITS)

    (notification,) = [one for one in sent if subject in one.subject]
    (copy,) = [one for one in sent if subject not in one.subject]
    item = german.unprocessed_with(subject)
    assert copy.subject == "Ihre E-Mail konnte nicht bearbeitet werden"
    assert CONTACT in copy.text
    assert subject.encode() not in copy.raw
    assert "http" not in copy.text
    assert f"{german.http.base_url}/#/unprocessed/{item['id']}".replace("//#", "/#") in notification.text
    assert " UTC" in notification.text


def test_send_by_template(acme: SystemClient) -> None:
    """The template's parts, with the values of the case; a value that is missing is named."""
    robin = acme.employ()
    case = open_case(acme, robin)
    path = f"/templates/{unique('answer').replace(' ', '-')}"
    acme.admin.put(
        path,
        {
            "name": "First answer",
            "subject": "Your case {{ case.number }}",
            "text": "Dear {{ employee.name }},\n\nwe are looking into {{ case.subject }}.",
            "html": "<p>Dear {{ employee.name }}</p><script>x</script>",
        },
    )
    assert acme.agent.post(f"{path}/preview", {"case_id": case["number"]})["subject"] == f"Your case {case['number']}"
    template = path.rpartition("/")[2]
    with acme.sending() as sent:
        acme.agent.write(case["case_id"], {"to": [robin.address], "template": template}, key())

    (message,) = sent
    assert message.subject.startswith(f"Your case {case['number']} [#")
    assert message.text.splitlines() == [f"Dear {robin.name},", "", f"we are looking into {case['subject']}."]
    assert f"<p>Dear {robin.name}</p>" in html_of(message.message)
    assert "script" not in html_of(message.message)

    acme.admin.put(path, {"name": "First answer", "text": "{{ agent.name }}"})
    headers = {"Idempotency-Key": key()}
    body = {"to": [robin.address], "template": template}
    refused = acme.agent.call("POST", f"/cases/{case['case_id']}/emails", body, headers)
    assert "agent.name" in problem(refused, 422)["errors"][0]["message"]
